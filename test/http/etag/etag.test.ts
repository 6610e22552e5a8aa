import { afterEach, describe, expect, test, vi } from 'vitest'
import { PageContent } from '../../../src/core/page/page-content.ts'
import { engineOf } from '../../helpers/templates.ts'
import { get } from '../compress/get.ts'
import { type Exchange, frameworks, type Handler, type Site } from '../frameworks.ts'

const LONG = 'A film about a train. '.repeat(200)
const TEMPLATES = {
  page: `<title>{{ title }}</title>{% cache "film", id %}${LONG}{{ id }}{% endcache %}`,
  hole: `{% cache "film" %}${LONG}{% nocache %}{{ visitor }}{% endnocache %}{% endcache %}`,
  skipped: `{% cache "never", ttl=0 %}${LONG}{% endcache %}`,
}

describe.each(frameworks)('$name', (framework) => {
  let site: Site
  afterEach(async () => {
    vi.restoreAllMocks()
    await site.close()
  })

  async function start(handler: Handler, options: object = {}): Promise<void> {
    site = await framework.start(
      { engine: engineOf(TEMPLATES), ttl: '1m', etag: true, debug: false, ...options },
      { '/:any': handler },
    )
  }
  const gets = async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
    const received = await get(`${site.origin}${path}`, headers, method)
    await site.settled()
    return received
  }
  const page: Handler = ({ render, url }) => render('page', { id: url, title: 'Film' })

  test('a page of hits has a strong tag, the same each time, and 304 by it', async () => {
    await start(page)
    await gets('/1')
    const { etag = '' } = (await gets('/1')).headers
    expect(etag).toMatch(/^"[\w-]{43}"$/)
    expect((await gets('/1')).headers.etag).toBe(etag)
    for (const header of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const { status, headers, raw } = await gets('/1', { 'if-none-match': header })
      expect([status, raw.length, headers.etag]).toEqual([304, 0, etag])
      for (const name of ['content-type', 'content-length', 'content-encoding'])
        expect(headers[name], name).toBeUndefined()
    }
    expect((await gets('/1', { 'if-none-match': '"other"' })).text).toContain(LONG)
  })

  test('304 is answered without joining the page', async () => {
    await start(page)
    await gets('/1')
    const { etag = '' } = (await gets('/1')).headers
    const joined = vi.spyOn(PageContent.prototype, 'body', 'get')
    expect((await gets('/1', { 'if-none-match': etag })).status).toBe(304)
    expect(joined).not.toHaveBeenCalled()
  })

  test('other content has another tag', async () => {
    let title = 'old'
    await start(({ render }) => render('page', { id: 1, title }))
    await gets('/1')
    const { etag: old } = (await gets('/1')).headers
    title = 'new'
    const { etag: renamed } = (await gets('/1')).headers
    await site.cache.delete('film', 1)
    await gets('/1')
    const { etag: rewritten } = (await gets('/1')).headers
    expect(new Set([old, renamed, rewritten]).size).toBe(3)
    expect((await gets('/1', { 'if-none-match': old ?? '' })).status).toBe(200)
  })

  test('a page with a hole has a weak tag, another one for each content', async () => {
    await start(({ render, url }) => render('hole', { visitor: url.slice(1) }))
    await gets('/ann')
    const { etag: ann = '' } = (await gets('/ann')).headers
    const { etag: bob = '' } = (await gets('/bob')).headers
    expect(ann).toMatch(/^W\/"[\w-]{43}"$/)
    expect(bob).not.toBe(ann)
    expect((await gets('/ann', { 'if-none-match': ann })).status).toBe(304)
    expect((await gets('/bob', { 'if-none-match': ann })).text).toBe(`${LONG}bob`)
  })

  test('a page with a miss has none of this package', async () => {
    await start(({ render }) => render('skipped'))
    for (let n = 0; n < 3; n++) {
      const { etag } = (await gets('/1')).headers
      // Express makes its own, of the bytes.
      if (framework.name.startsWith('Fastify')) expect(etag).toBeUndefined()
      else expect(etag).toMatch(/^W\/"[\da-f]+-/)
    }
  })

  test.each(['gzip', 'br', undefined])(
    'compressed by %s, each coding has a tag of its own',
    async (encoding) => {
      await start(page, { compress: true })
      const headers: Record<string, string> = encoding ? { 'accept-encoding': encoding } : {}
      await gets('/1')
      const tags: (string | undefined)[] = []
      for (let n = 0; n < 4; n++) tags.push((await gets('/1', headers)).headers.etag)
      const [tag = ''] = tags
      expect(tags).toEqual(Array(4).fill(tag))
      if (encoding) expect(tag).toMatch(new RegExp(`^W/"[\\w-]{43}-${encoding}"$`))
      else expect(tag).toMatch(/^"[\w-]{43}"$/)
      const again = await gets('/1', { ...headers, 'if-none-match': tag })
      expect([again.status, again.raw.length, again.headers.vary]).toEqual([304, 0, 'Accept-Encoding'])
      const other = await gets('/1', {
        'accept-encoding': encoding ? 'identity' : 'gzip',
        'if-none-match': tag,
      })
      expect(other.status).toBe(200)
      expect(other.text).toContain(LONG)
    },
  )

  test('HEAD has the tag of GET, and 304', async () => {
    await start(page)
    await gets('/1')
    const { etag = '' } = (await gets('/1')).headers
    const head = await gets('/1', {}, 'HEAD')
    expect([head.status, head.headers.etag]).toEqual([200, etag])
    expect((await gets('/1', { 'if-none-match': etag }, 'HEAD')).status).toBe(304)
  })

  test.each<[string, (exchange: Exchange) => void, string]>([
    ['a tag of its own', (exchange) => exchange.header('etag', '"own"'), '"own"'],
    ['status 404', (exchange) => exchange.status(404), ''],
    ['an encoding of its own', (exchange) => exchange.header('content-encoding', 'identity'), ''],
  ])('a response with %s is left as it is', async (_title, prepare, tag) => {
    await start((exchange) => {
      prepare(exchange)
      return page(exchange)
    })
    for (let n = 0; n < 3; n++) {
      const { headers, text } = await gets('/1')
      if (tag || framework.name.startsWith('Fastify')) expect(headers.etag ?? '').toBe(tag)
      else expect(headers.etag).toMatch(/^W\/"[\da-f]+-/)
      expect(text).toContain(LONG)
    }
  })

  test('a strong tag of the handler is weak once the page is compressed', async () => {
    await start(
      (exchange) => {
        exchange.header('etag', '"own"')
        return page(exchange)
      },
      { compress: true },
    )
    const { headers } = await gets('/1', { 'accept-encoding': 'gzip' })
    expect(headers.etag).toBe('W/"own"')
  })

  test('POST is answered with the page', async () => {
    await start(page)
    await gets('/1')
    const { status, text } = await gets('/1', { 'if-none-match': '*' }, 'POST')
    expect([status, text.includes(LONG)]).toEqual([200, true])
  })
})

test('the option must be a boolean', async () => {
  const { default: onetrip } = await import('onetrip/express')
  expect(() => onetrip({ engine: engineOf(TEMPLATES), etag: 'weak' as never })).toThrow(
    "The option etag must be true or false, not 'weak'.",
  )
})
