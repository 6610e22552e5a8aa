import { ClosedError, type OnetripError, StoreError } from '../errors.ts'
import type { Stamp, Store } from '../stores/store.ts'
import { within } from './deadline.ts'
import type { Events } from './events.ts'
import { asStoreError } from './fetch.ts'

/** How long one attempt may take, in milliseconds. A late one does no harm. */
const ATTEMPT = 5_000
/** Pauses between attempts, in milliseconds: at first, and at most. */
const FIRST_PAUSE = 100
const LONGEST_PAUSE = 5_000
/** How many keys may wait: beyond them the call rejects, and is not kept. */
const MOST_PENDING = 100_000

interface Pending {
  readonly stamp: Stamp
  readonly done: Promise<void>
  readonly resolve: () => void
}

function refuseLate(): never {
  throw new StoreError(`The store did not answer within ${ATTEMPT} ms`)
}

/**
 * Applies invalidations and deletions, and keeps those that the store has not applied: an invalidation is never lost while
 * the process lives. Until then this process shows nothing that they cover, and stores nothing under it.
 */
export class Recovery {
  readonly #store: Store
  readonly #events: Events
  readonly #patience: number
  readonly #pending = new Map<string, Pending>()
  #timer: NodeJS.Timeout | undefined
  #pause = FIRST_PAUSE
  #closed = false

  /** @param patience milliseconds until a call rejects whose stamps are not applied */
  constructor(store: Store, events: Events, patience: number) {
    this.#store = store
    this.#events = events
    this.#patience = patience
  }

  /** Why a key is not to be read; undefined: it may be. */
  errorFor(key: string): OnetripError | undefined {
    if (!this.#pending.has(key)) return undefined
    return new StoreError('It was invalidated, and the store has not applied that yet')
  }

  get isIdle(): boolean {
    return this.#pending.size === 0
  }

  /**
   * Writes stamps in one trip; where the store has no room for one, removes what is there, which means the same.
   * @param during what the events of a failure say: `invalidate` or `delete`
   * @throws StoreError where they are not applied in time: they will be, once the store answers
   */
  async apply(stamps: readonly Stamp[], during: string): Promise<void> {
    try {
      await this.#attempt(stamps, during)
    } catch (cause) {
      const failure = asStoreError(cause)
      this.#events.emit({ type: 'error', error: failure, during, keys: stamps.map(({ key }) => key) })
      if (this.#closed || this.#pending.size + stamps.length > MOST_PENDING) throw failure
      const all = Promise.all(stamps.map((stamp) => this.#keep(stamp)))
      await within(this.#patience, all, () => {
        throw new StoreError(
          `Not applied within ${this.#patience} ms (${during}); it will be, once the store answers: ${failure.message}`,
          { cause: failure },
        )
      })
      if (this.#closed) throw new ClosedError('The cache')
    }
  }

  #keep(stamp: Stamp): Promise<void> {
    const known = this.#pending.get(stamp.key)
    if (known) return known.done
    let resolve = () => {}
    const done = new Promise<void>((settle) => {
      resolve = settle
    })
    this.#pending.set(stamp.key, { stamp, done, resolve })
    this.#timer ??= setTimeout(() => void this.#retry(), this.#pause)
    return done
  }

  async #retry(): Promise<void> {
    const stamps = [...this.#pending.values()]
    try {
      await this.#attempt(
        stamps.map(({ stamp }) => stamp),
        'retry',
      )
      for (const { stamp, resolve } of stamps) {
        this.#pending.delete(stamp.key)
        resolve()
      }
      this.#pause = FIRST_PAUSE
    } catch {
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE)
    }
    const again = this.#pending.size > 0 && !this.#closed
    this.#timer = again ? setTimeout(() => void this.#retry(), this.#pause) : undefined
  }

  async #attempt(stamps: readonly Stamp[], during: string): Promise<void> {
    const stamped = await within(ATTEMPT, Promise.resolve(this.#store.stampMany(stamps)), refuseLate)
    const failed = stamps.map(({ key }) => key).filter((_, n) => stamped[n] instanceof Error)
    if (failed.length === 0) return
    const error = asStoreError(stamped.find((head) => head instanceof Error))
    this.#events.emit({ type: 'error', error, during, keys: failed })
    await within(ATTEMPT, this.#store.deleteMany(failed), refuseLate)
  }

  /** One last attempt; what is not applied then is lost, and an event says so. */
  async close(): Promise<void> {
    clearTimeout(this.#timer)
    if (this.#pending.size > 0) await this.#retry()
    this.#closed = true
    clearTimeout(this.#timer)
    const keys = [...this.#pending.keys()]
    if (keys.length > 0) {
      const error = new StoreError('Invalidations were not applied before the cache was closed')
      this.#events.emit({ type: 'error', error, during: 'close', keys })
    }
    for (const { resolve } of this.#pending.values()) resolve()
  }
}
