import { type Codec, checkCodec } from '../codec/codec.ts'
import type { KitContext } from '../kit-context.ts'
import { checkOptions } from './arguments.ts'
import { Counter } from './counter.ts'
import { Hash } from './hash.ts'
import { HyperLogLog } from './hyper-log-log.ts'
import { List } from './list.ts'
import { RedisSet } from './redis-set.ts'
import { SortedSet } from './sorted-set.ts'

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

  #codecOf<Out, In>(owner: string, options: ContainerOptions<Out, In> = {}): Codec<Out, In> {
    checkOptions(owner, options, ['codec'])
    return checkCodec(owner, options.codec ?? this.#context.codec)
  }
}
