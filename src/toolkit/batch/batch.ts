import { Containers } from '../containers/containers.ts'
import type { KitContext } from '../kit-context.ts'
import type { BatchQueue } from './batch-queue.ts'

/**
 * Containers whose commands are sent together: by `kit.pipeline()` in one trip, by
 * `kit.transaction()` also without any other command between them. Replies are there after
 * `exec()`.
 *
 * Redis does not roll back: if a command of a transaction fails, the others are carried out.
 */
export class Batch extends Containers {
  readonly #queue: BatchQueue

  /** @internal */
  constructor(context: KitContext, queue: BatchQueue) {
    super({ ...context, commands: queue, batch: queue })
    this.#queue = queue
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
