import { LRUCache } from 'lru-cache'
import type { Clock } from '../../clock.ts'

/**
 * How long a fragment rests that could not be rendered anew, in milliseconds: at first, and at
 * most.
 */
const FIRST_REST = 1_000
const LONGEST_REST = 30_000
/** For how many fragments it is remembered. */
const MOST_REMEMBERED = 10_000

interface Rest {
  readonly length: number
  readonly until: number
}

/**
 * Which fragments this process is rendering anew behind a page, and which have failed lately: what
 * they load is not asked again at once by each of their visitors, but after a while, doubled each
 * time.
 */
export class RefreshRegistry {
  /** Since when, by the process' clock. */
  readonly #running = new Map<string, number>()
  readonly #longest: number
  readonly #clock: Clock
  // Made at their first use: each sets aside room for all that it may hold.
  #rests: LRUCache<string, Rest> | undefined
  /** When each was rendered anew. */
  #done: LRUCache<string, number> | undefined

  /**
   * @param longest milliseconds after which one that is not over counts no more: it is not stored
   */
  constructor(longest: number, clock: Clock) {
    this.#clock = clock
    this.#longest = longest
  }

  /** Whether it failed a moment ago. */
  rests(key: string): boolean {
    const rest = this.#rests?.get(key)
    return rest !== undefined && this.#clock.now() < rest.until
  }

  /**
   * @param foundAt a time of the process' clock before it was found stale
   * @returns false: somebody is at it, or has done it since; or it rests
   */
  begin(key: string, foundAt: number): boolean {
    const now = this.#clock.now()
    const since = this.#running.get(key)
    if (since !== undefined && now - since < this.#longest) return false
    if (this.rests(key) || (this.#done?.get(key) ?? 0) > foundAt) return false
    this.#running.set(key, now)
    return true
  }

  end(key: string): void {
    this.#running.delete(key)
  }

  failed(key: string): void {
    // A crowd that fails at once has failed once.
    if (this.rests(key)) return
    this.#rests ??= new LRUCache({ max: MOST_REMEMBERED })
    const length = Math.min((this.#rests.get(key)?.length ?? FIRST_REST / 2) * 2, LONGEST_REST)
    this.#rests.set(key, { length, until: this.#clock.now() + length })
  }

  succeeded(key: string): void {
    this.#rests?.delete(key)
    this.#done ??= new LRUCache({ max: MOST_REMEMBERED })
    this.#done.set(key, this.#clock.now())
  }
}
