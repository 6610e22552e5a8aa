import { Cluster } from 'ioredis'
import { integer, type Toolkit, text, toolkit } from 'onetrip/toolkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { keySlot } from '../../src/redis/slot.ts'
import { type RedisCluster, startRedisCluster } from '../helpers/redis-cluster.ts'
import { describeRedis } from '../helpers/redis-server.ts'

/** Pause between two keys of a migration, in ms: much work is done in it. */
const PAUSE = 10
const ROUNDS = 4
const WORDS = ['alien', 'brazil', 'cabaret', 'dune', 'eraserhead', 'fargo', 'gravity']

describeRedis('things of several keys whose slot moves to another node, key by key', () => {
  let cluster: RedisCluster
  let redis: Cluster
  let kit: Toolkit

  beforeAll(async () => {
    cluster = await startRedisCluster()
    redis = new Cluster([...cluster.addresses])
    kit = toolkit(redis)
  })
  afterAll(async () => {
    await kit.close()
    redis.disconnect()
    await cluster.stop()
  })

  /** Moves a slot back and forth, and works until that is over. A refused call is made again. */
  async function whileMoving(key: string, work: (n: number) => Promise<unknown>): Promise<number> {
    let moving = true
    let n = 0
    const working = (async () => {
      for (; moving; n++) {
        for (let done = false; !done; ) {
          done = await work(n).then(
            () => true,
            (error: Error) => {
              expect(error.message).toMatch(/TRYAGAIN|Cluster redirections/)
              return false
            },
          )
        }
      }
    })()
    const slot = keySlot(key)
    for (let round = 0; round < ROUNDS; round++) {
      const primary = await cluster.primaryOf(slot)
      const target = cluster.nodes.slice(0, 3).filter((node) => node !== primary)[round % 2]
      if (primary && target) await cluster.migrateSlots([slot, slot], primary, target, PAUSE)
      await cluster.whole()
    }
    moving = false
    await working
    return n
  }

  test('a full-text index has the counts of its documents', async () => {
    const films = kit.index('films')
    await films.addMany(Array.from({ length: 50 }, (_, n) => ({ key: `first${n}`, text: WORDS.join(' ') })))
    const added = await whileMoving('index:{films}', (n) =>
      films.add(`film${n}`, `${WORDS[n % WORDS.length]} number${n}`),
    )
    expect(added).toBeGreaterThan(0)
    expect(await films.count()).toBe(50 + added)
    const { total } = await films.search('alien')
    expect(total).toBe(50 + Math.ceil(added / WORDS.length))
  })

  test('a model has the indexes of its records', async () => {
    const Page = kit.model('page', {
      id: text().primaryKey(),
      views: integer().index(),
    })
    await Page.createMany(Array.from({ length: 50 }, (_, n) => ({ id: `first${n}`, views: n })))
    const created = await whileMoving('model:{page}', (n) => Page.create({ id: `page${n}`, views: -1 - n }))
    expect(await Page.count()).toBe(50 + created)
    expect(await Page.count(Page.views.lt(0))).toBe(created)
  })
})
