import { LRUCache } from 'lru-cache'
import type { Clock, Timer } from '../../clock.ts'
import type { QueuedRefresh, RefreshQueue, RefreshTask } from './refresh-queue.ts'

/** Longest wait for the queue to take a task, in ms. Then the fragment is refreshed here. */
const QUEUE_WAIT = 1_000
/** How long a process does not add again what it has added, in ms: a worker may be slow. */
const ADDED_REST = 1_000
/** Limit of the tasks that are remembered for that. */
const MOST_REMEMBERED = 10_000

/** The refreshes of one cache that its queue carries. */
export class FragmentTasks {
  readonly #task: QueuedRefresh
  readonly #clock: Clock
  readonly #onError: (error: unknown, key: string) => void
  /** When each was added, by key and stamp: many visitors find one stale entry. */
  readonly #added = new LRUCache<string, number>({ max: MOST_REMEMBERED })

  /**
   * @param prefix begin of the cache's keys: two caches may have one queue
   * @param handler runs a task. It never rejects
   * @param onError is called for what the queue has not taken
   */
  constructor(
    queue: RefreshQueue,
    prefix: string,
    handler: (task: RefreshTask) => Promise<unknown>,
    onError: (error: unknown, key: string) => void,
    clock: Clock,
  ) {
    const name = `${prefix.replaceAll(/[{}"\\\s\p{Cc}]/gu, '_')}:refresh`
    // What fails is reported, and found due again by the next page: the queue need not repeat it.
    this.#task = queue.task(name, { retries: 0, result: false }, handler)
    this.#onError = onError
    this.#clock = clock
  }

  /**
   * Adds a task, unless it waits or runs. Never rejects.
   * @param key of the fragment
   * @returns false if the queue did not take it in time
   */
  async add(key: string, task: RefreshTask): Promise<boolean> {
    const id = `${task.stamp} ${key}`
    const now = this.#clock.now()
    const before = this.#added.get(id)
    if (before !== undefined && now - before < ADDED_REST) return true
    this.#added.set(id, now)
    try {
      await this.#inTime(this.#task.with({ unique: key })(task))
      return true
    } catch (error) {
      this.#added.delete(id)
      this.#onError(error, key)
      return false
    }
  }

  async #inTime(adding: Promise<unknown>): Promise<void> {
    let timer: Timer | undefined
    const late = new Promise<never>((_, reject) => {
      const fail = () => reject(new Error(`the queue did not take the task within ${QUEUE_WAIT} ms`))
      timer = this.#clock.setTimeout(fail, QUEUE_WAIT)
    })
    try {
      await Promise.race([adding, late])
    } finally {
      this.#clock.clearTimeout(timer)
    }
  }
}
