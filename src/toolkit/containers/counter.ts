import type { KitContext } from '../kit-context.ts'
import { integerArgument, noArguments } from './arguments.ts'
import { Container } from './container.ts'
import { ignore, integerOf } from './replies.ts'

/**
 * A whole number that many processes count up and down. It is 0 as long as it does not exist.
 *
 * @example
 * ```ts
 * const views = kit.counter('views:42')
 * await views.increment()
 * ```
 */
export class Counter extends Container {
  /** @internal */
  constructor(context: KitContext, name: unknown) {
    super(context, 'a counter', name)
  }

  /** Adds to the counter. @returns its value after that */
  increment(by = 1): Promise<number> {
    return this.send('INCRBY', () => [integerArgument('The step of a counter', by)], integerOf)
  }

  /** Subtracts from the counter. @returns its value after that */
  decrement(by = 1): Promise<number> {
    return this.send('DECRBY', () => [integerArgument('The step of a counter', by)], integerOf)
  }

  /** Returns the value. */
  get(): Promise<number> {
    return this.send('GET', noArguments, (reply) => (reply === null ? 0 : integerOf(reply)))
  }

  /** Sets the value. The time that it has to live stays. */
  set(value: number): Promise<void> {
    return this.send('SET', () => [integerArgument('The value of a counter', value), 'KEEPTTL'], ignore)
  }
}
