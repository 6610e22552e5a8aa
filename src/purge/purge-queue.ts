import type { Clock, Timer } from '../clock.ts'
import { messageOf } from '../errors.ts'
import { PurgeError } from './purge-error.ts'
import type { PurgeTarget } from './purge-target.ts'

/** Most keys that wait. If there are more, all pages of the cache are purged in their place. */
const MAX_WAITING = 10_000
/** Attempts of one batch, and the delay between them, in ms: doubled each time. */
const ATTEMPTS = 8
const FIRST_DELAY = 100
const LONGEST_DELAY = 10_000

/** Receives the failures of a target. */
export type OnFailure = (error: PurgeError, keys: readonly string[]) => void

/**
 * Purges keys at one target: batches one after the other, each again until it succeeds or its
 * attempts are used up. Keys that come meanwhile are the next batch, each once.
 */
export class PurgeQueue {
  readonly #target: PurgeTarget
  readonly #allKey: string
  readonly #clock: Clock
  readonly #onFailure: OnFailure
  #waiting = new Set<string>()
  #running: Promise<void> | undefined
  /** Settles with the first attempt of all that waits. */
  #attempted: { readonly done: Promise<void>; readonly resolve: () => void } | undefined
  /** Ends the wait before the next attempt. */
  #wake: (() => void) | undefined
  #closed = false

  /** @param allKey the key that all pages have */
  constructor(target: PurgeTarget, allKey: string, clock: Clock, onFailure: OnFailure) {
    this.#target = target
    this.#allKey = allKey
    this.#clock = clock
    this.#onFailure = onFailure
  }

  /** Adds keys. @returns a promise that resolves when all were purged, or an attempt has failed */
  add(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.#waiting.add(key)
    if (this.#waiting.size > MAX_WAITING || this.#waiting.has(this.#allKey))
      this.#waiting = new Set([this.#allKey])
    this.#running ??= this.#run()
    this.#attempted ??= deferred()
    return this.#attempted.done
  }

  /** From now on nothing is attempted again. */
  close(): void {
    this.#closed = true
    this.#wake?.()
  }

  async #run(): Promise<void> {
    try {
      // What is invalidated in one turn goes together.
      await new Promise<void>((resolve) => this.#clock.setImmediate(resolve))
      while (this.#waiting.size > 0) await this.#purge(this.#take())
    } finally {
      this.#running = undefined
      this.#settle()
    }
  }

  #take(): readonly string[] {
    const { maxKeys, maxBytes } = this.#target
    const batch: string[] = []
    let bytes = 0
    for (const key of this.#waiting) {
      bytes += key.length + 1
      if (batch.length === maxKeys || (batch.length > 0 && bytes > maxBytes)) break
      batch.push(key)
    }
    for (const key of batch) this.#waiting.delete(key)
    return batch
  }

  async #purge(keys: readonly string[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(keys)
      } catch (cause) {
        this.#settle()
        const last = attempt === ATTEMPTS || this.#closed
        // The first failure and the last: what is in between says nothing new.
        if (attempt === 1 || last) this.#report(keys, cause, last)
        if (last) return
        await this.#wait(Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (attempt - 1)))
      }
    }
  }

  #settle(): void {
    this.#attempted?.resolve()
    this.#attempted = undefined
  }

  async #attempt(keys: readonly string[]): Promise<void> {
    const { timeout } = this.#target
    const controller = new AbortController()
    let timer: Timer | undefined
    // A function that does not heed its signal is not waited for.
    const late = new Promise<never>((_, reject) => {
      timer = this.#clock.setTimeout(() => {
        const error = new Error(`it did not answer within ${timeout} ms`)
        controller.abort(error)
        reject(error)
      }, timeout)
    })
    try {
      await Promise.race([this.#target.purge(keys, controller.signal), late])
    } finally {
      this.#clock.clearTimeout(timer)
    }
  }

  #report(keys: readonly string[], cause: unknown, last: boolean): void {
    const then = last ? 'it is given up' : 'it is tried again'
    const error = new PurgeError(`${this.#target.name} did not purge pages, ${then}: ${reasonOf(cause)}`, {
      cause,
    })
    this.#onFailure(error, keys)
  }

  async #wait(ms: number): Promise<void> {
    let timer: Timer | undefined
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      timer = this.#clock.setTimeout(resolve, ms).unref()
    })
    this.#clock.clearTimeout(timer)
    this.#wake = undefined
  }
}

function deferred() {
  let resolve = () => {}
  const done = new Promise<void>((settle) => {
    resolve = settle
  })
  return { done, resolve }
}

/** The reason of a fetch that failed is in its cause. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: unknown }
  return cause instanceof Error ? `${messageOf(error)}: ${messageOf(cause)}` : messageOf(error)
}
