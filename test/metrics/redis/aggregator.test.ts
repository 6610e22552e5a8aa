import { expect, it } from 'vitest'
import type { MetricsReader } from '../../../src/metrics/metrics-reader.ts'
import { Aggregator } from '../../../src/metrics/redis/aggregator.ts'
import { metricsKeys } from '../../../src/metrics/redis/keys.ts'
import { pack, unpackBucket } from '../../../src/metrics/redis/packed.ts'
import { APPLY, SCRIPTS } from '../../../src/metrics/redis/scripts.ts'
import { BUCKET_STEPS, KEPT } from '../../../src/metrics/redis/steps.ts'
import { STEP_LENGTH } from '../../../src/metrics/time-range.ts'
import { CommandClient } from '../../../src/redis/command-client.ts'
import type { RedisSource } from '../../../src/redis/open-client.ts'
import type { ScriptText } from '../../../src/redis/script-text.ts'
import { startModule } from '../../helpers/child-process.ts'
import { deferred } from '../../helpers/deferred.ts'
import { startFaultProxy } from '../../helpers/fault-proxy.ts'
import { describeRedis } from '../../helpers/redis-server.ts'
import { TestClock } from '../../helpers/test-clock.ts'
import { Counts, numbersOf, pagesOf } from './counts.ts'
import { impatient, useFleet } from './fleet.ts'

const KEYS = metricsKeys('onetrip', false)
const HOUR = STEP_LENGTH.hour
const DAY = STEP_LENGTH.day

describeRedis('the numbers of minutes, hours and days', () => {
  const fleet = useFleet()
  const admin = () => fleet.server().admin

  function aggregator(redis: RedisSource = fleet.server().url) {
    const errors: unknown[] = []
    const clock = new TestClock()
    const client = fleet.opened(new CommandClient('The metrics', 'metrics', redis, SCRIPTS, clock))
    const made = fleet.opened(new Aggregator(client, KEYS, clock, (error) => errors.push(error)))
    return Object.assign(made, { errors, clock })
  }

  /** Adds an entry to the stream as a process does whose push took so long, in ms. */
  async function push(pages: number, age = 0, id = '*'): Promise<void> {
    const counts = new Counts(() => 0)
    counts.count(pages)
    const data = await pack(counts.take() as never)
    await admin().xadd(KEYS.deltas, id, 'seq', '1', 'age', String(age), 'data', data)
  }

  /** Returns the sum of all buckets of each step, without what the stream has beyond them. */
  async function sums(): Promise<Record<string, number>> {
    const sum: Record<string, number> = {}
    for (const step of BUCKET_STEPS) {
      sum[step] = 0
      for (const key of await admin().keys(`onetrip:metrics:${step}:*`)) {
        const numbers = await unpackBucket((await admin().getBuffer(key)) as Buffer)
        sum[step] += numbers?.snapshot.pages ?? 0
      }
    }
    return sum
  }

  const all = (pages: number) => ({ minute: pages, hour: pages, day: pages })

  it('contain each entry once, and those that are not in them yet are read from the stream', async () => {
    const [one, reader] = [aggregator(), fleet.reader()]
    for (let pages = 1; pages <= 4; pages++) {
      await push(1)
      expect(numbersOf(await reader.totals())).toEqual(pagesOf(2 * pages - 1))
      await one.run()
      await one.run()
      expect(await sums()).toEqual(all(2 * pages - 1))
      expect(numbersOf(await reader.totals())).toEqual(pagesOf(2 * pages - 1))
      await push(1)
      expect(numbersOf(await reader.totals())).toEqual(pagesOf(2 * pages))
    }
  })

  it('are filled by more entries than one round reads', async () => {
    for (let n = 0; n < 1_200; n++) await push(1)
    expect(numbersOf(await fleet.reader().totals())).toEqual(pagesOf(1_200))
    await aggregator().run()
    expect(await sums()).toEqual(all(1_200))
  })

  it('are filled by one process at a time, and by another one when its lease is over', async () => {
    const [one, other] = [aggregator(), aggregator()]
    await one.run()
    await push(1)
    await other.run()
    expect(await sums()).toEqual(all(0))
    expect(await admin().pttl(KEYS.lease)).toBeGreaterThan(20_000)
    await admin().pexpire(KEYS.lease, 1)
    await expect.poll(() => admin().exists(KEYS.lease)).toBe(0)
    await other.run()
    expect(await sums()).toEqual(all(1))
    await other.close()
    await push(1)
    await one.run()
    expect(await sums()).toEqual(all(2))
  })

  it('contain each entry once where two processes fill them at once, and replies are lost', async () => {
    const proxy = fleet.opened(await startFaultProxy(fleet.server().port))
    const redis = impatient(`redis://127.0.0.1:${proxy.port}`)
    const both = [aggregator(redis), aggregator(redis)]
    let replies = 0
    proxy.set({
      reply: (reply, command) =>
        /^eval/i.test(command) && ++replies % 5 === 0 ? { thenReset: Buffer.alloc(0) } : reply,
    })
    for (let n = 1; n <= 100; n++) {
      await push(1)
      await admin().del(KEYS.lease)
      const running = both.map((one) => one.run())
      await push(1)
      // The other one takes it, while the first one still works.
      await admin().del(KEYS.lease)
      await Promise.all(running)
    }
    expect(proxy.struck).toBeGreaterThan(20)
    proxy.set()
    await expect
      .poll(async () => {
        await admin().del(KEYS.lease)
        await both[0]?.run()
        return sums()
      })
      .toEqual(all(200))
    expect(numbersOf(await fleet.reader().totals())).toEqual(pagesOf(200))
  })

  it('are not written by a process that lost its lease in the middle', async () => {
    const claimed = deferred<void>()
    const mayWrite = deferred<void>()
    class SlowClient extends CommandClient {
      override async run(script: ScriptText, keys: readonly string[], args: readonly (string | Buffer)[]) {
        if (script === APPLY) {
          claimed.resolve()
          await mayWrite.promise
        }
        return super.run(script, keys, args)
      }
    }
    const clock = new TestClock()
    const client = fleet.opened(new SlowClient('The metrics', 'metrics', fleet.server().url, SCRIPTS, clock))
    const slow = fleet.opened(new Aggregator(client, KEYS, clock, () => {}))
    await push(1)
    const running = slow.run()
    await claimed.promise
    await admin().del(KEYS.lease)
    await push(2)
    const other = aggregator()
    await other.run()
    mayWrite.resolve()
    await running
    expect(await sums()).toEqual(all(3))
    expect(numbersOf(await fleet.reader().totals())).toEqual(pagesOf(3))
    await push(4)
    await other.run()
    expect(await sums()).toEqual(all(7))
  })

  it('contain each entry once where the processes that fill them are killed', async () => {
    const reader = fleet.reader()
    let pushed = 0
    for (let n = 0; n < 10; n++) {
      const child = startModule(new URL('aggregating-process.js', import.meta.url), [fleet.server().url])
      const ended = new Promise((resolve) => child.once('exit', resolve))
      const target = await admin().get(KEYS.applied)
      for (const before = pushed; pushed < before + 20; pushed++) await push(1)
      await expect.poll(() => admin().get(KEYS.applied)).not.toBe(target)
      const more = push(1).then(() => pushed++)
      child.kill('SIGKILL')
      await Promise.all([ended, more])
      expect(numbersOf(await reader.totals())).toEqual(pagesOf(pushed))
    }
    await admin().del(KEYS.lease)
    await aggregator().run()
    expect(await sums()).toEqual(all(pushed))
  })

  it('stay right where Redis has lost a part of them', async () => {
    const one = aggregator()
    await push(3)
    await one.run()
    await admin().del(KEYS.applied)
    await push(4)
    expect(numbersOf(await fleet.reader().totals())).toEqual(pagesOf(7))
    await one.run()
    expect(await sums()).toEqual(all(7))
    await admin().flushall()
    await push(5)
    await one.run()
    expect(await sums()).toEqual(all(5))
  })

  it('are left as they are while Redis is full', async () => {
    const one = aggregator()
    await push(1)
    await one.run()
    await push(1)
    await admin().config('SET', 'maxmemory', '1')
    await one.run()
    await one.run()
    expect(one.errors).toHaveLength(1)
    expect(String(one.errors[0])).toMatch(/OOM/)
    expect(await sums()).toEqual(all(1))
    expect(numbersOf(await fleet.reader().totals())).toEqual(pagesOf(2))
    await admin().config('SET', 'maxmemory', '0')
    await one.run()
    expect(await sums()).toEqual(all(2))
  })

  it('are those of the time when something was counted, not when it arrived', async () => {
    const reader = fleet.reader()
    const ages = { now: 0, hours: 3 * HOUR, days: 3 * DAY, weeks: 10 * DAY, months: 40 * DAY }
    for (const [n, age] of Object.values(ages).entries()) await push(10 ** n, age)
    const [seconds, micros] = await admin().time()
    const now = Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000)
    const check = async (source: MetricsReader) => {
      const at = async (age: number) => {
        const range = { from: now - age - HOUR, to: now - age + HOUR }
        return (await source.totals(range)).pages
      }
      expect(await Promise.all(Object.values(ages).map(at))).toEqual([1, 10, 100, 1_000, 0])
      expect((await source.totals()).pages).toBe(1_111)
      const hours = await source.series({ step: 'hour', from: now - 4 * HOUR })
      expect(hours.map(({ pages }) => pages).filter((pages) => pages > 0)).toEqual([10, 1])
    }
    await check(reader)
    await aggregator().run()
    expect(await sums()).toEqual({ minute: 11, hour: 111, day: 1_111 })
    await check(reader)
  })

  it('go with what is known of processes that ended long ago', async () => {
    const now = Number((await admin().time())[0]) * 1_000
    const about = '{"pid":1,"host":"web","pages":1}'
    const seen = {
      damaged: 'x',
      old: `7 ${now - 2 * DAY - 60_000} ${about}`,
      recent: `7 ${now - DAY} ${about}`,
    }
    await admin().hset(KEYS.seen, seen)
    await aggregator().run()
    expect(await admin().hkeys(KEYS.seen)).toEqual(['recent'])
  })

  it('expire with their time, so that their number is bounded', async () => {
    for (let age = 40 * DAY; age >= 0; age -= HOUR / 2) await push(1, age)
    await aggregator().run()
    const bounds = { minute: 2 * 48, hour: 8 * 24, day: 30 }
    for (const step of BUCKET_STEPS) {
      const keys = await admin().keys(`onetrip:metrics:${step}:*`)
      expect(keys.length).toBeLessThanOrEqual(bounds[step] + 2)
      expect(keys.length).toBeGreaterThanOrEqual(bounds[step])
      for (const key of keys) {
        const end = (Number(key.split(':').at(-1)) + 1) * STEP_LENGTH[step]
        const expires = (await admin().call('PEXPIRETIME', key)) as number
        expect(Math.abs(expires - end - KEPT[step])).toBeLessThan(60_000)
      }
    }
  })

  it('leave entries in the stream for five minutes, and longer if no bucket has them', async () => {
    const one = aggregator()
    const now = Date.parse('2026-01-01')
    for (let n = 0; n < 600; n++) await push(1, 0, `${now + n}-1`)
    await push(1)
    await one.run()
    // A stream is trimmed by whole nodes of 100 entries.
    expect(await admin().xlen(KEYS.deltas)).toBeLessThan(102)
    expect((await admin().xrange(KEYS.deltas, '(9', '+')).length).toBeGreaterThan(0)
  })

  it('are left to a process of a later release, as long as there may be one', async () => {
    const one = aggregator()
    await push(1)
    await one.run()
    await admin().xadd(KEYS.deltas, '*', 'data', Buffer.from([2, 1, 2, 3]))
    await push(1)
    await one.run()
    expect(await sums()).toEqual(all(1))
    expect(await admin().exists(KEYS.lease)).toBe(0)
    await one.run()
    expect(await admin().exists(KEYS.lease)).toBe(0)
    // After a while it is damaged, rather than of a later release.
    await admin().del(KEYS.deltas, KEYS.applied)
    const before = Number((await admin().time())[0]) * 1_000 - 301_000
    await admin().xadd(KEYS.deltas, `${before}-0`, 'data', Buffer.from([2, 1, 2, 3]))
    await push(1)
    await aggregator().run()
    expect(await sums()).toEqual(all(2))
  })
})
