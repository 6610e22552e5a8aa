import { afterEach, expect, test } from 'vitest'
import { nginxReport, readNginx } from '../../../src/metrics/index.ts'
import { describeNginx, type Nginx, startNginx } from '../../helpers/nginx.ts'
import { describeRedis, type RedisServer, startRedis } from '../../helpers/redis-server.ts'
import { type App, page, startApp } from './app.ts'
import { countedIn } from './counts.ts'

const REQUESTS = 6_000
const VISITORS = 24

let app: App
let nginx: Nginx
let redis: RedisServer

afterEach(async () => {
  redis?.resume()
  await nginx?.stop()
  await app?.stop()
  await redis?.stop()
})

describeRedis('nginx under load', () => {
  describeNginx('with faults', () => {
    test('answers all, mixes up no visitors, and counts each request once', async () => {
      redis = await startRedis()
      app = await startApp(({ url = '', headers }, response) => {
        const of = headers.cookie ?? 'nobody'
        if (url.startsWith('/fragments/')) page(response, 'part', 1)
        else if (url.startsWith('/ssi/'))
          page(response, `<!--# include virtual="/fragments/${url.slice(-1)}" -->`, 1)
        else if (headers.cookie) response.setHeader('Cache-Control', 'private').end(`${url} of ${of}`)
        else page(response, `${url} of ${of}`, 1)
      })
      nginx = await startNginx({ app: app.port, redis: redis.url })
      const wrong: string[] = []
      let asked = 0
      const visitor = async (name: number) => {
        while (asked < REQUESTS) {
          const n = asked++
          const cookie = n % 10 === 0 ? `session=${name}` : ''
          const path = n % 7 === 0 ? `/ssi/${n % 5}` : `/film/${n % 40}`
          const { status, body } = await nginx.get(path, { headers: cookie ? { cookie } : {} })
          const right = path.startsWith('/ssi/') ? 'part' : `${path} of ${cookie || 'nobody'}`
          if (status !== 200 || body !== right) wrong.push(`${path} of ${cookie}: ${status} ${body}`)
        }
      }
      const reached = (n: number) => expect.poll(() => asked).toBeGreaterThan(n)
      const faults = async () => {
        await reached(REQUESTS / 6)
        await nginx.reload()
        await reached(REQUESTS / 3)
        redis.pause()
        await reached(REQUESTS / 2)
        redis.resume()
        await reached((REQUESTS * 2) / 3)
        await nginx.reload()
      }
      await Promise.all([...Array.from({ length: VISITORS }, (_, name) => visitor(name)), faults()])
      expect(wrong).toEqual([])
      await nginx.quit()
      const reader = readNginx(redis.url)
      const { requests, failed, routes } = nginxReport(await reader.totals())
      await reader.close()
      expect([requests, failed]).toEqual([asked, 0])
      const includes = routes.filter(({ kind }) => kind === 'sub')
      expect(includes.reduce((sum, one) => sum + one.requests, 0)).toBeGreaterThanOrEqual(
        Math.ceil(asked / 7),
      )
      expect(await countedIn(redis.admin)).toMatchObject({ missing: 0 })
    })
  })
})
