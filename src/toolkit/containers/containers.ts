import { type Codec, checkCodec } from '../codec/codec.ts'
import type { KitContext } from '../kit-context.ts'
import {
  defineScript,
  type Script,
  type ScriptArgument,
  type ScriptOptions,
} from '../scripts/define-script.ts'
import { checkOptions } from './arguments.ts'
import { BitField } from './bit-field.ts'
import { BloomFilter, type BloomFilterOptions } from './bloom-filter.ts'
import { Counter } from './counter.ts'
import { Hash } from './hash.ts'
import { HyperLogLog } from './hyper-log-log.ts'
import { List } from './list.ts'
import { RedisArray } from './redis-array.ts'
import { RedisSet } from './redis-set.ts'
import { SortedSet } from './sorted-set.ts'
import { Value } from './value.ts'

const BLOOM_HINTS = {
  size: 'capacity',
  error: 'errorRate',
  probability: 'errorRate',
  falsePositiveRate: 'errorRate',
}

/** Options of a container of values. */
export interface ContainerOptions<Out, In = Out> {
  /**
   * Converts values to what Redis stores, and back.
   *
   * @defaultValue that of the toolkit, by default `json()`
   */
  readonly codec?: Codec<Out, In> | undefined
}

/** Makes the containers of a toolkit, or of a batch. Their names are keys, after the prefix. */
export abstract class Containers {
  readonly #context: KitContext

  /** @internal */
  constructor(context: KitContext) {
    this.#context = context
  }

  /**
   * Fields with a value each.
   *
   * @throws OptionError
   *
   * @example
   * ```ts
   * const cart = kit.hash('cart:7', { codec: json<{ count: number }>() })
   * ```
   */
  hash<Out = unknown, In = Out>(name: string, options?: ContainerOptions<Out, In>): Hash<Out, In> {
    return new Hash(this.#context, name, this.#codecOf('hash', options))
  }

  /**
   * Values in their order.
   *
   * @throws OptionError
   *
   * @example
   * ```ts
   * await kit.list<number>('viewed:ann').unshift(42)
   * ```
   */
  list<Out = unknown, In = Out>(name: string, options?: ContainerOptions<Out, In>): List<Out, In> {
    return new List(this.#context, name, this.#codecOf('list', options))
  }

  /**
   * Values without order, each of them once.
   *
   * @throws OptionError
   *
   * @example
   * ```ts
   * await kit.set<string>('tags:42').add('drama')
   * ```
   */
  set<Out = unknown, In = Out>(name: string, options?: ContainerOptions<Out, In>): RedisSet<Out, In> {
    return new RedisSet(this.#context, name, this.#codecOf('set', options))
  }

  /**
   * Values in the order of their scores.
   *
   * @throws OptionError
   *
   * @example
   * ```ts
   * await kit.sortedSet<string>('top').increment('film:42')
   * ```
   */
  sortedSet<Out = unknown, In = Out>(name: string, options?: ContainerOptions<Out, In>): SortedSet<Out, In> {
    return new SortedSet(this.#context, name, this.#codecOf('sortedSet', options))
  }

  /**
   * Counts different values, about.
   *
   * @throws OptionError
   *
   * @example
   * ```ts
   * await kit.hyperLogLog('visitors').add('ann')
   * ```
   */
  hyperLogLog<In = unknown>(name: string, options?: ContainerOptions<unknown, In>): HyperLogLog<In> {
    return new HyperLogLog(this.#context, name, this.#codecOf('hyperLogLog', options))
  }

  /**
   * Values by index.
   *
   * @throws OptionError
   *
   * @example
   * ```ts
   * await kit.array<string>('pages').push('first')
   * ```
   */
  array<Out = unknown, In = Out>(name: string, options?: ContainerOptions<Out, In>): RedisArray<Out, In> {
    return new RedisArray(this.#context, name, this.#codecOf('array', options))
  }

  /**
   * Bits, and numbers of some bits.
   *
   * @throws OptionError
   *
   * @example
   * ```ts
   * await kit.bitField('days:ann').setBit(28, true)
   * ```
   */
  bitField(name: string): BitField {
    return new BitField(this.#context, name)
  }

  /**
   * Knows which values were added, in few bits for each.
   *
   * @throws OptionError
   *
   * @example
   * ```ts
   * await kit.bloomFilter('seen', { capacity: 1_000_000, errorRate: 0.001 }).add(url)
   * ```
   */
  bloomFilter<In = unknown>(name: string, options: BloomFilterOptions<In>): BloomFilter<In> {
    checkOptions('bloomFilter', options, ['capacity', 'errorRate', 'codec'], BLOOM_HINTS)
    const { codec } = options
    return new BloomFilter(this.#context, name, options, this.#codecOf('bloomFilter', { codec }))
  }

  /**
   * One value.
   *
   * @throws OptionError
   *
   * @example
   * ```ts
   * await kit.value<string>('banner').set('Sale!', { ttl: '1d' })
   * ```
   */
  value<Out = unknown, In = Out>(name: string, options?: ContainerOptions<Out, In>): Value<Out, In> {
    return new Value(this.#context, name, this.#codecOf('value', options))
  }

  /**
   * A whole number that many processes count.
   *
   * @throws OptionError
   *
   * @example
   * ```ts
   * await kit.counter('views:42').increment()
   * ```
   */
  counter(name: string): Counter {
    return new Counter(this.#context, name)
  }

  /**
   * Sets a value if it is what is expected, which is compared by its stored form as a whole. The
   * time that it has to live stays.
   *
   * @param expected undefined if there must be none
   * @returns false if it is another
   *
   * @example
   * ```ts
   * while (!(await kit.cas('price', price, price * 0.9))) price = await kit.value('price').get()
   * ```
   */
  cas<In = unknown>(
    name: string,
    expected: In | undefined,
    next: In,
    options?: ContainerOptions<unknown, In>,
  ): Promise<boolean> {
    return this.value<unknown, In>(name, options).compareAndSet(expected, next)
  }

  /**
   * Makes a function of a Lua script. It is sent by its SHA-1, and by its text where Redis does not
   * know it.
   *
   * @throws OptionError
   *
   * @example
   * ```ts
   * const transfer = kit.script(lua, { keys: ['from', 'to'], encode: (amount: number) => [amount]
   * })
   * await transfer({ from: 'account:1', to: 'account:2' }, 50)
   * ```
   */
  script<
    const Key extends string = never,
    Args extends readonly unknown[] = ScriptArgument[],
    Reply = unknown,
  >(text: string, options: ScriptOptions<Key, Args, Reply> = {}): Script<Key, Args, Reply> {
    return defineScript(this.#context, text, options)
  }

  #codecOf<Out, In>(owner: string, options: ContainerOptions<Out, In> = {}): Codec<Out, In> {
    checkOptions(owner, options, ['codec'])
    return checkCodec(owner, options.codec ?? this.#context.codec)
  }
}
