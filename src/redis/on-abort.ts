const waits = new WeakMap<AbortSignal, { readonly all: Set<() => void>; readonly listener: () => void }>()

/**
 * Calls a function when a signal aborts. One listener serves all calls for a signal: Node.js warns
 * (MaxListenersExceededWarning) where a signal has more than 10, as of many calls at one time.
 *
 * @returns a function that ends it
 */
export function onAbort(signal: AbortSignal, fn: () => void): () => void {
  const known = waits.get(signal) ?? listen(signal)
  known.all.add(fn)
  return () => {
    known.all.delete(fn)
    if (known.all.size > 0 || waits.get(signal) !== known) return
    waits.delete(signal)
    signal.removeEventListener('abort', known.listener)
  }
}

function listen(signal: AbortSignal) {
  const all = new Set<() => void>()
  const listener = () => {
    for (const fn of all) fn()
  }
  const known = { all, listener }
  waits.set(signal, known)
  signal.addEventListener('abort', listener)
  return known
}
