import { OptionError } from '../../errors.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import type { RefreshOptions, RefreshSchedule } from './refresh-queue.ts'

const OPTIONS = ['queue', 'invalidated', 'schedule'] as const satisfies readonly (keyof RefreshOptions)[]
const SCHEDULE_OPTIONS = [
  'every',
  'cron',
  'timeZone',
  'params',
  'hot',
  'vary',
  'rate',
] as const satisfies readonly (keyof RefreshSchedule)[]

/** Reads the option `refresh` of a fragment; `'queue'` is its short form. @throws OptionError */
export function readRefresh(refresh: unknown, name: string): RefreshOptions {
  if (refresh === undefined) return {}
  if (refresh === 'queue') return { queue: true }
  const title = `refresh of the fragment "${name}"`
  if (!isPlainObject(refresh)) {
    throw new OptionError(
      `The ${title} must be 'queue', or an object such as { queue: true }, not ${show(refresh)}.`,
    )
  }
  refuseUnknownOptions(`The ${title}`, refresh, OPTIONS)
  const { schedule } = refresh
  for (const option of ['queue', 'invalidated'] as const) {
    const value = refresh[option]
    if (value === undefined || typeof value === 'boolean') continue
    throw new OptionError(
      `The refresh.${option} of the fragment "${name}" must be true or false, not ${show(value)}.`,
    )
  }
  if (schedule !== undefined) refuseWrongSchedule(schedule, `refresh.schedule of the fragment "${name}"`)
  return { ...refresh }
}

/** The times themselves are checked by the queue. */
function refuseWrongSchedule(schedule: unknown, title: string): void {
  if (!isPlainObject(schedule))
    throw new OptionError(`The ${title} must be an object such as { every: '5m' }, not ${show(schedule)}.`)
  refuseUnknownOptions(`The ${title}`, schedule, SCHEDULE_OPTIONS)
  const { every, cron, params, hot } = schedule
  if ((every === undefined) === (cron === undefined))
    throw new OptionError(`The ${title} must have either every, such as '5m', or cron, such as '0 3 * * *'.`)
  if (params !== undefined && hot !== undefined)
    throw new OptionError(`The ${title} must have either params or hot, not both.`)
}
