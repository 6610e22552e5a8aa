import { scriptText } from '../../redis/script-text.ts'
import type { Codec } from '../codec/codec.ts'
import type { KitContext } from '../kit-context.ts'
import {
  type Arguments,
  checkText,
  integerArgument,
  listArgument,
  noArguments,
  numberArgument,
} from './arguments.ts'
import { Container } from './container.ts'
import { entriesOf, type NamedValues } from './named-values.ts'
import { flatOf, integerOf, isOne, listOf, numberOf, textOf } from './replies.ts'
import { type ScanOptions, scanArguments } from './scan-options.ts'

/** One HSET a field, since `unpack` of Lua takes only some thousands of arguments. */
const REPLACE = scriptText(`
redis.call('DEL', KEYS[1])
for at = 1, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1]) end
return #ARGV / 2`)

/**
 * Fields with a value each: a Map of Redis. Fields are text, and values are what the codec makes of
 * them.
 *
 * @typeParam Out values as they are read
 * @typeParam In values as they are written
 *
 * @example
 * ```ts
 * const cart = kit.hash<number>('cart:7')
 * await cart.set('film', 2)
 * for await (const [item, count] of cart) console.log(item, count)
 * ```
 */
export class Hash<Out = unknown, In = Out> extends Container {
  readonly #codec: Codec<Out, In>

  /** @internal */
  constructor(context: KitContext, name: unknown, codec: Codec<Out, In>) {
    super(context, 'a hash', name)
    this.#codec = codec
  }

  /** Returns the value of a field; undefined if there is none. */
  get(field: string): Promise<Out | undefined> {
    return this.send('HGET', () => [fieldOf(field)], this.#value)
  }

  /** Returns the values of several fields in their order. */
  getMany(fields: readonly string[]): Promise<(Out | undefined)[]> {
    return this.sendItems(
      'HMGET',
      () => listArgument('getMany', fields).map(fieldOf),
      (reply) => listOf(reply).map(this.#value),
      [],
    )
  }

  /** Sets the value of a field. @returns true if the field is new */
  set(field: string, value: In): Promise<boolean> {
    return this.send('HSET', () => [fieldOf(field), this.encode(this.#codec, value)], isOne)
  }

  /** Sets the value of a field that does not exist. @returns false if it does */
  setIfAbsent(field: string, value: In): Promise<boolean> {
    return this.send('HSETNX', () => [fieldOf(field), this.encode(this.#codec, value)], isOne)
  }

  /** Sets several fields, and leaves the others. @returns how many are new */
  setMany(values: NamedValues<In>): Promise<number> {
    return this.sendItems('HSET', () => this.#pairs('setMany', values), integerOf, 0)
  }

  /** Replaces all fields at once by others; by none, it removes the hash. */
  replace(values: NamedValues<In>): Promise<number> {
    return this.run(REPLACE, () => this.#pairs('replace', values), integerOf)
  }

  /** Returns true if the field exists. */
  has(field: string): Promise<boolean> {
    return this.send('HEXISTS', () => [fieldOf(field)], isOne)
  }

  /** Deletes fields. @returns how many there were */
  delete(...fields: string[]): Promise<number> {
    return this.sendItems('HDEL', () => fields.map(fieldOf), integerOf, 0)
  }

  /** Returns the number of fields. */
  size(): Promise<number> {
    return this.send('HLEN', noArguments, integerOf)
  }

  /** Returns all fields. */
  keys(): Promise<string[]> {
    return this.send('HKEYS', noArguments, (reply) => listOf(reply).map(textOf))
  }

  /** Returns all values. */
  values(): Promise<Out[]> {
    return this.send('HVALS', noArguments, (reply) =>
      listOf(reply).map((value) => this.decodeBytes(this.#codec, value as Buffer)),
    )
  }

  /** Returns all fields with their values, in one trip. */
  entries(): Promise<[field: string, value: Out][]> {
    return this.send('HGETALL', noArguments, this.#entries)
  }

  /** Returns all fields with their values as a Map. */
  toMap(): Promise<Map<string, Out>> {
    return this.send('HGETALL', noArguments, (reply) => new Map(this.#entries(reply)))
  }

  /**
   * Adds to the whole number of a field, which is 0 if there is none.
   *
   * @returns the number after that
   * @throws ToolkitError (`not-a-number`)
   */
  increment(field: string, by = 1): Promise<number> {
    return this.send('HINCRBY', () => [fieldOf(field), integerArgument('increment', by)], integerOf)
  }

  /** Adds to the number of a field, with a fraction. @throws ToolkitError (`not-a-number`) */
  incrementFloat(field: string, by: number): Promise<number> {
    return this.send('HINCRBYFLOAT', () => [fieldOf(field), numberArgument('incrementFloat', by)], numberOf)
  }

  /** Yields all fields with their values; see {@link scan}. */
  [Symbol.asyncIterator](): AsyncGenerator<[field: string, value: Out], void, void> {
    return this.scan()
  }

  /**
   * Yields fields with their values in no order, in pages. Fields that are there from begin to end
   * come once; those that come or go meanwhile may be left out.
   *
   * @example
   * ```ts
   * for await (const [field] of hash.scan({ match: 'b*' })) console.log(field)
   * ```
   */
  async *scan(options: ScanOptions = {}): AsyncGenerator<[field: string, value: Out], void, void> {
    this.refuseBatch('iteration')
    const args = scanArguments('scan', options)
    const seen = new Set<string>()
    let cursor = '0'
    do {
      const [next, page] = await this.send('HSCAN', () => [cursor, ...args], listOf)
      cursor = textOf(next)
      for (const entry of this.#entries(page)) {
        if (seen.has(entry[0])) continue
        // While Redis resizes its table it may return one twice.
        seen.add(entry[0])
        yield entry
      }
    } while (cursor !== '0')
  }

  #pairs(method: string, values: NamedValues<In>): Arguments {
    const args: Arguments = []
    for (const [field, value] of entriesOf(method, values))
      args.push(fieldOf(field), this.encode(this.#codec, value))
    return args
  }

  readonly #value = (reply: unknown): Out | undefined => this.decode(this.#codec, reply)

  readonly #entries = (reply: unknown): [string, Out][] => {
    const flat = flatOf(reply)
    const entries: [string, Out][] = []
    for (let at = 0; at + 1 < flat.length; at += 2)
      entries.push([textOf(flat[at]), this.decodeBytes(this.#codec, flat[at + 1] as Buffer)])
    return entries
  }
}

function fieldOf(field: unknown): string {
  return checkText('A field of a hash', field)
}
