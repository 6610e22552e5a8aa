/** A fragment that is to be rendered anew, as a queue carries it. */
export interface RefreshTask {
  readonly name: string
  readonly params: Readonly<Record<string, unknown>>
  readonly vary: Readonly<Record<string, unknown>>
  /** True if a parameter was made of a value that belongs to one visitor. */
  readonly perVisitor: boolean
  /** The cache's option `release`: a worker of another release leaves the task alone. */
  readonly release: string
  /**
   * Stamp of the entry that was found due, in hex; `''`: there was none. If it is another one by
   * now, somebody has refreshed it.
   */
  readonly stamp: string
}

/** Options of a task, and of its calls, that a queue is given. */
export interface RefreshTaskOptions {
  readonly retries: number
  readonly result: boolean
}

/**
 * The queue that carries refreshes to workers: `TaskQueue` of `onetrip/queue`, or an object like
 * it.
 */
export interface RefreshQueue {
  /**
   * Defines a task. Workers of this process may run its handler; the returned object adds it.
   * @param handler never rejects: it reports what fails by an event
   */
  task(
    name: string,
    options: RefreshTaskOptions,
    handler: (task: RefreshTask) => Promise<unknown>,
  ): QueuedRefresh
}

/** A task of a {@link RefreshQueue}. */
export interface QueuedRefresh {
  /**
   * Returns a function that adds the task, and nothing while one with the same `unique` key waits
   * or runs.
   */
  with(options: { readonly unique: string }): (task: RefreshTask) => Promise<unknown>
}

/** How a defined fragment is refreshed. */
export interface RefreshOptions {
  /**
   * Lets a worker render what was found stale or near its end: one task for each entry, whoever
   * finds it. If the queue does not take it, or the cache has none, it is rendered here.
   * @defaultValue false
   */
  readonly queue?: boolean | undefined
}
