import { createHash } from 'node:crypto'
import { type Clock, sleep, type Timer } from '../../clock.ts'
import { STAMP_LENGTH, type Store, stampKind } from '../../stores/store.ts'
import type { ResolvedOptions } from '../options/cache-options.ts'
import { ask, Deadline } from '../store-access/deadline.ts'
import type { StoreAccess } from '../store-access/store-access.ts'
import type { SharedEntry } from './flight.ts'

/** Pauses between two looks at what others render, in milliseconds: at first, and at most. */
const FIRST_PAUSE = 5
const LONGEST_PAUSE = 50
/** How long it is known that a claimed render came to nothing, in milliseconds. */
const FAILURE_KNOWN = 1_000

/** Of a fragment that another process is still rendering. */
export const WAITING = Symbol('waiting')

/** A fragment to claim. */
export interface Claim {
  readonly key: string
  /** What was seen under it, and of its tags: who saw something else does not wait. */
  readonly id: string
  /** What was found at its key. */
  readonly stamp: Buffer | null
}

/** What is stale is claimed by what was found, to be made anew. */
export function claimOfStale(key: string, head: Buffer): Claim {
  return { key, stamp: head, id: `${key} ${head.toString('latin1')}` }
}

type ClaimOptions = Pick<ResolvedOptions, 'lockTtl' | 'timeout' | 'maxRender'>

const CLAIMED = 0
const FAILED = 1

/**
 * Which fragments a process renders for all processes: a lock each, set only where there is none, in one trip for all of a
 * page. A lock is prolonged while its process lives, and otherwise forgotten after `lockTtl`. Nothing depends on a lock but
 * who does the work: what is stored is checked by the store itself.
 */
export class Claims {
  readonly #store: Store
  readonly #access: StoreAccess
  readonly #keyPrefix: string
  readonly #options: ClaimOptions
  /** Which locks this process holds, and since when by the process' clock. */
  readonly #held = new Map<string, number>()
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
   * Claims fragments, in one trip.
   * @param deadline how long it may wait for the store
   * @returns for each whether this process is to render it: also where the store could not say
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
    const results = await deadline.wait(setting as Promise<(boolean | Error)[]>, () => [])
    return locks.map((lock, n) => {
      if (results[n] === true) this.#hold(lock)
      return results[n] !== false
    })
  }

  /** Gives claims back. @param stored says of each whether others find it in the store now */
  async release(claims: readonly Claim[], stored: (claim: Claim) => boolean): Promise<void> {
    const held = claims.filter(({ key }) => this.#held.delete(this.#lockOf(key)))
    if (this.#held.size === 0) this.#stop()
    const done = held.filter(stored).map(({ key }) => this.#lockOf(key))
    const failed = held
      .filter((claim) => !stored(claim))
      .map(({ key, id }) => ({ key: this.#lockOf(key), value: lockValue(id, FAILED), ttl: FAILURE_KNOWN }))
    try {
      if (done.length > 0) await this.#store.deleteMany(done)
      if (failed.length > 0) await this.#store.setMany(failed)
    } catch {
      // They are forgotten by themselves.
    }
  }

  /**
   * Waits for what other processes render: one fetch for all of it, again and again.
   * @param waitBudget milliseconds
   * @param found is called with each that the store has, as soon as it is seen
   * @returns what the store has; undefined: this page is to render it; {@link WAITING}: another still does, and this page has
   * something else to render first
   */
  async wait<Waited extends Claim>(
    claims: readonly Waited[],
    waitBudget: number,
    found: (claim: Waited, value: Buffer) => void,
  ): Promise<(SharedEntry | typeof WAITING)[]> {
    const landed = new Map<Claim, SharedEntry | typeof WAITING>()
    const until = this.#clock.now() + waitBudget
    let waiting = claims
    for (let pause = FIRST_PAUSE; waiting.length > 0 && this.#clock.now() < until; ) {
      const lockKeys = waiting.map(({ key }) => this.#lockOf(key))
      const keys = [...waiting.map(({ key }) => key), ...lockKeys]
      // What others are about to write is not known by any copy.
      this.#access.dropCopies(keys)
      const values = await this.#access.read(keys, this.#newDeadline())
      const free: Waited[] = []
      const still: Waited[] = []
      waiting.forEach((claim, n) => {
        const value = values[n] as (typeof values)[number]
        const lock = values[waiting.length + n] as (typeof values)[number]
        if (isNewEntry(value, claim)) {
          landed.set(claim, value)
          found(claim, value)
        } else if (value instanceof Error || lock instanceof Error || isChanged(value, claim)) return
        else if (lock === null) free.push(claim)
        else if (lock.subarray(STAMP_LENGTH).equals(lockValue(claim.id, CLAIMED))) still.push(claim)
      })
      // Who had claimed them is gone: one of those who wait takes over.
      const ours = free.length > 0 ? await this.claim(free) : []
      waiting = [...still, ...free.filter((_, n) => !ours[n])]
      if (waiting.length === 0) break
      if (ours.some(Boolean)) {
        for (const claim of waiting) landed.set(claim, WAITING)
        break
      }
      await sleep(pause, this.#clock)
      pause = Math.min(pause * 1.5, LONGEST_PAUSE)
    }
    return claims.map((claim) => landed.get(claim))
  }

  close(): void {
    this.#held.clear()
    this.#stop()
  }

  #newDeadline(): Deadline {
    return new Deadline(this.#options.timeout, this.#clock)
  }

  /** No fragment's key, and no tag's, looks like it. */
  #lockOf(key: string): string {
    return `${this.#keyPrefix}!${key.slice(this.#keyPrefix.length)}`
  }

  #hold(lock: string): void {
    this.#held.set(lock, this.#clock.now())
    this.#timer ??= this.#clock.setInterval(() => this.#prolong(), this.#options.lockTtl / 3).unref()
  }

  #prolong(): void {
    const { lockTtl: ttl, maxRender } = this.#options
    const now = this.#clock.now()
    // What takes longer is not stored: another process may try.
    for (const [lock, since] of this.#held) if (now - since >= maxRender) this.#held.delete(lock)
    if (this.#held.size === 0) return this.#stop()
    const touches = [...this.#held.keys()].map((key) => ({ key, ttl }))
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

/** Something was stored or deleted since. */
function isChanged(value: Value, { stamp }: Claim): boolean {
  if (!Buffer.isBuffer(value)) return stamp !== null
  return stamp === null || !value.subarray(0, STAMP_LENGTH).equals(stamp)
}

function isNewEntry(value: Value, claim: Claim): value is Buffer {
  return Buffer.isBuffer(value) && stampKind(value) === 'entry' && isChanged(value, claim)
}
