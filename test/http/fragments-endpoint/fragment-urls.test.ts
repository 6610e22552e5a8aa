import { defineFragment } from 'onetrip'
import { FragmentUrls } from 'onetrip/express'
import { describe, expect, test } from 'vitest'

const SECRET = 'a secret of the site'
const urls = new FragmentUrls({ secret: SECRET })

/** Reads a URL as the endpoint does. */
function read(url: string, by = urls) {
  const [path = '', query = ''] = url.split('?')
  return by.read(path.slice(path.lastIndexOf('/') + 1), query)
}

describe('a URL', () => {
  test('names a fragment and its parameters', () => {
    const url = urls.url('sidebar', { id: 42, slug: 'alien' })
    expect(url).toMatch(/^\/fragments\/sidebar\?id=42&slug=alien&signature=[\w-]{43}$/)
    expect(read(url)).toEqual({ name: 'sidebar', params: { id: 42, slug: 'alien' }, vary: {} })
  })

  test.each([
    { a: 1 },
    { a: '1' },
    { a: 'true', b: true, c: 'null', d: '"x"', e: '' },
    { a: ' 1', b: '[1]', c: [1, 'two', { three: [] }] },
    { a: 'ü & = ? # % + "<>\n/../' },
    { a: -0.5, b: 1e21, c: 2 ** 53 },
    {},
  ])('keeps the types of %j', (params) => {
    expect(read(urls.url('sidebar', params))?.params).toEqual(params)
  })

  test('keeps names of all kinds, and values that the fragment varies by', () => {
    const vary = { locale: 'de', dark: true }
    const url = urls.url('a/b ?#ü', { id: 1 }, { vary })
    expect(read(url)).toEqual({ name: 'a/b ?#ü', params: { id: 1 }, vary })
  })

  test('may have its query sorted, but not changed', () => {
    const url = urls.url('sidebar', { a: 1, b: 2 })
    const [path, query = ''] = url.split('?')
    const pairs = query.split('&')
    expect(read(`${path}?${pairs.toReversed().join('&')}`)).toBeDefined()
    const changed = [
      url.replace('a=1', 'a=3'),
      url.replace('sidebar', 'menu'),
      url.replace('a=1&', ''),
      url.replace('a=1', 'a=1&a=1'),
      `${url}&c=3`,
      `${url}&signature=x`,
      url.replace(/signature=.*/, ''),
      url.replace(/signature=.*/, 'signature='),
      url.slice(0, -1),
      `${path}?`,
      '/fragments/%zz?a=1',
    ]
    expect(changed.map((one) => read(one))).toEqual(changed.map(() => undefined))
  })

  test('is not accepted under another secret, but under each of several', () => {
    const url = urls.url('sidebar', { id: 1 })
    expect(read(url, new FragmentUrls({ secret: 'another secret here' }))).toBeUndefined()
    expect(read(url, new FragmentUrls({ secret: ['another secret here', SECRET] }))).toBeDefined()
  })

  test('stands in a tag for nginx, and in one for Varnish', () => {
    const sidebar = defineFragment('sidebar', { template: 'sidebar.njk', params: ['id', 'of'] })
    const params = { id: 1, of: '"-->' }
    const url = urls.url(sidebar, params)
    expect(url).not.toMatch(/["<>]/)
    expect(urls.ssi(sidebar, params)).toBe(`<!--# include virtual="${url}" -->`)
    expect(urls.esi(sidebar, params)).toBe(`<esi:include src="${url.replaceAll('&', '&amp;')}"/>`)
  })
})

test('what cannot be named is refused', () => {
  const sidebar = defineFragment('sidebar', { template: 'sidebar.njk', params: ['id'] })
  expect(() => urls.url(sidebar, { ids: 1 } as never)).toThrow('no parameter "ids"')
  expect(() => urls.url('sidebar', { id: undefined } as never)).toThrow('undefined')
  expect(() => urls.url('sidebar', { vary: 1 })).toThrow('"vary" has no URL')
  expect(() => urls.url('sidebar', { signature: 1 })).toThrow('"signature" has no URL')
  expect(() => urls.url('', {})).toThrow('FragmentUrls takes')
  expect(() => urls.url('sidebar', [] as never)).toThrow('must be an object')
  expect(() => urls.url('sidebar', {}, { varies: {} } as never)).toThrow('varies')
})

test('options are checked, and a secret is not shown', () => {
  expect(() => new FragmentUrls({ secret: 'short one' })).toThrow('at least 16 characters')
  expect(() => new FragmentUrls({ secret: 'short one' })).not.toThrow('short one')
  expect(() => new FragmentUrls({ secret: [] })).toThrow('secret')
  expect(() => new FragmentUrls({ path: 'fragments', secret: SECRET })).toThrow('path')
  expect(() => new FragmentUrls({ paht: '/x', secret: SECRET } as never)).toThrow('path')
  expect(() => new FragmentUrls(undefined as never)).toThrow('FragmentUrls takes options')
  expect(new FragmentUrls({ path: '/parts/', secret: SECRET }).path).toBe('/parts')
})
