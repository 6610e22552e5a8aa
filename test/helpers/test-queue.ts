import type { QueuedRefresh, RefreshQueue, RefreshTask, RefreshTimes, ScheduledRefresh } from 'onetrip'

type Handler = (...args: never) => Promise<unknown>

/**
 * A queue in this process, by the contract that the core declares. Tasks wait until the test runs
 * them.
 */
export class TestQueue implements RefreshQueue {
  /** The tasks that wait, by unique key. */
  readonly waiting = new Map<string, RefreshTask>()
  /** Schedules by name. */
  readonly schedules = new Map<string, { readonly times: RefreshTimes; readonly run: ScheduledRefresh }>()
  /** Number of tasks that were added, and of those that were not, because one waited. */
  added = 0
  refused = 0
  /** Thrown by each addition. */
  failure: Error | undefined
  /** Additions do not end. */
  hangs = false
  readonly #handlers = new Map<string, Handler>()

  task<Args extends readonly unknown[]>(
    name: string,
    _options: object,
    handler: (...args: Args) => Promise<unknown>,
  ): QueuedRefresh<Args> {
    this.#handlers.set(name.split(':').at(-1) as string, handler)
    return {
      with:
        ({ unique }) =>
        async (...[task]) => {
          if (this.failure) throw this.failure
          if (this.hangs) return new Promise<void>(() => {})
          if (this.waiting.has(unique)) this.refused++
          else {
            // As a queue in another process gets it.
            this.waiting.set(unique, JSON.parse(JSON.stringify(task)))
            this.added++
          }
        },
      schedule: async (schedule, times, ...[run]) => {
        if (this.failure) throw this.failure
        this.schedules.set(schedule, { times, run: run as ScheduledRefresh })
      },
    }
  }

  /** Runs all tasks that wait, by the handler of the process that defined the task last. */
  async run(): Promise<void> {
    const handler = this.#handlers.get('refresh') as (task: RefreshTask) => Promise<unknown>
    for (const [key, task] of [...this.waiting]) {
      await handler(task)
      this.waiting.delete(key)
    }
  }

  /** Runs each schedule once. */
  async runSchedules(): Promise<void> {
    const handler = this.#handlers.get('scheduled') as (run: ScheduledRefresh) => Promise<unknown>
    for (const { run } of this.schedules.values()) await handler(run)
  }
}
