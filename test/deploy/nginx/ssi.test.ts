import type { ServerResponse } from 'node:http'
import Fastify, { type FastifyInstance } from 'fastify'
import { defineFragment } from 'onetrip'
import onetrip, { FragmentUrls } from 'onetrip/fastify'
import { afterEach, expect, test } from 'vitest'
import { describeNginx, type Nginx, startNginx } from '../../helpers/nginx.ts'
import { describeRedis, type RedisServer, startRedis } from '../../helpers/redis-server.ts'
import { engineOf } from '../../helpers/templates.ts'
import { type App, page, startApp } from './app.ts'
import { countedIn } from './counts.ts'

let app: App
let nginx: Nginx
let redis: RedisServer | undefined

afterEach(async () => {
  await nginx?.stop()
  await app?.stop()
  await redis?.stop()
  redis = undefined
})

/** Starts a site with one page, whose fragments a handler answers by their URL. */
async function start(html: string, fragment: (url: string, response: ServerResponse) => void): Promise<void> {
  app = await startApp(({ url = '' }, response) => {
    if (url.startsWith('/fragments/')) fragment(url, response)
    else page(response, html)
  })
  nginx = await startNginx({ app: app.port, ...(redis ? { redis: redis.url } : {}) })
}

const include = (url: string) => `<!--# include virtual="/fragments/${url}" -->`
const body = async (path = '/ssi/') => (await nginx.get(path)).body

describeNginx('fragments over SSI', () => {
  test('each has an entry of its own, and pages of one are not mixed up', async () => {
    await start(`<p>${include('a?id=1')}|${include('a?id=2')}|${include('b')}</p>`, (url, response) =>
      page(response, url),
    )
    const whole = '<p>/fragments/a?id=1|/fragments/a?id=2|/fragments/b</p>'
    expect([await body(), await body()]).toEqual([whole, whole])
    expect(await body('/ssi/other')).toBe(whole)
    // Two pages and three fragments, each once.
    expect(app.requests).toHaveLength(5)
  })

  test('they are fetched at the same time', async () => {
    const held: [string, ServerResponse][] = []
    await start([1, 2, 3, 4].map((n) => include(`a?id=${n}`)).join(''), (url, response) => {
      held.push([url, response])
      if (held.length === 4) for (const [name, one] of held) page(one, name.slice(-1))
    })
    expect(await body()).toBe('1234')
  })

  test('those that fail are left out, and the page is sent', async () => {
    await start(`<p>${include('gone')}|${include('failed')}|${include('right')}</p>`, (url, response) => {
      if (url.endsWith('right')) return page(response, 'right')
      response.statusCode = url.endsWith('gone') ? 403 : 500
      response.end('stack trace')
      return undefined
    })
    expect(await nginx.get('/ssi/')).toMatchObject({ status: 200, body: '<p>||right</p>' })
  })

  test('a private one is not stored, though the page around it is', async () => {
    await start(`<p>${include('shared')} ${include('own')}</p>`, (url, response) => {
      if (url.endsWith('shared')) return page(response, 'shared')
      response.setHeader('X-Accel-Expires', '60')
      response.setHeader('Cache-Control', 'private')
      response.end(`${app.requests.length} of ${app.requests.at(-1)?.headers.cookie}`)
      return undefined
    })
    const asked = (cookie: string) => nginx.get('/ssi/', { headers: { cookie } })
    expect((await asked('theme=dark')).body).toMatch(/<p>shared \d of theme=dark<\/p>/)
    expect((await asked('theme=light')).body).toMatch(/<p>shared \d of theme=light<\/p>/)
    const own = app.requests.filter(({ url }) => url === '/fragments/own')
    expect([own.length, app.requests.length]).toEqual([2, 4])
  })

  test('a visitor cannot ask for one', async () => {
    await start('page', (_url, response) => page(response, 'fragment'))
    expect(await nginx.get('/fragments/a')).toMatchObject({ status: 404 })
    expect(app.requests).toHaveLength(0)
  })

  test('the page is sent compressed, without an ETag, and never as a 304', async () => {
    await start(include('a'), (_url, response) => page(response, 'x'.repeat(2000)))
    const headers = {
      'accept-encoding': 'gzip',
      'if-modified-since': new Date().toUTCString(),
      'if-none-match': '*',
    }
    const first = await nginx.get('/ssi/', { headers })
    expect(first).toMatchObject({ status: 200, headers: { 'content-encoding': 'gzip' } })
    expect([first.headers.etag, first.headers['last-modified']]).toEqual([undefined, undefined])
    expect(app.requests.map(({ headers }) => headers['accept-encoding'])).toEqual([undefined, undefined])
  })

  test('a large one can be kept in a variable', async () => {
    const large = 'x'.repeat(100_000)
    const html =
      '<!--# include virtual="/fragments/a" set="part" --><!--# echo var="part" encoding="none" -->'
    await start(html, (_url, response) => page(response, large))
    expect(await body()).toBe(large)
  })
})

describeNginx('a site that includes its defined fragments', () => {
  let site: FastifyInstance | undefined
  afterEach(() => site?.close())

  test('has them from the endpoint, by signed URLs', async () => {
    const urls = new FragmentUrls({ secret: 'a secret of the site' })
    let loads = 0
    const sidebar = defineFragment('sidebar', {
      template: 'sidebar',
      params: ['id'],
      load: async ({ id }) => ({ text: `film ${id}, load ${++loads}` }),
      ttl: '1m',
    })
    site = Fastify()
    await site.register(onetrip, {
      engine: engineOf({ sidebar: '<b>{{ text }}</b>' }),
      fragments: [sidebar],
      fragmentsEndpoint: urls,
    })
    site.get('/ssi/film', (_request, reply) => {
      const forged = '<!--# include virtual="/fragments/sidebar?id=13&signature=x" -->'
      return reply.type('text/html').send(`<p>${urls.ssi(sidebar, { id: 42 })}${forged}</p>`)
    })
    await site.listen({ port: 0, host: '127.0.0.1' })
    nginx = await startNginx({ app: (site.server.address() as { port: number }).port })
    expect([await body('/ssi/film'), await body('/ssi/film')]).toEqual([
      '<p><b>film 42, load 1</b></p>',
      '<p><b>film 42, load 1</b></p>',
    ])
    expect(loads).toBe(1)
  })
})

describeRedis('the counts of SSI', () => {
  describeNginx('in nginx', () => {
    test('tell fragments from pages, and those that failed', async () => {
      redis = await startRedis()
      await start(`${include('a')}${include('b')}`, (url, response) => {
        if (url.endsWith('a')) page(response, 'a')
        else response.writeHead(500).end()
      })
      await nginx.get('/ssi/')
      await nginx.get('/ssi/')
      const { admin } = redis
      await expect.poll(async () => (await countedIn(admin)).series['main other HIT']?.n).toBe(1)
      const { series } = await countedIn(admin)
      expect(series).toMatchObject({
        'main other MISS': { n: 1, failed: 0 },
        'sub fragment:a MISS': { n: 1, bytes: 0 },
        'sub fragment:a HIT': { n: 1 },
        'sub fragment:b MISS': { n: 2, failed: 2, upstreamTimed: 2 },
      })
    })
  })
})
