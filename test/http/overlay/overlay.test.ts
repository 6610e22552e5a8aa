import Fastify from 'fastify'
import { lazy, OptionError, type PageExplanation } from 'onetrip'
import { afterEach, describe, expect, test, vi } from 'vitest'
import onetripExpress from '../../../src/http/express.ts'
import onetripFastify from '../../../src/http/fastify.ts'
import type { WebOptions } from '../../../src/http/web-options.ts'
import { engineOf } from '../../helpers/templates.ts'
import { collectWarnings } from '../../helpers/warnings.ts'
import { type Exchange, type Framework, frameworks, type Site } from '../frameworks.ts'

const warnings = collectWarnings()
const TEMPLATES = {
  'page.njk':
    '<!doctype html><title>Films</title><body>{% cache "menu", ttl="1h", tags=["films"] %}<nav>{{ films }}</nav>{% endcache %}' +
    '<p>{% nocache %}{{ name }}{% endnocache %}</p>',
  'data.json': '{"a": {% cache "a" %}1{% endcache %}}',
}
const POLICY = "default-src 'none'; script-src 'self' 'nonce-b64+/=' ; style-src 'self'"

const sites: Site[] = []
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const site of sites.splice(0)) await site.close()
})

// The first tests of the file: a warning is given once per process.
describe('a request that may not see its page', () => {
  async function textOf(headers: Record<string, string>, overlay?: WebOptions['overlay']): Promise<string> {
    const [framework] = frameworks
    const options = { engine: engineOf({ page: '{% cache "a", ttl="1h" %}<p>a</p>{% endcache %}' }), overlay }
    const site = await (framework as Framework).start(options, { '/': ({ render }) => render('page') })
    sites.push(site)
    return (await fetch(`${site.origin}/?onetrip=explain`, { headers })).text()
  }

  test('is told how to let it through, once', async () => {
    for (let n = 0; n < 2; n++) expect(await textOf({ 'x-forwarded-for': '203.0.113.9' })).toBe('<p>a</p>')
    expect(warnings).toEqual([expect.stringMatching(/^A request with \?onetrip= came through a proxy/)])
  })

  test('is told that authorize failed', async () => {
    const authorize = () => Promise.reject(new Error('no session'))
    expect(await textOf({}, { authorize })).toBe('<p>a</p>')
    expect(warnings).toEqual([expect.stringMatching(/^The option overlay.authorize failed.*: no session$/)])
  })
})

describe.each(frameworks)('$name', (framework) => {
  async function start(options: Partial<WebOptions> = {}): Promise<Site> {
    const page = (exchange: Exchange) =>
      exchange.render('page.njk', { films: lazy(async () => 'Alien'), name: 'Ada' })
    const site = await framework.start(
      { engine: engineOf(TEMPLATES), ttl: '5m', ...options },
      {
        '/': page,
        '/strict': (exchange) => {
          exchange.header('content-security-policy', POLICY)
          exchange.header('cache-control', 'public, max-age=60')
          exchange.header('x-accel-expires', '60')
          return page(exchange)
        },
        '/data': (exchange) => {
          exchange.header('content-type', 'application/json')
          return exchange.render('data.json')
        },
        '/by-hand': async (exchange) => {
          const { body } = await exchange.page.render('page.njk', { films: 'Alien', name: 'Ada' })
          exchange.header('content-type', 'text/html')
          return exchange.send(body.toString())
        },
        '/missing': (exchange) => {
          exchange.status(404)
          return page(exchange)
        },
        '/broken': (exchange) =>
          exchange.render('page.njk', { films: lazy(() => Promise.reject(new Error('no'))) }),
        '/plain': ({ send }) => send('plain'),
      },
    )
    sites.push(site)
    return site
  }

  async function explain({ origin }: Site, path = '/', status = 200): Promise<PageExplanation> {
    const answer = await fetch(`${origin}${path}?onetrip=explain`)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
    for (const name of ['etag', 'x-accel-expires']) expect(answer.headers.get(name)).toBeNull()
    return (await answer.json()) as PageExplanation
  }

  test.each(['/', '/by-hand'])('%s is marked for the overlay, and not cached', async (path) => {
    const site = await start()
    for (const state of ['miss', 'hit']) {
      const answer = await fetch(`${site.origin}${path}?a=b&onetrip=overlay`)
      const html = await answer.text()
      await site.settled()
      expect(answer.headers.get('cache-control')).toBe('private, no-store')
      expect(answer.headers.get('etag')).toBeNull()
      expect(html).toContain('<body><!--onetrip-overlay:0--><nav>Alien</nav><!--onetrip-overlay:/0--><p>')
      expect(html).toContain('<p><!--onetrip-overlay:nocache-->Ada<!--onetrip-overlay:/nocache--></p>')
      expect(html).toContain('<script type="module" src="?onetrip=overlay.js"></script><body>')
      const [, data = ''] = /data-onetrip-overlay="">(.*?)<\/script>/.exec(html) ?? []
      expect(JSON.parse(data)).toMatchObject({
        fragments: [{ name: 'menu', state }],
        trips: state === 'hit' ? 1 : 2,
      })
    }
    const plain = await (await fetch(site.origin + path)).text()
    expect(plain).toBe('<!doctype html><title>Films</title><body><nav>Alien</nav><p>Ada</p>')
  })

  test('the script takes the nonce of the policy, and is served at any path', async () => {
    const { origin } = await start()
    const answer = await fetch(`${origin}/strict?onetrip=overlay`)
    expect(await answer.text()).toContain(
      '<script type="module" src="?onetrip=overlay.js" nonce="b64+/="></script>',
    )
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
    expect(answer.headers.get('x-accel-expires')).toBeNull()
    for (const path of ['/strict', '/nowhere/at/all']) {
      const script = await fetch(`${origin}${path}?onetrip=overlay.js`)
      expect(script.status).toBe(200)
      expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
      expect(script.headers.get('cache-control')).toBe('private, no-store')
      expect(await script.text()).toContain('class Overlay')
    }
  })

  test('overlay.nonce goes before the policy', async () => {
    const { origin } = await start({ overlay: { nonce: () => 'of-a-meta' } })
    expect(await (await fetch(`${origin}/strict?onetrip=overlay`)).text()).toContain(' nonce="of-a-meta"')
  })

  test('what is no HTML stays as it is', async () => {
    const { origin } = await start()
    expect(await (await fetch(`${origin}/data?onetrip=overlay`)).text()).toBe('{"a": 1}')
  })

  test('explain answers with the outcomes and the steps of the page', async () => {
    const site = await start()
    const cold = await explain(site)
    expect(cold.page).toMatchObject({ template: 'page.njk', method: 'GET', status: 200 })
    expect(cold).toMatchObject({ hits: 0, stale: 0, misses: 1, trips: 2, omitted: 0 })
    expect(cold.fragments).toMatchObject([{ name: 'menu', state: 'miss', reason: 'absent', line: 1 }])
    expect(cold.waterfall.map(({ kind }) => kind)).toEqual([
      ...['declare', 'render', 'fetch', 'fetch', 'render', 'load', 'render', 'assemble'],
    ])
    for (const { start, duration } of cold.waterfall) {
      expect(start).toBeGreaterThanOrEqual(0)
      expect(duration).toBeGreaterThanOrEqual(0)
    }
    await site.settled()
    const warm = await explain(site)
    expect(warm).toMatchObject({ hits: 1, misses: 0, trips: 1 })
    await site.settled()
    await site.cache.invalidate('films')
    const [menu] = (await explain(site)).fragments
    expect(menu).toMatchObject({ reason: 'invalidated', tags: [{ name: 'films', valid: false }] })
    expect(menu?.explanation).toMatch(/^Its tag "films" was invalidated /)
  })

  test.each(['/by-hand', '/strict', '/data'])('explain answers for %s', async (path) => {
    expect((await explain(await start(), path)).fragments).toHaveLength(1)
  })

  test('explain names the status, also of a page that failed', async () => {
    const site = await start()
    expect((await explain(site, '/missing', 404)).page.status).toBe(404)
    await site.settled()
    expect(await site.cache.inspect('menu')).toMatchObject({ found: false })
    const broken = await explain(site, '/broken', 500)
    expect(broken.page.status).toBe(500)
    expect(broken.fragments).toEqual([])
  })

  test('a response that renders no page is as it is', async () => {
    const { origin } = await start()
    expect(await (await fetch(`${origin}/plain?onetrip=explain`)).text()).toBe('plain')
  })

  test('trace traces the page, and leaves it as it is', async () => {
    const site = await start()
    const sampler = site.cache.sampleTraces({ every: 1_000 })
    for (const path of ['/', '/?onetrip=trace', '/?onetrip=other', '/?aonetrip=trace'])
      expect(await (await fetch(site.origin + path)).text()).toContain('<body><nav>Alien</nav>')
    await site.settled()
    // The first page is one of the sample.
    const route = { route: '/', method: 'GET', status: 200, template: 'page.njk' }
    expect(sampler.recent).toMatchObject([
      { id: 2, ...route },
      { id: 1, ...route },
    ])
    expect((await explain(site)).page.route).toBe('/')
  })

  test('works with compressed pages, ETags and headers for shared caches', async () => {
    const site = await start({ compress: { threshold: 1 }, etag: true, cacheHeaders: true })
    const get = (query: string, headers: Record<string, string> = {}) =>
      fetch(`${site.origin}/${query}`, { headers: { 'accept-encoding': 'gzip', ...headers } })
    const plain = await get('')
    expect(plain.headers.get('content-encoding')).toBe('gzip')
    const etag = plain.headers.get('etag')
    await plain.text()
    await site.settled()
    const marked = await get('?onetrip=overlay', etag === null ? {} : { 'if-none-match': etag })
    expect(marked.status).toBe(200)
    expect(await marked.text()).toContain('<!--onetrip-overlay:0--><nav>Alien</nav>')
    expect((await explain(site)).hits).toBe(1)
    const explained = await get('?onetrip=explain')
    expect(explained.headers.get('content-encoding')).toBeNull()
    expect(((await explained.json()) as PageExplanation).page.status).toBe(200)
    expect(await (await get('')).text()).toContain('<body><nav>Alien</nav>')
  })

  describe('is not for everybody', () => {
    const views = ['overlay', 'explain', 'overlay.js']
    async function answers({ origin }: Site, headers: Record<string, string> = {}): Promise<boolean[]> {
      const given = views.map(async (view) => {
        const answer = await fetch(`${origin}/?onetrip=${view}`, { headers })
        return !/^<!doctype html><title>Films<\/title><body><nav>/.test(await answer.text())
      })
      return Promise.all(given)
    }

    test('in production: nothing without authorize', async () => {
      vi.stubEnv('NODE_ENV', 'production')
      expect(await answers(await start())).toEqual([false, false, false])
      expect(await answers(await start({ overlay: true }))).toEqual([false, false, false])
    })

    test('nothing with overlay: false', async () => {
      expect(await answers(await start({ overlay: false }))).toEqual([false, false, false])
    })

    test('in development: nothing for a request through a proxy', async () => {
      const site = await start()
      expect(await answers(site, { 'x-forwarded-for': '203.0.113.9' })).toEqual([false, false, true])
      expect(await answers(site)).toEqual([true, true, true])
    })

    test('in production: for those that authorize lets through', async () => {
      vi.stubEnv('NODE_ENV', 'production')
      const authorize = async (request: unknown) =>
        (request as { headers: Record<string, string> }).headers['x-admin'] === 'yes'
      const site = await start({ overlay: { authorize } })
      expect(await answers(site)).toEqual([false, false, true])
      expect(await answers(site, { 'x-admin': 'yes' })).toEqual([true, true, true])
    })

    test('an authorize that fails, or gives no boolean, lets nobody through', async () => {
      const failing = () => {
        throw new Error('no session')
      }
      expect(await answers(await start({ overlay: { authorize: failing } }))).toEqual([false, false, true])
      const truthy = (() => 'yes') as never
      expect(await answers(await start({ overlay: { authorize: truthy } }))).toEqual([false, false, true])
    })
  })
})

test("hooks of an app may use the page of a request for the overlay's script", async () => {
  const app = Fastify()
  await app.register(onetripFastify, { engine: engineOf(TEMPLATES), ttl: '5m' })
  app.addHook('onSend', async ({ fragments }, reply) => {
    reply.header('x-trips', String(fragments.trips))
  })
  const { statusCode, headers } = await app.inject('/?onetrip=overlay.js')
  expect([statusCode, headers['x-trips']]).toEqual([200, '0'])
  await app.close()
})

test.each([
  [{ overlay: 'yes' }, /option overlay must be true, false, or an object/],
  [{ overlay: { authorize: true } }, /overlay.authorize must be a function/],
  [{ overlay: { nonce: 'abc' } }, /overlay.nonce must be a function/],
  [{ overlay: { authorise: () => true } }, /did you mean "authorize"/],
])('%j is refused', (options, message) => {
  const make = () => onetripExpress({ engine: engineOf({}), ...options } as never)
  expect(make).toThrow(OptionError)
  expect(make).toThrow(message)
})
