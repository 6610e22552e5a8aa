import type { Clock } from '../../clock.ts'
import { OptionError } from '../../errors.ts'
import { show } from '../../options/show.ts'
import type { HeaderOptions } from '../header.ts'
import { checkName } from '../keys.ts'
import type { ResolvedCallOptions } from '../options/task-options.ts'
import { type RunScript, ScheduleStore, type StoredSchedule } from './schedule-store.ts'
import { Scheduler } from './scheduler.ts'
import { nextRun, readTiming, type ScheduleOptions } from './timing.ts'

/** A schedule of a queue. */
export interface Schedule {
  /** Name of the schedule. */
  readonly name: string
  /** Name of the task that it adds. */
  readonly task: string
  /** The arguments of the task. */
  readonly args: readonly unknown[]
  /** Cron expression; absent for a schedule by `every`. */
  readonly cron?: string
  /** Time zone of `cron`; absent for a schedule by `every`. */
  readonly timeZone?: string
  /** Interval in ms; absent for a schedule by `cron`. */
  readonly every?: number
  /** How late a run may be added, in ms; absent: no limit. */
  readonly maxLate?: number
  /** When the task is added next. */
  readonly next: Date
  /** The time of the last run that was added; undefined before the first. */
  readonly last: Date | undefined
}

/** The task of a schedule, as it is encoded for its runs. */
export interface ScheduledTask {
  readonly task: string
  readonly stream: number
  readonly options: HeaderOptions | undefined
  /** JSON. */
  readonly args: string
}

export interface SchedulesOptions {
  readonly run: RunScript
  readonly clock: Clock
  /** The time in place of the server's, in milliseconds since 1970: for tests. */
  readonly now?: (() => number) | undefined
  readonly onError: (error: unknown) => void
}

/** The schedules of a queue: their definitions, and what adds their tasks in a worker. */
export class Schedules {
  readonly #store: ScheduleStore
  readonly #options: SchedulesOptions
  readonly #schedulers = new Set<Scheduler>()

  constructor(options: SchedulesOptions) {
    this.#options = options
    this.#store = new ScheduleStore(options.run)
  }

  /**
   * Defines a schedule, or replaces the one of this name if it is another one.
   * @throws OptionError, DurationError, and errors of the queue
   */
  async define(name: string, options: ScheduleOptions, task: ScheduledTask): Promise<Schedule> {
    checkName('The name of a schedule', name)
    const timing = readTiming(`schedule(${show(name)})`, options)
    const definition = {
      task: task.task,
      timing,
      stream: task.stream,
      ...(task.options && { options: task.options }),
      args: task.args,
    }
    const { now } = await this.#store.findDue(this.#options.now?.())
    const stored = await this.#store.define(name, definition, nextRun(timing, now))
    // A worker of this process need not find it by itself.
    for (const scheduler of this.#schedulers) void scheduler.look()
    return shown(stored)
  }

  /** @returns all of the queue, the next one first */
  async list(): Promise<readonly Schedule[]> {
    return (await this.#store.list()).map(shown)
  }

  /** @returns true if there was one of this name @throws OptionError */
  async remove(name: string): Promise<boolean> {
    return this.#store.remove(checkName('The name of a schedule', name))
  }

  /** Starts adding the tasks of schedules, in a worker, until `close` of what it returns. */
  startScheduler(): Pick<Scheduler, 'close'> {
    const { clock, now, onError } = this.#options
    const scheduler = new Scheduler({ store: this.#store, clock, now, onError })
    this.#schedulers.add(scheduler)
    void scheduler.look()
    return {
      close: () => {
        this.#schedulers.delete(scheduler)
        return scheduler.close()
      },
    }
  }
}

function shown({ name, definition, next, last }: StoredSchedule): Schedule {
  const { task, timing, args } = definition
  return {
    name,
    task,
    args: JSON.parse(args) as unknown[],
    ...timing,
    next: new Date(next),
    last: last === undefined ? undefined : new Date(last),
  }
}

/**
 * Checks options of `with()` before they become a schedule's.
 * @throws OptionError for those that only a single call can have
 */
export function refuseCallTimes(task: string, { delay, at, uniqueTtl }: ResolvedCallOptions): void {
  const given = Object.entries({ delay, at, 'unique.ttl': uniqueTtl }).find(
    ([, value]) => value !== undefined,
  )
  if (given === undefined) return
  throw new OptionError(`schedule() of the task "${task}" takes no ${given[0]}: it is for single calls.`)
}
