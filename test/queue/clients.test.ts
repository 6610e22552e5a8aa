import { Cluster, Redis } from 'ioredis'
import { Redis as Redis5 } from 'ioredis5'
import { TaskQueue, Worker } from 'onetrip/queue'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RedisCluster, startRedisCluster } from '../helpers/redis-cluster.ts'
import { describeRedis } from '../helpers/redis-server.ts'
import { useQueues } from './queues.ts'

describeRedis('a queue with a client that was handed in', () => {
  const { server } = useQueues()

  test.each([
    ['with a prefix for all keys', () => new Redis(server().url, { keyPrefix: 'app:' })],
    ['of the protocol RESP2', () => new Redis(server().url, { protocol: 2 } as object)],
    ['of ioredis 5', () => new Redis5(server().url)],
    ['of another database', () => new Redis(`${server().url}/3`)],
    ['that queues commands by itself', () => new Redis(server().url, { enableAutoPipelining: true })],
  ])('%s', async (_, make) => {
    const client = make()
    const work = new TaskQueue('work', { redis: client as Redis })
    const echo = work.task('echo', (n: number) => n)
    work.worker()
    const handles = await Promise.all([echo(1), echo.with({ delay: 1 })(2), ...(await echo.addMany([[3]]))])
    expect(await Promise.all(handles.map((handle) => handle.result()))).toEqual([1, 2, 3])
    // By a blocking read, now that the queue is empty.
    expect(await (await echo(4)).result()).toBe(4)
    await work.close()
    expect(client.status).toBe('ready')
    client.disconnect()
  })
})

describeRedis('queues in a Redis Cluster', () => {
  let nodes: RedisCluster
  let cluster: Cluster
  beforeAll(async () => {
    nodes = await startRedisCluster()
    cluster = new Cluster([...nodes.addresses])
  })
  afterAll(async () => {
    cluster.disconnect()
    await nodes.stop()
  })

  test('are spread over its nodes, and one worker serves them all', async () => {
    const queues = Array.from({ length: 6 }, (_, n) => new TaskQueue(`q${n}`, { redis: cluster }))
    const tasks = queues.map((queue) => queue.task('name', { retries: 0 }, () => queue.name))
    const worker = new Worker(queues)
    const handles = await Promise.all(
      tasks.flatMap((task) => [task(), task.with({ unique: 'u', order: 'o' })()]),
    )
    const names = queues.flatMap(({ name }) => [name, name])
    expect(await Promise.all(handles.map((handle) => handle.result()))).toEqual(names)
    expect(await Promise.all(queues.map((queue) => queue.info()))).toMatchObject(
      queues.map(() => ({ dead: 0 })),
    )
    await worker.close()
    await Promise.all(queues.map((queue) => queue.close()))
    const primaries = nodes.nodes.slice(0, 3)
    const sizes = await Promise.all(primaries.map(({ admin }) => admin.dbsize()))
    expect(sizes.every((size) => size > 0)).toBe(true)
  })
})
