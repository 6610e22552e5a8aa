import { afterEach, describe, expect, test } from 'vitest'
import { engineOf } from '../../helpers/templates.ts'
import { get } from '../compress/get.ts'
import { type Exchange, frameworks, type Handler, type Site } from '../frameworks.ts'

const TEMPLATES = {
  page: '{% cache "film", 1, ttl="1h", tags=["films", "film:1, 2"] %}film{% endcache %}{% cache "new", ttl="10m", tags="films" %}new{% endcache %}',
  hole: '{% cache "a" %}x{% nocache %}{{ visitor }}{% endnocache %}{% endcache %}',
  captured:
    '{% set t %}{% nocache %}{{ visitor }}{% endnocache %}{% endset %}{{ t | upper }}{% cache "a" %}x{% endcache %}',
  visitor: '{% cache "cart", user.id %}cart{% endcache %}',
  skipped: '{% cache "a" %}x{% endcache %}{% cache "b", if=false %}y{% endcache %}',
  plain: 'no fragments',
  localised: '{% cache "a", vary="locale" %}x{% endcache %}',
}
const SHARED = 'public, max-age=0, s-maxage='
const PRIVATE = ['private, no-store', '0']

describe.each(frameworks)('$name', (framework) => {
  let site: Site
  afterEach(() => site.close())

  async function start(handler: Handler, cacheHeaders: boolean | object = true, options = {}): Promise<void> {
    site = await framework.start(
      {
        engine: engineOf(TEMPLATES),
        ttl: '1m',
        debug: false,
        entries: { jitter: 0 },
        cacheHeaders,
        ...options,
      },
      { '/:any': handler },
    )
  }
  const gets = async (headers: Record<string, string> = {}, method = 'GET', path = '/a') => {
    const received = await get(site.origin + path, headers, method)
    await site.settled()
    return received.headers
  }
  /** Returns what a page of hits says to caches. */
  async function said(headers?: Record<string, string>, method?: string): Promise<(string | undefined)[]> {
    await gets(headers, method)
    const received = await gets(headers, method)
    return [received['cache-control'], received['x-accel-expires']]
  }

  test('a page of hits is for all visitors, for 1 s by default', async () => {
    await start(({ render }) => render('page'))
    expect(await said()).toEqual([`${SHARED}1`, '1'])
    expect(await said({}, 'HEAD')).toEqual([`${SHARED}1`, '1'])
  })

  test('not longer than its fragments are fresh, nor than maxAge', async () => {
    await start(({ render }) => render('page'), { maxAge: '1d' })
    const [, seconds] = await said()
    expect(Number(seconds)).toBeGreaterThan(9 * 60)
    expect(Number(seconds)).toBeLessThanOrEqual(10 * 60)
    await site.close()
    await start(({ render }) => render('page'), { maxAge: '5m' })
    expect(await said()).toEqual([`${SHARED}300`, '300'])
  })

  test('nginx is told its time before Cache-Control', async () => {
    await start(({ render }) => render('page'))
    const names = Object.keys(await gets())
    expect(names.indexOf('x-accel-expires')).toBeLessThan(names.indexOf('cache-control'))
  })

  test('a page with a miss is private', async () => {
    await start(({ render }) => render('page'))
    const first = await gets()
    expect([first['cache-control'], first['x-accel-expires']]).toEqual(PRIVATE)
  })

  test.each(['hole', 'captured', 'visitor', 'skipped', 'plain', 'localised'])(
    'the page %s is private',
    async (template) => {
      await start(({ render }) => render(template, { visitor: 'ann', user: { id: 1 } }), true, {
        vary: { locale: () => 'en' },
      })
      expect(await said()).toEqual(PRIVATE)
    },
  )

  test.each<[string, (exchange: Exchange) => void]>([
    ['a cookie', (exchange) => exchange.header('set-cookie', 'a=1')],
    ['status 404', (exchange) => exchange.status(404)],
  ])('a response with %s is private', async (_title, prepare) => {
    await start(
      (exchange) => {
        prepare(exchange)
        return exchange.render('page')
      },
      { tags: ['xkey'] },
    )
    expect(await said()).toEqual(PRIVATE)
    expect((await gets()).xkey).toBeUndefined()
  })

  test('requests with a cookie or with credentials, and POST, are private by default', async () => {
    await start(({ render }) => render('page'))
    await said()
    expect(await said({ cookie: 'a=1' })).toEqual(PRIVATE)
    expect(await said({ authorization: 'Basic eDp5' })).toEqual(PRIVATE)
    expect(await said({}, 'POST')).toEqual(PRIVATE)
  })

  test('anonymous says which requests belong to no visitor', async () => {
    const anonymous = (request: { headers: { cookie?: string } }) =>
      !request.headers.cookie?.includes('session')
    await start(({ render }) => render('page'), { anonymous })
    await said()
    expect(await said({ cookie: 'statistics=1' })).toEqual([`${SHARED}1`, '1'])
    expect(await said({ cookie: 'session=1' })).toEqual(PRIVATE)
  })

  test('anonymous must return true, not only something', async () => {
    await start(({ render }) => render('page'), { anonymous: async () => false })
    expect(await said()).toEqual(PRIVATE)
  })

  test('a fragment rendered for the same response counts', async () => {
    await start(async ({ render, page }) => {
      await page.render('hole', { visitor: 'ann' })
      return render('page')
    })
    expect(await said()).toEqual(PRIVATE)
  })

  test('pages whose keys vary are for all visitors with the option vary', async () => {
    await start(
      ({ render }) => render('localised'),
      { vary: ['Accept-Language'] },
      { vary: { locale: () => 'en' } },
    )
    expect(await said()).toEqual([`${SHARED}1`, '1'])
    expect((await gets()).vary).toBe('Accept-Language')
  })

  test("the handler's Cache-Control is left alone", async () => {
    await start((exchange) => {
      exchange.header('cache-control', 'public, max-age=60')
      return exchange.render('hole')
    })
    expect(await said()).toEqual(['public, max-age=60', undefined])
  })

  test('tags, for each kind of cache', async () => {
    await start(
      ({ render }) => render('page'),
      { tags: ['xkey', 'Surrogate-Key', 'Cache-Tag'] },
      { prefix: 'shop' },
    )
    await gets()
    const { xkey, 'surrogate-key': surrogate, 'cache-tag': cacheTag } = await gets()
    const keys = ['shop:0::', 'films', 'film:1%2C%202']
    expect(xkey?.split(' ')).toEqual(keys)
    expect(surrogate).toBe(xkey)
    expect(cacheTag?.split(',')).toEqual(keys)
  })

  test('a page with more tags than fit has none, and is kept for 1 s at most', async () => {
    await start(({ render }) => render('page'), { tags: ['xkey'], maxTagBytes: 10, maxAge: '1h' })
    expect(await said()).toEqual([`${SHARED}1`, '1'])
    expect((await gets()).xkey).toBeUndefined()
  })

  test('beside compress and etag, a 304 has the headers, too', async () => {
    await start(
      ({ render }) => render('page'),
      { tags: ['xkey'] },
      { compress: { threshold: 0 }, etag: true },
    )
    await gets()
    const { etag = '' } = await gets({ 'accept-encoding': 'gzip' })
    const again = await gets({ 'accept-encoding': 'gzip', 'if-none-match': etag })
    expect([again['cache-control'], again.vary, again.xkey !== undefined]).toEqual([
      `${SHARED}1`,
      'Accept-Encoding',
      true,
    ])
  })
})
