import type { Timer } from '../../clock.ts'
import { TaskTimeoutError, TaskUnknownError } from '../../errors.ts'
import type { QueueCore } from '../queue-core.ts'
import { TaskContext } from '../task-context.ts'
import type { TaskDefinition } from '../task-definition.ts'
import { type FetchedTask, optionsOf } from './fetched-task.ts'

/** Receives what an attempt comes to. Exactly one of the two is called, once. */
export interface AttemptOwner {
  completed(attempt: Attempt, result: unknown): void
  failed(attempt: Attempt, error: unknown, permanent: boolean): void
  progress(attempt: Attempt, value: unknown): void
}

/** One run of a task's handler. */
export class Attempt {
  readonly task: FetchedTask
  readonly id: string
  readonly name: string
  readonly number: number
  readonly definition: TaskDefinition | undefined
  readonly startedAt: number
  /** Redis knows that it runs. */
  marked = false
  /** `cancel()` was called for it. */
  cancelled = false
  /** Another worker has it by now. */
  lost = false
  readonly #core: QueueCore
  readonly #owner: AttemptOwner
  #context: TaskContext | undefined
  #timer: Timer | undefined
  #settled = false

  constructor(task: FetchedTask, core: QueueCore, owner: AttemptOwner) {
    const { n = 0, c = 0 } = optionsOf(task)
    this.task = task
    this.id = task.header?.[0] ?? `entry-${task.entry}`
    this.name = task.header?.[1] ?? ''
    this.number = n + c + 1
    this.definition = core.definitions.get(this.name)
    this.startedAt = core.clock.now()
    this.#core = core
    this.#owner = owner
  }

  /** Runs the handler. A task that cannot be run fails for good. */
  run(): void {
    const handler = this.definition?.handler
    const args = parseArguments(this.task.argsText)
    if (!handler || !args) {
      this.#fail(new TaskUnknownError(this.#whyNot(args !== undefined)), true)
      return
    }
    const context = new TaskContext(this.id, this.name, this.number, this)
    this.#context = context
    const timeout = optionsOf(this.task).t ?? this.definition?.options.timeout
    if (timeout !== undefined) this.#limit(timeout)
    let result: unknown
    try {
      result = handler.apply(context, args)
    } catch (error) {
      this.#fail(error, false)
      return
    }
    if (isThenable(result)) result.then(this.#complete, (error: unknown) => this.#fail(error, false))
    else this.#complete(result)
  }

  /** Aborts the signal of the handler. */
  abort(reason: Error): void {
    this.#context?.abort(reason)
  }

  /** Forgets it: what its handler comes to no longer counts. */
  abandon(): void {
    this.#settled = true
    this.#core.clock.clearTimeout(this.#timer)
  }

  progress(value: unknown): void {
    if (!this.#settled) this.#owner.progress(this, value)
  }

  readonly #complete = (result: unknown): void => {
    if (this.#settled) return
    this.abandon()
    this.#owner.completed(this, result)
  }

  #fail(error: unknown, permanent: boolean): void {
    if (this.#settled) return
    this.abandon()
    this.#owner.failed(this, error, permanent)
  }

  /** Fails the attempt after a time, also if its handler never ends. */
  #limit(timeout: number): void {
    this.#timer = this.#core.clock.setTimeout(() => {
      const error = new TaskTimeoutError(
        `The task "${this.name}" (${this.id}) took longer than ${timeout} ms.`,
      )
      this.abort(error)
      this.#fail(error, false)
    }, timeout)
  }

  #whyNot(decoded: boolean): string {
    const { queue, entry } = { queue: this.#core.name, entry: this.task.entry }
    if (!this.task.header) return `The queue "${queue}" has an entry that is not a task: ${entry}.`
    if (!decoded) return `The arguments of the task "${this.name}" (${this.id}) cannot be decoded.`
    if (this.definition)
      return `This worker has no handler for the task "${this.name}": only its name is defined.`
    const names = [...this.#core.definitions.keys()].map((name) => `"${name}"`).join(', ')
    return `The queue "${queue}" of this worker has no task "${this.name}". It has: ${names || 'none'}.`
  }
}

function parseArguments(json: string): unknown[] | undefined {
  try {
    const args: unknown = JSON.parse(json)
    return Array.isArray(args) ? args : undefined
  } catch {
    return undefined
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  )
}
