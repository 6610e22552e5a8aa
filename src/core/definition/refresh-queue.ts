import type { Duration } from '../../options/duration.ts'

/** A fragment to refresh, as a queue carries it. */
export interface RefreshTask {
  /** Name of the fragment. */
  readonly name: string
  /** Parameters of the fragment. */
  readonly params: Readonly<Record<string, unknown>>
  /** The values that it varies by, by name. */
  readonly vary: Readonly<Record<string, unknown>>
  /** True if a parameter was made of a value that belongs to one visitor. */
  readonly perVisitor: boolean
  /** The cache's option `release`: a worker of another release leaves the task alone. */
  readonly release: string
  /**
   * Stamp of the entry that was found due, in hex; `''` if there was none. If the entry has another
   * stamp by now, it was refreshed meanwhile.
   */
  readonly stamp: string
}

/** Options of a task that a queue is given. */
export interface RefreshTaskOptions {
  /** How often a failed task is tried again. */
  readonly retries: number
  /** True to store the result of the task. */
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
  task<Args extends readonly unknown[]>(
    name: string,
    options: RefreshTaskOptions,
    handler: (...args: Args) => Promise<unknown>,
  ): QueuedRefresh<Args>
}

/** A task of a {@link RefreshQueue}. */
export interface QueuedRefresh<Args extends readonly unknown[]> {
  /**
   * Returns a function that adds the task, and nothing while one with the same `unique` key waits
   * or runs.
   */
  with(options: { readonly unique: string }): (...args: Args) => Promise<unknown>
  /** Adds it again and again. Left out where no definition has a schedule. */
  schedule?(name: string, times: RefreshTimes, ...args: Args): Promise<unknown>
}

/** Times of a schedule, as `task.schedule()` of `onetrip/queue` takes them. */
export interface RefreshTimes {
  /**
   * The interval, such as `'5m'`.
   * @defaultValue none: `every` or `cron` is needed
   */
  readonly every?: Duration | undefined
  /**
   * A cron expression, such as `'0 3 * * *'`.
   * @defaultValue none
   */
  readonly cron?: string | undefined
  /**
   * IANA name of the time zone of `cron`.
   * @defaultValue `'UTC'`
   */
  readonly timeZone?: string | undefined
}

/** Fragments that are refreshed on a schedule. */
export interface RefreshSchedule extends RefreshTimes {
  /**
   * The parameters of the fragments: an iterable, or a function that returns one.
   * @defaultValue `[{}]`: a fragment without parameters
   */
  readonly params?: ScheduledParams | (() => ScheduledParams | Promise<ScheduledParams>) | undefined
  /**
   * In place of `params`: the number of those that are asked for most. Needs `fragments.hot`.
   * @defaultValue none
   */
  readonly hot?: number | undefined
  /**
   * The values that the fragment varies by, by name; of an array, each parameters are refreshed
   * with all of them.
   * @defaultValue none
   */
  readonly vary?: object | readonly object[] | undefined
  /**
   * Most fragments that are begun in a second, such as `'50/s'`.
   * @defaultValue no limit
   */
  readonly rate?: number | string | undefined
}

/** Parameters of fragments that a schedule refreshes. */
export type ScheduledParams = Iterable<object> | AsyncIterable<object>

/** How a defined fragment is refreshed. */
export interface RefreshOptions {
  /**
   * Lets a worker render what was found stale or near its end: one task for each entry, whoever
   * finds it. If the queue does not take it, or the cache has none, it is rendered here.
   * @defaultValue false
   */
  readonly queue?: boolean | undefined
  /**
   * After `invalidate()` of a tag: adds tasks for the fragments with that tag which are requested
   * most, at most 100 of each definition. Needs `fragments.queue` and `fragments.hot`.
   * @defaultValue false
   */
  readonly invalidated?: boolean | undefined
  /**
   * Lets workers refresh fragments at fixed times, whether they are requested or not. Needs
   * `fragments.queue`.
   * @defaultValue none
   */
  readonly schedule?: RefreshSchedule | undefined
}

/** Limit of the fragments of one definition that an invalidation refreshes at once. */
export const MOST_INVALIDATED = 100

/**
 * A run of a schedule, as a queue carries it. It has no `release`: the worker that runs it
 * refreshes the entries of its own.
 */
export interface ScheduledRefresh {
  /** Name of the fragment. */
  readonly name: string
}
