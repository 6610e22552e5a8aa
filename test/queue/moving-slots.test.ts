import { Cluster } from 'ioredis'
import { TaskQueue } from 'onetrip/queue'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { keySlot } from '../../src/redis/slot.ts'
import { type RedisCluster, startRedisCluster } from '../helpers/redis-cluster.ts'
import { describeRedis } from '../helpers/redis-server.ts'
import { nodesOf } from './replication.ts'

/** Pause between two keys of a migration, in ms: much work is done in it. */
const PAUSE = 30
const ROUNDS = 6
/** Tasks that wait when it begins. */
const FIRST = 500

describeRedis('a queue whose slot moves to another node, key by key', () => {
  let nodes: RedisCluster
  let redis: Cluster

  beforeAll(async () => {
    nodes = await startRedisCluster()
    redis = new Cluster([...nodes.addresses])
  })
  afterAll(async () => {
    redis.disconnect()
    await nodes.stop()
  })

  test('has every task done once: no script runs on a part of its keys', async () => {
    const queue = new TaskQueue('orders', { redis, timeout: '60s' })
    const runs = new Map<number, number>()
    const task = queue.task('task', { retries: 3, backoff: { delay: 5 } }, async (n: number) => {
      runs.set(n, (runs.get(n) ?? 0) + 1)
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
      if (n % 5 === 0 && runs.get(n) === 1) throw new Error('again')
      return n
    })
    queue.worker({ concurrency: 4 })
    const results: Promise<number>[] = []
    let moving = true
    const add = async () => {
      while (moving) {
        const n = results.length
        const one = task.with(
          n % 3 === 0 ? { order: `o${n % 7}` } : n % 3 === 1 ? { unique: `u${n}` } : { delay: 3 },
        )
        results.push((await one(n)).result())
      }
    }
    const move = async () => {
      const slot = keySlot('orders')
      for (let round = 0; round < ROUNDS; round++) {
        const { primary } = await nodesOf(nodes, 'orders')
        const others = nodes.nodes.slice(0, 3).filter((node) => node !== primary)
        const target = others[round % 2]
        if (target) await nodes.migrateSlots([slot, slot], primary, target, PAUSE)
        await nodes.whole()
      }
      moving = false
    }
    const first = await task.addMany(Array.from({ length: FIRST }, (_, n) => [n] as [number]))
    results.push(...first.map((handle) => handle.result()))
    await Promise.all([add(), move()])
    expect(await Promise.all(results)).toEqual(results.map((_, n) => n))
    expect(runs.size).toBeGreaterThan(FIRST)
    for (const [n, count] of runs) expect([n, count]).toEqual([n, n % 5 === 0 ? 2 : 1])
    expect(await queue.info()).toMatchObject({ waiting: { total: 0 }, delayed: 0, ordered: 0, dead: 0 })
    await queue.close()
  })
})
