/**
 * The reply to a command of a batch. It tells when a caller begins to wait for it, which, before
 * the batch is sent, would take for ever.
 */
export class QueuedReply<T> extends Promise<T> {
  #onWait: (() => void) | undefined

  /** @param onWait called at each `then`, and each `await` */
  static of<T>(reply: Promise<T>, onWait: () => void): QueuedReply<T> {
    const queued = new QueuedReply<T>((resolve, reject) => {
      reply.then(resolve, reject)
    })
    queued.#onWait = onWait
    return queued
  }

  /** Promises that are made of this one are plain ones. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a Promise
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#onWait?.()
    return super.then(onFulfilled, onRejected)
  }
}
