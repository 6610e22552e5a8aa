import { isMainThread, Worker } from 'node:worker_threads'
import { type WakeData, wakeThread } from './wake-thread.ts'

/** Interval between looks of the thread, in ms: a wait ends after two of them at the latest. */
const LOOK_EVERY = 500
/** Does nothing to a process, except that it interrupts what its main thread waits for. */
const SIGNAL = 'SIGURG'

/**
 * Ends waits for LMDB's lock that nobody would end. A process that is killed between the wake-up
 * that another process sent it and the lock takes the wake-up with it. Where the lock was taken
 * meanwhile, neither LMDB nor the kernel wakes the next process, whose event loop would stand still
 * although the lock is free. A signal has it look again.
 */
class LockWaits {
  readonly #calls = new Int32Array(new SharedArrayBuffer(8))
  #thread: Worker | undefined

  /** Starts the thread. It can interrupt waits of the main thread only. Windows has no SIGURG. */
  start(): void {
    if (this.#thread || !isMainThread || process.platform === 'win32') return
    const data: WakeData = { calls: this.#calls.buffer, interval: LOOK_EVERY, signal: SIGNAL }
    this.#thread = new Worker(`(${wakeThread.toString()})(require)`, {
      eval: true,
      workerData: data,
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
      // Neither loaders nor inspectors of the process are wanted there.
      execArgv: [],
      env: {},
    })
    this.#thread.unref()
    this.#thread.on('error', () => {}) // without the thread the store works as LMDB does
    // Without a handler the signal would be dropped, and interrupt nothing.
    process.on(SIGNAL, () => {})
  }

  /** Makes a call of LMDB that may wait for a lock. Calls are not nested. */
  during<T>(call: () => T): T {
    Atomics.add(this.#calls, 0, 1)
    try {
      return call()
    } finally {
      Atomics.add(this.#calls, 0, 1)
    }
  }
}

/** Those of this process, for all its files. */
export const lockWaits = new LockWaits()
