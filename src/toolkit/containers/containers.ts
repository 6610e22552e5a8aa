import { OptionError } from '../../errors.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import { type Codec, checkCodec } from '../codec/codec.ts'
import type { KitContext } from '../kit-context.ts'
import { Counter } from './counter.ts'
import { Hash } from './hash.ts'

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
    if (!isPlainObject(options))
      throw new OptionError(`${owner} takes an object of options; got ${show(options)}`)
    refuseUnknownOptions(owner, options, ['codec'])
    return checkCodec(owner, options.codec ?? this.#context.codec)
  }
}
