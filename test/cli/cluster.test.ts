import { Cluster } from 'ioredis'
import { FragmentCache } from 'onetrip'
import { metrics } from 'onetrip/metrics'
import { TaskQueue } from 'onetrip/queue'
import { redisStore } from 'onetrip/stores/redis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RedisCluster, startRedisCluster } from '../helpers/redis-cluster.ts'
import { describeRedis } from '../helpers/redis-server.ts'
import { engineOf } from '../helpers/templates.ts'
import { json, onetrip } from './run-cli.ts'

describeRedis('commands on a Redis Cluster', () => {
  let cluster: RedisCluster
  let env: NodeJS.ProcessEnv
  beforeAll(async () => {
    cluster = await startRedisCluster()
    const nodes = cluster.addresses
    env = { ONETRIP_STORE: `redis-cluster://${nodes.map(({ host, port }) => `${host}:${port}`).join(',')}` }
    const client = new Cluster([...nodes])
    const cache = new FragmentCache({
      store: redisStore({ client }),
      engine: engineOf({
        page: '{% for n in [1, 2, 3] %}{% cache "card", n, tags=["t"] %}x{% endcache %}{% endfor %}',
      }),
      ttl: '1h',
      timeout: '1m',
    })
    const numbers = metrics(cache, { redis: client })
    await cache.render('page')
    await cache.settled()
    await numbers.flush()
    await numbers.close()
    await cache.close()
    const queue = new TaskQueue('mail', { redis: client })
    await queue.task<[], void>('send')()
    await queue.close()
    client.disconnect()
  })
  afterAll(() => cluster.stop())

  it('keys, invalidate and inspect reach entries on all nodes', async () => {
    expect((await onetrip(['keys', 'card'], env)).stdout.match(/^fragment +card \d +fresh/gm)).toHaveLength(3)
    expect(await onetrip(['invalidate', 't'], env)).toMatchObject({ code: 0, stdout: 'Invalidated t.\n' })
    expect(await json(['inspect', 'card', '2'], env)).toMatchObject({ found: true, reason: 'invalidated' })
  })

  it('stats and queue list read by a client of a cluster', async () => {
    expect(await json(['stats'], env)).toMatchObject({ pages: 1 })
    expect(await json(['queue', 'list'], env)).toMatchObject({
      queues: [{ name: 'mail', waiting: { total: 1 } }],
    })
  })

  it('a cluster that cannot be reached is exit code 3', async () => {
    for (const args of [['stats'], ['queue', 'list'], ['queue', 'list', 'mail'], ['keys']]) {
      const { code, stdout, stderr } = await onetrip([...args, '--store', 'redis-cluster://127.0.0.1:1'])
      expect([args, code, stdout]).toEqual([args, 3, ''])
      expect(stderr).not.toContain('    at ')
    }
  })
})
