import type { Clock, Timer } from '../../clock.ts'
import { ClosedError, type OnetripError, StoreError, StoreFullError } from '../../errors.ts'
import type { StampWrite, Store } from '../../stores/store.ts'
import type { Events } from '../events.ts'
import { askWithin, within } from './deadline.ts'
import type { KnownVersions } from './known-versions.ts'
import { asStoreError } from './store-failure.ts'

/** How long one attempt may take, in milliseconds. A late one does no harm. */
const ATTEMPT = 5_000
/** Pauses between attempts, in milliseconds: at first, and at most. */
const FIRST_PAUSE = 100
const LONGEST_PAUSE = 5_000
/** How many keys may wait: beyond them the call rejects, and is not kept. */
const MOST_PENDING = 100_000

interface Pending {
  readonly stamp: StampWrite
  readonly resolve: () => void
}

/**
 * Applies invalidations and deletions, and keeps those that the store has not applied: an invalidation is never lost while
 * the process lives. Until then this process shows nothing that they cover, and stores nothing under it.
 */
export class PendingInvalidations {
  readonly #store: Store
  readonly #events: Events
  readonly #waitBudget: number
  readonly #clock: Clock
  readonly #known: KnownVersions | undefined
  readonly #pending = new Map<string, Pending>()
  /** First attempts that are under way. */
  readonly #firsts = new Set<Promise<unknown>>()
  #timer: Timer | undefined
  #pause = FIRST_PAUSE
  #closed = false

  /** @param waitBudget milliseconds until a call rejects whose stamps are not applied */
  constructor(
    store: Store,
    events: Events,
    waitBudget: number,
    clock: Clock,
    known: KnownVersions | undefined,
  ) {
    this.#clock = clock
    this.#known = known
    this.#store = store
    this.#events = events
    this.#waitBudget = waitBudget
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
  async apply(stamps: readonly StampWrite[], during: string): Promise<void> {
    const begun = this.#clock.now()
    const first = this.#attempt(stamps, during, Math.min(ATTEMPT, this.#waitBudget))
    this.#firsts.add(first)
    const failures = await first.finally(() => this.#firsts.delete(first))
    const failed = stamps.filter(({ key }) => failures.has(key))
    const [failure] = failures.values()
    if (!failure) return
    if (this.#closed || this.#pending.size + failed.length > MOST_PENDING) throw failure
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

  /** A stamp that is kept already may be under way, and older than what this one is for: this one is applied after it, for both. */
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
      ATTEMPT,
    )
    for (const pending of tried) {
      const { key } = pending.stamp
      // One that came meanwhile is for what has changed since.
      if (failures.has(key) || this.#pending.get(key) !== pending) continue
      this.#pending.delete(key)
      pending.resolve()
    }
    this.#pause = failures.size === 0 ? FIRST_PAUSE : Math.min(this.#pause * 2, LONGEST_PAUSE)
    const again = this.#pending.size > 0 && !this.#closed
    this.#timer = again ? this.#clock.setTimeout(() => void this.#retry(), this.#pause) : undefined
  }

  /** Never rejects. @returns why a key's stamp is not applied, for each that is not */
  async #attempt(
    stamps: readonly StampWrite[],
    during: string,
    waitBudget: number,
  ): Promise<ReadonlyMap<string, OnetripError>> {
    const failures = new Map<string, OnetripError>()
    const keys = stamps.map(({ key }) => key)
    const heads = await askWithin(waitBudget, () => this.#store.stampMany(stamps), this.#clock).catch(
      (error: unknown) => [error],
    )
    for (const [n, key] of keys.entries()) {
      // What failed as a whole has one answer.
      const head =
        heads[n] ??
        (heads[0] instanceof Error
          ? heads[0]
          : new StoreError('The store has not said whether it is applied'))
      if (!Buffer.isBuffer(head)) failures.set(key, asStoreError(head))
      else if (stamps[n]?.kind === 'invalidated') this.#known?.made(key, head)
    }
    // A retry says what the first attempt has said.
    if (failures.size > 0 && during !== 'retry') {
      const [error] = failures.values()
      this.#events.emit({ type: 'error', error: error as OnetripError, during, keys: [...failures.keys()] })
    }
    const full = [...failures].filter(([, error]) => error instanceof StoreFullError).map(([key]) => key)
    if (full.length > 0 && (await this.#remove(full, during))) for (const key of full) failures.delete(key)
    return failures
  }

  /** @returns whether it is done */
  async #remove(keys: readonly string[], during: string): Promise<boolean> {
    try {
      await askWithin(ATTEMPT, () => this.#store.deleteMany(keys), this.#clock)
      return true
    } catch (cause) {
      this.#events.emit({ type: 'error', error: asStoreError(cause), during, keys })
      return false
    }
  }

  /** One last attempt; what is not applied then is lost, and an event says so. */
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
