import { Cluster } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { type HotFragmentsOptions, RedisHotFragments } from '../../src/hot/redis-hot-fragments.ts'
import type { RedisSource } from '../../src/redis/open-client.ts'
import { startModule } from '../helpers/child-process.ts'
import { PATIENT_CLUSTER } from '../helpers/patient-stores.ts'
import { startRedisCluster } from '../helpers/redis-cluster.ts'
import { describeRedis, onlyOnRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { steadyClock } from '../helpers/steady-clock.ts'
import { TestClock } from '../helpers/test-clock.ts'

const MINUTE = 60_000
/** As the docstring of the class lists them. */
const RIGHTS =
  '+evalsha +eval +script|load +time +bitfield +zmscore +zadd +zremrangebyrank +pexpire +zunion'.split(' ')

describeRedis('RedisHotFragments', () => {
  let server: RedisServer
  const open: RedisHotFragments[] = []
  beforeAll(async () => {
    server = await startRedis()
  })
  beforeEach(() => server.admin.flushall())
  afterEach(() => Promise.all(open.splice(0).map((hot) => hot.close())))
  afterAll(() => server.stop())

  function hotOn(options: HotFragmentsOptions = {}, clock = steadyClock(), redis: RedisSource = server.url) {
    const hot = new RedisHotFragments(redis, options, clock)
    open.push(hot)
    return hot
  }

  it('lists the params that are asked for most by all processes, each fragment apart', async () => {
    const [here, elsewhere] = [hotOn(), hotOn()]
    for (const params of ['a', 'b', 'a', 'c', 'b', 'a']) here.note('film', params)
    elsewhere.note('film', 'c', 10)
    elsewhere.note('list', 'c')
    await Promise.all([here.flush(), elsewhere.flush()])
    expect(await here.top('film', 2)).toEqual([
      { params: 'c', count: 11 },
      { params: 'a', count: 3 },
    ])
    expect(await elsewhere.top('list', 20)).toEqual([{ params: 'c', count: 1 }])
    expect(await here.top('other', 20)).toEqual([])
  })

  it('lists the 20 most frequent of 5,000 params of 3 processes in order, within the stated error', async () => {
    const REQUESTS = 40_000
    const PARAMS = 5_000
    // Further apart than the error of the sketch, which depends on what is counted before.
    const STEP = 120
    expect(STEP / REQUESTS).toBeGreaterThan(Math.E / 1024)
    const counts = await Promise.all([1, 2, 3].map((seed) => run(server.port, seed, REQUESTS, PARAMS, STEP)))
    const exact = Array.from({ length: PARAMS }, (_, id) => {
      return counts.reduce((sum, one) => sum + (one[id] ?? 0), 0)
    })
    const found = await hotOn({ window: '365d' }).top('film', 200)
    expect(found.slice(0, 20).map(({ params }) => JSON.parse(params).id)).toEqual(
      Array.from({ length: 20 }, (_, id) => id),
    )
    const all = 3 * REQUESTS
    // Each process drops counts of what it was asked least, and the sketch may add some.
    for (const { params, count } of found.slice(0, 100)) {
      const real = exact[JSON.parse(params).id] ?? 0
      expect(count).toBeLessThanOrEqual(real + (Math.E / 1024) * all)
      expect(count).toBeGreaterThanOrEqual(real - (2 / 1_000) * all)
    }
  })

  it('counts a window half as much as the next one, and forgets it after three', async () => {
    let now = 100 * MINUTE
    const hot = hotOn({ window: '10m', now: () => now })
    hot.note('film', 'old', 8)
    await hot.flush()
    const countAt = async (minutes: number) => {
      now = (100 + minutes) * MINUTE
      return (await hot.top('film', 1))[0]?.count
    }
    expect(await countAt(9)).toBe(8)
    expect(await countAt(10)).toBe(8)
    expect(await countAt(15)).toBeCloseTo(8 / Math.SQRT2)
    expect(await countAt(20)).toBe(4)
    expect(await countAt(30)).toBe(2)
    hot.note('film', 'new', 3)
    await hot.flush()
    expect(await hot.top('film', 2)).toEqual([
      { params: 'new', count: 3 },
      { params: 'old', count: 2 },
    ])
    expect(await countAt(40)).toBe(3)
    expect(await hot.top('film', 2)).toEqual([{ params: 'new', count: 3 }])
  })

  it("begins windows by the server's time, whatever that of the process is", async () => {
    const clock = steadyClock()
    clock.setWall(-100 * 24 * 60 * MINUTE)
    const hot = hotOn({}, clock)
    hot.note('film', 'a')
    await hot.flush()
    expect(await hotOn().top('film', 1)).toEqual([{ params: 'a', count: 1 }])
  })

  it('sends one script a second, none when nothing is asked for', async () => {
    const clock = new TestClock()
    const hot = hotOn({}, clock)
    await hot.top('film', 1)
    await server.resetStats()
    for (let n = 0; n < 500; n++) hot.note('film', `${n % 50}`)
    expect(clock.timers).toBe(1)
    clock.advance(999)
    for (let n = 0; n < 500; n++) hot.note('film', `${n % 50}`)
    clock.advance(1)
    await expect.poll(() => hot.top('film', 1).then(([first]) => first?.count)).toBe(20)
    const stats = await server.commandStats()
    expect(stats.bitfield).toBe(1)
    expect(clock.timers).toBe(0)
  })

  it('takes a bounded size in Redis, and expires', async () => {
    const hot = hotOn()
    for (let round = 0; round < 20; round++) {
      for (let n = 0; n < 1_000; n++) hot.note('film', `{"id":${round * 1_000 + n}}`)
      await hot.flush()
    }
    const keys = await server.admin.keys('*')
    expect(keys.length).toBe(2)
    const sizes = await Promise.all(keys.map((key) => server.admin.memory('USAGE', key)))
    expect(sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0)).toBeLessThan(60_000)
    for (const key of keys) expect(await server.admin.pttl(key)).toBeGreaterThan(60 * MINUTE)
  })

  it('ignores params that are too long and weights that are no number above 0', async () => {
    const hot = hotOn()
    hot.note('film', 'x'.repeat(513))
    for (const weight of [0, -1, Number.NaN]) hot.note('film', 'a', weight)
    hot.note('film', 'b', 0.5)
    await hot.flush()
    expect(await hot.top('film', 9)).toEqual([{ params: 'b', count: 1 }])
  })

  it('drops counts while Redis refuses them, and goes on', async () => {
    const hot = hotOn()
    hot.note('film', 'a')
    await hot.flush()
    const keys = await server.admin.keys('*')
    await server.admin.flushall()
    for (const key of keys) await server.admin.set(key, 'x')
    hot.note('film', 'lost')
    await hot.flush()
    await expect(hot.top('film', 1)).rejects.toThrow(/WRONGTYPE/)
    await server.admin.flushall()
    hot.note('film', 'kept')
    await hot.flush()
    expect(await hot.top('film', 9)).toEqual([{ params: 'kept', count: 1 }])
  })

  it('loses nothing but counts while Redis is gone', async () => {
    const own = await startRedis()
    const hot = hotOn({}, steadyClock(), { url: own.url, maxRetriesPerRequest: 0 })
    await hot.top('film', 1)
    await own.kill()
    hot.note('film', 'lost')
    await hot.flush()
    await own.restart()
    hot.note('film', 'kept')
    await hot.flush()
    expect((await hot.top('film', 9)).map(({ params }) => params)).toContain('kept')
    await hot.close()
    await hot.close()
    hot.note('film', 'late')
    await expect(hot.top('film', 1)).rejects.toThrow(/close/)
    await own.stop()
  })

  onlyOnRedis('ACL')('needs only the rights that its docstring lists', async () => {
    const rules = ['on', '>weak', '~onetrip:{hot}:*', '~site:{hot}:*', '-@all', ...RIGHTS]
    await server.admin.call('ACL', 'SETUSER', 'hot', ...rules)
    const url = `redis://hot:weak@127.0.0.1:${server.port}`
    for (const prefix of ['onetrip', 'site']) {
      const hot = hotOn({ prefix }, steadyClock(), url)
      hot.note('film', 'a')
      await hot.flush()
      expect(await hot.top('film', 1)).toEqual([{ params: 'a', count: 1 }])
    }
  })

  onlyOnRedis('a cluster')('keeps all keys in one slot of a cluster', async () => {
    const cluster = await startRedisCluster()
    const client = new Cluster([...cluster.addresses], PATIENT_CLUSTER)
    try {
      const hot = hotOn({}, steadyClock(), client as never)
      for (const fragment of ['film', '{list}']) hot.note(fragment, 'a')
      await hot.flush()
      expect(await hot.top('{list}', 1)).toEqual([{ params: 'a', count: 1 }])
      await hot.close()
    } finally {
      client.disconnect()
      await cluster.stop()
    }
  })

  it('checks its options', async () => {
    const make = (options: object) => () => new RedisHotFragments(server.url, options)
    expect(make({ windows: 3 })).toThrow(/windows/)
    expect(make({ prefix: 1 })).toThrow(/prefix must be a string; got 1/)
    expect(make({ window: 'soon' })).toThrow(/window is 'soon'/)
    expect(make({ window: 10 })).toThrow(/window must be at least '1s'; got 10/)
    await expect(hotOn().top('film', 0)).rejects.toThrow(/n must be a whole number of at least 1; got 0/)
  })
})

/** @param args those of process.js */
function run(...args: readonly number[]): Promise<number[]> {
  const child = startModule(new URL('process.js', import.meta.url), args.map(String))
  return new Promise((resolve, reject) => {
    child.once('message', (counts) => resolve(counts as number[]))
    child.once('exit', (code) => reject(new Error(`a process ended (${code})`)))
  })
}
