import { LRUCache } from 'lru-cache'
import type { Clock } from '../../clock.ts'

/** How long an entry rests after a failed refresh, in milliseconds: at first, and at most. */
const FIRST_REST = 1_000
const LONGEST_REST = 30_000
/** Limit of the keys that are remembered. */
const MOST_REMEMBERED = 10_000

interface Rest {
  readonly length: number
  readonly until: number
}

/**
 * The refreshes of this process: those under way, and those that have failed lately. What they load
 * is asked for again only after a rest, doubled with each failure, and not by each visitor.
 */
export class RefreshRegistry {
  /** When each began, by the process' clock. */
  readonly #running = new Map<string, number>()
  readonly #longest: number
  readonly #clock: Clock
  // Created at their first use: each allocates memory for all that it may hold.
  #rests: LRUCache<string, Rest> | undefined
  /** When each was refreshed. */
  #done: LRUCache<string, number> | undefined

  /** @param longest milliseconds after which a refresh counts as lost: it would not be stored */
  constructor(longest: number, clock: Clock) {
    this.#clock = clock
    this.#longest = longest
  }

  /** Returns true for a key whose refresh has failed lately. */
  rests(key: string): boolean {
    const rest = this.#rests?.get(key)
    return rest !== undefined && this.#clock.now() < rest.until
  }

  /**
   * Begins a refresh.
   * @param foundAt a time of the process' clock before it was found stale
   * @returns false if it is under way, was done since, or rests
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
    // Failures at the same time count once.
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
