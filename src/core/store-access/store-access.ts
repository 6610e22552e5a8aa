import type { Clock } from '../../clock.ts'
import type { OnetripError } from '../../errors.ts'
import type {
  Copy,
  CopyReads,
  StampWrite,
  Store,
  StoreCapabilities,
  Touch,
  Write,
} from '../../stores/store.ts'
import type { Events } from '../events.ts'
import type { Observers } from '../observe/observers.ts'
import type { ResolvedOptions } from '../options/cache-options.ts'
import { CircuitBreaker } from './circuit-breaker.ts'
import type { Deadline } from './deadline.ts'
import { KnownVersions } from './known-versions.ts'
import { PendingInvalidations } from './pending-invalidations.ts'
import { type Found, ReadBatcher, type ReadKind, type TripCounter } from './read-batcher.ts'
import { StampCreations } from './stamp-creations.ts'
import { StoreClock } from './store-clock.ts'
import { asStoreError } from './store-failure.ts'
import { WriteQueue } from './write-queue.ts'

type Options = Pick<
  ResolvedOptions,
  'store' | 'timeout' | 'breaker' | 'invalidateTimeout' | 'maxPendingBytes' | 'secrets'
> & {
  /** TTL of a tag version key, in ms. */
  readonly versionTtl: number
}

/**
 * The store of a cache, for all that reads and writes it. Reads are batched, and end at once while
 * the circuit breaker is open; invalidations are retried until they are applied; writes wait in a
 * bounded queue; the store's time is estimated.
 */
export class StoreAccess {
  readonly #store: Store
  readonly #versionTtl: number
  readonly #breaker: CircuitBreaker
  readonly #batcher: ReadBatcher
  readonly #pending: PendingInvalidations
  readonly #creations: StampCreations
  readonly #writes: WriteQueue
  readonly #clock: StoreClock
  readonly #time: Clock
  /** Observers of the cache. */
  readonly observers: Observers
  /** Undefined unless a version that was put back is to be noticed. */
  readonly #known: KnownVersions | undefined

  /** @param probeKey a key that the circuit breaker reads; nothing needs to be there */
  constructor(options: Options, probeKey: string, events: Events, observers: Observers, time: Clock) {
    this.observers = observers
    this.#time = time
    const { store, timeout, secrets, versionTtl } = options
    this.#store = store
    this.#versionTtl = versionTtl
    this.#clock = new StoreClock(store, time)
    // Another server may answer then, whose clock is another.
    const onClosed = () => this.#clock.forget()
    const limits = { ...options.breaker, timeout, onClosed }
    this.#breaker = new CircuitBreaker(store, probeKey, limits, events, time)
    this.#known =
      secrets.length > 0 && store.capabilities.shared
        ? new KnownVersions(time, (key) => this.#invalidateAgain(key))
        : undefined
    const { invalidateTimeout, maxPendingBytes } = options
    this.#pending = new PendingInvalidations(store, events, invalidateTimeout, time, this.#known, observers)
    this.#batcher = new ReadBatcher(store, this.#breaker, timeout, time, this.#known, observers)
    this.#creations = new StampCreations(store, time, observers)
    this.#writes = new WriteQueue(store, maxPendingBytes, () => this.#clock.suspect(), observers)
    store.onError?.((error) => {
      events.emit({ type: 'error', error: asStoreError(error), during: 'first tier', keys: [] })
    })
    void this.#clock.refresh()
  }

  #invalidateAgain(key: string): void {
    const stamp = { key, kind: 'invalidated', ttl: this.#versionTtl } as const
    // It is retried until it is applied.
    void this.#pending.apply([stamp], 'invalidate').catch(() => {})
  }

  get capabilities(): StoreCapabilities {
    return this.#store.capabilities
  }

  /** Keys that copies in this process had, and had not; undefined without copies. */
  get copyReads(): CopyReads | undefined {
    return this.#store.copyReads
  }

  /** The failure for which the store is not asked at present; undefined while it is. */
  get unavailable(): OnetripError | undefined {
    return this.#breaker.error
  }

  /**
   * Reads keys in one command with all that is read in the same turn of the event loop. Waits for
   * the first estimate of the store's time, too. Never rejects: an Error stands for each key that
   * was not read.
   * @param deadline bounds the wait; what is answered later is dropped
   * @param trips counts the command, where one is sent
   */
  async read(
    keys: readonly string[],
    deadline: Deadline,
    trips?: TripCounter,
    kind: ReadKind = 'fetch',
  ): Promise<Found> {
    const reading = this.#batcher.read(keys, deadline, trips, kind)
    if (!this.#clock.keep() && !this.unavailable) await deadline.wait(this.#clock.ready(), () => undefined)
    const found = await reading
    if (this.#pending.isIdle) return found
    return found.map((value, n) => this.#pending.errorFor(keys[n] as string) ?? value)
  }

  /**
   * Returns what the store has copies of in this process, without a round trip; undefined where it
   * has not all of the keys, or a copy may be out of date.
   * @param trips counts it where they are the store's own values, and no copies of another store's
   */
  copies(
    keys: readonly string[],
    trips: TripCounter | undefined,
    forValues?: boolean,
  ): readonly Copy[] | undefined {
    if (!this.#store.getCopies || !this.#clock.keep() || !this.#pending.isIdle) return undefined
    const isTrip = !this.#store.forget
    const begun = isTrip && this.observers.seeTrips ? this.#time.now() : undefined
    const copies = this.#store.getCopies(keys)
    if (copies && isTrip) {
      trips?.count(keys, forValues)
      if (begun !== undefined) this.observers.trip(forValues ? 'values' : 'fetch', keys.length, begun, false)
    }
    const known = this.#known
    const isPutBack = known && copies?.some(({ bytes }, n) => known.isPutBack(keys[n] as string, bytes))
    return isPutBack ? undefined : copies
  }

  /** Drops local copies, so that the next read of these keys goes to the store. */
  dropCopies(keys: readonly string[]): void {
    this.#store.forget?.(keys)
  }

  /**
   * Creates tag versions at absent keys. Never rejects.
   * @returns the stamp that is at each key now
   */
  ensureVersions(keys: readonly string[]): Promise<(Buffer | Error)[]> {
    return this.#creations.create(keys, this.#versionTtl)
  }

  /**
   * Writes stamps in one command, and retries those that fail until they are applied.
   * @param during what the events of a failure say
   * @throws StoreError where they are not applied within `invalidateTimeout`
   */
  stamp(stamps: readonly StampWrite[], during: string): Promise<void> {
    return this.#pending.apply(stamps, during)
  }

  /** Gives tag keys new versions. @throws as {@link stamp} */
  invalidate(keys: readonly string[]): Promise<void> {
    const ttl = this.#versionTtl
    return this.stamp(
      keys.map((key) => ({ key, kind: 'invalidated', ttl })),
      'invalidate',
    )
  }

  /**
   * Writes entries, and extends the TTL of tag versions, in one round trip.
   * @returns what `setMany` answers
   * @throws what the store throws, and StoreError where the store is unavailable, or the writes
   *   were dropped
   */
  async write(writes: readonly Write[], touches: readonly Touch[]): Promise<readonly (boolean | Error)[]> {
    if (this.unavailable) throw this.unavailable
    return this.#writes.add(writes, touches)
  }

  /** True while a write waits, or is not answered yet. */
  get isWriting(): boolean {
    return this.#writes.busy
  }

  /** The store's time in ms since 1970; NaN while it is not known. */
  now(): number {
    return this.#clock.now()
  }

  /** The store's time at a time of the process' clock; NaN while it is not known. */
  at(time: number): number {
    return this.#clock.at(time)
  }

  /**
   * Resolves when the estimate of the store's time is not old, if the store answers. Never rejects.
   */
  syncClock(): Promise<void> {
    return this.#clock.refresh()
  }

  /** Tries a last time to apply pending invalidations. */
  drain(): Promise<void> {
    return this.#pending.close()
  }

  /** Drops writes that were not sent yet, and closes the store. */
  async close(): Promise<void> {
    this.#writes.close()
    this.#breaker.close()
    await this.#store.close()
  }
}
