import { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { readMetrics } from '../../../src/metrics/redis/read-metrics.ts'
import { STEP_LENGTH } from '../../../src/metrics/time-range.ts'
import { describeRedis } from '../../helpers/redis-server.ts'
import { numbersOf, pagesOf } from './counts.ts'
import { useFleet } from './fleet.ts'

describeRedis('a reader of metrics', () => {
  const fleet = useFleet()

  async function serverTime(): Promise<number> {
    const [seconds, micros] = await fleet.server().admin.time()
    return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000)
  }

  it('returns a snapshot for each second, minute, hour and day, also for empty ones', async () => {
    const { counts, metrics } = fleet.process('one')
    counts.count(5)
    await metrics.flush()
    const reader = fleet.reader()
    for (const step of ['second', 'minute', 'hour', 'day'] as const) {
      const series = await reader.series({ step })
      expect(series).toHaveLength(60)
      for (const [at, { from, to }] of series.entries()) {
        expect(to - from).toBe(STEP_LENGTH[step])
        expect(from % STEP_LENGTH[step]).toBe(0)
        if (at > 0) expect(from).toBe(series[at - 1]?.to)
      }
      expect(series.filter(({ pages }) => pages > 0).map(numbersOf)).toEqual([pagesOf(5)])
    }
  })

  it('says which span its totals are of', async () => {
    const now = await serverTime()
    const reader = fleet.reader()
    const hour = await reader.totals({ from: now - STEP_LENGTH.hour, to: now })
    expect(hour.from).toBe(Math.floor((now - STEP_LENGTH.hour) / 60_000) * 60_000)
    expect(hour.to).toBeGreaterThanOrEqual(now)
    const last = await reader.totals({ from: new Date(now - 30_000) })
    expect(last.from).toBe(Math.floor((now - 30_000) / 1_000) * 1_000)
  })

  it('finds nothing after now, where the clock of the caller is ahead', async () => {
    const { counts, metrics } = fleet.process('one')
    counts.count(5)
    await metrics.flush()
    const from = (await serverTime()) + 60_000
    const reader = fleet.reader()
    expect((await reader.totals({ from })).pages).toBe(0)
    const seconds = await reader.series({ from, step: 'second' })
    expect(seconds.every(({ pages }) => pages === 0)).toBe(true)
    await expect(reader.totals({ from, to: from - 1 })).rejects.toThrow(/from is after to/)
  })

  it('reads the last minutes by the second', async () => {
    const { counts, metrics } = fleet.process('one')
    counts.count(1)
    await metrics.flush()
    const before = await serverTime()
    const reader = fleet.reader()
    // In the next second, so that the two are told apart.
    await expect.poll(serverTime).toBeGreaterThan(before + 1_000)
    counts.count(2)
    await metrics.flush()
    expect((await reader.totals({ from: before + 1_000 })).pages).toBe(2)
    expect((await reader.totals({ from: before - 60_000 })).pages).toBe(3)
    expect((await reader.totals({ from: before - 60_000, to: before + 1 })).pages).toBe(1)
  })

  it('closes a client of the caller only if it is told to', async () => {
    const { url } = fleet.server()
    const [kept, owned] = [new Redis(url), new Redis(url)]
    const both = [readMetrics(kept as never), readMetrics(owned as never, { owned: true })]
    for (const one of both) {
      expect((await one.totals()).pages).toBe(0)
      await one.close()
      await one.close()
      await expect(one.totals()).rejects.toMatchObject({ code: 'ERR_ONETRIP_CLOSED' })
    }
    expect(await kept.ping()).toBe('PONG')
    await expect.poll(() => owned.status).toBe('end')
    kept.disconnect()
  })

  it('checks its options', async () => {
    const { url } = fleet.server()
    const make = (options: unknown) => () => readMetrics(url, options as object)
    expect(make({ prefx: 'shop' })).toThrow(/prefx.*prefix/)
    expect(make({ prefix: 5 })).toThrow('The option prefix must be a string, not 5.')
    expect(make({ owned: 1 })).toThrow('The option owned must be true or false, not 1.')
    expect(make([])).toThrow(/an array/)
    expect(() => readMetrics(undefined as never)).toThrow(/redis is undefined/)
    const reader = fleet.reader()
    const totals = (range: unknown) => reader.totals(range as object)
    await expect(totals({ from: 'yesterday' })).rejects.toThrow(/from must be a Date, or a time in ms/)
    await expect(totals({ from: 2, to: 1 })).rejects.toThrow(/from is after to/)
    await expect(totals({ since: 2 })).rejects.toThrow(/since/)
    await expect(totals([])).rejects.toThrow(/an array/)
    const series = (range: unknown) => reader.series(range as never)
    await expect(series({})).rejects.toThrow(/step must be 'second', 'minute', 'hour' or 'day'/)
    await expect(series(undefined)).rejects.toThrow(/series\(\) takes/)
    await expect(series({ step: 'second', from: 0 })).rejects.toThrow(/at most 5000 steps/)
  })

  it('fails where Redis does, and does not where keys hold what it cannot read', async () => {
    const { counts, metrics } = fleet.process('one')
    counts.count(1)
    await metrics.flush()
    const { admin } = fleet.server()
    await admin.hset('onetrip:metrics:seen', 'other', 'x', 'another', '1 99999999999999 {')
    await admin.xadd('onetrip:metrics:deltas', '*', 'some', 'thing')
    const minute = Math.floor((await serverTime()) / 60_000)
    await admin.set(`onetrip:metrics:minute:${minute}`, 'x')
    const reader = fleet.reader()
    expect((await reader.totals({ from: (await serverTime()) - 600_000 })).pages).toBe(1)
    expect(await reader.processes()).toHaveLength(1)
    await admin.del('onetrip:metrics:deltas')
    await admin.set('onetrip:metrics:deltas', 'x')
    await expect(reader.totals()).rejects.toThrow(/WRONGTYPE/)
  })
})
