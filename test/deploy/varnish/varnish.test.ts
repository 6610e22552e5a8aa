import type { ServerResponse } from 'node:http'
import Fastify from 'fastify'
import { defineFragment } from 'onetrip'
import onetrip, { FragmentUrls } from 'onetrip/fastify'
import { varnish } from 'onetrip/purge'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { freePort } from '../../helpers/redis-server.ts'
import { engineOf } from '../../helpers/templates.ts'
import { describeVarnish, startVarnish, type Varnish } from '../../helpers/varnish.ts'
import { type App, type Handler, startApp } from '../nginx/app.ts'

/** A page that may be stored for `ttl` seconds, as the documentation says to mark it. */
function page(response: ServerResponse, body: string, ttl = 60, tags = ''): void {
  response.setHeader('Content-Type', 'text/html; charset=utf-8')
  response.setHeader('Cache-Control', `public, max-age=0, s-maxage=${ttl}`)
  if (tags !== '') response.setHeader('Surrogate-Key', tags)
  response.end(body)
}

describeVarnish('Varnish in front', () => {
  let app: App
  let front: Varnish
  let pages = 0
  /** A URL that no test has asked for. */
  const fresh = () => `/page/${pages++}`
  const body = async (path: string) => (await front.get(path)).body
  const purge = (xkey: string, headers = {}) =>
    front.get('/', { method: 'PURGE', headers: { xkey, ...headers } })

  beforeAll(async () => {
    app = await startApp(() => {})
    front = await startVarnish(app.port)
  })
  beforeEach(() => {
    app.requests.length = 0
  })
  afterAll(async () => {
    await front?.stop()
    await app?.stop()
  })
  const handle = (handler: Handler) => app.handle(handler)

  test('stores what the application marks, and nothing else', async () => {
    handle(({ url }, response) => {
      const body = `page ${app.requests.length}`
      if (url?.endsWith('?marked')) page(response, body)
      else response.end(body)
    })
    const path = fresh()
    expect([await body(`${path}?marked`), await body(`${path}?marked`)]).toEqual(['page 1', 'page 1'])
    expect([await body(path), await body(path)]).toEqual(['page 2', 'page 3'])
    const { headers, cache } = await front.get(`${path}?marked`)
    expect([cache, headers.xkey, headers['surrogate-key']]).toEqual(['HIT', undefined, undefined])
  })

  test.each([
    ['Set-Cookie', 'session=anna'],
    ['Cache-Control', 'private, s-maxage=60'],
    ['Vary', '*'],
  ])('does not store an answer with %s: %s', async (name, value) => {
    handle((_request, response) => {
      response.setHeader('Cache-Control', 's-maxage=60')
      response.setHeader(name, value)
      response.end(`${app.requests.length}`)
    })
    const path = fresh()
    expect([await body(path), await body(path)]).toEqual(['1', '2'])
  })

  test('keeps the pages of signed-in visitors apart, and anonymous cookies from the application', async () => {
    handle(({ headers }, response) => page(response, `page of ${headers.cookie}`))
    const path = fresh()
    const as = async (headers: Record<string, string>) => (await front.get(path, { headers })).body
    expect(await as({ cookie: 'a=1; session=anna' })).toBe('page of a=1; session=anna')
    expect(await as({ authorization: 'Basic YW5uYQ==' })).toBe('page of undefined')
    expect(app.requests).toHaveLength(2)
    expect(await as({ cookie: 'theme=dark' })).toBe('page of undefined')
    expect(await as({ cookie: 'session=; session=bert' })).toBe('page of session=; session=bert')
    expect(await as({})).toBe('page of undefined')
    expect(app.requests).toHaveLength(4)
  })

  test('has languages and hosts in the key, and refuses other hosts', async () => {
    handle(({ headers }, response) =>
      page(response, `${headers.host} ${headers['accept-language']} ${headers['x-forwarded-host']}`),
    )
    const path = fresh()
    const asked = (host: string, language: string) =>
      front.get(path, { host, headers: { 'accept-language': language, 'x-forwarded-host': 'evil' } })
    expect((await asked('shop.example', 'de-AT,de')).body).toBe('shop.example de shop.example')
    expect((await asked('shop.example:80', 'fr')).body).toBe('shop.example en shop.example')
    expect((await asked('www.shop.example', 'de')).body).toBe('www.shop.example de www.shop.example')
    expect((await asked('evil.example', 'de')).status).toBe(421)
    expect(app.requests).toHaveLength(3)
  })

  test('a soft purge by a tag shows the old page once, then the new one', async () => {
    handle(({ url }, response) =>
      page(response, `${url} ${app.requests.length}`, 600, `${url?.slice(1)} all%20films`),
    )
    const [one, other] = [fresh(), fresh()]
    expect([await body(one), await body(other)]).toEqual([`${one} 1`, `${other} 2`])
    expect(await purge(`nothing ${one.slice(1)}`)).toMatchObject({ status: 200, headers: { purged: '1' } })
    expect([await body(one), await body(other)]).toEqual([`${one} 1`, `${other} 2`])
    await expect.poll(() => body(one)).toBe(`${one} 3`)
    expect((await purge('all%20films')).headers.purged).toBe('2')
  })

  test('a hard purge shows no old page', async () => {
    handle(({ url }, response) => page(response, `${app.requests.length}`, 600, url?.slice(1)))
    const path = fresh()
    expect(await body(path)).toBe('1')
    await purge(path.slice(1), { 'xkey-purge': 'hard' })
    expect(await body(path)).toBe('2')
    expect((await front.get('/', { method: 'PURGE' })).status).toBe(400)
  })

  test('an old page is shown when the application fails', async () => {
    handle(({ url }, response) => page(response, 'old', 600, url?.slice(1)))
    const path = fresh()
    await body(path)
    handle((_request, response) => response.writeHead(500).end('error'))
    await purge(path.slice(1))
    // Also once the short time is over in which an old page is shown while a new one is made.
    for (const _again of [1, 2, 3]) expect(await front.get(path)).toMatchObject({ status: 200, body: 'old' })
    expect((await front.get(fresh())).status).toBe(500)
  })

  test('ESI joins fragments, leaves out those that fail, and never answers 304', async () => {
    const include = (path: string) => `<esi:include src="/fragments/${path}"/>`
    handle(({ url = '', headers }, response) => {
      if (url === '/fragments/failed') response.writeHead(500).end('stack trace')
      else if (url.startsWith('/fragments/own')) {
        response.setHeader('Cache-Control', 'private, no-store')
        response.end(`own of ${headers.cookie}`)
      } else if (url.startsWith('/fragments/')) page(response, url)
      else {
        response.setHeader('Surrogate-Control', 'content="ESI/1.0"')
        response.setHeader('ETag', '"page"')
        page(response, `<p>${include('a?id=1&amp;b=2')}|${include('failed')}|${include('own')}</p>`)
      }
    })
    const path = fresh()
    const as = (cookie: string, more = {}) => front.get(path, { headers: { cookie, ...more } })
    const first = await as('session=anna')
    expect(first.body).toBe('<p>/fragments/a?id=1&b=2||own of session=anna</p>')
    expect(first.headers.etag).toBeUndefined()
    expect((await as('session=bert')).body).toBe('<p>/fragments/a?id=1&b=2||own of session=bert</p>')
    expect((await as('', { 'if-none-match': '"page"' })).status).toBe(200)
    // Shared fragments are stored for all, also for those who are signed in.
    expect(app.requests.filter(({ url }) => url?.startsWith('/fragments/a'))).toHaveLength(1)
    expect((await front.get('/fragments/a?id=1&b=2')).status).toBe(404)
  })

  test('without ESI asked for, a tag stays as it is', async () => {
    handle((_request, response) => page(response, '<p><esi:include src="/admin"/></p>'))
    expect(await body(fresh())).toBe('<p><esi:include src="/admin"/></p>')
  })
})

describeVarnish('a site that includes its defined fragments by ESI', () => {
  test('has them from the endpoint, until one of their tags is invalidated', async () => {
    const urls = new FragmentUrls({ secret: 'a secret of the site' })
    let loads = 0
    const sidebar = defineFragment('sidebar', {
      template: 'sidebar',
      params: ['id', 'of'],
      load: async ({ id }) => ({ text: `film ${id}, load ${++loads}` }),
      tags: ({ id }) => [`film ${id}`],
      ttl: '1h',
    })
    const port = await freePort()
    const front = await startVarnish(port)
    const site = Fastify()
    await site.register(onetrip, {
      purge: varnish({ urls: [`http://127.0.0.1:${front.port}`] }),
      engine: engineOf({ sidebar: '<b>{{ text }}</b>' }),
      fragments: [sidebar],
      fragmentsEndpoint: urls,
    })
    site.get('/film', (_request, reply) => {
      reply.headers({ 'surrogate-control': 'content="ESI/1.0"', 'cache-control': 's-maxage=600' })
      return reply.type('text/html').send(`<p>${urls.esi(sidebar, { id: 42, of: 'ü & "x"' })}</p>`)
    })
    await site.listen({ port, host: '127.0.0.1' })
    try {
      const body = async () => (await front.get('/film')).body
      expect([await body(), await body()]).toEqual(Array(2).fill('<p><b>film 42, load 1</b></p>'))
      await site.fragments.invalidate('film 42')
      await expect.poll(body).toBe('<p><b>film 42, load 2</b></p>')
    } finally {
      await front.stop()
      await site.close()
    }
  })
})
