import { TaskArgumentsError, TaskFailedError } from '../../errors.ts'
import { encodeHeader, type HeaderOptions } from '../header.ts'
import type { ResolvedTaskOptions } from '../options/task-options.ts'
import type { QueueCore } from '../queue-core.ts'
import { encodeError, storedResult } from '../results/outcome.ts'
import { encodeResult } from '../serialize.ts'
import type { Attempt } from './attempt.ts'
import { optionsOf } from './fetched-task.ts'
import type { StepBatch } from './step-call.ts'

/** Number of the stream of tasks with normal priority. */
const NORMAL = 3

/** Writes the end of an attempt into the next step, and tells listeners. */
export class Ends {
  readonly #core: QueueCore

  constructor(core: QueueCore) {
    this.#core = core
  }

  completed(attempt: Attempt, result: unknown, batch: StepBatch): void {
    const { task, id, definition } = attempt
    if (definition?.options.result !== false) {
      let json: string
      try {
        json = encodeResult(attempt.name, result, this.#core.options.maxBytes)
      } catch (error) {
        this.failed(attempt, error, error instanceof TaskArgumentsError, batch)
        return
      }
      batch.result(id, storedResult(json))
    }
    const { u, o } = optionsOf(task)
    if (u === undefined && o === undefined && !attempt.cancelled) batch.complete(task)
    else batch.end('done', task, homeOf(attempt), task.headerText, '')
    if (this.#core.events.has('completed')) {
      const duration = this.#core.clock.now() - attempt.startedAt
      batch.onDone(() =>
        this.#core.events.emit({
          type: 'completed',
          ...this.#subject(attempt),
          attempt: attempt.number,
          duration,
        }),
      )
    }
  }

  failed(attempt: Attempt, error: unknown, permanent: boolean, batch: StepBatch): void {
    // Another worker has it, and says how it ends.
    if (attempt.lost) return
    if (attempt.cancelled) {
      this.cancelled(attempt, batch)
      return
    }
    const { events } = this.#core
    if (events.has('failed'))
      events.emit({ type: 'failed', ...this.#subject(attempt), attempt: attempt.number, error })
    const { n = 0, r } = optionsOf(attempt.task)
    const retries = r ?? attempt.definition?.options.retries ?? 0
    if (permanent || n >= retries) this.#bury(attempt, error, batch)
    else this.#retry(attempt, n + 1, batch)
  }

  cancelled(attempt: Attempt, batch: StepBatch): void {
    batch.end('cancel', attempt.task, homeOf(attempt), attempt.task.headerText, '')
    if (this.#core.events.has('cancelled'))
      this.#core.events.emit({ type: 'cancelled', ...this.#subject(attempt) })
  }

  /** Gives up an attempt whose task another worker has. */
  lost(attempt: Attempt): void {
    attempt.lost = true
    attempt.abort(
      new TaskFailedError(`The lease of the worker had ended: another one has the task ${attempt.id}.`),
    )
    if (this.#core.events.has('lost')) this.#core.events.emit({ type: 'lost', ...this.#subject(attempt) })
  }

  #retry(attempt: Attempt, failures: number, batch: StepBatch): void {
    const { task, id, name, definition } = attempt
    const delay = Math.round(definition ? backoffDelay(definition.options.backoff, failures) : 0)
    // Attempts that were only lost no longer matter: this one has begun.
    const { l: _, ...options }: HeaderOptions = { ...optionsOf(task), n: failures }
    batch.end('retry', task, homeOf(attempt), encodeHeader(id, name, options), String(delay))
    if (this.#core.events.has('retried'))
      this.#core.events.emit({ type: 'retried', ...this.#subject(attempt), attempt: attempt.number, delay })
  }

  #bury(attempt: Attempt, error: unknown, batch: StepBatch): void {
    const json = encodeError(error)
    batch.end('dead', attempt.task, homeOf(attempt), attempt.task.headerText, json)
    if (this.#core.events.has('dead'))
      this.#core.events.emit({ type: 'dead', ...this.#subject(attempt), attempt: attempt.number, error })
  }

  #subject({ id, name }: Attempt): { queue: string; id: string; name: string } {
    return { queue: this.#core.name, id, name }
  }
}

/** Returns the number of the stream that a task belongs to by its priority. */
function homeOf({ task }: Attempt): number {
  return optionsOf(task).p ?? (task.stream === 1 ? NORMAL : task.stream)
}

/** Returns the time until the next attempt, in ms. */
export function backoffDelay(
  { delay, factor, max, jitter }: ResolvedTaskOptions['backoff'],
  failures: number,
  random: () => number = Math.random,
): number {
  const base = Math.min(max, delay * factor ** (failures - 1))
  return base * (1 + jitter * (2 * random() - 1))
}
