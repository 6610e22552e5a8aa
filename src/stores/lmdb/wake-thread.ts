/** Data that the thread gets at its start. */
export interface WakeData {
  /** Two Int32. The first is odd during a call of LMDB, and another number for each call. */
  readonly calls: SharedArrayBuffer
  /** Interval between looks, in ms. */
  readonly interval: number
  readonly signal: NodeJS.Signals
}

/**
 * The program of the thread. It is sent as text: it must use nothing but its parameter and globals.
 *
 * It sends the signal to its own process at each look that finds the call of the last one.
 */
export function wakeThread(requireModule: (name: string) => unknown): void {
  const { workerData } = requireModule('node:worker_threads') as typeof import('node:worker_threads')
  const { calls, interval, signal } = workerData as WakeData
  const counts = new Int32Array(calls)
  for (let last = 0; ; ) {
    // Nothing is stored there: it waits for the time.
    Atomics.wait(counts, 1, 0, interval)
    const call = Atomics.load(counts, 0)
    if (call === last && call % 2 !== 0) process.kill(process.pid, signal)
    last = call
  }
}
