import { Cron } from 'croner'
import { OptionError } from '../../errors.ts'
import { type Duration, toMilliseconds } from '../../options/duration.ts'
import { show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'

/** Options of `task.schedule()`: the times of a schedule, by `cron` or by `every`. */
export interface ScheduleOptions {
  /**
   * A cron expression: minute, hour, day of the month, month, day of the week, and optionally
   * seconds before them. Names (`MON-FRI`, `JAN`), `L`, `#` and nicknames such as `@daily` work.
   *
   * When clocks go forward, a run at a fixed time inside the missing hour happens right after it;
   * when they go back, it happens once, in the first of the two hours. Expressions with `*` or a
   * step in minutes or hours follow the time that passes: `0 * * * *` runs every hour.
   *
   * @defaultValue none: `cron` or `every` is needed
   * @example '30 3 * * MON-FRI'
   */
  readonly cron?: string | undefined
  /**
   * IANA name of the time zone that `cron` is read in. Not the machine's zone by default: workers
   * on several machines must agree.
   * @defaultValue 'UTC'
   * @example 'Europe/Berlin'
   */
  readonly timeZone?: string | undefined
  /**
   * Runs at the multiples of this interval since 1970, UTC: `'1h'` is every full hour. The times
   * do not drift, and do not depend on when the schedule was defined. At least one second.
   * @defaultValue none
   * @example '5m'
   */
  readonly every?: Duration | undefined
  /**
   * How late a run may be added, for example because no worker was alive. Of several runs that
   * were missed, only the last is made up for; a run that is later than this is left out.
   * @defaultValue Infinity: the last missed run is always made up for
   */
  readonly maxLate?: Duration | undefined
}

/** Checked options of a schedule, in the form that Redis keeps. Durations in milliseconds. */
export type Timing = ({ readonly cron: string; readonly timeZone: string } | { readonly every: number }) & {
  /** Absent: no limit. */
  readonly maxLate?: number
}

const NAMES = ['cron', 'timeZone', 'every', 'maxLate']
const HINTS = { interval: 'every', pattern: 'cron', tz: 'timeZone', timezone: 'timeZone' }
const SHORTEST_INTERVAL_MS = 1_000
const SECOND_MS = 1_000

/**
 * Checks the options of a schedule.
 * @param owner for errors, such as `schedule('report')`
 * @throws OptionError, DurationError
 */
export function readTiming(owner: string, options: ScheduleOptions): Timing {
  if (typeof options !== 'object' || options === null)
    throw new OptionError(`${owner} must be given { cron } or { every }, not ${show(options)}.`)
  refuseUnknownOptions(owner, options, NAMES, HINTS)
  const { cron, timeZone, every, maxLate } = options
  if ((cron === undefined) === (every === undefined))
    throw new OptionError(
      `${owner} takes either cron, such as { cron: '0 3 * * *' }, or every, such as { every: '5m' }.`,
    )
  const late =
    maxLate === undefined || maxLate === Infinity
      ? {}
      : { maxLate: toMilliseconds(maxLate, `The option maxLate of ${owner}`) }
  if (every === undefined) {
    const timing = { cron: readCron(owner, cron), timeZone: readTimeZone(owner, timeZone), ...late }
    refuseEmpty(owner, timing)
    return timing
  }
  if (timeZone !== undefined)
    throw new OptionError(
      `The option timeZone of ${owner} belongs to cron: an interval is the same in all time zones.`,
    )
  return { every: readInterval(owner, every), ...late }
}

/** Returns the first run after a time, in milliseconds since 1970. */
export function nextRun(timing: Timing, after: number): number {
  if ('every' in timing) return (Math.floor(after / timing.every) + 1) * timing.every
  const next = cronOf(timing).nextRun(new Date(after))
  return next?.getTime() ?? Infinity
}

/** Returns the last run that is not after a time, in milliseconds since 1970. */
export function latestRun(timing: Timing, time: number): number {
  if ('every' in timing) return Math.floor(time / timing.every) * timing.every
  // It finds runs before its second argument, and drops the milliseconds of it.
  const reference = new Date(Math.floor(time / SECOND_MS) * SECOND_MS + SECOND_MS)
  return cronOf(timing).previousRuns(1, reference)[0]?.getTime() ?? -Infinity
}

/** Returns true if a run of this time may still be added. */
export function isInTime(timing: Timing, due: number, now: number): boolean {
  return now - due <= (timing.maxLate ?? Infinity)
}

function cronOf({ cron, timeZone }: { readonly cron: string; readonly timeZone: string }): Cron {
  // Fixed times are neither left out nor doubled when clocks change.
  return new Cron(cron, {
    timezone: timeZone,
    mode: '5-or-6-parts',
    fixedTimeRule: 'no-wildcard',
    paused: true,
  })
}

function readCron(owner: string, cron: unknown): string {
  const expected =
    `The option cron of ${owner} must have 5 fields: minute, hour, day of the month, month, ` +
    `day of the week (and optionally seconds before them), such as '0 3 * * *', not ${show(cron)}`
  if (typeof cron !== 'string') throw new OptionError(`${expected}.`)
  try {
    cronOf({ cron, timeZone: 'UTC' })
  } catch (error) {
    throw new OptionError(`${expected}. ${(error as Error).message.replace('CronPattern: ', '')}`, {
      cause: error,
    })
  }
  return cron.trim()
}

function readTimeZone(owner: string, timeZone: unknown = 'UTC'): string {
  try {
    if (typeof timeZone !== 'string' || timeZone === '') throw new RangeError('not a name')
    new Intl.DateTimeFormat('en', { timeZone })
    return timeZone
  } catch {
    throw new OptionError(
      `The option timeZone of ${owner} must be an IANA name such as 'Europe/Berlin' or 'UTC', not ${show(timeZone)}.`,
    )
  }
}

function readInterval(owner: string, every: unknown): number {
  const interval = toMilliseconds(every, `The option every of ${owner}`)
  if (interval >= SHORTEST_INTERVAL_MS) return interval
  throw new OptionError(`The option every of ${owner} must be at least one second, not ${show(every)}.`)
}

/** Refuses an expression such as `0 0 30 2 *`: February has no such day. */
function refuseEmpty(owner: string, timing: Timing & { readonly cron: string }): void {
  if (nextRun(timing, 0) === Infinity)
    throw new OptionError(`The option cron of ${owner} is '${timing.cron}': no date matches it.`)
}
