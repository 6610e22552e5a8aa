import type { Clock, Timer } from '../../clock.ts'
import { ClosedError, type OnetripError, StoreError, StoreFullError } from '../../errors.ts'
import type { StampWrite, Store } from '../../stores/store.ts'
import type { Events } from '../events.ts'
import type { Observers } from '../observe/observers.ts'
import { askWithin, within } from './deadline.ts'
import type { KnownVersions } from './known-versions.ts'
import { asStoreError } from './store-failure.ts'

/** Longest time of one attempt. A late one does no harm. */
const ATTEMPT_MS = 5_000
/** Pause between two attempts: at first, and at most. */
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5_000
/** Most keys that wait. Beyond them a call rejects, and is not retried. */
const MAX_PENDING = 100_000

interface Pending {
  readonly stamp: StampWrite
  readonly resolve: () => void
}

/**
 * Applies invalidations and deletions, and retries those that fail: none is lost while the process
 * lives. Until it is applied, this process shows nothing that it covers, and stores nothing under
 * it.
 */
export class PendingInvalidations {
  readonly #store: Store
  readonly #events: Events
  readonly #observers: Observers
  readonly #waitBudget: number
  readonly #clock: Clock
  readonly #known: KnownVersions | undefined
  readonly #pending = new Map<string, Pending>()
  /** First attempts under way. */
  readonly #firsts = new Set<Promise<unknown>>()
  #timer: Timer | undefined
  #pause = FIRST_PAUSE_MS
  #closed = false

  /** @param waitBudget time after which a call rejects whose stamps are not applied, in ms */
  constructor(
    store: Store,
    events: Events,
    waitBudget: number,
    clock: Clock,
    known: KnownVersions | undefined,
    observers: Observers,
  ) {
    this.#observers = observers
    this.#clock = clock
    this.#known = known
    this.#store = store
    this.#events = events
    this.#waitBudget = waitBudget
  }

  /** Returns why a key may not be read; undefined if it may. */
  errorFor(key: string): OnetripError | undefined {
    if (!this.#pending.has(key)) return undefined
    return new StoreError('It was invalidated, and the store has not applied that yet')
  }

  get isIdle(): boolean {
    return this.#pending.size === 0
  }

  /**
   * Writes stamps in one round trip. If the store has no room for one, the key is removed instead.
   * @param during what the events of a failure say: `invalidate` or `delete`
   * @throws StoreError if they are not applied in time; they will be, once the store answers
   */
  async apply(stamps: readonly StampWrite[], during: string): Promise<void> {
    const begun = this.#clock.now()
    const first = this.#attempt(stamps, during, Math.min(ATTEMPT_MS, this.#waitBudget))
    this.#firsts.add(first)
    const failures = await first.finally(() => this.#firsts.delete(first))
    const failed = stamps.filter(({ key }) => failures.has(key))
    const [failure] = failures.values()
    if (!failure) return
    if (this.#closed || this.#pending.size + failed.length > MAX_PENDING) throw failure
    const all = Promise.all(failed.map((stamp) => this.#keep(stamp)))
    const late = () => {
      throw new StoreError(
        `Not applied within ${this.#waitBudget} ms (${during}); it will be, once the store answers: ${failure.message}`,
        { cause: failure },
      )
    }
    await within(Math.max(0, begun + this.#waitBudget - this.#clock.now()), all, late, this.#clock)
    if (this.#closed) throw new ClosedError('The cache')
  }

  /** Retries a stamp. An older one of the same key may be under way: this one resolves both. */
  #keep(stamp: StampWrite): Promise<void> {
    const older = this.#pending.get(stamp.key)
    let resolve = () => {}
    const done = new Promise<void>((settle) => {
      resolve = settle
    })
    const settle = () => {
      older?.resolve()
      resolve()
    }
    this.#pending.set(stamp.key, { stamp, resolve: settle })
    this.#timer ??= this.#clock.setTimeout(() => void this.#retry(), this.#pause)
    return done
  }

  async #retry(): Promise<void> {
    const tried = [...this.#pending.values()]
    const failures = await this.#attempt(
      tried.map(({ stamp }) => stamp),
      'retry',
      ATTEMPT_MS,
    )
    for (const pending of tried) {
      const { key } = pending.stamp
      // A newer one is for what has changed since.
      if (failures.has(key) || this.#pending.get(key) !== pending) continue
      this.#pending.delete(key)
      pending.resolve()
    }
    this.#pause = failures.size === 0 ? FIRST_PAUSE_MS : Math.min(this.#pause * 2, LONGEST_PAUSE_MS)
    const again = this.#pending.size > 0 && !this.#closed
    this.#timer = again ? this.#clock.setTimeout(() => void this.#retry(), this.#pause) : undefined
  }

  /** Writes stamps. Never rejects. @returns the failure of each key whose stamp is not applied */
  async #attempt(
    stamps: readonly StampWrite[],
    during: string,
    waitBudget: number,
  ): Promise<ReadonlyMap<string, OnetripError>> {
    const failures = new Map<string, OnetripError>()
    const keys = stamps.map(({ key }) => key)
    const kind = stamps[0]?.kind === 'deleted' ? 'delete' : 'tags'
    const send = () => this.#observers.measured(kind, keys.length, () => this.#store.stampMany(stamps))
    const written = await askWithin(waitBudget, send, this.#clock).catch((error: unknown) => [error])
    for (const [n, key] of keys.entries()) {
      // A failure of the whole command is that of each key.
      const stamp =
        written[n] ??
        (written[0] instanceof Error
          ? written[0]
          : new StoreError('The store has not said whether it is applied'))
      if (!Buffer.isBuffer(stamp)) failures.set(key, asStoreError(stamp))
      else if (stamps[n]?.kind === 'invalidated') this.#known?.created(key, stamp)
    }
    // A retry repeats what the first attempt has reported.
    if (failures.size > 0 && during !== 'retry') {
      const [error] = failures.values()
      this.#events.emit({ type: 'error', error: error as OnetripError, during, keys: [...failures.keys()] })
    }
    const full = [...failures].filter(([, error]) => error instanceof StoreFullError).map(([key]) => key)
    if (full.length > 0 && (await this.#remove(full, during))) for (const key of full) failures.delete(key)
    return failures
  }

  /** Removes keys. @returns true if they are removed */
  async #remove(keys: readonly string[], during: string): Promise<boolean> {
    try {
      const send = () => this.#observers.measured('delete', keys.length, () => this.#store.deleteMany(keys))
      await askWithin(ATTEMPT_MS, send, this.#clock)
      return true
    } catch (cause) {
      this.#events.emit({ type: 'error', error: asStoreError(cause), during, keys })
      return false
    }
  }

  /** Tries a last time. An event reports what is lost. */
  async close(): Promise<void> {
    this.#clock.clearTimeout(this.#timer)
    await Promise.all(this.#firsts)
    this.#clock.clearTimeout(this.#timer)
    if (this.#pending.size > 0) await this.#retry()
    this.#closed = true
    this.#clock.clearTimeout(this.#timer)
    const keys = [...this.#pending.keys()]
    if (keys.length > 0) {
      const error = new StoreError('Invalidations were not applied before the cache was closed')
      this.#events.emit({ type: 'error', error, during: 'close', keys })
    }
    for (const { resolve } of this.#pending.values()) resolve()
  }
}
