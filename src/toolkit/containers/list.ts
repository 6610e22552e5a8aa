import { randomUUID } from 'node:crypto'
import type { Duration } from '../../options/duration.ts'
import { readOneOf } from '../../options/read-option.ts'
import { scriptText } from '../../redis/script-text.ts'
import type { WaitOptions } from '../blocking.ts'
import type { Codec } from '../codec/codec.ts'
import type { KitContext } from '../kit-context.ts'
import {
  type Arguments,
  checkOptions,
  countArgument,
  integerArgument,
  noArguments,
  sliceArguments,
} from './arguments.ts'
import { Collection } from './collection.ts'
import { ignore, integerOf, isOne, listOf } from './replies.ts'
import type { SortOptions } from './sort.ts'

/** An end of a list. */
export type ListEnd = 'first' | 'last'

/** Options of a move between lists. */
export interface MoveOptions {
  /** End from which the value is taken. @defaultValue 'last' */
  readonly from?: ListEnd | undefined
  /** End of the other list to which it is added. @defaultValue 'first' */
  readonly to?: ListEnd | undefined
}

/** Items of one trip of an iteration. */
const PAGE = 1_000

const REPLACE = scriptText(`
redis.call('DEL', KEYS[1])
for at = 1, #ARGV do redis.call('RPUSH', KEYS[1], ARGV[at]) end
return #ARGV`)

/** Redis deletes by value only: the item becomes one that no other equals. */
const DELETE_AT = scriptText(`
if not redis.call('LINDEX', KEYS[1], ARGV[1]) then return 0 end
redis.call('LSET', KEYS[1], ARGV[1], ARGV[2])
return redis.call('LREM', KEYS[1], 1, ARGV[2])`)

/**
 * Values in their order: a list of Redis, with the names of an Array. Both ends are fast; an item
 * in
 * the middle costs Redis a walk from the nearer end.
 *
 * @typeParam Out values as they are read
 * @typeParam In values as they are written
 *
 * @example
 * ```ts
 * const viewed = kit.list<number>('viewed:ann')
 * await viewed.unshift(42)
 * await viewed.trim(0, 20)
 * ```
 */
export class List<Out = unknown, In = Out> extends Collection<Out, In> {
  /** @internal */
  constructor(context: KitContext, name: unknown, codec: Codec<Out, In>) {
    super(context, 'a list', name, codec)
  }

  /** Returns the item of an index, which is counted from the end if it is below 0. */
  at(index: number): Promise<Out | undefined> {
    return this.send('LINDEX', () => [indexOf(index)], this.value)
  }

  /** Replaces the item of an index. @throws ToolkitError (`not-found`) if there is none */
  set(index: number, value: In): Promise<void> {
    return this.send('LSET', () => [indexOf(index), this.item(value)], ignore)
  }

  /** Returns items from `start` to before `end`, like `slice` of an Array. */
  slice(start?: number, end?: number): Promise<Out[]> {
    return this.send('LRANGE', () => sliceArguments('slice', start, end), this.list)
  }

  /** Returns all items. */
  toArray(): Promise<Out[]> {
    return this.slice()
  }

  /** Keeps the items of `slice(start, end)`, and removes all others. */
  trim(start: number, end?: number): Promise<void> {
    return this.send('LTRIM', () => sliceArguments('trim', start, end), ignore)
  }

  /** Returns the number of items. */
  size(): Promise<number> {
    return this.send('LLEN', noArguments, integerOf)
  }

  /** Adds items at the end. @returns the size after that */
  push(...values: In[]): Promise<number> {
    return this.#add('RPUSH', () => this.items('push', values))
  }

  /** Adds items at the begin, in the order given. @returns the size after that */
  unshift(...values: In[]): Promise<number> {
    return this.#add('LPUSH', () => this.items('unshift', values).reverse())
  }

  /** Removes and returns the last item; undefined if there is none. */
  pop(): Promise<Out | undefined> {
    return this.send('RPOP', noArguments, this.value)
  }

  /** Removes and returns the first item; undefined if there is none. */
  shift(): Promise<Out | undefined> {
    return this.send('LPOP', noArguments, this.value)
  }

  /** Removes and returns up to `count` items from the end, the last one first. */
  popMany(count: number): Promise<Out[]> {
    return this.send('RPOP', () => [countArgument('The count of popMany', count)], this.list)
  }

  /** Removes and returns up to `count` items from the begin. */
  shiftMany(count: number): Promise<Out[]> {
    return this.send('LPOP', () => [countArgument('The count of shiftMany', count)], this.list)
  }

  /**
   * Removes and returns the last item, for which it waits.
   *
   * @returns undefined if none came in time
   * @throws ClosedError, StoreError, the reason of the signal
   */
  blockingPop(within: Duration, options: WaitOptions = {}): Promise<Out | undefined> {
    return this.#wait('BRPOP', within, options)
  }

  /**
   * Removes and returns the first item, for which it waits.
   *
   * @returns undefined if none came in time
   * @throws ClosedError, StoreError, the reason of the signal
   *
   * @example
   * ```ts
   * const job = await kit.list('jobs').blockingShift('10s', { signal })
   * ```
   */
  blockingShift(within: Duration, options: WaitOptions = {}): Promise<Out | undefined> {
    return this.#wait('BLPOP', within, options)
  }

  /** Moves an item to another list, or within this one. @returns it; undefined if there is none */
  move(to: List<unknown, never>, options: MoveOptions = {}): Promise<Out | undefined> {
    return this.sendKeys(
      'LMOVE',
      () => [this.key, to?.key],
      (keys) => [...keys, ...endsOf(options)],
      this.value,
    )
  }

  /**
   * Moves an item for which it waits.
   *
   * @returns it; undefined if none came in time
   */
  async blockingMove(
    to: List<unknown, never>,
    within: Duration,
    options: MoveOptions & WaitOptions = {},
  ): Promise<Out | undefined> {
    this.refuseBatch('blockingMove')
    checkOptions('blockingMove', options, ['from', 'to', 'signal'])
    const { signal, ...ends } = options
    this.checkKeys([to?.key])
    const args = [this.key, to.key, ...endsOf(ends)]
    return this.value(await this.block('BLMOVE', (seconds) => [...args, seconds], within, signal))
  }

  /** Inserts a value before the first item that equals `pivot`. @returns false if none does */
  insertBefore(pivot: In, value: In): Promise<boolean> {
    return this.send('LINSERT', () => ['BEFORE', this.item(pivot), this.item(value)], isOne)
  }

  /** Inserts a value after the first item that equals `pivot`. @returns false if none does */
  insertAfter(pivot: In, value: In): Promise<boolean> {
    return this.send('LINSERT', () => ['AFTER', this.item(pivot), this.item(value)], isOne)
  }

  /** Removes all items that equal a value. @returns how many there were */
  delete(value: In): Promise<number> {
    return this.send('LREM', () => ['0', this.item(value)], integerOf)
  }

  /**
   * Removes the item of an index, so that those after it move up. @returns false if there is none
   */
  deleteAt(index: number): Promise<boolean> {
    return this.run(DELETE_AT, () => [indexOf(index), randomUUID()], isOne)
  }

  /** Returns the first index of a value; -1 if no item equals it. */
  indexOf(value: In): Promise<number> {
    return this.send(
      'LPOS',
      () => [this.item(value)],
      (reply) => (reply === null ? -1 : integerOf(reply)),
    )
  }

  /** Returns true if an item equals a value. */
  includes(value: In): Promise<boolean> {
    return this.send(
      'LPOS',
      () => [this.item(value)],
      (reply) => reply !== null,
    )
  }

  /** Replaces all items at once. @returns the size after that */
  replace(values: Iterable<In>): Promise<number> {
    return this.run(REPLACE, () => this.items('replace', values), integerOf)
  }

  /** Stores the values sorted in a list, instead of what it holds. @returns that list */
  sortTo(into: List<Out, In>, options: SortOptions = {}): Promise<List<Out, In>> {
    return this.storeSorted(into, options, () => into)
  }

  /**
   * Yields the items in their order, 1,000 a trip, by their positions: of a list that changes at
   * its
   * begin meanwhile, some are left out, or come twice.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Out, void, void> {
    this.refuseBatch('iteration')
    for (let at = 0; ; at += PAGE) {
      const page = await this.slice(at, at + PAGE)
      yield* page
      if (page.length < PAGE) return
    }
  }

  #add(command: string, items: () => Arguments): Promise<number> {
    return this.deliver(() => {
      const args = items()
      return args.length === 0 ? this.size() : this.send(command, () => args, integerOf)
    })
  }

  async #wait(command: string, within: Duration, options: WaitOptions): Promise<Out | undefined> {
    this.refuseBatch(`a wait (${command})`)
    checkOptions('A wait', options, ['signal'])
    const reply = await this.block(command, (seconds) => [this.key, seconds], within, options.signal)
    return this.value(listOf(reply)[1])
  }
}

function indexOf(index: unknown): string {
  return integerArgument('The index of a list', index)
}

function endsOf(options: MoveOptions): string[] {
  checkOptions('move', options, ['from', 'to'])
  const { from = 'last', to = 'first' } = options
  return [sideOf('from', from), sideOf('to', to)]
}

function sideOf(option: string, end: ListEnd): string {
  return readOneOf(option, end, ['first', 'last'] as const) === 'first' ? 'LEFT' : 'RIGHT'
}
