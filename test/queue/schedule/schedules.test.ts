import { DurationError, OptionError } from 'onetrip'
import { type Task, TaskQueue } from 'onetrip/queue'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from 'vitest'
import { describeRedis, type RedisServer, startRedis } from '../../helpers/redis-server.ts'

describeRedis('task.schedule()', () => {
  let server: RedisServer
  let queue: TaskQueue
  let report: Task<[what: string], string>
  /** The ids and the arguments of the runs. */
  let runs: [id: string, what: string][]

  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())
  beforeEach(async () => {
    await server.admin.flushall()
    queue = new TaskQueue('reports', { redis: server.url })
    runs = []
    report = queue.task('report', function (what: string) {
      runs.push([this.id, what])
      return `report of ${what}`
    })
  })
  afterEach(() => queue.close())

  it('runs the task again and again in a worker, each time under an id of its own', async () => {
    const { next } = await report.schedule('sales', { every: '1s' }, 'sales')
    expect(next.getTime() % 1_000).toBe(0)
    queue.worker()
    await expect.poll(() => runs.length).toBeGreaterThanOrEqual(2)
    expect(runs[0]?.[0]).toMatch(/^sales@\d{8}T\d{6}Z$/)
    expect(runs[0]?.[1]).toBe('sales')
    expect(new Set(runs.map(([id]) => id)).size).toBe(runs.length)
    const [id = ''] = runs[0] as [string, string]
    expect(await queue.handle(id).result()).toBe('report of sales')
  })

  it('a worker of the same process finds a new schedule at once', async () => {
    queue.worker()
    await report.schedule('sales', { every: '1s' }, 'sales')
    await expect.poll(() => runs.length).toBeGreaterThan(0)
  })

  it('lists schedules, and removes them', async () => {
    await report.schedule('sales', { cron: '30 3 * * *', timeZone: 'Europe/Berlin', maxLate: '1h' }, 'sales')
    await report.schedule('stock', { every: '15m' }, 'stock')
    const listed = await queue.schedules()
    expect(listed.map(({ name }) => name).sort()).toEqual(['sales', 'stock'])
    expect(listed.find(({ name }) => name === 'sales')).toMatchObject({
      task: 'report',
      args: ['sales'],
      cron: '30 3 * * *',
      timeZone: 'Europe/Berlin',
      maxLate: 3_600_000,
      last: undefined,
    })
    expect(listed.find(({ name }) => name === 'stock')).toMatchObject({ every: 900_000 })
    expect(await queue.unschedule('sales')).toBe(true)
    expect(await queue.unschedule('sales')).toBe(false)
    expect((await queue.schedules()).map(({ name }) => name)).toEqual(['stock'])
  })

  it('takes the priority, the retries and the order of with()', async () => {
    await report
      .with({ priority: 'high', retries: 1, order: 'reports' })
      .schedule('sales', { every: '1s' }, 'x')
    queue.worker()
    await expect.poll(() => runs.length).toBeGreaterThanOrEqual(2)
  })

  describe('is refused with a sentence', () => {
    const refused = (call: () => Promise<unknown>) => expect(call()).rejects

    test('a name that cannot be part of a key', async () => {
      await refused(() => report.schedule('', { every: '1h' }, 'x')).toThrow(
        "The name of a schedule must be a string that is not empty, not ''.",
      )
      await refused(() => queue.unschedule('a b')).toThrow(OptionError)
    })

    test('times that are not there', async () => {
      await refused(() => report.schedule('sales', {}, 'x')).toThrow("schedule('sales') takes either cron")
      await refused(() => report.schedule('sales', { every: 'daily' }, 'x')).toThrow(DurationError)
    })

    test('arguments that JSON does not have', async () => {
      await refused(() => report.schedule('sales', { every: '1h' }, 1n as never)).toThrow(/BigInt/)
    })

    test.each(['delay', 'at'])('the option %s of with(), which is for single calls', async (name) => {
      const other = report.with({ [name]: name === 'at' ? new Date() : '1m' })
      await refused(() => other.schedule('sales', { every: '1h' }, 'x')).toThrow(
        `schedule() of the task "report" takes no ${name}: it is for single calls.`,
      )
    })

    test('after close()', async () => {
      await queue.close()
      await refused(() => report.schedule('sales', { every: '1h' }, 'x')).toThrow(/after close/)
      await refused(() => queue.schedules()).toThrow(/after close/)
    })
  })
})
