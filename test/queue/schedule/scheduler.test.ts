import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Definition } from '../../../src/queue/schedule/schedule-store.ts'
import { ScheduleStore } from '../../../src/queue/schedule/schedule-store.ts'
import { Scheduler } from '../../../src/queue/schedule/scheduler.ts'
import { nextRun, readTiming, type ScheduleOptions } from '../../../src/queue/schedule/timing.ts'
import { describeRedis, type RedisServer, startRedis } from '../../helpers/redis-server.ts'
import { TestClock } from '../../helpers/test-clock.ts'

const HOUR = 3_600_000
const QUEUE = 'onetrip:{reports}'
/** The number of the stream of normal tasks. */
const NORMAL = 3

describeRedis('schedules in Redis', () => {
  let server: RedisServer
  let clock: TestClock
  let store: ScheduleStore
  let schedulers: Scheduler[]
  let errors: unknown[]

  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())
  beforeEach(async () => {
    await server.admin.flushall()
    clock = new TestClock()
    errors = []
    schedulers = []
    store = new ScheduleStore(({ text }, args) => server.admin.eval(text, 1, QUEUE, ...args))
  })
  afterEach(async () => {
    await Promise.all(schedulers.map((one) => one.close()))
  })

  /** A worker's scheduler, by the clock of the test. */
  function worker(now: () => number = () => clock.wall()): Scheduler {
    const scheduler = new Scheduler({ store, clock, now, onError: (error) => errors.push(error) })
    schedulers.push(scheduler)
    return scheduler
  }

  /** Returns the time of the next run. */
  async function define(
    name: string,
    options: ScheduleOptions,
    more: Partial<Definition> = {},
  ): Promise<number> {
    const timing = readTiming(name, options)
    const definition = { task: 'report', timing, stream: NORMAL, args: '["sales"]', ...more }
    return (await store.define(name, definition, nextRun(timing, clock.wall()))).next
  }

  /** The ids of the tasks that were added, in order. */
  async function added(): Promise<string[]> {
    const entries = await server.admin.xrange(`${QUEUE}:normal`, '-', '+')
    return entries.map(([, [, header = '']]) => (JSON.parse(header) as [string])[0])
  }

  /** Moves on from one look to the next, until a time has come. */
  async function moveOn(ms: number, ...workers: Scheduler[]): Promise<void> {
    const until = clock.now() + ms
    while (clock.now() < until) {
      clock.advance(Math.min(5_000, until - clock.now()))
      await Promise.all(workers.map((one) => one.look()))
    }
  }

  test('a task is added at each run, with its arguments and an id of its own', async () => {
    const one = worker()
    await define('hourly', { every: '1h' })
    await one.look()
    expect(await added()).toEqual([])
    await moveOn(2 * HOUR, one)
    expect(await added()).toEqual(['hourly@20260101T010000Z', 'hourly@20260101T020000Z'])
    const [[, fields] = []] = await server.admin.xrange(`${QUEUE}:normal`, '-', '+')
    expect(fields).toEqual(['h', '["hourly@20260101T010000Z","report"]', 'a', '["sales"]'])
  })

  test('options of the task are in the header, where workers read them', async () => {
    await define('hourly', { every: '1h' }, { options: { o: 'reports' } })
    clock.advance(HOUR)
    await worker().look()
    const [[, fields] = []] = await server.admin.xrange(`${QUEUE}:normal`, '-', '+')
    expect(fields?.[1]).toBe('["hourly@20260101T010000Z","report",{"o":"reports"}]')
  })

  test('with a unique key, a run is left out while the one before has not ended', async () => {
    const one = worker()
    await define('hourly', { every: '1h' }, { options: { u: 'report' } })
    await moveOn(2 * HOUR, one)
    expect(await added()).toEqual(['hourly@20260101T010000Z'])
    await server.admin.del(`${QUEUE}:unique:report`)
    await moveOn(HOUR, one)
    expect(await added()).toEqual(['hourly@20260101T010000Z', 'hourly@20260101T030000Z'])
  })

  test('many workers add each run once', async () => {
    const workers = Array.from({ length: 8 }, () => worker())
    await define('hourly', { every: '1h' })
    for (let n = 0; n < 5; n++) {
      clock.advance(HOUR)
      await Promise.all(workers.map((one) => one.look()))
    }
    expect(await added()).toEqual([1, 2, 3, 4, 5].map((n) => `hourly@20260101T0${n}0000Z`))
  })

  test('a worker whose look is old adds nothing', async () => {
    await define('hourly', { every: '1h' })
    clock.advance(HOUR)
    const { due } = await store.findDue(clock.wall())
    await worker().look()
    const [late] = due
    if (!late) throw new Error('nothing was due')
    expect(await store.claim(late, late.due + HOUR, late.due)).toBe(false)
    expect(await added()).toHaveLength(1)
  })

  test('a worker whose clock is ahead does not add a run that another one will add again', async () => {
    await define('hourly', { every: '1h' })
    clock.advance(HOUR - 1_000)
    await worker(() => clock.wall() + 2_000).look()
    await worker().look()
    clock.advance(2_000)
    await worker().look()
    expect(await added()).toEqual(['hourly@20260101T010000Z'])
  })

  test('a schedule that another process defines is found within five seconds', async () => {
    const one = worker()
    await one.look()
    await define('often', { every: '1s' })
    await clock.until(async () => (await added()).length > 0, 500)
    expect(clock.now()).toBeLessThan(60_000)
  })

  test('of the runs that were missed while no worker lived, the last one is made up for', async () => {
    await define('hourly', { every: '1h' })
    clock.advance(5.5 * HOUR)
    const one = worker()
    await one.look()
    expect(await added()).toEqual(['hourly@20260101T050000Z'])
    await moveOn(HOUR, one)
    expect(await added()).toEqual(['hourly@20260101T050000Z', 'hourly@20260101T060000Z'])
  })

  test('after three days without a worker, each schedule is made up for once, with its last run', async () => {
    await define('minutely', { every: '1m' })
    await define('daily', { cron: '30 3 * * *', timeZone: 'America/New_York' })
    await define('weekly', { cron: '0 0 * * MON' })
    await define('prompt', { every: '1h', maxLate: '10m' })
    clock.advance(3 * 24 * HOUR + 1.51 * HOUR)
    const workers = [worker(), worker()]
    await Promise.all(workers.map((one) => one.look()))
    expect((await added()).sort()).toEqual(['daily@20260103T083000Z', 'minutely@20260104T013000Z'])
    await moveOn(HOUR / 2, ...workers)
    const ids = await added()
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.filter((id) => !id.startsWith('minutely')).sort()).toEqual([
      'daily@20260103T083000Z',
      'prompt@20260104T020000Z',
    ])
  })

  test('clocks that change while it runs: each day has one run', async () => {
    const one = worker()
    // New York at 02:30, which 8 March has not, and 1 November has once.
    clock.advance(Date.UTC(2026, 2, 6) - clock.wall())
    await define('nightly', { cron: '30 2 * * *', timeZone: 'America/New_York' })
    for (let hour = 0; hour < 4 * 24; hour++) {
      clock.advance(HOUR)
      await one.look()
    }
    expect(await added()).toEqual([
      'nightly@20260306T073000Z',
      'nightly@20260307T073000Z',
      'nightly@20260308T070000Z',
      'nightly@20260309T063000Z',
    ])
  })

  test('a run that is later than maxLate is left out, the next one is not', async () => {
    await define('hourly', { every: '1h', maxLate: '10m' })
    clock.advance(5.5 * HOUR)
    const one = worker()
    await one.look()
    expect(await added()).toEqual([])
    await moveOn(HOUR, one)
    expect(await added()).toEqual(['hourly@20260101T060000Z'])
  })

  test('the same definition again keeps the next run; a changed one replaces it', async () => {
    const first = await define('hourly', { every: '1h' })
    clock.advance(1.5 * HOUR)
    expect(await define('hourly', { every: '1h' })).toBe(first)
    const next = await define('hourly', { cron: '0 6 * * *' })
    expect(new Date(next).toISOString()).toBe('2026-01-01T06:00:00.000Z')
    await worker().look()
    expect(await added()).toEqual([])
    const [stored, ...others] = await store.list()
    expect(others).toEqual([])
    expect(stored).toMatchObject({ name: 'hourly', next, definition: { timing: { cron: '0 6 * * *' } } })
  })

  test('a run that is claimed with an old definition is not added', async () => {
    await define('hourly', { every: '1h' })
    clock.advance(HOUR)
    const {
      due: [old],
    } = await store.findDue(clock.wall())
    if (!old) throw new Error('nothing was due')
    await define('hourly', { every: '1h' }, { args: '["taxes"]' })
    expect(await store.claim(old, old.due + HOUR, old.due)).toBe(false)
    expect(await added()).toEqual([])
  })

  test('a schedule that is removed adds nothing more', async () => {
    const one = worker()
    await define('hourly', { every: '1h' })
    await moveOn(HOUR, one)
    expect(await store.remove('hourly')).toBe(true)
    expect(await store.remove('hourly')).toBe(false)
    await moveOn(2 * HOUR, one)
    expect(await added()).toHaveLength(1)
    expect(await store.list()).toEqual([])
    expect(await server.admin.keys(`${QUEUE}:schedule*`)).toEqual([])
  })

  test('schedules are listed with their next and last runs, the nearest first', async () => {
    const one = worker()
    await define('daily', { cron: '0 3 * * *', timeZone: 'Europe/Berlin' })
    await define('hourly', { every: '1h' })
    await moveOn(HOUR, one)
    const listed = (await store.list()).map(({ name, next, last }) => [
      name,
      new Date(next).toISOString(),
      last && new Date(last).toISOString(),
    ])
    expect(listed).toEqual([
      ['daily', '2026-01-01T02:00:00.000Z', undefined],
      ['hourly', '2026-01-01T02:00:00.000Z', '2026-01-01T01:00:00.000Z'],
    ])
  })

  test('more schedules than one look finds are all added', async () => {
    for (let n = 0; n < 250; n++) await define(`report-${n}`, { every: '1h' })
    clock.advance(HOUR)
    const one = worker()
    await one.look()
    await clock.until(async () => (await added()).length >= 250, 1)
    expect(new Set(await added()).size).toBe(250)
  })

  test('a definition that cannot be read is reported, and the others run', async () => {
    await define('hourly', { every: '1h' })
    await server.admin.hset(`${QUEUE}:schedules`, 'broken', 'no JSON')
    await server.admin.zadd(`${QUEUE}:schedule-due`, clock.wall(), 'broken')
    clock.advance(HOUR)
    await worker().look()
    expect(await added()).toEqual(['hourly@20260101T010000Z'])
    expect(errors).toHaveLength(1)
  })

  test('a server that is gone is reported, and asked again', async () => {
    let isGone = true
    const flaky = new ScheduleStore(({ text }, args) =>
      isGone ? Promise.reject(new Error('gone')) : server.admin.eval(text, 1, QUEUE, ...args),
    )
    const scheduler = new Scheduler({
      store: flaky,
      clock,
      now: () => clock.wall(),
      onError: (error) => errors.push(error),
    })
    schedulers.push(scheduler)
    await define('hourly', { every: '1h' })
    await scheduler.look()
    expect(errors).toEqual([new Error('gone')])
    isGone = false
    clock.advance(HOUR)
    await scheduler.look()
    expect(await added()).toHaveLength(1)
  })

  test('after close() nothing is looked for, and no timer is left', async () => {
    const one = worker()
    await define('hourly', { every: '1h' })
    await one.look()
    await one.close()
    expect(clock.timers).toBe(0)
    clock.advance(HOUR)
    await one.look()
    expect(await added()).toEqual([])
  })
})
