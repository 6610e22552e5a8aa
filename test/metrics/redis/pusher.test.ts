import { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { startFaultProxy } from '../../helpers/fault-proxy.ts'
import { startLateProxy } from '../../helpers/late-proxy.ts'
import { describeRedis, startRedis } from '../../helpers/redis-server.ts'
import { numbersOf, pagesOf } from './counts.ts'
import { impatient, useFleet } from './fleet.ts'

const DELTAS = 'onetrip:metrics:deltas'

describeRedis('the pushes of a process', () => {
  const fleet = useFleet()
  const urlOf = (port: number) => `redis://127.0.0.1:${port}`

  it('are counted once where their answer is lost', async () => {
    const proxy = fleet.opened(await startFaultProxy(fleet.server().port))
    const { counts, metrics } = fleet.process('one', impatient(urlOf(proxy.port)))
    counts.count(1)
    await metrics.flush()
    for (let n = 0; n < 10; n++) {
      counts.count(1)
      // The script is run, and its reply does not arrive.
      proxy.set({ reply: (_, command) => (/^eval/i.test(command) ? { thenReset: Buffer.alloc(0) } : _) })
      await metrics.flush()
      expect(proxy.struck).toBe(1)
      proxy.set()
      counts.count(1)
      await expect
        .poll(() =>
          metrics.totals().then(
            () => true,
            () => false,
          ),
        )
        .toBe(true)
      await metrics.flush()
      expect(numbersOf(await fleet.reader().totals())).toEqual(pagesOf(3 + 2 * n))
    }
    const sequences = (await fleet.server().admin.xrange(DELTAS, '-', '+')).map(([, fields]) => fields[5])
    expect(sequences).toEqual(Array.from({ length: 21 }, (_, n) => `${n + 1}`))
  })

  it('are counted once where a copy of one arrives late', async () => {
    const proxy = fleet.opened(await startLateProxy(fleet.server().port))
    const { counts, metrics } = fleet.process('one', impatient(urlOf(proxy.port)))
    counts.count(1)
    await metrics.flush()
    counts.count(1)
    proxy.holdNext()
    await metrics.flush()
    await expect
      .poll(() =>
        metrics.totals().then(
          () => true,
          () => false,
        ),
      )
      .toBe(true)
    await metrics.flush()
    counts.count(1)
    await metrics.flush()
    expect(await proxy.deliver()).toBe(':0\r\n')
    expect(numbersOf(await metrics.totals())).toEqual(pagesOf(3))
  })

  it('become one while Redis is away, and are all counted when it is back', async () => {
    const server = await startRedis()
    const { clock, counts, metrics, errors } = fleet.process('one', impatient(server.url))
    counts.count(1)
    await metrics.flush()
    await server.kill()
    for (let second = 0; second < 600; second++) {
      counts.count(1)
      clock.advance(1_000)
      if (second % 10 === 0) await metrics.flush()
    }
    await metrics.flush()
    expect(errors).toHaveLength(1)
    await server.restart()
    await expect
      .poll(() =>
        metrics.totals().then(
          () => true,
          () => false,
        ),
      )
      .toBe(true)
    await metrics.flush()
    // One that had been sent without an answer, and one of all that was counted since. The server
    // has lost the first page.
    expect(await server.admin.xlen(DELTAS)).toBe(2)
    expect(numbersOf(await metrics.totals())).toEqual(pagesOf(600))
    await metrics.close()
    await server.stop()
  })

  it('pause longer and longer while Redis refuses them', async () => {
    const { clock, counts, metrics, errors } = fleet.process('one')
    await metrics.flush()
    const { admin } = fleet.server()
    await admin.set(DELTAS, 'of another program')
    counts.count(1)
    await fleet.server().resetStats()
    for (let second = 0; second < 120; second++) {
      clock.advance(1_000)
      await fleet.reader().processes()
    }
    // Each push begins with it.
    const { hget = 0 } = await fleet.server().commandStats()
    expect(hget).toBeGreaterThan(4)
    expect(hget).toBeLessThan(12)
    expect(errors).toHaveLength(1)
    expect(String(errors[0])).toMatch(/WRONGTYPE.*choose another prefix/)
    await admin.del(DELTAS)
    await metrics.flush()
    expect(numbersOf(await metrics.totals())).toEqual(pagesOf(1))
  })

  it('are kept while Redis is full', async () => {
    const { counts, metrics, errors } = fleet.process('one')
    counts.count(1)
    await metrics.flush()
    const { admin } = fleet.server()
    await admin.config('SET', 'maxmemory', '1')
    counts.count(1)
    await metrics.flush()
    counts.count(1)
    await metrics.flush()
    expect(errors).toHaveLength(1)
    expect(numbersOf(await metrics.totals())).toEqual(pagesOf(1))
    await admin.config('SET', 'maxmemory', '0')
    await metrics.flush()
    expect(numbersOf(await metrics.totals())).toEqual(pagesOf(3))
  })

  it('go on after Redis lost everything', async () => {
    const { counts, metrics } = fleet.process('one')
    for (let n = 0; n < 5; n++) {
      counts.count(1)
      await metrics.flush()
    }
    await fleet.server().admin.flushall()
    await fleet.server().admin.script('FLUSH')
    counts.count(2)
    await metrics.flush()
    expect(numbersOf(await metrics.totals())).toEqual(pagesOf(2))
    expect(await metrics.processes()).toMatchObject([{ pages: 7 }])
  })

  it('never keep flush() and close() waiting for a server that does not answer', async () => {
    const server = await startRedis()
    const client = new Redis(server.port, { maxRetriesPerRequest: null })
    const { clock, counts, metrics } = fleet.process('one', client as never)
    counts.count(1)
    await metrics.flush()
    server.pause()
    counts.count(1)
    await clock.until(metrics.flush(), 1_000)
    await clock.until(metrics.close(), 100)
    await clock.until(metrics.close(), 100)
    server.resume()
    client.disconnect()
    await server.stop()
  })

  it('say that a process without pages is there, and that it has ended', async () => {
    const { clock, metrics } = fleet.process('idle')
    clock.advance(1_000)
    const reader = fleet.reader()
    await expect.poll(() => reader.processes()).toMatchObject([{ pages: 0, pid: process.pid }])
    const [{ id, seen } = { id: '', seen: 0 }] = await reader.processes()
    expect(id).toMatch(/^idle\/[0-9a-f]{12}$/)
    await clock.until(async () => ((await reader.processes())[0]?.seen ?? 0) > seen, 1_000)
    await metrics.close()
    expect(await reader.processes()).toEqual([])
    expect(await fleet.server().admin.exists(DELTAS)).toBe(0)
  })
})
