import type { Codec } from '../codec/codec.ts'
import type { KitContext } from '../kit-context.ts'
import { listArgument } from './arguments.ts'
import { Container } from './container.ts'
import { keysOfOthers, type OneOrMany } from './others.ts'
import { integerOf, isOne } from './replies.ts'

/**
 * Counts different values, with an error of about 0.81 %, in at most 12 KB. It does not keep them.
 *
 * @example
 * ```ts
 * const visitors = kit.hyperLogLog('visitors:2026-11-28')
 * await visitors.add('ann', 'bob')
 * await visitors.size()
 * ```
 */
export class HyperLogLog<In = unknown> extends Container {
  readonly #codec: Codec<unknown, In>

  /** @internal */
  constructor(context: KitContext, name: unknown, codec: Codec<unknown, In>) {
    super(context, 'a HyperLogLog', name)
    this.#codec = codec
  }

  /** Adds values. @returns true if that changes what is counted */
  add(...values: In[]): Promise<boolean> {
    const items = () => listArgument('add', values).map((value) => this.encode(this.#codec, value))
    return this.sendItems('PFADD', items, isOne, false)
  }

  /** Returns about how many different values there are, here and, if given, in others. */
  size(others: OneOrMany<HyperLogLog<never>> = [], ...more: never[]): Promise<number> {
    return this.sendKeys(
      'PFCOUNT',
      () => [this.key, ...keysOfOthers('size', others, more)],
      (keys) => [...keys],
      integerOf,
    )
  }

  /** Adds what others have counted. @returns this one */
  merge(others: OneOrMany<HyperLogLog<never>>, ...more: never[]): Promise<this> {
    return this.sendKeys(
      'PFMERGE',
      () => [this.key, ...keysOfOthers('merge', others, more)],
      (keys) => [...keys],
      () => this,
    )
  }

  /** Stores what this one and others have counted in `into`, beside what it has. @returns `into` */
  mergeTo(
    into: HyperLogLog<In>,
    others: OneOrMany<HyperLogLog<never>>,
    ...more: never[]
  ): Promise<HyperLogLog<In>> {
    const keys = () => [into?.key, this.key, ...keysOfOthers('mergeTo', others, more)]
    return this.sendKeys(
      'PFMERGE',
      keys,
      (all) => [...all],
      () => into,
    )
  }
}
