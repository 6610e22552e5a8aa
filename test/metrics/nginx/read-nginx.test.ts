import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { type NginxReader, nginxReport, readNginx } from '../../../src/metrics/index.ts'
import { NginxBuckets } from '../../../src/metrics/nginx/nginx-buckets.ts'
import { nginxKeys } from '../../../src/metrics/nginx/nginx-keys.ts'
import { readValues } from '../../../src/metrics/redis/read-values.ts'
import { StreamAggregator } from '../../../src/metrics/redis/stream-aggregator.ts'
import { CommandClient } from '../../../src/redis/command-client.ts'
import { describeRedis, type RedisServer, startRedis } from '../../helpers/redis-server.ts'
import { TestClock } from '../../helpers/test-clock.ts'
import { Worker } from './entries.ts'

const HOUR = 3_600_000

describeRedis('what nginx counted', () => {
  let server: RedisServer
  const open: { close(): Promise<void> }[] = []
  beforeAll(async () => {
    server = await startRedis()
  })
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close()
    await server.admin.flushall()
  })
  afterAll(() => server.stop())

  function reader(): NginxReader {
    const made = readNginx(server.url)
    open.push(made)
    return made
  }

  /** Adds entries to buckets when it is told to. */
  function aggregator() {
    const client = new CommandClient('The reader', 'readNginx', server.url)
    const keys = nginxKeys('onetrip', false)
    const buckets = new NginxBuckets(keys, (wanted) => readValues(client, wanted))
    const errors: unknown[] = []
    const made = new StreamAggregator(client, keys, buckets, new TestClock(), (error) => errors.push(error))
    open.push({ close: () => made.close().then(() => client.close()) })
    return Object.assign(made, { errors })
  }

  const requests = async (from?: number) => nginxReport(await reader().totals({ from })).requests
  const recent = async () => requests(Date.parse((await time()).toISOString()) - 60_000)
  const time = async () => new Date(Number((await server.admin.time())[0]) * 1000)

  it('is nothing where nginx has not counted', async () => {
    const report = nginxReport(await reader().totals())
    expect(report).toMatchObject({ requests: 0, hitRatio: 0, statuses: [], routes: [], missTime: 0 })
    expect(await reader().misses()).toEqual([])
  })

  it('has ratios by status, and the time of misses by route', async () => {
    const worker = new Worker(server.admin, 'a')
    await worker.send([
      { requests: 90 },
      { requests: 5, cache: 'MISS', ms: 10 },
      { requests: 3, cache: 'STALE' },
      { route: '/film/:slug', requests: 2, cache: 'EXPIRED', ms: 40 },
      { route: 'fragment:menu', kind: 'sub', requests: 7, cache: 'MISS', ms: 8 },
    ])
    const report = nginxReport(await reader().totals())
    expect(report).toMatchObject({ requests: 100, hitRatio: 0.93, missTime: 130, dropped: 1, bytes: 10_000 })
    expect(report.statuses).toEqual([
      { cache: 'HIT', requests: 90, share: 0.9 },
      { cache: 'STALE', requests: 3, share: 0.03 },
      { cache: 'MISS', requests: 5, share: 0.05 },
      { cache: 'EXPIRED', requests: 2, share: 0.02 },
    ])
    expect(report.routes.map(({ route, misses, missTime }) => [route, misses, missTime.sum])).toEqual([
      ['/film/:slug', 2, 80],
      ['fragment:menu', 7, 56],
      ['/', 5, 50],
    ])
    expect(report.routes[2]).toMatchObject({ requests: 98, statuses: { HIT: 90, MISS: 5, STALE: 3 } })
  })

  it('is counted once where a batch is in the stream twice, before and after it is added up', async () => {
    const [one, other] = [new Worker(server.admin, 'a'), new Worker(server.admin, 'b')]
    const again = await one.send([{ requests: 10 }])
    await again()
    await other.send([{ requests: 5 }])
    expect([await requests(), await recent()]).toEqual([15, 15])
    const minutes = aggregator()
    await minutes.run()
    await minutes.run()
    expect(await requests()).toBe(15)
    // A copy that comes late.
    await again()
    await one.send([{ requests: 1 }])
    expect(await requests()).toBe(16)
    await minutes.run()
    expect([await requests(), await recent()]).toEqual([16, 16])
    expect(minutes.errors).toEqual([])
  })

  it('stays when the stream has lost its entries', async () => {
    const worker = new Worker(server.admin, 'a')
    await worker.send([{ requests: 10 }])
    await aggregator().run()
    await server.admin.xtrim('onetrip:nginx:seconds', 'MAXLEN', 0)
    expect(await requests()).toBe(10)
    const hours = await reader().series({ step: 'hour', from: (await time()).getTime() - HOUR })
    expect(hours.map((hour) => nginxReport(hour).requests).reduce((sum, n) => sum + n)).toBe(10)
  })

  it('belongs to the time when it was counted, also where Redis was gone meanwhile', async () => {
    const worker = new Worker(server.admin, 'a')
    await worker.send([{ requests: 10 }], 3 * HOUR)
    await worker.send([{ requests: 1 }])
    await aggregator().run()
    const now = (await time()).getTime()
    const [then] = await reader().series({ step: 'hour', from: now - 3 * HOUR, to: now })
    expect(then && nginxReport(then).requests).toBe(10)
  })

  it('is added up by one of several processes, and by another when that one ends', async () => {
    const [one, other] = [aggregator(), aggregator()]
    const worker = new Worker(server.admin, 'a')
    for (let n = 1; n <= 20; n++) {
      await worker.send([{ requests: 1 }])
      await Promise.all([one.run(), other.run()])
      expect(await requests()).toBe(n)
    }
    await one.close()
    await worker.send([{ requests: 1 }])
    await other.run()
    expect(await requests()).toBe(21)
    expect(await server.admin.get('onetrip:nginx:applied')).not.toBeNull()
  })

  it('is bounded in its routes, and without what a later release writes', async () => {
    const worker = new Worker(server.admin, 'a')
    await worker.send(Array.from({ length: 2_500 }, (_, n) => ({ route: `/${n}`, requests: 1 })))
    await server.admin.xadd('onetrip:nginx:seconds', '*', 'version', '9', 'series', 'main\tx')
    await worker.send([{ route: '/0', requests: 1 }])
    const { routes, requests } = nginxReport(await reader().totals())
    expect(requests).toBe(2_501)
    expect(routes).toHaveLength(2_001)
    expect(routes.find(({ route }) => route === '(other)')?.requests).toBe(500)
  })

  it('has the misses, each once, the newest first', async () => {
    const line = (time: number, ms: number) => `${time}\tmain\t/film/:slug\tMISS\t200\t${ms}\t${ms - 1}\t500`
    const now = (await time()).getTime()
    const add = (sequence: number, ...lines: string[]) =>
      server.admin.xadd(
        'onetrip:nginx:misses',
        '*',
        'version',
        '1',
        'node',
        'web1',
        'boot',
        'a',
        'sequence',
        sequence,
        'lines',
        lines.join('\n'),
      )
    await add(1, line(now - 3000, 30), line(now - 2000, 20))
    await add(1, line(now - 3000, 30), line(now - 2000, 20))
    await add(3, line(now - 1000, 10))
    const misses = await reader().misses({ from: now - 2500, to: now })
    expect(misses).toEqual([
      expect.objectContaining({
        time: now - 1000,
        requestTime: 10,
        upstreamTime: 9,
        cache: 'MISS',
        status: 200,
      }),
      expect.objectContaining({ time: now - 2000, route: '/film/:slug', kind: 'main', bytes: 500 }),
    ])
  })

  it('refuses options that it does not have', () => {
    expect(() => readNginx(server.url, { prefx: 'shop' } as object)).toThrow('prefx')
    expect(() => readNginx(server.url, { onError: 1 } as never)).toThrow('onError must be a function')
  })
})
