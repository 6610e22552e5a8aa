import { isMainThread, type Worker } from 'node:worker_threads'
import { startThread } from '../../text-thread.ts'
import { type WakeData, wakeThread } from './wake-thread.ts'

/** Interval between looks of the thread, in ms: a wait ends after two of them at the latest. */
const LOOK_EVERY = 500
/** Does nothing to a process, except that it interrupts what its main thread waits for. */
const SIGNAL = 'SIGURG'
/** Memory of the thread, in MB. It holds two numbers. */
const THREAD_MEMORY = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 }

/**
 * Ends waits for LMDB's lock that nobody would end. A process that is killed between the wake-up
 * that another process sent it and the lock takes the wake-up with it. Where the lock was taken
 * meanwhile, neither LMDB nor the kernel wakes the next process, whose event loop would stand still
 * although the lock is free. A signal has it look again.
 */
class LockWaits {
  readonly #calls = new Int32Array(new SharedArrayBuffer(8))
  #thread: Worker | undefined
  #stores = 0

  /**
   * Counts a store that opens, and starts the thread with the first one. It can interrupt waits of
   * the main thread only. Windows has no SIGURG.
   */
  start(): void {
    this.#stores++
    if (this.#stores > 1 || !isMainThread || process.platform === 'win32') return
    this.#thread = startWakeThread({ calls: this.#calls.buffer, interval: LOOK_EVERY, signal: SIGNAL })
    // Without a handler the signal would be dropped, and interrupt nothing.
    process.on(SIGNAL, ignore)
  }

  /** Counts a store that has closed, and ends the thread with the last one. */
  stop(): void {
    this.#stores--
    if (this.#stores > 0) return
    void this.#thread?.terminate()
    this.#thread = undefined
    process.off(SIGNAL, ignore)
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

/** Starts the thread, where threads are allowed: without it the store works as LMDB does. */
function startWakeThread(workerData: WakeData): Worker | undefined {
  try {
    return startThread(wakeThread, { workerData, resourceLimits: THREAD_MEMORY, env: {} })
  } catch {
    return undefined
  }
}

function ignore(): void {}

/** Those of this process, for all its files. */
export const lockWaits = new LockWaits()
