import { OptionError } from '../errors.ts'
import { show } from '../options/show.ts'

/** Receives what a handler does with its context. */
export interface AttemptHost {
  progress(value: unknown): void
}

/** The attempt that a handler runs: `this` of handlers that are not arrow functions. */
export class TaskContext {
  /** Id of the task: the same in each attempt, so it may be a key that makes work idempotent. */
  readonly id: string
  /** Name of the task. */
  readonly name: string
  /** Number of this attempt, from 1. */
  readonly attempt: number
  readonly #host: AttemptHost
  #controller: AbortController | undefined
  #reason: Error | undefined

  /** @internal */
  constructor(id: string, name: string, attempt: number, host: AttemptHost) {
    this.id = id
    this.name = name
    this.attempt = attempt
    this.#host = host
  }

  /**
   * Aborts when the task is cancelled, takes longer than its timeout, is given to another worker,
   * or has to end since the worker closes. `signal.reason` says which.
   */
  get signal(): AbortSignal {
    // A controller takes longer to make than a small task to run.
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#reason) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  /** Reports how far the task is, for `handle.progress()`: any value that JSON has. */
  progress(value: unknown): void {
    this.#host.progress(value)
  }

  /** @internal */
  get aborted(): boolean {
    return this.#reason !== undefined
  }

  /** @internal */
  abort(reason: Error): void {
    if (this.#reason) return
    this.#reason = reason
    this.#controller?.abort(reason)
  }
}

/** @throws OptionError */
export function checkHandler(task: string, handler: unknown): void {
  if (handler !== undefined && typeof handler !== 'function')
    throw new OptionError(`The handler of the task "${task}" must be a function, not ${show(handler)}.`)
}
