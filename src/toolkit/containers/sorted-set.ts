import { type Arguments, checkOptions } from './arguments.ts'
import type { List } from './list.ts'
import { keysOfOthers, type OneOrMany } from './others.ts'
import { flatOf, integerOf, textOf } from './replies.ts'
import { type Scored, ScoredValues } from './scored-values.ts'
import type { SortOptions } from './sort.ts'
import { type CombineOptions, combineArguments } from './sorted-set-combine.ts'
import { NEXT_PAGE } from './sorted-set-page.ts'
import { BY_VALUE, readRange, type ScoreRange, type SortedSetRange } from './sorted-set-range.ts'

/** A sorted set of any values, whose key is used. */
export type AnySortedSet = SortedSet<unknown, never>

/** Values of one trip of an iteration. */
const PAGE = 1_000

/**
 * Values in the order of their scores, and, of equal scores, of their bytes: a sorted set of Redis.
 *
 * @typeParam Out values as they are read
 * @typeParam In values as they are written
 *
 * @example
 * ```ts
 * const top = kit.sortedSet<string>('top')
 * await top.increment('film:42')
 * await top.range({ reverse: true, to: 9 })
 * ```
 */
export class SortedSet<Out = unknown, In = Out> extends ScoredValues<Out, In> {
  /** Returns the number of values whose scores are in a range. */
  count(range: Omit<ScoreRange, 'by' | 'reverse' | 'offset' | 'count'>): Promise<number> {
    const args = () => {
      checkOptions('count', range, BOUNDS.slice(1))
      return this.#read('count', { ...range, by: 'score' }).bounds
    }
    return this.send('ZCOUNT', args, integerOf)
  }

  /**
   * Returns the values of a range, by default all.
   *
   * @throws ToolkitError (`not-found`) for a bound by value that the set does not have
   *
   * @example
   * ```ts
   * await top.range({ to: 9, reverse: true })
   * await top.range({ by: 'score', from: 5, before: 10 })
   * ```
   */
  range(range: SortedSetRange<In> = {}): Promise<Out[]> {
    return this.#range('range', range, [], this.list)
  }

  /** Returns the values of a range with their scores, by default all. See `range()`. */
  entries(range: SortedSetRange<In> = {}): Promise<Scored<Out>[]> {
    return this.#range('entries', range, ['WITHSCORES'], this.scored)
  }

  /** Returns the values from rank `start` to before `end`, like `slice` of an Array. */
  slice(start = 0, end?: number): Promise<Out[]> {
    return this.range({ from: start, before: end })
  }

  /** Removes the values of a range. @returns how many there were */
  deleteRange(range: SortedSetRange<In>): Promise<number> {
    return this.deliver(() => {
      const { by, bounds, limit } = this.#read('deleteRange', range)
      if (limit.length > 0 || 'reverse' in range) checkOptions('deleteRange', range, BOUNDS)
      if (by === 'value') return this.run(BY_VALUE, () => ['ZREMRANGEBYRANK', ...bounds], integerOf)
      return this.send(`ZREMRANGEBY${by.toUpperCase()}`, () => bounds, integerOf)
    })
  }

  /**
   * Returns the values of this set and of others, by default with the sums of their scores.
   *
   * @param others a sorted set, or an array of them
   */
  union(others: OneOrMany<AnySortedSet>, options: CombineOptions = {}): Promise<Scored<Out>[]> {
    return this.#combine('ZUNION', others, options)
  }

  /** Returns the values that this set and all others have. */
  intersection(others: OneOrMany<AnySortedSet>, options: CombineOptions = {}): Promise<Scored<Out>[]> {
    return this.#combine('ZINTER', others, options)
  }

  /** Returns the values of this set that no other has. */
  difference(others: OneOrMany<AnySortedSet>, ...more: never[]): Promise<Scored<Out>[]> {
    return this.#combine('ZDIFF', others, {}, more)
  }

  /** Stores the union instead of what `into` holds, which may be this set. @returns `into` */
  unionTo(
    into: SortedSet<Out, In>,
    others: OneOrMany<AnySortedSet>,
    options: CombineOptions = {},
  ): Promise<SortedSet<Out, In>> {
    return this.#store('ZUNIONSTORE', into, others, options)
  }

  /**
   * Stores the intersection instead of what `into` holds, which may be this set. @returns `into`
   */
  intersectionTo(
    into: SortedSet<Out, In>,
    others: OneOrMany<AnySortedSet>,
    options: CombineOptions = {},
  ): Promise<SortedSet<Out, In>> {
    return this.#store('ZINTERSTORE', into, others, options)
  }

  /** Stores the difference instead of what `into` holds, which may be this set. @returns `into` */
  differenceTo(
    into: SortedSet<Out, In>,
    others: OneOrMany<AnySortedSet>,
    ...more: never[]
  ): Promise<SortedSet<Out, In>> {
    return this.#store('ZDIFFSTORE', into, others, {}, more)
  }

  /** Stores the values sorted in a list, instead of what it holds. @returns that list */
  sortTo(into: List<Out, In>, options: SortOptions = {}): Promise<List<Out, In>> {
    return this.storeSorted(into, options, () => into)
  }

  /**
   * Yields the values with their scores in their order, 1,000 a trip. A value that stays, and keeps
   * its score, comes exactly once, whatever else changes meanwhile.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Scored<Out>, void, void> {
    this.refuseBatch('iteration')
    let after: Arguments = []
    for (;;) {
      const flat = (await this.run(NEXT_PAGE, () => [String(PAGE), ...after], flatOf)) as Buffer[]
      yield* this.scored(flat)
      if (flat.length < 2 * PAGE) return
      after = [textOf(flat.at(-1)), flat.at(-2) as Buffer]
    }
  }

  #read(method: string, range: SortedSetRange<In>) {
    return readRange<In>(method, range, (value) => this.item(value))
  }

  #range<T>(
    method: string,
    range: SortedSetRange<In>,
    more: Arguments,
    read: (reply: unknown) => T,
  ): Promise<T> {
    return this.deliver(() => {
      const { by, bounds, reverse, limit } = this.#read(method, range)
      if (by === 'value') return this.run(BY_VALUE, () => ['ZRANGE', ...bounds, ...more], read)
      const turned = reverse && by !== 'rank' ? bounds.toReversed() : bounds
      const kind = by === 'rank' ? [] : [`BY${by.toUpperCase()}`]
      const args = [...turned, ...kind, ...(reverse ? ['REV'] : []), ...limit, ...more]
      return this.send('ZRANGE', () => args, read)
    })
  }

  #combine(
    command: string,
    others: OneOrMany<AnySortedSet>,
    options: CombineOptions,
    more?: readonly unknown[],
  ): Promise<Scored<Out>[]> {
    const keys = () => [this.key, ...othersOf(others, options, more)]
    const args = (all: readonly string[]) => [...combineArguments(all, options), 'WITHSCORES']
    return this.sendKeys(command, keys, args, this.scored)
  }

  #store(
    command: string,
    into: SortedSet<Out, In>,
    others: OneOrMany<AnySortedSet>,
    options: CombineOptions,
    more?: readonly unknown[],
  ): Promise<SortedSet<Out, In>> {
    const keys = () => [into?.key, this.key, ...othersOf(others, options, more)]
    return this.sendKeys(
      command,
      keys,
      ([to = '', ...all]) => [to, ...combineArguments(all, options)],
      () => into,
    )
  }
}

/** A second set in place of the options is one of the others. */
function othersOf(
  others: OneOrMany<AnySortedSet>,
  options: CombineOptions,
  more: readonly unknown[] = [],
): readonly string[] {
  const behind: unknown = options
  return keysOfOthers('A combination', others, behind instanceof ScoredValues ? [behind] : more)
}

const BOUNDS = ['by', 'from', 'after', 'to', 'before']
