import type { Codec } from '../codec/codec.ts'
import type { KitContext } from '../kit-context.ts'
import { type Arguments, integerArgument, listArgument, noArguments } from './arguments.ts'
import { AT, DELETE_AT, INDEX_OF, PUSH, REPLACE, SET, SLICE } from './array-scripts.ts'
import { Container } from './container.ts'
import { ignore, integerOf, listOf } from './replies.ts'

/** Items of one trip of an iteration. */
const PAGE = 1_000

/**
 * Values by index, each of them as fast as the others: a hash of Redis whose fields are 0, 1, 2 ...
 * In a {@link List} an item in the middle costs Redis a walk. Each method is one script.
 *
 * @typeParam Out values as they are read
 * @typeParam In values as they are written
 *
 * @example
 * ```ts
 * const pages = kit.array<string>('pages')
 * await pages.push('first', 'second')
 * await pages.at(-1)
 * ```
 */
export class RedisArray<Out = unknown, In = Out> extends Container {
  readonly #codec: Codec<Out, In>

  /** @internal */
  constructor(context: KitContext, name: unknown, codec: Codec<Out, In>) {
    super(context, 'an array', name)
    this.#codec = codec
  }

  /** Returns the item of an index, which is counted from the end if it is below 0. */
  at(index: number): Promise<Out | undefined> {
    return this.run(AT, () => [indexArgument(index)], this.#value)
  }

  /** Replaces the item of an index. @throws ToolkitError (`not-found`) if there is none */
  set(index: number, value: In): Promise<void> {
    return this.run(SET, () => [indexArgument(index), this.encode(this.#codec, value)], ignore)
  }

  /** Returns items from `start` to before `end`, like `slice` of an Array. */
  slice(start = 0, end?: number): Promise<Out[]> {
    const args = () => [indexArgument(start), ...(end === undefined ? [] : [indexArgument(end)])]
    return this.run(SLICE, args, (reply) =>
      listOf(reply).map((value) => this.decodeBytes(this.#codec, value as Buffer)),
    )
  }

  /** Returns all items. */
  toArray(): Promise<Out[]> {
    return this.slice()
  }

  /** Returns the number of items. */
  size(): Promise<number> {
    return this.send('HLEN', noArguments, integerOf)
  }

  /** Adds items at the end. @returns the size after that */
  push(...values: In[]): Promise<number> {
    return this.run(PUSH, () => this.#items('push', values), integerOf)
  }

  /** Removes and returns the last item; undefined if there is none. */
  pop(): Promise<Out | undefined> {
    return this.deleteAt(-1)
  }

  /** Removes and returns the item of an index. Those after it move up, each by one command. */
  deleteAt(index: number): Promise<Out | undefined> {
    return this.run(DELETE_AT, () => [indexArgument(index)], this.#value)
  }

  /** Returns the first index of a value; -1 if no item equals it. Redis reads the items in turn. */
  indexOf(value: In): Promise<number> {
    return this.run(INDEX_OF, () => [this.encode(this.#codec, value)], integerOf)
  }

  /** Returns true if an item equals a value. Redis reads the items in turn. */
  includes(value: In): Promise<boolean> {
    return this.run(
      INDEX_OF,
      () => [this.encode(this.#codec, value)],
      (reply) => Number(reply) >= 0,
    )
  }

  /** Replaces all items at once. @returns the size after that */
  replace(values: Iterable<In>): Promise<number> {
    return this.run(REPLACE, () => this.#items('replace', values), integerOf)
  }

  /** Yields the items in their order, 1,000 a trip, by their indexes. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Out, void, void> {
    this.refuseBatch('iteration')
    for (let at = 0; ; at += PAGE) {
      const page = await this.slice(at, at + PAGE)
      yield* page
      if (page.length < PAGE) return
    }
  }

  #items(method: string, values: Iterable<In>): Arguments {
    return listArgument(method, values).map((value) => this.encode(this.#codec, value))
  }

  readonly #value = (reply: unknown): Out | undefined => this.decode(this.#codec, reply)
}

function indexArgument(index: unknown): string {
  return integerArgument('The index of an array', index)
}
