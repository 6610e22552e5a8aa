import type { EncodingLimits } from '../../config/encoding-limits.ts'
import { Container } from '../../data/entry.ts'
import { mapBytes, stringBytes } from '../../data/memory-size.ts'
import { ScoreTree } from './score-tree.ts'
import type { ScoredMember } from './scored-member.ts'

/** Estimated memory of a sorted set besides its members and their places, in bytes. */
const SORTED_SET_BYTES = 205
/** Estimated memory of a member besides its name and its place in the Map, in bytes. */
const ITEM_BYTES = 56
/** Estimated memory of a place in the tree, in bytes: leaves are not full. */
const PLACE_BYTES = 15
/** Places that V8 makes for the first one. */
const FIRST_PLACES_BYTES = 136
/** Redis' defaults of `zset-max-listpack-entries` and `zset-max-listpack-value`. */
const LISTPACK_ENTRIES = 128
const LISTPACK_VALUE = 64

/** Members with scores, in the order of score, then of the member's bytes. */
export class SortedSet extends Container {
  readonly type = 'zset'
  readonly #members = new Map<string, ScoredMember>()
  readonly #order = new ScoreTree()
  /** Most members, and longest member, that it ever had: Redis never makes it compact again. */
  #mostMembers = 0
  #longest = 0
  /** Estimated memory of the names of members, in bytes. */
  #textBytes = 0

  get size(): number {
    return this.#members.size
  }

  get bytes(): number {
    const { size } = this
    const places = Math.max(FIRST_PLACES_BYTES, PLACE_BYTES * size)
    return SORTED_SET_BYTES + mapBytes(size) + places + ITEM_BYTES * size + this.#textBytes
  }

  encoding({ zsetEntries, zsetValue }: EncodingLimits): 'listpack' | 'skiplist' {
    return this.#mostMembers <= zsetEntries && this.#longest <= zsetValue ? 'listpack' : 'skiplist'
  }

  /** Notes that Redis stores it as a large one from now on: SORT has converted it. */
  enlarge(): void {
    this.#longest = Number.POSITIVE_INFINITY
  }

  copy(): SortedSet {
    const copy = new SortedSet()
    copy.#mostMembers = this.#mostMembers
    copy.#longest = this.#longest
    for (const { member, score } of this) copy.set(member, score)
    return copy
  }

  /** Returns a set of different members. */
  static of(items: readonly ScoredMember[]): SortedSet {
    const set = new SortedSet()
    set.#mostMembers = items.length
    for (const { member } of items) if (member.length > set.#longest) set.#longest = member.length
    for (const { member, score } of items) set.set(member, score)
    return set
  }

  /** Score of a member, undefined if it is absent. */
  score(member: string): number | undefined {
    return this.#members.get(member)?.score
  }

  has(member: string): boolean {
    return this.#members.has(member)
  }

  /**
   * Sets the score of a member. Returns true if the member is new.
   *
   * @param score never NaN
   */
  set(member: string, score: number): boolean {
    const found = this.#members.get(member)
    if (found !== undefined) {
      if (found.score === score) return false
      this.#order.remove(found)
    }
    if (found === undefined) this.#measure(member)
    const item = { member, score: this.#keepsNegativeZero ? score : score + 0 }
    this.#members.set(member, item)
    this.#order.insert(item)
    return found === undefined
  }

  /** Counts a member that is about to be added. */
  #measure(member: string): void {
    this.#textBytes += stringBytes(member.length)
    if (member.length > this.#longest) this.#longest = member.length
    if (this.size >= this.#mostMembers) this.#mostMembers = this.size + 1
  }

  /** A listpack of Redis has no -0. */
  get #keepsNegativeZero(): boolean {
    return this.#mostMembers > LISTPACK_ENTRIES || this.#longest > LISTPACK_VALUE
  }

  /** Removes a member. Returns false if it is absent. */
  delete(member: string): boolean {
    const found = this.#members.get(member)
    if (found === undefined) return false
    this.#members.delete(member)
    this.#order.remove(found)
    this.#textBytes -= stringBytes(member.length)
    return true
  }

  /** Number of members before one, undefined if it is absent. */
  rank(member: string): number | undefined {
    const found = this.#members.get(member)
    return found && this.#order.rank(found)
  }

  /**
   * Number of members at the begin of the order that pass a test.
   *
   * @param test true up to some place of the order, false behind it
   */
  countLeading(test: (item: ScoredMember) => boolean): number {
    return this.#order.countLeading(test)
  }

  /** Returns the member of a rank, which must be one. */
  at(rank: number): ScoredMember {
    return this.#order.at(rank)
  }

  /** Returns up to `count` members from a rank on, in their order. */
  slice(rank: number, count: number): ScoredMember[] {
    return this.#order.slice(rank, count)
  }

  /** Returns up to `count` members from a rank on backwards. */
  sliceBackwards(rank: number, count: number): ScoredMember[] {
    return this.#order.sliceBackwards(rank, count)
  }

  /** The members in no order that means anything. */
  keys(): IterableIterator<string> {
    return this.#members.keys()
  }

  /** In the order of the scores. The set must not be changed meanwhile. */
  [Symbol.iterator](): IterableIterator<ScoredMember> {
    return this.slice(0, this.size).values()
  }
}
