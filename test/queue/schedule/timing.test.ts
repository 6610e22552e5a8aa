import { DurationError, OptionError } from 'onetrip'
import { describe, expect, test } from 'vitest'
import {
  isInTime,
  latestRun,
  nextRun,
  readTiming,
  type ScheduleOptions,
} from '../../../src/queue/schedule/timing.ts'

const OWNER = "schedule('report')"
const at = (text: string) => Date.parse(text)

/** The next runs of a schedule, as a reader writes times. */
function runsOf(options: ScheduleOptions, from: string, count: number): string[] {
  const timing = readTiming(OWNER, options)
  const runs: string[] = []
  for (let time = at(from); runs.length < count; ) {
    time = nextRun(timing, time)
    runs.push(new Date(time).toISOString().replace(':00.000Z', 'Z'))
  }
  return runs
}

describe('cron', () => {
  test('is read in UTC where no time zone is given', () => {
    expect(runsOf({ cron: '0 3 * * *' }, '2026-07-01T02:59:59Z', 2)).toEqual([
      '2026-07-01T03:00Z',
      '2026-07-02T03:00Z',
    ])
  })

  test('a run at the very time is over: the next one is returned', () => {
    expect(runsOf({ cron: '0 3 * * *' }, '2026-07-01T03:00:00Z', 1)).toEqual(['2026-07-02T03:00Z'])
  })

  test('follows the clock of its time zone over the year', () => {
    const options = { cron: '0 3 * * *', timeZone: 'Europe/Berlin' }
    expect(runsOf(options, '2026-01-15T00:00:00Z', 1)).toEqual(['2026-01-15T02:00Z'])
    expect(runsOf(options, '2026-07-15T00:00:00Z', 1)).toEqual(['2026-07-15T01:00Z'])
  })

  test('takes seconds, names and nicknames', () => {
    expect(runsOf({ cron: '30 0 3 * * *' }, '2026-07-01T00:00:00Z', 1)).toEqual(['2026-07-01T03:00:30.000Z'])
    expect(runsOf({ cron: '0 9 * * MON-FRI' }, '2026-07-03T10:00:00Z', 1)).toEqual(['2026-07-06T09:00Z'])
    expect(runsOf({ cron: '@daily' }, '2026-07-01T10:00:00Z', 1)).toEqual(['2026-07-02T00:00Z'])
  })
})

describe('clocks go forward: 29 March 2026, Berlin has no 02:00 to 03:00', () => {
  test('a fixed time inside the missing hour runs right after it, once', () => {
    expect(runsOf({ cron: '30 2 * * *', timeZone: 'Europe/Berlin' }, '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-29T01:00Z',
      '2026-03-30T00:30Z',
    ])
  })

  test('a list of fixed times as well', () => {
    expect(runsOf({ cron: '30 2,14 * * *', timeZone: 'Europe/Berlin' }, '2026-03-28T14:00:00Z', 3)).toEqual([
      '2026-03-29T01:00Z',
      '2026-03-29T12:30Z',
      '2026-03-30T00:30Z',
    ])
  })

  test('every half hour goes on without a gap', () => {
    expect(runsOf({ cron: '*/30 * * * *', timeZone: 'Europe/Berlin' }, '2026-03-29T00:10:00Z', 3)).toEqual([
      '2026-03-29T00:30Z',
      '2026-03-29T01:00Z',
      '2026-03-29T01:30Z',
    ])
  })
})

describe('clocks go back: 25 October 2026, Berlin has 02:00 to 03:00 twice', () => {
  test('a fixed time runs once, in the first of the two hours', () => {
    expect(runsOf({ cron: '30 2 * * *', timeZone: 'Europe/Berlin' }, '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-26T01:30Z',
    ])
  })

  test('a list of fixed times as well', () => {
    expect(runsOf({ cron: '30 2,14 * * *', timeZone: 'Europe/Berlin' }, '2026-10-24T14:00:00Z', 3)).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-25T13:30Z',
      '2026-10-26T01:30Z',
    ])
  })

  test('every half hour runs in both hours', () => {
    expect(runsOf({ cron: '*/30 * * * *', timeZone: 'Europe/Berlin' }, '2026-10-24T23:40:00Z', 6)).toEqual([
      '2026-10-25T00:00Z',
      '2026-10-25T00:30Z',
      '2026-10-25T01:00Z',
      '2026-10-25T01:30Z',
      '2026-10-25T02:00Z',
      '2026-10-25T02:30Z',
    ])
  })
})

describe('New York: 8 March 2026 has no 02:00 to 03:00, 1 November has 01:00 to 02:00 twice', () => {
  const timeZone = 'America/New_York'

  test('a fixed time inside the missing hour runs right after it, once', () => {
    expect(runsOf({ cron: '30 2 * * *', timeZone }, '2026-03-07T12:00:00Z', 3)).toEqual([
      '2026-03-08T07:00Z',
      '2026-03-09T06:30Z',
      '2026-03-10T06:30Z',
    ])
  })

  test('a fixed time that is there twice runs once, in the first of the two hours', () => {
    expect(runsOf({ cron: '30 1 * * *', timeZone }, '2026-10-31T12:00:00Z', 3)).toEqual([
      '2026-11-01T05:30Z',
      '2026-11-02T06:30Z',
      '2026-11-03T06:30Z',
    ])
  })

  test('every hour goes on over both', () => {
    const hourly = { cron: '0 * * * *', timeZone }
    expect(runsOf(hourly, '2026-03-08T05:30:00Z', 3)).toEqual([
      '2026-03-08T06:00Z',
      '2026-03-08T07:00Z',
      '2026-03-08T08:00Z',
    ])
    expect(runsOf(hourly, '2026-11-01T04:30:00Z', 4)).toEqual([
      '2026-11-01T05:00Z',
      '2026-11-01T06:00Z',
      '2026-11-01T07:00Z',
      '2026-11-01T08:00Z',
    ])
  })

  test('days of the week and of the month are those of the zone', () => {
    expect(runsOf({ cron: '30 22 * * SUN', timeZone }, '2026-07-01T00:00:00Z', 1)).toEqual([
      '2026-07-06T02:30Z',
    ])
    expect(runsOf({ cron: '30 22 L * *', timeZone }, '2026-02-01T12:00:00Z', 1)).toEqual([
      '2026-03-01T03:30Z',
    ])
  })
})

describe('every', () => {
  test('runs at the multiples of the interval, whenever it is asked', () => {
    const expected = ['2026-07-01T10:05Z', '2026-07-01T10:10Z']
    expect(runsOf({ every: '5m' }, '2026-07-01T10:00:00Z', 2)).toEqual(expected)
    expect(runsOf({ every: '5m' }, '2026-07-01T10:04:59.999Z', 2)).toEqual(expected)
  })

  test('does not drift over a year of runs', () => {
    const timing = readTiming(OWNER, { every: '7m' })
    const first = nextRun(timing, at('2026-01-01T00:00:00Z'))
    let time = first
    for (let n = 0; n < 75_000; n++) time = nextRun(timing, time + (n % 300))
    expect(time).toBe(first + 75_000 * 7 * 60_000)
  })

  test('an interval of a day is midnight UTC', () => {
    expect(runsOf({ every: '1d' }, '2026-07-01T10:00:00Z', 1)).toEqual(['2026-07-02T00:00Z'])
  })
})

describe('the latest run', () => {
  const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe']
  const patterns = [
    '30 2 * * *',
    '*/30 * * * *',
    '30 2,14 * * *',
    '0 * * * *',
    '*/20 1-3 * * *',
    '45 1 * * *',
  ]
  const weeks = ['2026-03-06', '2026-03-27', '2026-04-03', '2026-10-02', '2026-10-23', '2026-10-30']

  test.each(zones)('is the one before the next, also when clocks change: %s', (timeZone) => {
    for (const cron of patterns) {
      const timing = readTiming(OWNER, { cron, timeZone })
      for (const week of weeks) {
        let due = nextRun(timing, at(`${week}T00:00:00Z`))
        for (let n = 0; n < 40; n++) {
          const next = nextRun(timing, due)
          for (const time of [due, due + 1, Math.floor((due + next) / 2), next - 1])
            expect([cron, latestRun(timing, time)]).toEqual([cron, due])
          due = next
        }
      }
    }
  })

  test('of an interval is its last multiple', () => {
    const timing = readTiming(OWNER, { every: '5m' })
    expect(latestRun(timing, at('2026-07-01T10:05:00Z'))).toBe(at('2026-07-01T10:05:00Z'))
    expect(latestRun(timing, at('2026-07-01T10:04:59.999Z'))).toBe(at('2026-07-01T10:00:00Z'))
  })
})

test('a late run is made up for, unless it is later than maxLate', () => {
  const due = at('2026-07-01T03:00:00Z')
  const after = (minutes: number) => due + minutes * 60_000
  expect(isInTime(readTiming(OWNER, { cron: '0 3 * * *' }), due, after(10_000))).toBe(true)
  const limited = readTiming(OWNER, { cron: '0 3 * * *', maxLate: '10m' })
  expect(isInTime(limited, due, after(10))).toBe(true)
  expect(isInTime(limited, due, after(10) + 1)).toBe(false)
})

test.each<[string, unknown, string]>([
  ['nothing', undefined, "schedule('report') must be given { cron } or { every }, not undefined."],
  ['a bare expression', '0 3 * * *', "must be given { cron } or { every }, not '0 3 * * *'."],
  ['neither', {}, "takes either cron, such as { cron: '0 3 * * *' }, or every"],
  ['both', { cron: '0 3 * * *', every: '5m' }, 'takes either cron'],
  [
    'an unknown option',
    { cron: '0 3 * * *', tz: 'Europe/Berlin' },
    'has no option "tz": did you mean "timeZone"?',
  ],
  ['an hour that is not there', { cron: '0 25 * * *' }, "not '0 25 * * *'. Invalid value for hour: 25"],
  ['an expression of three fields', { cron: '0 3 *' }, 'must have 5 fields: minute, hour, day of the month'],
  ['a cron that is a number', { cron: 5 }, 'not 5.'],
  ['a date that never comes', { cron: '0 0 30 2 *' }, "is '0 0 30 2 *': no date matches it."],
  [
    'an unknown zone',
    { cron: '0 3 * * *', timeZone: 'Berlin' },
    "must be an IANA name such as 'Europe/Berlin' or 'UTC', not 'Berlin'.",
  ],
  ['an empty zone', { cron: '0 3 * * *', timeZone: '' }, "not ''."],
  ['an interval with a zone', { every: '5m', timeZone: 'UTC' }, 'an interval is the same in all time zones'],
  ['a short interval', { every: 100 }, 'must be at least one second, not 100.'],
])('%s is refused', (_, options, message) => {
  const read = () => readTiming(OWNER, options as ScheduleOptions)
  expect(read).toThrow(OptionError)
  expect(read).toThrow(message)
})

test.each([
  ['every', '5 minutes'],
  ['maxLate', -1],
])('%s must be a duration', (name, value) => {
  const options = { ...(name === 'maxLate' && { cron: '0 3 * * *' }), [name]: value }
  expect(() => readTiming(OWNER, options)).toThrow(DurationError)
  expect(() => readTiming(OWNER, options)).toThrow(`The option ${name} of ${OWNER}`)
})
