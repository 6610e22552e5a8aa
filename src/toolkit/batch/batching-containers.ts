import { OptionError } from '../../errors.ts'
import { show } from '../../options/show.ts'
import { type ContainerOptions, Containers } from '../containers/containers.ts'
import { keysOf } from '../containers/keys.ts'
import { type OpenedContainer, openContainer } from '../containers/open-container.ts'
import type { KitContext } from '../kit-context.ts'
import type { Batch } from './batch.ts'
import type { BatchKind } from './batch-queue.ts'
import { type BatchResult, openBatch, runBatch } from './run-batch.ts'

/** Base of the toolkit: containers, their batches, and the keys that there are. */
export abstract class BatchingContainers extends Containers {
  readonly #context: KitContext

  /** @internal */
  constructor(context: KitContext) {
    super(context)
    this.#context = context
  }

  /**
   * Sends commands of containers in one trip. In a cluster it is one for each node.
   *
   * A callback adds commands. What it returns is awaited after that, with the promises in its array
   * or object. It must not wait for anything but replies before it has added all.
   *
   * @throws what the callback throws, and nothing is sent; the error of a command that failed
   *
   * @example
   * ```ts
   * const [views, film] = await kit.pipeline((batch) => [
   *   batch.counter('views:42').increment(),
   *   batch.hash('films').get('42'),
   * ])
   * ```
   */
  pipeline(): Batch
  pipeline<const T>(fill: (batch: Batch) => T): Promise<BatchResult<T>>
  pipeline(fill?: (batch: Batch) => unknown): Batch | Promise<unknown> {
    return this.#batch('pipeline', fill)
  }

  /**
   * Sends commands of containers as a transaction (MULTI): no other command comes between them. In
   * a cluster all keys must be in one slot. A callback is as that of `pipeline()`.
   *
   * @throws what the callback throws, and nothing is sent; the error of a command that failed,
   * which does not undo the others
   *
   * @example
   * ```ts
   * const transaction = kit.transaction()
   * const views = transaction.counter('views').increment()
   * await transaction.exec()
   * console.log(await views)
   * ```
   */
  transaction(): Batch
  transaction<const T>(fill: (batch: Batch) => T): Promise<BatchResult<T>>
  transaction(fill?: (batch: Batch) => unknown): Batch | Promise<unknown> {
    return this.#batch('transaction', fill)
  }

  /**
   * Returns the container of a key, by its type in Redis: a Hash, a List, a RedisSet, a SortedSet,
   * or, for a string, a Value; undefined if the key does not exist.
   *
   * @throws ToolkitError (`wrong-type`) for a stream, which `Stream` of `onetrip/streams` reads
   */
  open<Out = unknown, In = Out>(
    name: string,
    options?: ContainerOptions<Out, In>,
  ): Promise<OpenedContainer<Out, In> | undefined> {
    return openContainer(this, this.value(name, options).key, this.#context, name, options)
  }

  /**
   * Yields names of keys, without the prefix and in no order, of all nodes of a cluster.
   *
   * @param pattern `*` stands for any text, `?` for one character, `[ab]` for one of several
   *
   * @example
   * ```ts
   * for await (const name of kit.keys('cart:*')) await kit.hash(name).expire('30d')
   * ```
   */
  keys(pattern = '*'): AsyncGenerator<string, void, void> {
    return keysOf(this.#context, pattern)
  }

  #batch(kind: BatchKind, fill: ((batch: Batch) => unknown) | undefined): Batch | Promise<unknown> {
    if (fill === undefined) return openBatch(this.#context, kind)
    if (typeof fill === 'function') return runBatch(this.#context, kind, fill)
    throw new OptionError(`${kind} takes a function, or nothing; got ${show(fill)}`)
  }
}
