/**
 * Makes an iterator of a generator. Its `return` ends a pending `next`, which a generator alone
 * would finish first: that may wait for a message that never comes.
 *
 * @param start makes the generator, which ends its waits by this signal
 */
export function endable<T>(
  start: (signal: AbortSignal) => AsyncGenerator<T, void, void>,
  signal?: AbortSignal,
): AsyncIterableIterator<T> {
  const own = new AbortController()
  const generator = start(signal ? AbortSignal.any([own.signal, signal]) : own.signal)
  const ended = { done: true, value: undefined } as const
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      try {
        return await generator.next()
      } catch (error) {
        if (own.signal.aborted) return ended
        throw error
      }
    },
    async return() {
      own.abort()
      await generator.return()
      return ended
    },
  }
}
