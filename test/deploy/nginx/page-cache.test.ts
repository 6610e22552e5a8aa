import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { describeNginx, type Nginx, type NginxOptions, startNginx } from '../../helpers/nginx.ts'
import { type App, type Handler, page, startApp } from './app.ts'

let app: App
let nginx: Nginx

async function start(handler: Handler, options: Partial<NginxOptions> = {}): Promise<void> {
  app = await startApp(handler)
  nginx = await startNginx({ app: app.port, ...options })
}

afterEach(async () => {
  await nginx?.stop()
  await app?.stop()
})

const said = (request: IncomingMessage, name: string) => request.headers[name] ?? 'nothing'

describeNginx('the cache of anonymous pages in front', () => {
  test('a page that the application marks is stored; one that it does not mark is not', async () => {
    await start(({ url }, response) => {
      if (url === '/film') page(response, `film ${app.requests.length}`)
      else response.end(`plain ${app.requests.length}`)
    })
    const answers = [await nginx.get('/film'), await nginx.get('/film')]
    expect(answers.map(({ cache, body }) => [cache, body])).toEqual([
      ['MISS', 'film 1'],
      ['HIT', 'film 1'],
    ])
    // Cache-Control: no-cache stands before X-Accel-Expires: read together, it would not be stored.
    expect(answers[1]?.headers['cache-control']).toBe('no-cache')
    expect(answers[1]?.headers['x-accel-expires']).toBeUndefined()
    expect([(await nginx.get('/')).body, (await nginx.get('/')).body]).toEqual(['plain 2', 'plain 3'])
    expect(nginx.errors()).not.toMatch(/\[(error|emerg|alert)\]/)
  })

  test('the tags of a page do not reach visitors', async () => {
    const names = ['xkey', 'surrogate-key', 'cache-tag']
    await start((_request, response) => {
      for (const name of names) response.setHeader(name, 'onetrip:0:: films')
      page(response, 'page')
    })
    for (const cache of ['MISS', 'HIT']) {
      const answer = await nginx.get('/')
      expect([answer.cache, names.filter((name) => answer.headers[name])]).toEqual([cache, []])
    }
  })

  test('the page of a visitor who is signed in is neither stored nor taken from the store', async () => {
    await start((request, response) => page(response, `page of ${said(request, 'cookie')}`))
    const signedIn = { headers: { cookie: 'theme=dark; session=anna' } }
    expect((await nginx.get('/', signedIn)).body).toBe('page of theme=dark; session=anna')
    expect((await nginx.get('/')).body).toBe('page of nothing')
    expect((await nginx.get('/')).cache).toBe('HIT')
    expect(await nginx.get('/', signedIn)).toMatchObject({
      cache: 'BYPASS',
      body: 'page of theme=dark; session=anna',
    })
    expect((await nginx.get('/')).body).toBe('page of nothing')
  })

  test.each([
    ['a second cookie of the name', { cookie: 'session=; session=anna' }],
    ['Authorization', { authorization: 'Basic YW5uYQ==' }],
    ['an Authorization that a condition takes for no', { authorization: '0' }],
  ])('a visitor is signed in by %s', async (_by, headers) => {
    await start((request, response) =>
      page(response, `${said(request, 'cookie')}, ${said(request, 'authorization')}`),
    )
    const own = await nginx.get('/', { headers })
    expect(own.cache).toBe('BYPASS')
    expect(own.body).toMatch(/anna|YW5uYQ|0/)
    expect((await nginx.get('/')).body).toBe('nothing, nothing')
  })

  test('paths that are never stored do not wait for the cache', async () => {
    await start((_request, response) => page(response, `${app.requests.length}`))
    const answers = [
      await nginx.get('/search?q=a'),
      await nginx.get('/search?q=a'),
      await nginx.get('/searches'),
    ]
    expect(answers.map(({ cache, body }) => `${cache} ${body}`)).toEqual(['BYPASS 1', 'BYPASS 2', 'MISS 3'])
  })

  test('other cookies do not reach the application, except with requests that are never cached', async () => {
    await start((request, response) => page(response, said(request, 'cookie') as string))
    const headers = { cookie: 'currency=EUR; sessions=1' }
    expect((await nginx.get('/', { headers })).body).toBe('nothing')
    expect((await nginx.get('/')).cache).toBe('HIT')
    expect((await nginx.get('/', { headers, method: 'POST' })).body).toBe('currency=EUR; sessions=1')
  })

  test('each language and each encoding has a page of its own', async () => {
    await start((request, response) =>
      page(response, `${said(request, 'accept-language')} ${said(request, 'accept-encoding')}`),
    )
    const ask = (language: string, encoding: string) =>
      nginx.get('/', { headers: { 'accept-language': language, 'accept-encoding': encoding } })
    expect((await ask('de-CH,de;q=0.9', 'gzip, deflate, br')).body).toBe('de br')
    expect((await ask('fr', 'gzip')).body).toBe('en gzip')
    expect(await ask('de', 'br, gzip')).toMatchObject({ cache: 'HIT', body: 'de br' })
    expect((await ask('de', 'gzip;q=0, br;q=0')).body).toBe('de nothing')
  })

  test('of two lines of Vary each counts, and one that is not in the key keeps a page from being stored', async () => {
    const vary: Record<string, string | string[]> = {
      '/two': ['Accept-Language', 'Accept-Encoding'],
      '/country': 'Accept-Encoding, X-Country',
    }
    await start((request, response) => {
      response.setHeader('Vary', vary[request.url ?? ''] ?? '')
      page(response, `${said(request, 'accept-language')} ${said(request, 'x-country')}`)
    })
    const bodies = []
    for (const headers of [{ 'accept-language': 'de' }, { 'accept-language': 'en' }])
      for (const _twice of [1, 2]) bodies.push((await nginx.get('/two', { headers })).body)
    expect(bodies).toEqual(['de nothing', 'de nothing', 'en nothing', 'en nothing'])
    const of = async (country: string) =>
      (await nginx.get('/country', { headers: { 'x-country': country } })).body
    expect([await of('CH'), await of('FR')]).toEqual(['en CH', 'en FR'])
  })

  test('an answer that sets a cookie, or is private, is not stored whatever else it says', async () => {
    const name: Record<string, [string, string]> = {
      '/cookie': ['Set-Cookie', 'session=anna'],
      '/private': ['Cache-Control', 'private, max-age=60'],
      '/no-store': ['Cache-Control', 'no-store'],
    }
    await start(({ url = '' }, response) => {
      response.setHeader('X-Accel-Expires', '60')
      response.setHeader(...(name[url] as [string, string]))
      response.end(`${app.requests.length}`)
    })
    for (const path of Object.keys(name)) {
      const before = app.requests.length
      expect([(await nginx.get(path)).cache, (await nginx.get(path)).cache]).toEqual(['MISS', 'MISS'])
      expect(app.requests.length).toBe(before + 2)
    }
  })

  test('each host has pages of its own, and a host that is not the site has none', async () => {
    await start((request, response) => page(response, said(request, 'host') as string))
    expect((await nginx.get('/')).body).toBe('shop.example')
    expect((await nginx.get('/', { host: 'www.shop.example' })).body).toBe('www.shop.example')
    await expect(nginx.get('/', { host: 'evil.example' })).rejects.toThrow('hang up')
    expect(app.requests).toHaveLength(2)
  })

  test('headers that an application may believe do not decide what is stored for all', async () => {
    const names = ['x-forwarded-host', 'x-forwarded-proto', 'forwarded', 'x-original-url', 'x-rewrite-url']
    await start((request, response) => page(response, names.map((name) => said(request, name)).join(' ')))
    const headers = Object.fromEntries(names.map((name) => [name, 'evil']))
    expect((await nginx.get('/', { headers })).body).toBe('shop.example http nothing nothing nothing')
  })

  test('an escaped ? in a path is another page than a query', async () => {
    await start((request, response) => page(response, request.url as string))
    expect((await nginx.get('/a%3Fb')).body).toBe('/a%3Fb')
    expect((await nginx.get('/a?b')).body).toBe('/a?b')
  })

  test('HEAD and GET share an entry', async () => {
    await start((_request, response) => page(response, 'page'))
    expect(await nginx.get('/', { method: 'HEAD' })).toMatchObject({ cache: 'MISS', body: '' })
    expect(await nginx.get('/')).toMatchObject({ cache: 'HIT', body: 'page' })
  })

  test('one request renders, those at the same time wait for its page', async () => {
    const held: ServerResponse[] = []
    await start(
      (_request, response) => {
        held.push(response)
      },
      // Longer than this test waits: those who wait would ask the application after 200 ms.
      {
        edits: {
          'snippets/onetrip-proxy.conf': [
            ['lock_timeout 200ms', 'lock_timeout 600s'],
            ['lock_age 5s', 'lock_age 600s'],
          ],
        },
      },
    )
    const visitors = Array.from({ length: 8 }, () => nginx.get('/'))
    await expect.poll(() => held.length).toBe(1)
    page(held[0] as ServerResponse, 'page')
    expect((await Promise.all(visitors)).map(({ body }) => body)).toEqual(Array(8).fill('page'))
    expect(app.requests).toHaveLength(1)
  })

  test('requests for an answer that is not stored do not wait for each other', async () => {
    const held: ServerResponse[] = []
    await start((_request, response) => {
      held.push(response)
      // Answers only once all of them are here.
      if (held.length === 8) for (const one of held) one.end('own')
    })
    const answers = await Promise.all(Array.from({ length: 8 }, () => nginx.get('/')))
    expect(answers.map(({ body }) => body)).toEqual(Array(8).fill('own'))
  })

  test('an old page is shown at once while one request makes a new one', async () => {
    let held: ServerResponse | undefined
    await start((_request, response) => page(response, 'old', 1))
    await nginx.get('/')
    app.handle((_request, response) => {
      held = response
    })
    // The application answers none of these.
    await expect.poll(async () => (await nginx.get('/')).cache).toBe('UPDATING')
    expect((await nginx.get('/')).body).toBe('old')
    await expect.poll(() => held).toBeDefined()
    expect(app.requests).toHaveLength(2)
    page(held as ServerResponse, 'new')
    await expect.poll(async () => (await nginx.get('/')).body).toBe('new')
    expect(app.requests).toHaveLength(2)
  })

  test('an old page is shown when the application fails or is gone', async () => {
    await start((_request, response) => page(response, 'old', 1))
    await nginx.get('/')
    app.handle((_request, response) => {
      response.statusCode = 500
      response.end('error')
    })
    await expect.poll(async () => (await nginx.get('/')).cache).toBe('STALE')
    expect(await nginx.get('/')).toMatchObject({ status: 200, body: 'old' })
    await app.stop()
    expect(await nginx.get('/')).toMatchObject({ status: 200, body: 'old' })
    expect((await nginx.get('/never-seen')).status).toBe(502)
  })
})
