import { describe, expect, it } from 'vitest'
import type { FragmentNumbers } from '../../src/metrics/snapshot.ts'
import { serveDashboard } from './served-dashboard.ts'
import { HOSTILE_NAME, HOSTILE_TAG, stepOf } from './shop-numbers.ts'

const PAGES = ['', 'fragments', 'fragment?name=card&template=film.njk', 'tags', 'invalidate?tag=films']

describe('each page', () => {
  it.each(PAGES)('/%s is HTML that no cache keeps and no frame shows', async (path) => {
    const { get } = await serveDashboard()
    const response = await get(`/_onetrip/${path}`)
    expect(response.status).toBe(200)
    const headers = Object.fromEntries(response.headers)
    expect(headers).toMatchObject({
      'cache-control': 'private, no-store',
      'content-type': 'text/html; charset=utf-8',
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'x-robots-tag': 'noindex, nofollow',
    })
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers['content-security-policy']).not.toContain('unsafe')
  })

  it.each(PAGES)('/%s has nothing inline', async (path) => {
    const { get } = await serveDashboard()
    const html = await (await get(`/_onetrip/${path}`)).text()
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/)
    expect(html).not.toMatch(/<style|\sstyle=|<[^>]+\son\w+=/)
  })

  it.each([
    'fragments',
    `fragment?name=${encodeURIComponent(HOSTILE_NAME)}`,
    'tags',
    `invalidate?tag=${encodeURIComponent(HOSTILE_TAG)}`,
  ])('/%s escapes names and tags', async (path) => {
    const { get } = await serveDashboard()
    const html = await (await get(`/_onetrip/${path}`)).text()
    expect(html).not.toContain(HOSTILE_NAME)
    expect(html).not.toContain(HOSTILE_TAG)
    expect(html).toMatch(/&lt;script&gt;alert|film:1&quot; onmouseover/)
  })

  it('has relative addresses alone: it works behind any mount and proxy', async () => {
    const { get } = await serveDashboard()
    for (const path of PAGES) {
      const html = await (await get(`/_onetrip/${path}`)).text()
      for (const [, address = ''] of html.matchAll(/(?:href|src|action|data-events)="([^"]*)"/g))
        expect(address).toMatch(/^(?!\/|\w+:)/)
    }
  })

  it('is at the path without a slash as well', async () => {
    const { get } = await serveDashboard({ path: '/tools/cache' })
    const response = await get('/tools/cache')
    expect([response.status, response.headers.get('location')]).toEqual([303, 'cache/'])
    expect((await get('/tools/cache/')).status).toBe(200)
  })

  it('answers HEAD without a body, and no other method', async () => {
    const { origin } = await serveDashboard()
    const head = await fetch(`${origin}/_onetrip/`, { method: 'HEAD' })
    expect([head.status, await head.text(), Number(head.headers.get('content-length')) > 1000]).toEqual([
      200,
      '',
      true,
    ])
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS'])
      expect((await fetch(`${origin}/_onetrip/`, { method })).status).toBe(404)
  })

  it('shows that it failed, and reports why', async () => {
    const numbers = { series: () => Promise.reject(new Error('Redis is gone')), processes: async () => [] }
    const { get, reports } = await serveDashboard({}, { numbers })
    const response = await get('/_onetrip/')
    expect([response.status, await response.text()]).toEqual([500, 'The page failed: see the log.'])
    expect(reports).toHaveLength(1)
    expect(reports[0]).toContain('Redis is gone')
  })

  it('is none where there is none', async () => {
    const { get } = await serveDashboard()
    for (const path of [
      'nothing',
      'fragments/',
      'assets/',
      'assets/x/nothing.css',
      'assets/x/../dashboard.css',
      '../',
      '%2e%2e/',
    ])
      expect([path, (await get(`/_onetrip/${path}`)).status]).toEqual([path, 404])
  })
})

describe('the overview', () => {
  it('shows the sums of the span', async () => {
    const { get } = await serveDashboard()
    const html = await (await get('/_onetrip/')).text()
    // 302 seconds, each with 116 hits, 3 stale hits and 12 misses.
    expect(html).toContain('90.8 %')
    expect(html).toContain('35,032 hits, 906 stale, 3,624 misses')
    expect(html).toContain('20 per second')
    expect(html).toContain('ERR_<wbr>ONETRIP_<wbr>STORE')
    expect(html).toContain('web-1, 12')
  })

  it('describes each chart in words and as a table', async () => {
    const { get } = await serveDashboard()
    const html = await (await get('/_onetrip/?range=1h')).text()
    expect(html).toContain('aria-label="Hit ratio, 1 hour. Fragments from the store: 90.8 % throughout."')
    expect(html).toMatch(/<caption class="unseen">Hit ratio, the newest first<\/caption>/)
  })

  it('says in words what to change, and escapes it', async () => {
    const often = async ({ from, to }: { from: number; to: number }) => {
      const snapshot = stepOf(from, to - from)
      for (const label of ['card\0film.njk', `${HOSTILE_NAME}\0film.njk`]) {
        const fragment = snapshot.fragments.get(label) as FragmentNumbers
        Object.assign(fragment, { hits: 100, misses: { invalidated: 5000 }, lostTime: 900_000 })
      }
      return [snapshot]
    }
    const { get } = await serveDashboard({}, { numbers: { series: often, processes: async () => [] } })
    const html = await (await get('/_onetrip/')).text()
    expect(html).toContain('<b>invalidated often</b>')
    expect(html).toContain('<code>card</code>')
    expect(html).toContain('href="fragment?name=card&amp;template=film.njk"')
    expect(html).not.toContain(HOSTILE_NAME)
  })

  it('has no advice where nothing was counted', async () => {
    const numbers = { series: async () => [], processes: async () => [] }
    const { get } = await serveDashboard({}, { numbers })
    expect(await (await get('/_onetrip/')).text()).toContain('None: nothing stands out')
  })

  it('takes an unknown span for the first', async () => {
    const { get } = await serveDashboard()
    for (const range of ['', '5m', 'x', '__proto__'])
      expect(await (await get(`/_onetrip/?range=${range}`)).text()).toContain('35,032 hits')
  })
})

describe('the fragments', () => {
  const namesIn = async (response: Response) =>
    [...(await response.text()).matchAll(/<th scope="row"><a [^>]*>([^<]*)</g)].map(([, name]) => name)
  const hostile = '&lt;script&gt;alert(&quot;name&quot;)&lt;/script&gt;'

  it.each([
    ['', ['card', 'menu', hostile]],
    ['?sort=ratio', [hostile, 'menu', 'card']],
    ['?sort=ratio&order=descending', ['card', 'menu', hostile]],
    ['?sort=bytes', ['card', 'menu', hostile]],
    ['?sort=name', [hostile, 'card', 'menu']],
    ['?sort=constructor', ['card', 'menu', hostile]],
  ])('are sorted as fragments%s says', async (query, names) => {
    const { get } = await serveDashboard()
    expect(await namesIn(await get(`/_onetrip/fragments${query}`))).toEqual(names)
  })

  it('say by which column, for screen readers', async () => {
    const { get } = await serveDashboard()
    const html = await (await get('/_onetrip/fragments?sort=lost')).text()
    expect(html.match(/aria-sort="\w+"/g)).toEqual(['aria-sort="descending"'])
  })
})

describe('one fragment', () => {
  it('has numbers, reasons and histograms', async () => {
    const { get } = await serveDashboard()
    const html = await (await get('/_onetrip/fragment?name=card&template=film.njk')).text()
    expect(html).toContain('<h1>card</h1>')
    for (const text of ['96 %', 'invalidated', '75 %', 'Render time', 'Age when shown', 'Size of an entry'])
      expect(html).toContain(text)
  })

  it('that no page has shown says so', async () => {
    const { get } = await serveDashboard()
    const html = await (await get('/_onetrip/fragment?name=nothing&template=x.njk')).text()
    expect(html).toContain('No page has shown this fragment')
  })
})

describe('files', () => {
  it('are kept for ever under the hash of their content', async () => {
    const { get } = await serveDashboard()
    const html = await (await get('/_onetrip/')).text()
    const files = [...html.matchAll(/assets\/[\w-]{16}\/[\w.]+/g)].map(([file]) => file)
    expect(files.length).toBeGreaterThanOrEqual(6)
    for (const file of files) {
      const response = await get(`/_onetrip/${file}`, { 'accept-encoding': 'identity' })
      expect([file, response.status]).toEqual([file, 200])
      expect(response.headers.get('cache-control')).toBe('private, max-age=31536000, immutable')
      expect((await response.arrayBuffer()).byteLength).toBe(Number(response.headers.get('content-length')))
    }
  })

  it('of another version are those of this one, and not kept', async () => {
    const { get } = await serveDashboard()
    const response = await get('/_onetrip/assets/other/dashboard.css')
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'private, no-store'])
  })

  it('are compressed for those who can read that', async () => {
    const { get } = await serveDashboard()
    const [file] = /assets\/[\w-]{16}\/uplot.js/.exec(
      await (await get('/_onetrip/')).text(),
    ) as RegExpExecArray
    const zipped = await get(`/_onetrip/${file}`, { 'accept-encoding': 'gzip' })
    expect(zipped.headers.get('content-encoding')).toBe('gzip')
    expect(await zipped.text()).toContain('uPlot')
  })
})
