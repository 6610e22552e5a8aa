import type { RefreshQueue, RefreshTask } from 'onetrip'

type Handler = (task: RefreshTask) => Promise<unknown>

/**
 * A queue in this process, by the contract that the core declares. Tasks wait until the test runs
 * them.
 */
export class TestQueue implements RefreshQueue {
  /** The tasks that wait, by unique key. */
  readonly waiting = new Map<string, RefreshTask>()
  /** Number of tasks that were added, and of those that were not, because one waited. */
  added = 0
  refused = 0
  /** Thrown by each addition. */
  failure: Error | undefined
  /** Additions do not end. */
  hangs = false
  readonly #handlers = new Set<Handler>()

  task(_name: string, _options: object, handler: Handler) {
    this.#handlers.add(handler)
    return {
      with: ({ unique }: { unique: string }) => {
        return async (task: RefreshTask) => {
          if (this.failure) throw this.failure
          if (this.hangs) return new Promise<void>(() => {})
          if (this.waiting.has(unique)) this.refused++
          else {
            // As a queue in another process gets it.
            this.waiting.set(unique, JSON.parse(JSON.stringify(task)))
            this.added++
          }
        }
      },
    }
  }

  /** Runs all tasks that wait, by the handler of the process that defined the task last. */
  async run(): Promise<void> {
    const handler = [...this.#handlers].at(-1) as Handler
    const tasks = [...this.waiting]
    for (const [key, task] of tasks) {
      await handler(task)
      this.waiting.delete(key)
    }
  }
}
