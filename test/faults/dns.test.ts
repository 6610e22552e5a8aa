import { expect, it } from 'vitest'
import { describeRedis, startRedis } from '../helpers/redis-server.ts'
import { rightPage } from './right-page.ts'
import { Site } from './site-process.ts'
import { cached, tryFault } from './trial.ts'

const HOST = 'nosuch.invalid'

describeRedis('a name of Redis that does not resolve', () => {
  it('from the start, and once more under load', async () => {
    const server = await startRedis()
    const site = await Site.start({ redis: { host: HOST, port: server.port } })
    try {
      for (let n = 0; n < 5; n++)
        expect(await site.page(n)).toMatchObject({ status: 200, body: rightPage(n, 'somebody') })
      expect(Object.keys((await site.stats()).messages).join('\n')).toMatch(/is the name of the host right\?/)
      await site.get(`/resolve/${HOST}/127.0.0.1`)
      await cached(site)
      await tryFault({
        fault: 'DNS failure',
        site,
        admin: server.admin,
        begin: async () => {
          await site.get(`/resolve/${HOST}/${HOST}`)
          await server.admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
        },
        end: () => site.get(`/resolve/${HOST}/127.0.0.1`),
        told: /is the name of the host right\?|the connection was lost|is not connected/,
      })
    } finally {
      expect(await site.close()).toBe(0)
      await server.stop()
    }
  })
})
