import type { Codec } from '../codec/codec.ts'
import type { KitContext } from '../kit-context.ts'
import { type Arguments, listArgument } from './arguments.ts'
import { Container } from './container.ts'
import { listOf } from './replies.ts'
import { type SortOptions, sortArguments } from './sort.ts'

/** Base of lists, sets and sorted sets: values of one codec, which Redis can sort. */
export abstract class Collection<Out, In = Out> extends Container {
  /** @internal */
  protected readonly codec: Codec<Out, In>

  /** @internal */
  constructor(context: KitContext, type: string, name: unknown, codec: Codec<Out, In>) {
    super(context, type, name)
    this.codec = codec
  }

  /**
   * Returns the values sorted, by default as numbers.
   *
   * @throws ToolkitError (`not-a-number`) for others than numbers without `alpha`
   *
   * @example
   * ```ts
   * await kit.list<number>('scores').sort({ order: 'desc', count: 3 })
   * ```
   */
  sort(options: SortOptions = {}): Promise<Out[]> {
    return this.send('SORT', () => sortArguments(options), this.list)
  }

  /** Sends SORT with STORE. @internal */
  protected storeSorted<T>(into: Container, options: SortOptions, give: () => T): Promise<T> {
    return this.sendKeys(
      'SORT',
      () => [this.key, into?.key],
      () => [this.key, ...sortArguments(options), 'STORE', into.key],
      give,
    )
  }

  /** @internal */
  protected readonly value = (reply: unknown): Out | undefined => this.decode(this.codec, reply)

  /** @internal */
  protected readonly list = (reply: unknown): Out[] =>
    listOf(reply).map((one, _, all) => this.decodeBytes(this.codec, one as Buffer, all))

  /** @internal */
  protected items(method: string, values: Iterable<In>): Arguments {
    return listArgument(method, values).map((value) => this.encode(this.codec, value))
  }

  /** @internal */
  protected item(value: In): string | Buffer {
    return this.encode(this.codec, value)
  }
}
