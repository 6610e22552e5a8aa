import { Autocomplete, type AutocompleteOptions } from '../autocomplete/autocomplete.ts'
import { Containers } from '../containers/containers.ts'
import { Graph, type GraphOptions } from '../graph/graph.ts'
import type { KitContext } from '../kit-context.ts'
import type { TextIndexOptions } from '../text/index-options.ts'
import { TextIndex } from '../text/text-index.ts'
import type { BatchQueue } from './batch-queue.ts'

/**
 * Containers, and other things of one slot, whose commands are sent together: by `kit.pipeline()`
 * in one trip, by `kit.transaction()` also without any other command between them. Replies are
 * there after `exec()`.
 *
 * Redis does not roll back: if a command of a transaction fails, the others are carried out.
 */
export class Batch extends Containers {
  readonly #queue: BatchQueue
  readonly #context: KitContext

  /** @internal */
  constructor(context: KitContext, queue: BatchQueue) {
    const own = { ...context, commands: queue, batch: queue }
    super(own)
    this.#context = own
    this.#queue = queue
  }

  /**
   * Returns a full-text index like that of the toolkit, whose calls are sent with the batch.
   *
   * @throws OptionError
   */
  index<Data = unknown>(name: string, options?: TextIndexOptions<Data>): TextIndex<Data> {
    return new TextIndex(this.#context, name, options)
  }

  /**
   * Returns a graph like that of the toolkit, whose calls are sent with the batch.
   *
   * @throws OptionError
   */
  graph<Value = string | number>(name: string, options?: GraphOptions<Value>): Graph<Value> {
    return new Graph(this.#context, name, options)
  }

  /**
   * Returns an autocomplete like that of the toolkit, whose calls are sent with the batch.
   *
   * @throws OptionError
   */
  autocomplete<Out = unknown, In = Out>(
    name: string,
    options?: AutocompleteOptions<Out, In>,
  ): Autocomplete<Out, In> {
    return new Autocomplete<Out, In>(this.#context, name, options)
  }

  /** Number of commands that wait to be sent. */
  get size(): number {
    return this.#queue.size
  }

  /**
   * Drops the commands that were not sent: their promises reject. The batch may be filled again.
   */
  clear(): void {
    this.#queue.clear()
  }

  /**
   * Sends the commands, and waits for all replies.
   *
   * @throws ToolkitError (`batch`) if it was sent before
   * @throws OptionError in a cluster for a transaction whose keys are not in one slot; nothing is
   * sent then
   * @throws the error of the first call that was wrong, and nothing is sent; or that of the first
   * command that failed, when all others have their replies
   */
  exec(): Promise<void> {
    return this.#queue.exec()
  }
}
