import { createRequire } from 'node:module'
import type { Worker as Thread } from 'node:worker_threads'
import { type Clock, processClock, type Timer } from '../../clock.ts'
import { startThread } from '../../text-thread.ts'
import { KEEP_LEASE } from '../scripts/renew.ts'
import { leaseThread, type ThreadData, type ThreadLease, type ThreadMessage } from './lease-thread.ts'

/** Interval of the beats of the main thread, in ms: an eighth of the shortest lease. */
const BEAT = 60

/** Memory of the thread, in MB. It holds some leases and, while it renews, a client. */
const THREAD_MEMORY = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 }

/**
 * Has a thread renew the leases of this process's workers while its event loop is blocked: by a
 * handler that computes for seconds, or a long garbage collection. All workers share one thread,
 * which is there as long as there are workers.
 */
class LeaseKeeper {
  readonly #clock: Clock
  #thread: Thread | undefined
  #beats: Timer | undefined
  #leases = 0
  #lastId = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Keeps a lease.
   *
   * @param onError called if the thread fails: the leases are then renewed by the main thread alone
   * @returns a function that ends it
   */
  keep(lease: Omit<ThreadLease, 'id'>, onError: (error: Error) => void): () => void {
    const thread = this.#start()
    const id = ++this.#lastId
    this.#leases++
    const send = (message: ThreadMessage) => thread.postMessage(message)
    thread.on('error', onError)
    send({ type: 'add', lease: { ...lease, id } })
    let ended = false
    return () => {
      if (ended) return
      ended = true
      thread.off('error', onError)
      send({ type: 'remove', id })
      if (--this.#leases === 0) this.#stop()
    }
  }

  #start(): Thread {
    if (this.#thread) return this.#thread
    const beats = new SharedArrayBuffer(4)
    const counter = new Int32Array(beats)
    const data: ThreadData = {
      beats,
      interval: BEAT,
      ioredis: createRequire(import.meta.url).resolve('ioredis'),
      script: KEEP_LEASE.text,
    }
    // Those that keep a lease are told of an error.
    const thread = startThread(leaseThread, { workerData: data, resourceLimits: THREAD_MEMORY })
    thread.setMaxListeners(0)
    this.#thread = thread
    this.#beats = this.#clock.setInterval(() => Atomics.add(counter, 0, 1), BEAT).unref()
    return thread
  }

  #stop(): void {
    this.#clock.clearInterval(this.#beats)
    void this.#thread?.terminate()
    this.#thread = undefined
  }
}

/** The keeper of this process. It measures real time, as the thread does. */
export const leaseKeeper = new LeaseKeeper(processClock)
