import { Cluster } from 'ioredis'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { nginxReport, readNginx } from '../../../src/metrics/index.ts'
import { keySlot } from '../../../src/redis/slot.ts'
import { describeNginx, type Nginx, startNginx } from '../../helpers/nginx.ts'
import { type RedisCluster, startRedisCluster } from '../../helpers/redis-cluster.ts'
import { describeRedis } from '../../helpers/redis-server.ts'
import { type App, page, startApp } from './app.ts'

describeRedis('counts in a Redis Cluster', () => {
  describeNginx('by nginx', () => {
    let cluster: RedisCluster
    let app: App
    let nginx: Nginx
    beforeAll(async () => {
      cluster = await startRedisCluster()
      app = await startApp((_request, response) => page(response, 'page'))
    })
    afterEach(() => nginx?.stop())
    afterAll(async () => {
      await app?.stop()
      await cluster?.stop()
    })

    test('are sent to the node that has the keys, whichever the module is given', async () => {
      const owner = await cluster.primaryOf(keySlot('{onetrip}:nginx:seconds'))
      const others = cluster.nodes.slice(0, 3).filter(({ port }) => port !== owner?.port)
      const client = new Cluster([...cluster.addresses])
      const reader = readNginx(client)
      const counted = async () => nginxReport(await reader.totals()).requests
      let asked = 0
      for (const { port } of others) {
        nginx = await startNginx({
          app: app.port,
          redis: `redis://127.0.0.1:${port}`,
          edits: { 'conf.d/onetrip-lua.conf': [['prefix = "onetrip"', 'prefix = "{onetrip}"']] },
        })
        for (let n = 0; n < 5; n++) await nginx.get('/')
        asked += 5
        await expect.poll(counted).toBe(asked)
        await nginx.get('/')
        await expect.poll(counted).toBe(++asked)
        expect(nginx.errors()).not.toContain('MOVED')
        await nginx.stop()
      }
      await reader.close()
      client.disconnect()
    })
  })
})
