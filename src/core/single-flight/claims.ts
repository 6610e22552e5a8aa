import { createHash } from 'node:crypto'
import { type Clock, sleep, type Timer } from '../../clock.ts'
import { STAMP_LENGTH, type Store, stampKind } from '../../stores/store.ts'
import type { ResolvedOptions } from '../options/cache-options.ts'
import { ask, Deadline } from '../store-access/deadline.ts'
import type { StoreAccess } from '../store-access/store-access.ts'
import type { SharedEntry } from './flight.ts'

/** Pause between two reads of what others render: at first, and at most. */
const FIRST_PAUSE_MS = 5
const LONGEST_PAUSE_MS = 50
/** TTL of a lock whose render has failed. */
const FAILED_TTL_MS = 1_000

/** Result for a claim whose lock another process still holds. */
export const WAITING = Symbol('waiting')

/** A fragment to claim. */
export interface Claim {
  readonly key: string
  /**
   * Identifies what was seen under the key, and of its tags. A page that saw something else does
   * not wait.
   */
  readonly id: string
  /** The stamp that was found under the key. */
  readonly stamp: Buffer | null
}

/** Returns the claim of an entry that is to be refreshed. */
export function claimOfDue(key: string, stamp: Buffer): Claim {
  return { key, stamp, id: `${key} ${stamp.toString('latin1')}` }
}

type ClaimOptions = Pick<ResolvedOptions, 'lockTtl' | 'timeout' | 'maxRender'>

const CLAIMED = 0
const FAILED = 1

/**
 * Locks by which one process renders a fragment for all processes. They are set only where there is
 * none, in one trip for a page, and extended while their process lives; otherwise they expire after
 * `lockTtl`. A lock decides only who does the work: the store itself checks what is written.
 */
export class Claims {
  readonly #store: Store
  readonly #access: StoreAccess
  readonly #keyPrefix: string
  readonly #options: ClaimOptions
  /** The locks of this process, and since when it has them, by its clock. */
  readonly #owned = new Map<string, number>()
  readonly #clock: Clock
  #timer: Timer | undefined

  constructor(store: Store, access: StoreAccess, keyPrefix: string, options: ClaimOptions, clock: Clock) {
    this.#clock = clock
    this.#store = store
    this.#access = access
    this.#keyPrefix = keyPrefix
    this.#options = options
  }

  /**
   * Claims fragments, in one round trip.
   * @returns for each whether this process is to render it; true if the store could not say
   */
  async claim(claims: readonly Claim[], deadline = this.#newDeadline()): Promise<boolean[]> {
    const { lockTtl } = this.#options
    const locks = claims.map(({ key }) => this.#lockOf(key))
    const writes = claims.map(({ id }, n) => ({
      key: locks[n] as string,
      value: lockValue(id, CLAIMED),
      ttl: lockTtl,
      ifStamp: null,
    }))
    const setting = ask(() => this.#store.setMany(writes)).catch(() => [] as boolean[])
    const answers = await deadline.wait(setting as Promise<(boolean | Error)[]>, () => [])
    return locks.map((lock, n) => {
      if (answers[n] === true) this.#own(lock)
      return answers[n] !== false
    })
  }

  /** Gives claims back. @param stored returns true if others find it in the store now */
  async release(claims: readonly Claim[], stored: (claim: Claim) => boolean): Promise<void> {
    const owned = claims.filter(({ key }) => this.#owned.delete(this.#lockOf(key)))
    if (this.#owned.size === 0) this.#stop()
    const done = owned.filter(stored).map(({ key }) => this.#lockOf(key))
    const failed = owned
      .filter((claim) => !stored(claim))
      .map(({ key, id }) => ({ key: this.#lockOf(key), value: lockValue(id, FAILED), ttl: FAILED_TTL_MS }))
    try {
      if (done.length > 0) await this.#store.deleteMany(done)
      if (failed.length > 0) await this.#store.setMany(failed)
    } catch {
      // They expire.
    }
  }

  /**
   * Waits for what other processes render, by reading all of it again and again.
   * @param limit in ms
   * @param found is called with each entry as soon as it is in the store
   * @returns for each its entry; undefined: this page is to render it; {@link WAITING}: another
   *   process still does, and this page has something else to render first
   */
  async wait<Waited extends Claim>(
    claims: readonly Waited[],
    limit: number,
    found: (claim: Waited, value: Buffer) => void,
  ): Promise<(SharedEntry | typeof WAITING)[]> {
    const results = new Map<Claim, SharedEntry | typeof WAITING>()
    const until = this.#clock.now() + limit
    let waiting = claims
    for (let pause = FIRST_PAUSE_MS; waiting.length > 0 && this.#clock.now() < until; ) {
      const lockKeys = waiting.map(({ key }) => this.#lockOf(key))
      const keys = [...waiting.map(({ key }) => key), ...lockKeys]
      // No copy shows what others are about to write.
      this.#access.dropCopies(keys)
      const values = await this.#access.read(keys, this.#newDeadline())
      const free: Waited[] = []
      const still: Waited[] = []
      waiting.forEach((claim, n) => {
        const value = values[n] as (typeof values)[number]
        const lock = values[waiting.length + n] as (typeof values)[number]
        if (isNewEntry(value, claim)) {
          results.set(claim, value)
          found(claim, value)
        } else if (value instanceof Error || lock instanceof Error || isChanged(value, claim)) return
        else if (lock === null) free.push(claim)
        else if (lock.subarray(STAMP_LENGTH).equals(lockValue(claim.id, CLAIMED))) still.push(claim)
      })
      // The process that had claimed them is gone: one of those that wait takes over.
      const ours = free.length > 0 ? await this.claim(free) : []
      waiting = [...still, ...free.filter((_, n) => !ours[n])]
      if (waiting.length === 0) break
      if (ours.some(Boolean)) {
        for (const claim of waiting) results.set(claim, WAITING)
        break
      }
      await sleep(pause, this.#clock)
      pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)
    }
    return claims.map((claim) => results.get(claim))
  }

  close(): void {
    this.#owned.clear()
    this.#stop()
  }

  #newDeadline(): Deadline {
    return new Deadline(this.#options.timeout, this.#clock)
  }

  /** No key of a fragment or a tag looks like it. */
  #lockOf(key: string): string {
    return `${this.#keyPrefix}!${key.slice(this.#keyPrefix.length)}`
  }

  #own(lock: string): void {
    this.#owned.set(lock, this.#clock.now())
    this.#timer ??= this.#clock.setInterval(() => this.#extend(), this.#options.lockTtl / 3).unref()
  }

  #extend(): void {
    const { lockTtl: ttl, maxRender } = this.#options
    const now = this.#clock.now()
    // A render that takes longer is not stored: another process may try.
    for (const [lock, since] of this.#owned) if (now - since >= maxRender) this.#owned.delete(lock)
    if (this.#owned.size === 0) return this.#stop()
    const touches = [...this.#owned.keys()].map((key) => ({ key, ttl }))
    void ask(() => this.#store.touchMany(touches)).catch(() => {})
  }

  #stop(): void {
    this.#clock.clearInterval(this.#timer)
    this.#timer = undefined
  }
}

function lockValue(id: string, state: number): Buffer {
  return Buffer.concat([createHash('sha1').update(id).digest(), Buffer.of(state)])
}

type Value = Buffer | null | Error

/** Returns true if something was stored or deleted since. */
function isChanged(value: Value, { stamp }: Claim): boolean {
  if (!Buffer.isBuffer(value)) return stamp !== null
  return stamp === null || !value.subarray(0, STAMP_LENGTH).equals(stamp)
}

function isNewEntry(value: Value, claim: Claim): value is Buffer {
  return Buffer.isBuffer(value) && stampKind(value) === 'entry' && isChanged(value, claim)
}
