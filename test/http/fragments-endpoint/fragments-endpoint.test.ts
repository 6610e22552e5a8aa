import { defineFragment } from 'onetrip'
import { FragmentUrls } from 'onetrip/express'
import { memoryStore } from 'onetrip/stores/memory'
import { afterEach, describe, expect, test } from 'vitest'
import type { WebOptions } from '../../../src/http/web-options.ts'
import { engineOf } from '../../helpers/templates.ts'
import { frameworks, type Site } from '../frameworks.ts'

const urls = new FragmentUrls({ secret: 'a secret of the site' })
let loads = 0
const sidebar = defineFragment('sidebar', {
  template: 'sidebar',
  params: ['id'],
  load: async ({ id }) => {
    loads++
    if (id === 13) throw new Error('no such film')
    return { film: `film ${id}` }
  },
  tags: ({ id }) => [`film:${id}`, 'all films'],
  ttl: '1m',
})
const greeting = defineFragment('greeting', { template: 'greeting', vary: ['locale'], ttl: '1m' })
const basket = defineFragment('basket', { template: 'basket', params: ['userId'], ttl: '1m' })
const now = defineFragment('now', { template: 'now', ttl: 0 })
const forever = defineFragment('forever', { template: 'now', ttl: 'forever' })
const tagged = defineFragment('tagged', {
  template: 'now',
  params: ['count'],
  tags: ({ count }) => Array.from({ length: Number(count) }, (_, n) => `film:${n}`),
  ttl: '1h',
})
const outer = defineFragment('outer', { template: 'outer', ttl: '1h' })

const templates = {
  sidebar: '<aside>{{ film }}</aside>',
  greeting: '{{ locale }}',
  basket: 'basket of {{ userId }}',
  now: 'now',
  outer: '<p>{% fragment "sidebar", id=1 %}</p>',
}

describe.each(frameworks)('the endpoint of fragments in $name', ({ start }) => {
  let site: Site
  afterEach(() => site.close())

  async function open(options: Partial<WebOptions> = {}): Promise<void> {
    loads = 0
    site = await start(
      {
        engine: engineOf(templates),
        store: memoryStore(),
        fragments: [sidebar, greeting, basket, now, forever, tagged, outer],
        vary: {
          locale: (request) => (request as { headers: Record<string, string> }).headers['x-locale'] ?? 'en',
        },
        fragmentsEndpoint: urls,
        ...options,
      },
      { '/fragments': ({ send }) => send('own page') },
      (_error, { status, send }) => {
        status(500)
        return send('failed')
      },
    )
  }

  async function ask(path: string, init: RequestInit = {}) {
    const answer = await fetch(site.origin + path, init)
    const header = (name: string) => answer.headers.get(name)
    return {
      status: answer.status,
      body: await answer.text(),
      type: header('content-type'),
      cache: header('cache-control'),
      accel: header('x-accel-expires'),
      keys: header('surrogate-key'),
    }
  }

  test('renders a fragment once, and says how long it may be kept, and by what it is purged', async () => {
    await open()
    const url = urls.url(sidebar, { id: 42 })
    for (const _twice of [1, 2]) {
      const { cache = '', accel, ...answer } = await ask(url)
      expect(answer).toEqual({
        status: 200,
        body: '<aside>film 42</aside>',
        type: 'text/html; charset=utf-8',
        keys: 'onetrip:0:: film:42 all%20films',
      })
      // The ttl is shortened at random, and by what has passed.
      expect(Number(accel)).toBeGreaterThan(45)
      expect(Number(accel)).toBeLessThanOrEqual(60)
      expect(cache).toBe(`public, max-age=0, s-maxage=${accel}`)
    }
    expect(loads).toBe(1)
    expect(await ask(url, { method: 'HEAD' })).toMatchObject({
      status: 200,
      body: '',
      keys: 'onetrip:0:: film:42 all%20films',
    })
  })

  test('refuses what is not signed with 403, and what is signed and not there with 404', async () => {
    await open()
    const refused = { body: '', cache: 'no-store', accel: '0', keys: null }
    const url = urls.url(sidebar, { id: 42 })
    for (const path of [
      '/fragments/sidebar?id=42',
      '/fragments/nothing?id=42',
      url.replace('42', '43'),
      `${url}0`,
      '/fragments/%25zz?x',
    ])
      expect(await ask(path)).toMatchObject({ status: 403, ...refused })
    expect(await ask(urls.url('nothing', {}))).toMatchObject({ status: 404, ...refused })
    expect(await ask(urls.url('sidebar', { ids: 42 }))).toMatchObject({ status: 404, ...refused })
    expect(loads).toBe(0)
    expect((await ask('/fragments')).body).toBe('own page')
    expect((await ask('/fragmentsx/sidebar')).status).toBe(404)
    expect((await ask(url, { method: 'POST' })).status).toBe(404)
  })

  test('keeps to one visitor what differs by the request, or belongs to a visitor', async () => {
    await open()
    const personal = { status: 200, cache: 'private, no-store', accel: '0', keys: null }
    const headers = { 'x-locale': 'de' }
    expect(await ask(urls.url(greeting, {}), { headers })).toMatchObject({ ...personal, body: 'de' })
    expect(await ask(urls.url(basket, { userId: 7 }))).toMatchObject({ ...personal, body: 'basket of 7' })
    expect(await ask(urls.url(now, {}))).toMatchObject(personal)
    // With its value in the URL, all who ask get the same.
    const french = urls.url(greeting, {}, { vary: { locale: 'fr' } })
    expect(await ask(french, { headers })).toMatchObject({ body: 'fr', keys: 'onetrip:0::' })
    expect((await ask(french)).cache).toMatch(/^public/)
  })

  test('of a fragment with others in it, the shortest life and all tags count', async () => {
    await open()
    for (const _twice of [1, 2]) {
      const { accel, keys, body } = await ask(urls.url(outer, {}))
      expect(body).toBe('<p><aside>film 1</aside></p>')
      expect(Number(accel)).toBeLessThanOrEqual(60)
      expect(keys).toBe('onetrip:0:: film:1 all%20films')
    }
    expect((await ask(urls.url(forever, {}))).accel).toBe('31536000')
  })

  test('with more tags than a header holds it has none, and is kept for 1 s at most', async () => {
    await open()
    const few = await ask(urls.url(tagged, { count: 300 }))
    expect(few.keys?.split(' ')).toHaveLength(301)
    expect(Number(few.accel)).toBeGreaterThan(1)
    expect(await ask(urls.url(tagged, { count: 3000 }))).toMatchObject({
      status: 200,
      keys: null,
      cache: 'public, max-age=0, s-maxage=1',
      accel: '1',
    })
  })

  test('a request that bypasses the cache is for its visitor alone', async () => {
    await open({ bypass: (request) => (request as { url: string }).url.includes('sidebar') && 'both' })
    expect(await ask(urls.url(sidebar, { id: 42 }))).toMatchObject({
      status: 200,
      cache: 'private, no-store',
    })
  })

  test('an error of a fragment goes to the error handler', async () => {
    await open()
    expect(await ask(urls.url(sidebar, { id: 13 }))).toMatchObject({ status: 500, body: 'failed' })
  })

  test('another path, and a secret in place of an object that makes URLs', async () => {
    await open({ fragmentsEndpoint: { path: '/parts', secret: 'a secret of the site' } })
    const url = new FragmentUrls({ path: '/parts', secret: 'a secret of the site' }).url(sidebar, { id: 1 })
    expect((await ask(url)).status).toBe(200)
    expect((await ask(urls.url(sidebar, { id: 1 }))).status).toBe(404)
  })
})

test('a wrong option is refused', async () => {
  const [{ start }] = frameworks as [(typeof frameworks)[0]]
  const options = { engine: engineOf({}), fragmentsEndpoint: 'x' } as never
  await expect(start(options, {})).rejects.toThrow('fragmentsEndpoint must be')
})
