import { FragmentCache } from 'onetrip'
import { redisStore } from 'onetrip/stores/redis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { nextTurn } from '../../src/clock.ts'
import { firstSlot, type RedisCluster, startRedisCluster } from '../helpers/redis-cluster.ts'
import { describeRedis } from '../helpers/redis-server.ts'
import { engineOf } from '../helpers/templates.ts'

const CARDS = 24
const PAGE =
  '<p>{{ visitor }}</p>{% for n in list %}{% cache "card", page, n, tags=["page" ~ page] %}[{{ page }}.{{ n }}]{% endcache %}{% endfor %}'

describeRedis('pages on a Redis Cluster of 6 nodes', () => {
  let cluster: RedisCluster
  let cache: FragmentCache

  beforeAll(async () => {
    cluster = await startRedisCluster()
    cache = new FragmentCache({
      store: redisStore({ nodes: cluster.addresses }),
      engine: engineOf({ page: PAGE }),
      ttl: '5m',
      singleFlight: 'store',
      // Of a primary that is gone; load does not come near it.
      timeout: '2s',
    })
  })
  afterAll(async () => {
    await cache.close()
    await cluster.stop()
  })

  const list = Array.from({ length: CARDS }, (_, n) => n)
  let visitors = 0

  async function page(number: number): Promise<{ right: boolean; hits: number }> {
    const visitor = `visitor ${visitors++}`
    const { body, fragments } = await cache.render('page', { page: number, list, visitor })
    const right = `<p>${visitor}</p>${list.map((n) => `[${number}.${n}]`).join('')}`
    return { right: body.toString() === right, hits: fragments.filter(({ state }) => state === 'hit').length }
  }

  /**
   * Visitors, until something is over: some pages are new, some are popular, some are invalidated.
   */
  async function visitedWhile(
    work: (shown: (count: number) => Promise<void>) => Promise<unknown>,
  ): Promise<{ pages: number; wrong: number }> {
    let pages = 0
    let wrong = 0
    let over = false
    const visitor = async (first: number) => {
      for (let n = first; !over; n++) {
        const { right } = await page(n % 7 === 0 ? 1000 + n : n % 5)
        pages++
        if (!right) wrong++
        if (n % 50 === 0) await cache.invalidate(`page${n % 5}`).catch(() => {})
        await nextTurn()
      }
    }
    const visits = Promise.all([0, 1, 2, 3, 4, 5].map((n) => visitor(n * 100_000)))
    // Resolves when so many more pages were shown.
    const shown = (count: number) => {
      const enough = pages + count
      return expect.poll(() => pages).toBeGreaterThanOrEqual(enough)
    }
    try {
      await work(shown)
    } finally {
      over = true
    }
    await visits
    return { pages, wrong }
  }

  it('a page is stored over all nodes, and found again', async () => {
    // On a busy machine the connections are not all there within the first page's time.
    const visit = async () => {
      const visited = await page(1)
      await cache.settled()
      return visited
    }
    await expect.poll(visit).toEqual({ right: true, hits: CARDS })
    const sizes = await Promise.all(cluster.nodes.slice(0, 3).map(({ admin }) => admin.dbsize()))
    for (const size of sizes) expect(size).toBeGreaterThan(0)
  })

  it('slots move under load: no page fails, none is wrong', async () => {
    const [from, to] = cluster.nodes
    if (!from || !to) throw new Error('no nodes')
    const { pages, wrong } = await visitedWhile(() => cluster.migrateSlots([0, 60], from, to, 1))
    expect(pages).toBeGreaterThan(20)
    expect(wrong).toBe(0)
  })

  it('a primary that is killed under load: no page fails, none is wrong, and all is found again', async () => {
    const { pages, wrong } = await visitedWhile(async (shown) => {
      await shown(100)
      await cluster.killPrimary(1)
      await cluster.whole()
      await shown(100)
    })
    expect(pages).toBeGreaterThan(20)
    expect(wrong).toBe(0)
    expect(firstSlot(1)).toBeGreaterThan(0)
    await expect
      .poll(
        async () => {
          await page(2)
          await cache.settled()
          return (await page(2)).hits
        },
        { interval: 200 },
      )
      .toBe(CARDS)
  })
})
