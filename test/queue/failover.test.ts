import { Cluster } from 'ioredis'
import { TaskQueue } from 'onetrip/queue'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { deferred } from '../helpers/deferred.ts'
import { type RedisCluster, startRedisCluster } from '../helpers/redis-cluster.ts'
import { describeRedis } from '../helpers/redis-server.ts'
import { replicated, thirdOf } from './replication.ts'

const TASKS = 400

describeRedis('a queue whose node is killed, and replaced by its replica', () => {
  let nodes: RedisCluster
  let redis: Cluster

  beforeAll(async () => {
    nodes = await startRedisCluster()
  })
  afterAll(() => nodes.stop())
  beforeEach(async () => {
    redis = new Cluster([...nodes.addresses])
    await nodes.whole()
  })

  /** Kills the node of a queue, has its replica take over, and starts it again as that one's. */
  async function failOver(queue: string): Promise<void> {
    const killed = await nodes.killPrimary(thirdOf(queue))
    await nodes.whole()
    await killed.restart()
    await replicated(nodes, queue)
  }

  test('loses no task that was replicated: each is done, and those that wait get its result', async () => {
    const queue = new TaskQueue('orders', { redis, lease: '2s', timeout: '30s' })
    const runs = new Map<number, number>()
    const half = deferred()
    const failedOver = deferred()
    const double = queue.task('double', async (n: number) => {
      runs.set(n, (runs.get(n) ?? 0) + 1)
      if (runs.size < TASKS / 2) return 2 * n
      half.resolve()
      await failedOver.promise
      return 2 * n
    })
    const handles = await double.addMany(Array.from({ length: TASKS }, (_, n) => [n] as [number]))
    const results = Promise.all(handles.map((handle) => handle.result()))
    await replicated(nodes, 'orders')
    const worker = queue.worker({ concurrency: 4 })
    await half.promise
    await failOver('orders')
    failedOver.resolve()
    // What was acknowledged and not replicated is run again; nothing else is.
    expect(await results).toEqual(handles.map((_, n) => 2 * n))
    expect(runs.size).toBe(TASKS)
    await expect.poll(async () => (await queue.info()).waiting.total).toBe(0)
    await worker.close()
    const { workers, dead } = await queue.info()
    expect([workers, dead]).toEqual([[], 0])
    await queue.close()
    redis.disconnect()
  })

  test('keeps delays, unique keys, schedules and the order of ordered tasks', async () => {
    const queue = new TaskQueue('reports', { redis, lease: '2s', timeout: '30s' })
    const seen: string[] = []
    const note = queue.task('note', (what: string) => {
      seen.push(what)
      return what
    })
    const later = await note.with({ delay: '1h', unique: 'later' })('later')
    const ordered = await note.with({ order: 'o' }).addMany([['a'], ['b'], ['c']])
    const { next } = await note.schedule('daily', { cron: '0 3 * * *' }, 'daily')
    await replicated(nodes, 'reports')
    await failOver('reports')
    expect((await note.with({ unique: 'later' })('later')).id).toBe(later.id)
    expect(await queue.schedules()).toMatchObject([{ name: 'daily', next }])
    expect(await later.state()).toBe('delayed')
    queue.worker()
    await Promise.all(ordered.map((handle) => handle.result()))
    expect(seen).toEqual(['a', 'b', 'c'])
    await queue.close()
    redis.disconnect()
  })
})
