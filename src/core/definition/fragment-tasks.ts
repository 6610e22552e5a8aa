import { LRUCache } from 'lru-cache'
import type { Clock, Timer } from '../../clock.ts'
import type { DefinedFragment } from './define-fragment.ts'
import type { QueuedRefresh, RefreshQueue, RefreshTask, ScheduledRefresh } from './refresh-queue.ts'

/** Longest wait for the queue to take a task, in ms. Then the fragment is refreshed here. */
const QUEUE_WAIT = 1_000
/** How long a process does not add again what it has added, in ms: a worker may be slow. */
const ADDED_REST = 1_000
/** Limit of the tasks that are remembered for that. */
const MOST_REMEMBERED = 10_000

/** The work of a cache that its queue asks for. The first two never reject. */
export interface FragmentHandlers {
  refresh(task: RefreshTask): Promise<unknown>
  scheduled(run: ScheduledRefresh): Promise<unknown>
  /** The queue has not taken something. */
  failed(error: unknown, what: string, key?: string): void
}

/** The refreshes of one cache that its queue carries. */
export class FragmentTasks {
  readonly #task: QueuedRefresh<[RefreshTask]>
  readonly #scheduled: QueuedRefresh<[ScheduledRefresh]>
  /** Begin of the names of its tasks and schedules. */
  readonly #prefix: string
  readonly #clock: Clock
  readonly #handlers: FragmentHandlers
  /** When each was added, by key and stamp: many visitors find one stale entry. */
  readonly #added = new LRUCache<string, number>({ max: MOST_REMEMBERED })

  /** @param prefix begin of the cache's keys: two caches may have one queue */
  constructor(queue: RefreshQueue, prefix: string, handlers: FragmentHandlers, clock: Clock) {
    this.#prefix = prefix.replaceAll(/[{}"\\\s\p{Cc}]/gu, '_')
    // What fails is reported, and found due again by the next page: the queue need not repeat it.
    const options = { retries: 0, result: false }
    this.#task = queue.task(`${this.#prefix}:refresh`, options, (task: RefreshTask) => handlers.refresh(task))
    this.#scheduled = queue.task(`${this.#prefix}:scheduled`, options, (run: ScheduledRefresh) =>
      handlers.scheduled(run),
    )
    this.#handlers = handlers
    this.#clock = clock
  }

  /** Defines the schedule of a fragment. Never rejects. */
  async schedule({ name, refresh }: DefinedFragment): Promise<void> {
    const { every, cron, timeZone } = refresh.schedule ?? {}
    const times = { ...(every !== undefined && { every }), ...(cron !== undefined && { cron, timeZone }) }
    try {
      if (!this.#scheduled.schedule) throw new Error('it has no schedules')
      const title = `${this.#prefix}:fragment:${encodeURIComponent(name)}`
      await this.#scheduled.schedule(title, times, { name })
    } catch (error) {
      this.#handlers.failed(error, `the schedule of the fragment "${name}"`)
    }
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
      this.#handlers.failed(error, 'a refresh', key)
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
