import { scriptText } from '../../redis/script-text.ts'
import type { Codec } from '../codec/codec.ts'
import type { KitContext } from '../kit-context.ts'
import { countArgument, noArguments } from './arguments.ts'
import { Collection } from './collection.ts'
import type { List } from './list.ts'
import { keysOfOthers, type OneOrMany } from './others.ts'
import { integerOf, isOne, listOf, textOf } from './replies.ts'
import { type ScanOptions, scanArguments } from './scan-options.ts'
import type { SortOptions } from './sort.ts'

/** A set of any values, whose key is used. */
export type AnySet = RedisSet<unknown, never>

const REPLACE = scriptText(`
redis.call('DEL', KEYS[1])
for at = 1, #ARGV do redis.call('SADD', KEYS[1], ARGV[at]) end
return redis.call('SCARD', KEYS[1])`)

/**
 * Values without order, each of them once: a set of Redis, with the names of a Set. Two values are
 * the same if their stored forms are.
 *
 * @typeParam Out values as they are read
 * @typeParam In values as they are written
 *
 * @example
 * ```ts
 * const tags = kit.set<string>('tags:42')
 * await tags.add('drama', 'french')
 * const both = await tags.intersection(kit.set('tags:43'))
 * ```
 */
export class RedisSet<Out = unknown, In = Out> extends Collection<Out, In> {
  /** @internal */
  constructor(context: KitContext, name: unknown, codec: Codec<Out, In>) {
    super(context, 'a set', name, codec)
  }

  /** Adds values. @returns how many are new */
  add(...values: In[]): Promise<number> {
    return this.sendItems('SADD', () => this.items('add', values), integerOf, 0)
  }

  /** Removes values. @returns how many there were */
  delete(...values: In[]): Promise<number> {
    return this.sendItems('SREM', () => this.items('delete', values), integerOf, 0)
  }

  /** Returns true if the set has a value. */
  has(value: In): Promise<boolean> {
    return this.send('SISMEMBER', () => [this.item(value)], isOne)
  }

  /** Returns for each of several values true if the set has it. */
  hasMany(values: Iterable<In>): Promise<boolean[]> {
    return this.sendItems(
      'SMISMEMBER',
      () => this.items('hasMany', values),
      (reply) => listOf(reply).map(isOne),
      [],
    )
  }

  /** Returns the number of values. */
  size(): Promise<number> {
    return this.send('SCARD', noArguments, integerOf)
  }

  /** Returns all values. */
  values(): Promise<Out[]> {
    return this.send('SMEMBERS', noArguments, this.list)
  }

  /** Removes and returns a value by chance; undefined if there is none. */
  pop(): Promise<Out | undefined> {
    return this.send('SPOP', noArguments, this.value)
  }

  /** Removes and returns up to `count` values by chance. */
  popMany(count: number): Promise<Out[]> {
    return this.send('SPOP', () => [countArgument('The count of popMany', count)], this.list)
  }

  /** Returns a value by chance; undefined if there is none. */
  random(): Promise<Out | undefined> {
    return this.send('SRANDMEMBER', noArguments, this.value)
  }

  /** Returns up to `count` different values by chance. */
  randomMany(count: number): Promise<Out[]> {
    return this.send('SRANDMEMBER', () => [countArgument('The count of randomMany', count)], this.list)
  }

  /** Moves a value to another set. @returns false if this one does not have it */
  move(value: In, to: AnySet): Promise<boolean> {
    return this.sendKeys(
      'SMOVE',
      () => [this.key, to?.key],
      (keys) => [...keys, this.item(value)],
      isOne,
    )
  }

  /**
   * Returns the values of this set and of others.
   *
   * @param others a set, or an array of sets
   */
  union(others: OneOrMany<AnySet>, ...more: never[]): Promise<Out[]> {
    return this.#combine('SUNION', () => keysOfOthers('union', others, more))
  }

  /** Returns the values that this set and all others have. */
  intersection(others: OneOrMany<AnySet>, ...more: never[]): Promise<Out[]> {
    return this.#combine('SINTER', () => keysOfOthers('intersection', others, more))
  }

  /** Returns the values of this set that no other has. */
  difference(others: OneOrMany<AnySet>, ...more: never[]): Promise<Out[]> {
    return this.#combine('SDIFF', () => keysOfOthers('difference', others, more))
  }

  /** Stores the union instead of what `into` holds, which may be this set. @returns `into` */
  unionTo(into: RedisSet<Out, In>, others: OneOrMany<AnySet>, ...more: never[]): Promise<RedisSet<Out, In>> {
    return this.#store('SUNIONSTORE', into, () => keysOfOthers('unionTo', others, more))
  }

  /**
   * Stores the intersection instead of what `into` holds, which may be this set. @returns `into`
   */
  intersectionTo(
    into: RedisSet<Out, In>,
    others: OneOrMany<AnySet>,
    ...more: never[]
  ): Promise<RedisSet<Out, In>> {
    return this.#store('SINTERSTORE', into, () => keysOfOthers('intersectionTo', others, more))
  }

  /** Stores the difference instead of what `into` holds, which may be this set. @returns `into` */
  differenceTo(
    into: RedisSet<Out, In>,
    others: OneOrMany<AnySet>,
    ...more: never[]
  ): Promise<RedisSet<Out, In>> {
    return this.#store('SDIFFSTORE', into, () => keysOfOthers('differenceTo', others, more))
  }

  /** Replaces all values at once. @returns the size after that */
  replace(values: Iterable<In>): Promise<number> {
    return this.run(REPLACE, () => this.items('replace', values), integerOf)
  }

  /** Stores the values sorted in a list, instead of what it holds. @returns that list */
  sortTo(into: List<Out, In>, options: SortOptions = {}): Promise<List<Out, In>> {
    return this.storeSorted(into, options, () => into)
  }

  /** Yields all values; see {@link scan}. */
  [Symbol.asyncIterator](): AsyncGenerator<Out, void, void> {
    return this.scan()
  }

  /**
   * Yields values in no order, in pages. Values that are there from begin to end come once; those
   * that come or go meanwhile may be left out.
   */
  async *scan(options: ScanOptions = {}): AsyncGenerator<Out, void, void> {
    this.refuseBatch('iteration')
    const args = scanArguments('scan', options)
    const seen = new Set<string>()
    let cursor = '0'
    do {
      const [next, page] = await this.send('SSCAN', () => [cursor, ...args], listOf)
      cursor = textOf(next)
      for (const stored of listOf(page) as Buffer[]) {
        const id = stored.toString('latin1')
        if (seen.has(id)) continue
        // While Redis resizes its table it may return one twice.
        seen.add(id)
        yield this.decodeBytes(this.codec, stored)
      }
    } while (cursor !== '0')
  }

  #combine(command: string, others: () => readonly string[]): Promise<Out[]> {
    return this.sendKeys(
      command,
      () => [this.key, ...others()],
      (keys) => [...keys],
      this.list,
    )
  }

  #store(
    command: string,
    into: RedisSet<Out, In>,
    others: () => readonly string[],
  ): Promise<RedisSet<Out, In>> {
    const keys = () => [into?.key, this.key, ...others()]
    return this.sendKeys(
      command,
      keys,
      (all) => [...all],
      () => into,
    )
  }
}
