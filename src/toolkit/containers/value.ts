import type { Duration } from '../../options/duration.ts'
import { readOneOf } from '../../options/read-option.ts'
import type { Codec } from '../codec/codec.ts'
import type { KitContext } from '../kit-context.ts'
import { readLife } from '../read-life.ts'
import { COMPARE_AND_SET, compareAndSetArguments } from '../scripts/compare-and-set.ts'
import { checkOptions, noArguments } from './arguments.ts'
import { Container } from './container.ts'
import { isOne } from './replies.ts'

/** Options of `set` of a value. */
export interface SetOptions {
  /**
   * Time that the value has to live.
   * @defaultValue no end
   */
  readonly ttl?: Duration | undefined
  /** Changes nothing unless there is none, or one. @defaultValue always */
  readonly only?: 'absent' | 'present' | undefined
}

/**
 * One value: a string of Redis.
 *
 * @example
 * ```ts
 * const banner = kit.value<string>('banner')
 * await banner.set('Sale!', { ttl: '1d' })
 * ```
 */
export class Value<Out = unknown, In = Out> extends Container {
  readonly #codec: Codec<Out, In>

  /** @internal */
  constructor(context: KitContext, name: unknown, codec: Codec<Out, In>) {
    super(context, 'a value', name)
    this.#codec = codec
  }

  /** Returns the value; undefined if there is none. */
  get(): Promise<Out | undefined> {
    return this.send('GET', noArguments, (reply) => this.decode(this.#codec, reply))
  }

  /** Sets the value. @returns false if `only` kept it from that */
  set(value: In, options: SetOptions = {}): Promise<boolean> {
    const args = () => {
      checkOptions('set', options, ['ttl', 'only'], HINTS)
      const { ttl, only } = options
      const life = ttl === undefined ? [] : ['PX', String(readLife(ttl, `${this.owner}: ttl`))]
      const flag = only === undefined ? [] : [FLAGS[readOneOf('only', only, ['absent', 'present'] as const)]]
      return [this.encode(this.#codec, value), ...life, ...flag]
    }
    return this.send('SET', args, (reply) => reply !== null)
  }

  /** Removes and returns the value; undefined if there is none. */
  take(): Promise<Out | undefined> {
    return this.send('GETDEL', noArguments, (reply) => this.decode(this.#codec, reply))
  }

  /**
   * Sets the value if it is what is expected, which is compared by its stored form as a whole. The
   * time that it has to live stays.
   *
   * @param expected undefined if there must be none
   * @returns false if it is another
   */
  compareAndSet(expected: In | undefined, next: In): Promise<boolean> {
    return this.run(COMPARE_AND_SET, () => compareAndSetArguments(this.#codec, expected, next), isOne)
  }
}

const HINTS = {
  ex: 'ttl',
  px: 'ttl',
  EX: 'ttl',
  PX: 'ttl',
  expire: 'ttl',
  nx: 'only',
  xx: 'only',
  NX: 'only',
  XX: 'only',
}
const FLAGS = { absent: 'NX', present: 'XX' }
