import { connect } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { ENCODERS } from '../../../src/http/compress/encodings.ts'
import { engineOf } from '../../helpers/templates.ts'
import { type Exchange, frameworks, type Handler, type Site } from '../frameworks.ts'
import { get } from './get.ts'

const LONG = 'A film about a train. '.repeat(200)
const TEMPLATES = {
  page: `<!doctype html><title>{{ title }}</title>{% cache "film", id %}${LONG}{{ id }}{% endcache %}`,
  visitor: `<p>{{ visitor }}</p>{% cache "film", id %}${LONG}{{ id }}{% endcache %}`,
  hole: `{% cache "film" %}${LONG}{% nocache %}{{ visitor }}{% endnocache %}{% endcache %}`,
  short: '{% cache "short" %}short{% endcache %}',
}
const ENCODINGS = [...ENCODERS.keys()]

describe.each(frameworks)('$name', (framework) => {
  let site: Site
  const compressing = spiesOn()
  afterEach(async () => {
    vi.restoreAllMocks()
    await site.close()
  })

  async function start(handler: Handler, compress: boolean | object = true): Promise<void> {
    const engine = engineOf(TEMPLATES)
    site = await framework.start({ engine, ttl: '1m', compress } as never, { '/:any': handler })
  }
  const page: Handler = (exchange) => exchange.render('page', { id: exchange.url, title: 'Film' })
  const gets = async (path: string, headers = {}, method = 'GET') => {
    const received = await get(`${site.origin}${path}`, headers, method)
    await site.settled()
    return received
  }

  test.each(ENCODINGS)('%s: a page that is met again is compressed once', async (encoding) => {
    const { once, kept } = compressing(encoding)
    await start(page)
    const plain = await gets('/1')
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(plain.headers.vary).toBe('Accept-Encoding')
    for (let n = 0; n < 6; n++) {
      const { status, headers, text, raw } = await gets('/1', { 'accept-encoding': encoding })
      expect([status, headers['content-encoding'], headers.vary]).toEqual([200, encoding, 'Accept-Encoding'])
      expect(headers['content-length']).toBe(String(raw.length))
      expect(text).toBe(plain.text)
    }
    expect([once(), kept()]).toEqual([1, 1])
  })

  test('pages of two visitors share no copy, in whatever order they are asked for', async () => {
    await start((exchange) => exchange.render('visitor', { id: 1, visitor: visitorOf(exchange) }))
    for (const name of 'abcabaabbccabcab') {
      const { text } = await gets(`/${name}`, { 'accept-encoding': 'gzip' })
      expect(text).toBe(`<p>${name}</p>${LONG}1`)
    }
  })

  test('a page with a {% nocache %} is compressed for each request', async () => {
    const { once, kept } = compressing('br')
    await start((exchange) => exchange.render('hole', { visitor: visitorOf(exchange) }))
    for (const name of 'abbaab') {
      const { text } = await gets(`/${name}`, { 'accept-encoding': 'br' })
      expect(text).toBe(`${LONG}${name}`)
    }
    expect([once(), kept()]).toEqual([6, 0])
  })

  test('after an invalidation, the page is compressed anew', async () => {
    let text = 'old'
    await start((exchange) => exchange.render('page', { id: 1, title: text }))
    const seen: string[] = []
    for (const title of ['old', 'old', 'old', 'new', 'new', 'new', 'old']) {
      text = title
      const received = await gets('/1', { 'accept-encoding': 'gzip' })
      seen.push(received.text.slice(22, 25))
    }
    expect(seen).toEqual(['old', 'old', 'old', 'new', 'new', 'new', 'old'])
  })

  test('requests at one time wait for one compression', async () => {
    const { kept } = compressing('gzip')
    await start(page)
    for (let n = 0; n < 2; n++) await gets('/1', { 'accept-encoding': 'gzip' })
    const all = await Promise.all(
      Array.from({ length: 10 }, () => get(`${site.origin}/1`, { 'accept-encoding': 'gzip' })),
    )
    expect(new Set(all.map(({ text }) => text)).size).toBe(1)
    expect(kept()).toBe(1)
  })

  test('HEAD has the headers of GET', async () => {
    await start(page)
    for (let n = 0; n < 3; n++) await gets('/1', { 'accept-encoding': 'gzip' })
    const got = await gets('/1', { 'accept-encoding': 'gzip' })
    const head = await gets('/1', { 'accept-encoding': 'gzip' }, 'HEAD')
    expect(head.raw.length).toBe(0)
    for (const name of ['content-encoding', 'content-length', 'content-type', 'vary', 'etag'])
      expect(head.headers[name], name).toBe(got.headers[name])
  })

  test('a range is not answered: the page is sent whole', async () => {
    await start(page)
    for (let n = 0; n < 3; n++) await gets('/1', { 'accept-encoding': 'gzip' })
    const { status, headers, text } = await gets('/1', { 'accept-encoding': 'gzip', range: 'bytes=0-9' })
    expect([status, headers['content-range']]).toEqual([200, undefined])
    expect(text).toContain(LONG)
  })

  test.each<[string, (exchange: Exchange) => void, string | undefined]>([
    ['an encoding of its own', (exchange) => exchange.header('content-encoding', 'identity'), undefined],
    [
      'Cache-Control: no-transform',
      (exchange) => exchange.header('cache-control', 'public, no-transform'),
      undefined,
    ],
    ['another type', (exchange) => exchange.header('content-type', 'image/png'), undefined],
    ['status 404', (exchange) => exchange.status(404), undefined],
    ['an XML type', (exchange) => exchange.header('content-type', 'application/rss+xml'), 'gzip'],
  ])('a response with %s', async (_title, prepare, encoding) => {
    await start((exchange) => {
      prepare(exchange)
      return page(exchange)
    })
    for (let n = 0; n < 4; n++) {
      const { headers, text } = await gets('/1', { 'accept-encoding': 'gzip' })
      expect(headers['content-encoding']?.replace('identity', '') || undefined).toBe(encoding)
      expect(text).toContain(LONG)
    }
  })

  test('a short page is sent as it is, unless the threshold is lower', async () => {
    await start((exchange) => exchange.render('short'))
    expect((await gets('/1', { 'accept-encoding': 'gzip' })).headers['content-encoding']).toBeUndefined()
    await site.close()
    await start((exchange) => exchange.render('short'), { threshold: 0 })
    expect((await gets('/1', { 'accept-encoding': 'gzip' })).headers['content-encoding']).toBe('gzip')
  })

  test('Vary of the handler is kept, in one line', async () => {
    await start((exchange) => {
      exchange.header('vary', 'Cookie')
      return page(exchange)
    })
    expect((await gets('/1')).headers.vary).toBe('Cookie, Accept-Encoding')
  })

  test('a page whose compression fails is sent as it is', async () => {
    const encoder = ENCODERS.get('gzip')
    if (!encoder) throw new Error('no gzip')
    vi.spyOn(encoder, 'compress').mockRejectedValue(new Error('no memory'))
    await start(page)
    for (let n = 0; n < 4; n++) {
      const { status, headers, raw } = await gets('/1', { 'accept-encoding': 'gzip' })
      expect([status, headers['content-encoding']]).toEqual([200, undefined])
      expect(raw.toString()).toContain(LONG)
    }
  })

  test('visitors who hang up while their page is compressed do no harm', async () => {
    await start(page)
    await gets('/1')
    for (let n = 0; n < 20; n++) {
      await new Promise<void>((resolve) => {
        const socket = connect(site.port, '127.0.0.1', () => {
          socket.write('GET /1 HTTP/1.1\r\nHost: here\r\nAccept-Encoding: gzip\r\n\r\n')
          setImmediate(() => {
            socket.resetAndDestroy()
            resolve()
          })
        })
      })
    }
    const { text } = await gets('/1', { 'accept-encoding': 'gzip' })
    expect(text).toContain(LONG)
  })
})

const visitorOf = ({ url }: Exchange) => url.slice(1)

/** Counts compressions by quality: for one request, and of copies. */
function spiesOn() {
  return (encoding: string) => {
    const encoder = ENCODERS.get(encoding as 'gzip')
    if (!encoder) throw new Error(`no ${encoding}`)
    const spy = vi.spyOn(encoder, 'compress')
    const count = (quality: number) => spy.mock.calls.filter(([, given]) => given === quality).length
    return { once: () => count(encoder.onceQuality), kept: () => count(encoder.keptQuality) }
  }
}
