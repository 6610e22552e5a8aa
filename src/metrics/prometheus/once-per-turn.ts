/**
 * Returns a function that calls `read` at most once in a turn of the event loop. A registry asks
 * all of its metrics in one turn: they all see the same numbers.
 */
export function oncePerTurn<T extends object>(read: () => T): () => T {
  let known: T | undefined
  return () => {
    if (known === undefined) {
      known = read()
      queueMicrotask(() => {
        known = undefined
      })
    }
    return known
  }
}
