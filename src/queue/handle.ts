import { ClosedError, OptionError, TaskTimeoutError } from '../errors.ts'
import { type Duration, toTimer } from '../options/duration.ts'
import { refuseOption } from '../options/read-option.ts'
import { isPlainObject, show } from '../options/show.ts'
import { refuseUnknownOptions } from '../options/unknown-option.ts'
import { onAbort } from '../redis/on-abort.ts'
import type { QueueCore } from './queue-core.ts'
import type { Answers } from './results/answers.ts'
import { readOutcome, unknownTask } from './results/outcome.ts'
import { READ_PROGRESS } from './scripts/read-progress.ts'
import { CANCEL, TASK_STATE } from './scripts/task-state.ts'

/** Options of `handle.result()`. */
export interface ResultOptions {
  /**
   * Longest wait. The task goes on after it.
   *
   * @defaultValue no limit
   */
  readonly timeout?: Duration | undefined
  /**
   * Ends the wait with the signal's reason. The task goes on.
   *
   * @defaultValue none
   */
  readonly signal?: AbortSignal | undefined
}

/**
 * State of a task. `waiting` includes tasks that a worker has read and not begun, and those that
 * began less than about 50 ms ago. `unknown`: it never was, or it ended and its result has expired
 * or was not stored.
 */
export type TaskState = 'waiting' | 'delayed' | 'running' | 'completed' | 'failed' | 'cancelled' | 'unknown'

/** The part of a handle that its queue knows. @internal */
export interface HandleContext {
  readonly core: QueueCore
  readonly answers: Answers
  /** Number of the time of listening at which the task was added, or 0. */
  readonly epoch: number
  /** False for tasks that store no result. */
  readonly stored: boolean
  /** False for a handle that was made from an id: there may be no such task. */
  readonly added: boolean
}

/** A task that was added, in any process. */
export class TaskHandle<R = unknown> {
  /** Id of the task. */
  readonly id: string
  readonly #context: HandleContext
  #outcome: string | undefined

  /** @internal */
  constructor(id: string, context: HandleContext) {
    this.id = id
    this.#context = context
  }

  /**
   * Waits for the result. May be called at any time, several times, and by several processes, until
   * the result has expired.
   *
   * @throws TaskFailedError, TaskCancelledError, TaskTimeoutError, ClosedError, the signal's
   *   reason; TaskUnknownError if the queue has neither the task of an id nor its result
   *
   * @example
   * ```ts
   * const sum = await handle.result({ timeout: '5s' })
   * ```
   */
  async result(options: ResultOptions = {}): Promise<R> {
    const { core, stored } = this.#context
    const { timeout, signal } = readOptions(options)
    core.checkOpen()
    if (!stored) throw this.#noResult()
    signal?.throwIfAborted()
    this.#outcome ??= await this.#wait(timeout, signal)
    return readOutcome(this.id, this.#outcome) as R
  }

  /**
   * Returns the state of the task as Redis has it. A task that waits is searched for in the
   * streams, some hundred tasks in one call.
   *
   * @throws QueueError, ClosedError
   */
  async state(): Promise<TaskState> {
    return (await this.#look()).state
  }

  /**
   * Cancels the task. One that waits does not begin. One that runs has its `signal` aborted; it is
   * cancelled if its handler then throws, and completed if it returns nevertheless.
   *
   * @returns false if it has ended already, or if the queue has no such task
   * @throws QueueError, ClosedError
   */
  async cancel(): Promise<boolean> {
    const { core } = this.#context
    const { resultTtl, maxResults } = core.options
    for (let cursor = ''; ; ) {
      const answer = await core.run(CANCEL, [this.id, String(resultTtl), String(maxResults), cursor])
      if (typeof answer !== 'string') return answer !== 0
      cursor = answer
    }
  }

  /**
   * Returns what the handler reported last by `this.progress()`, while it runs; else undefined.
   *
   * @throws QueueError, ClosedError
   */
  async progress(): Promise<unknown> {
    const json = await this.#context.core.run(READ_PROGRESS, [this.id])
    return typeof json === 'string' ? JSON.parse(json) : undefined
  }

  #wait(timeout: number | undefined, signal: AbortSignal | undefined): Promise<string> {
    const { core, answers, epoch, added } = this.#context
    return new Promise((resolve, reject) => {
      const settle = () => {
        end()
        core.clock.clearTimeout(timer)
        core.waits.delete(onClose)
        endSignal?.()
      }
      const fail = (error: unknown) => {
        settle()
        reject(error)
      }
      const onClose = () => fail(new ClosedError(`The queue "${core.name}"`))
      const timer =
        timeout === undefined
          ? undefined
          : core.clock.setTimeout(
              () =>
                fail(
                  new TaskTimeoutError(
                    `The result of the task ${this.id} was not there within ${timeout} ms.`,
                  ),
                ),
              timeout,
            )
      const endSignal = signal && onAbort(signal, () => fail(signal.reason))
      core.waits.add(onClose)
      let end = () => {}
      const receive = (stored: string) => {
        settle()
        // Not after the promise: a second call of this turn must find it.
        this.#outcome = stored
        resolve(stored)
      }
      end = answers.wait(this.id, epoch, { receive, fail })
      if (!added) void this.#failIfHopeless(fail)
    })
  }

  /** Ends a wait for a task of an id that the queue has not, or that will store no result. */
  async #failIfHopeless(fail: (error: unknown) => void): Promise<void> {
    const { core } = this.#context
    // During an outage of Redis the wait goes on, as for other tasks.
    const found = await this.#look().catch((error: unknown) => core.report(error))
    if (!found) return
    if (found.state === 'unknown') fail(unknownTask(core.name, this.id))
    else if (core.definitions.get(found.name)?.options.result === false) fail(this.#noResult())
  }

  async #look(): Promise<{ state: TaskState; name: string }> {
    for (let cursor = ''; ; ) {
      const answer = await this.#context.core.run(TASK_STATE, [this.id, cursor])
      const [state, detail] = answer as [TaskState | '', string]
      if (state !== '') return { state, name: detail }
      cursor = detail
    }
  }

  #noResult(): OptionError {
    return new OptionError(`The task ${this.id} stores no result: it is defined with result: false.`)
  }
}

function readOptions(options: unknown): { timeout: number | undefined; signal: AbortSignal | undefined } {
  if (!isPlainObject(options))
    throw new OptionError(`result() takes options such as { timeout: '5s' }, not ${show(options)}.`)
  refuseUnknownOptions('result()', options, ['timeout', 'signal'])
  const { timeout, signal } = options
  if (signal !== undefined && !(signal instanceof AbortSignal))
    refuseOption('signal', 'an AbortSignal', signal)
  return { timeout: timeout === undefined ? undefined : toTimer(timeout, 'The option timeout'), signal }
}
