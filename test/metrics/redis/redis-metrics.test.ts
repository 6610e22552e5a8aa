import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { readMetrics } from '../../../src/metrics/redis/read-metrics.ts'
import { RedisMetrics } from '../../../src/metrics/redis/redis-metrics.ts'
import type { RedisSource } from '../../../src/redis/open-client.ts'
import { describeRedis, type RedisServer, startRedis } from '../../helpers/redis-server.ts'
import { TestClock } from '../../helpers/test-clock.ts'
import { Counts, numbersOf, pagesOf } from './counts.ts'

describeRedis('metrics over all processes', () => {
  let server: RedisServer
  const open: { close(): Promise<void> }[] = []
  beforeAll(async () => {
    server = await startRedis()
  })
  beforeEach(() => server.admin.flushall())
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()))
  })
  afterAll(() => server.stop())

  /** A process, as far as Redis knows. */
  function processOf(name: string, redis: RedisSource = server.url, prefix = 'onetrip') {
    const clock = new TestClock()
    const counts = new Counts(() => clock.wall())
    const errors: unknown[] = []
    const onError = (error: unknown) => errors.push(error)
    const options = { redis, prefix, name, interval: 1_000, source: counts, onError }
    const metrics = new RedisMetrics(options, clock)
    open.push(metrics)
    return { clock, counts, metrics, errors }
  }

  function reader(redis: RedisSource = server.url, prefix = 'onetrip') {
    const opened = readMetrics(redis, { prefix })
    open.push(opened)
    return opened
  }

  it('adds up what several processes count', async () => {
    const [one, other] = [processOf('one'), processOf('other')]
    one.counts.count(3)
    other.counts.count(4)
    await Promise.all([one.metrics.flush(), other.metrics.flush()])
    expect(numbersOf(await one.metrics.totals())).toEqual(pagesOf(7))
    expect(numbersOf(await reader().totals())).toEqual(pagesOf(7))
    expect(await reader().processes()).toMatchObject([{ pages: 4 }, { pages: 3 }])
  })

  it('pushes once in an interval, and nothing where nothing was counted', async () => {
    const { clock, counts, metrics } = processOf('one')
    counts.count(1)
    await metrics.flush()
    counts.count(1)
    counts.count(1)
    expect(await server.admin.xlen('onetrip:metrics:deltas')).toBe(1)
    clock.advance(1_000)
    await expect.poll(() => server.admin.xlen('onetrip:metrics:deltas')).toBe(2)
    await metrics.flush()
    await server.resetStats()
    for (let second = 0; second < 25; second++) clock.advance(1_000)
    await metrics.flush()
    expect((await server.commandStats()).xadd).toBeUndefined()
    expect(numbersOf(await metrics.totals())).toEqual(pagesOf(3))
  })

  it('uses no other keys than those of its prefix', async () => {
    const client = new Redis(server.url, { keyPrefix: 'shop:' })
    const { counts, metrics, clock } = processOf('one', client as never, 'site')
    counts.count(2)
    await metrics.flush()
    await clock.until(async () => (await server.admin.exists('shop:site:metrics:applied')) === 1, 1_000)
    expect(numbersOf(await reader(client as never, 'site').totals())).toEqual(pagesOf(2))
    const keys = await server.admin.keys('*')
    expect(keys.filter((key) => !key.startsWith('shop:site:metrics:'))).toEqual([])
    expect(keys.length).toBe(7)
    for (const key of keys) expect(await server.admin.pttl(key)).toBeGreaterThan(0)
    client.disconnect()
  })
})
