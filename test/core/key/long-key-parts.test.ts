import { createHash, randomUUID } from 'node:crypto'
import { FragmentCache } from 'onetrip'
import { memoryStore } from 'onetrip/stores/memory'
import { afterEach, describe, expect, it, test } from 'vitest'
import { nameOfText } from '../../../src/core/key/digested-text.ts'
import { encodeVary, fragmentKey } from '../../../src/core/key/fragment-key.ts'
import { valueKey } from '../../../src/core/values/value-key.ts'
import { onEveryStore } from '../../helpers/every-store.ts'
import { PATIENT } from '../../helpers/patient.ts'
import { engineOf } from '../../helpers/templates.ts'

const LONG = 'search '.repeat(20_000)
/**
 * Texts that a store could take for one another: long ones, lone surrogates, and what those become
 * in UTF-8.
 */
const TEXTS = [
  LONG,
  `${LONG}!`,
  'a\ud800',
  'a\ud801',
  'a\udc00',
  'a\ufffd',
  '\ud800',
  '\uffff',
  nameOfText(LONG),
]
const sha256 = (text: string) => createHash('sha256').update(text, 'utf16le').digest('hex')

describe('keys', () => {
  const key = (...parts: unknown[]) => fragmentKey('p:', 'card', parts)

  test('those of short parts are as they always were', () => {
    expect(key('a', 1, true, { b: ['c'] })).toBe('p:4:card:s1:a:n1:1:b4:true:o11:s1:ba4:s1:c')
    const longest = 'x'.repeat(1018)
    expect(key(longest)).toBe(`p:4:card:s1018:${longest}`)
    expect(key('pair \ud83d\udc4b')).toBe('p:4:card:s7:pair \ud83d\udc4b')
    expect(valueKey('p:', 'user:1')).toBe('p:$user:1')
    expect(valueKey('p:', longest)).toBe(`p:$${longest}`)
    expect(nameOfText('film:42')).toBe('film:42')
  })

  test('a long part is its digest, with a type of its own', () => {
    const encoded = `s${LONG.length}:${LONG}`
    expect(key(LONG)).toBe(`p:4:card:h64:${sha256(encoded)}`)
    expect(key(LONG)).not.toBe(key(`h64:${sha256(encoded)}`))
    expect(key(`s${'x'.repeat(1100)}`)).not.toBe(key([`s${'x'.repeat(1100)}`]))
    expect(encodeVary([['q', LONG]])).toBe(`:v1:q=h64:${sha256(encoded)}`)
  })

  test.each<[string, (text: string) => string]>([
    ['parts', (text) => key(text)],
    ['parts in lists', (text) => key([text])],
    ['parts as fields', (text) => key({ [text]: 1 })],
    ['names', (text) => fragmentKey('p:', text, [])],
    ['values that it varies by', (text) => encodeVary([['q', text]])],
    ['names of tags', nameOfText],
    ['keys of values', (text) => valueKey('p:', text)],
    ['prefixes of keys', (text) => valueKey('p:', `${text}:1`)],
    ['ends of keys', (text) => valueKey('p:', `search:${text}`)],
  ])('%s that differ, differ in UTF-8', (_, keyOf) => {
    const keys = new Set(TEXTS.map((text) => Buffer.from(keyOf(text)).toString('hex')))
    expect(keys.size).toBe(TEXTS.length)
  })

  test('keys of values are short and distinct, whatever their parts', () => {
    const segment = 'x'.repeat(500)
    const parts = ['', 'a', segment, 'y'.repeat(1024), LONG, '\uffff', nameOfText(LONG)]
    const keys = parts.flatMap((a) => parts.flatMap((b) => parts.map((c) => `k:${a}:${b}:${c}`)))
    const stored = new Set(keys.map((one) => valueKey('p:', one)))
    expect(stored.size).toBe(keys.length)
    for (const one of stored) expect(one.length).toBeLessThan(1100)
  })
})

async function count(all: AsyncIterable<unknown>): Promise<number> {
  let counted = 0
  for await (const _ of all) counted++
  return counted
}

onEveryStore((create, can) => {
  const open: FragmentCache[] = []
  afterEach(() => Promise.all(open.splice(0).map((cache) => cache.close())))

  function cacheOf(template = ''): FragmentCache {
    const engine = engineOf({ page: template })
    const cache = new FragmentCache({ store: create(), engine, prefix: randomUUID(), ttl: '1h', ...PATIENT })
    open.push(cache)
    return cache
  }

  it('parts, tags and variants of any string are separate hits, and can be invalidated', async () => {
    const cache = cacheOf('{% cache "list", q, tags=["q:" ~ q, q] %}{{ n }}{% endcache %}')
    const html = async (q: string, n: number) => {
      const { body } = await cache.render('page', { q, n })
      await cache.settled()
      return Number(body.toString())
    }
    const all = async (add: number) => {
      const shown: number[] = []
      for (const [n, q] of TEXTS.entries()) shown.push(await html(q, n + add))
      return shown
    }
    const numbers = TEXTS.map((_, n) => n)
    expect(await all(0)).toEqual(numbers)
    expect(await all(100)).toEqual(numbers)
    await cache.invalidate(TEXTS[0] as string, `q:${TEXTS[2]}`)
    await cache.delete('list', TEXTS[4])
    expect(await all(100)).toEqual(numbers.map((n) => ([0, 2, 4].includes(n) ? n + 100 : n)))
  })

  it('value keys, tags and arguments of any string are separate values', async () => {
    const cache = cacheOf()
    const { values } = cache
    await values.setMany(new Map(TEXTS.map((text, n) => [text, n])))
    expect(await values.getMany(TEXTS)).toEqual(TEXTS.map((_, n) => n))
    await values.delete(LONG)
    expect(await values.get(LONG)).toBe(undefined)
    await values.set('tagged', 1, { tags: TEXTS })
    expect(await values.get('tagged')).toBe(1)
    await cache.invalidate('a\ud801')
    expect(await values.get('tagged')).toBe(undefined)
    let calls = 0
    const search = cache.cached('search', { tags: (q: string) => [q] }, async (q: string) => [
      calls++,
      q.length,
    ])
    const first = await Promise.all(TEXTS.map((text) => search(text)))
    await cache.settled()
    expect(await Promise.all(TEXTS.map((text) => search(text)))).toEqual(first)
    expect(calls).toBe(TEXTS.length)
    await search.invalidate(LONG)
    await search(LONG)
    expect(calls).toBe(TEXTS.length + 1)
  })

  it('clear() removes long keys under its prefix', async () => {
    if (!can.list) return
    const { values } = cacheOf()
    const keys = [`s:${LONG}`, `s:${LONG}:1`, 's:1', `s:${'x'.repeat(600)}:${'y'.repeat(600)}`, 's\ud800:1']
    await values.setMany(new Map(keys.map((key) => [key, 1])))
    await values.clear(`s:${LONG}`)
    await values.clear('s\ud800')
    expect(await values.getMany(keys)).toEqual([undefined, undefined, 1, 1, undefined])
    expect(await count(values.keys('s'))).toBe(2)
    await values.clear('s')
    expect(await values.getMany(keys)).toEqual(keys.map(() => undefined))
  })
})

test('a prefix of which keys hold a part only is refused', async () => {
  const { values } = new FragmentCache({ store: memoryStore(), ttl: '5m' })
  const prefix = `${'x'.repeat(600)}:${'y'.repeat(600)}`
  await expect(values.clear(prefix)).rejects.toThrow(/A prefix of keys has fewer than 1024 characters/)
  await expect(values.clear('x'.repeat(1024))).rejects.toThrow(/fewer than 1024/)
  await expect(values.keys(prefix).next()).rejects.toThrow(/fewer than 1024/)
})
