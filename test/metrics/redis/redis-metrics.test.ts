import { readFileSync } from 'node:fs'
import { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { describeRedis, onlyOnRedis } from '../../helpers/redis-server.ts'
import { numbersOf, pagesOf } from './counts.ts'
import { useFleet } from './fleet.ts'

describeRedis('metrics over all processes', () => {
  const fleet = useFleet()

  it('adds up what several processes count', async () => {
    const [one, other] = [fleet.process('one'), fleet.process('other')]
    one.counts.count(3)
    other.counts.count(4)
    await Promise.all([one.metrics.flush(), other.metrics.flush()])
    expect(numbersOf(await one.metrics.totals())).toEqual(pagesOf(7))
    expect(numbersOf(await fleet.reader().totals())).toEqual(pagesOf(7))
    expect(await fleet.reader().processes()).toMatchObject([{ pages: 4 }, { pages: 3 }])
  })

  it('pushes once in an interval, and nothing where nothing was counted', async () => {
    const { clock, counts, metrics } = fleet.process('one')
    counts.count(1)
    await metrics.flush()
    counts.count(1)
    counts.count(1)
    expect(await fleet.server().admin.xlen('onetrip:metrics:deltas')).toBe(1)
    clock.advance(1_000)
    await expect.poll(() => fleet.server().admin.xlen('onetrip:metrics:deltas')).toBe(2)
    await metrics.flush()
    await fleet.server().resetStats()
    for (let second = 0; second < 25; second++) clock.advance(1_000)
    await metrics.flush()
    expect((await fleet.server().commandStats()).xadd).toBeUndefined()
    expect(numbersOf(await metrics.totals())).toEqual(pagesOf(3))
  })

  onlyOnRedis('ACL')('needs only the rights that the docs list', async () => {
    const { admin, port } = fleet.server()
    const docs = readFileSync(new URL('../../../docs/observability.md', import.meta.url), 'utf8')
    const rightsOf = (who: string) => {
      const [, list = ''] = new RegExp(`${who}: \`([^\`]+)\``).exec(docs) ?? []
      return list.split(' ')
    }
    const urlFor = async (user: string, rights: readonly string[]) => {
      await admin.call('ACL', 'SETUSER', user, 'on', '>weak', '-@all', ...rights)
      return `redis://${user}:weak@127.0.0.1:${port}`
    }
    const site = await urlFor('site', rightsOf('A process of the site'))
    const { counts, metrics, clock } = fleet.process('one', site)
    counts.count(2)
    await metrics.flush()
    await clock.until(async () => (await admin.exists('onetrip:metrics:applied')) === 1, 1_000)
    await clock.until(metrics.close(), 1)
    expect(await admin.exists('onetrip:metrics:lease')).toBe(0)
    const reader = fleet.reader(await urlFor('reader', rightsOf('A program that only reads')))
    expect(numbersOf(await reader.totals())).toEqual(pagesOf(2))
    expect(await reader.processes()).toEqual([])
    expect(await reader.series({ step: 'second' })).toHaveLength(60)
  })

  it('uses no other keys than those of its prefix', async () => {
    const client = new Redis(fleet.server().url, { keyPrefix: 'shop:' })
    const { counts, metrics, clock } = fleet.process('one', client as never, 'site')
    counts.count(2)
    await metrics.flush()
    await clock.until(
      async () => (await fleet.server().admin.exists('shop:site:metrics:applied')) === 1,
      1_000,
    )
    expect(numbersOf(await fleet.reader(client as never, 'site').totals())).toEqual(pagesOf(2))
    const keys = await fleet.server().admin.keys('*')
    expect(keys.filter((key) => !key.startsWith('shop:site:metrics:'))).toEqual([])
    expect(keys.length).toBe(7)
    for (const key of keys) expect(await fleet.server().admin.pttl(key)).toBeGreaterThan(0)
    client.disconnect()
  })
})
