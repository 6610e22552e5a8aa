import { expect, test } from 'vitest'
import { Entries } from '../../../src/stores/memory/entries.ts'

const NEVER = Number.POSITIVE_INFINITY

/** Entries within 1 MB, in chunks of 15 KB. The bytes of an entry are its number. */
function make(maxBytes = 1_000_000) {
  const entries = new Entries(maxBytes)
  return {
    entries,
    set: (key: string, size = 1_000, expires = NEVER, now = 0) =>
      entries.set(key, [Buffer.from(`${key}|`), Buffer.alloc(size, 1)], expires, now),
    get: (key: string, now = 0) => entries.get(key, now)?.bytes,
    count: () => [...entries.keys()].length,
  }
}

function isOf(key: string, bytes: Buffer | undefined): boolean {
  return bytes?.subarray(0, key.length + 1).toString() === `${key}|`
}

test('entries that were read again survive a scan of keys that are read once', () => {
  const { set, get } = make()
  for (let n = 0; n < 50; n++) set(`hot:${n}`)
  for (let n = 0; n < 100; n++) get(`hot:${n % 50}`)
  for (let n = 0; n < 10_000; n++) if (!get(`crawled:${n}`)) set(`crawled:${n}`)
  for (let n = 0; n < 50; n++) expect(isOf(`hot:${n}`, get(`hot:${n}`))).toBe(true)
})

test('returned bytes never change', () => {
  const { set, get } = make()
  set('a')
  const [first, second, third] = [get('a'), get('a'), get('a')]
  expect(second).toBe(third)
  for (let n = 0; n < 5_000; n++) {
    set(`${n}`)
    get(`${n}`)
    get(`${n}`)
  }
  expect([first, second, third].every((bytes) => isOf('a', bytes))).toBe(true)
})

test('stores values of any size: as large as the bound, larger, growing and shrinking', () => {
  const { set, get, entries } = make(100_000)
  const whole = 100_000 - 360 - 2 * 5 - 6
  set('whole', whole)
  expect(isOf('whole', get('whole'))).toBe(true)
  expect(isOf('whole', get('whole'))).toBe(true)
  expect(isOf('whole', get('whole'))).toBe(true)
  set('whole', whole + 1)
  expect(get('whole')).toBe(undefined)
  for (const size of [10, 900, 20_000, 30, 0, 90_000, 20, 85_000, 90_000, 50_000]) {
    set('any', size)
    expect(get('any')?.length).toBe(size + 4)
    if (size % 20 === 0) expect(get('any')?.length).toBe(size + 4)
  }
  expect(entries.delete('any')).toBe(true)
  expect(entries.delete('any')).toBe(false)
  set('a')
  entries.clear()
  expect([...entries.keys()]).toEqual([])
  expect(get('a')).toBe(undefined)
})

test('a key that is written again and again evicts nothing', () => {
  const { set, get } = make()
  for (let n = 0; n < 200; n++) set(`${n}`)
  // Growing sizes: each leaves a hole.
  for (let n = 0; n < 20_000; n++) set('again', 500 + (n % 997))
  const there = Array.from({ length: 200 }, (_, n) => isOf(`${n}`, get(`${n}`)))
  expect(there.every(Boolean)).toBe(true)
})

test('expired entries are absent, and are evicted', () => {
  const { set, get, entries } = make()
  for (let n = 0; n < 300; n++) set(`${n}`, 1_000, 10, 0)
  expect(get('1', 9)).toBeDefined()
  expect(get('1', 10)).toBe(undefined)
  expect(entries.touch('2', 20, 5)).toBe(true)
  expect(entries.touch('2', 8, 5)).toBe(true)
  expect(entries.touch('3', 20, 11)).toBe(false)
  expect(get('2', 19)).toBeDefined()
  expect(get('2', 20)).toBe(undefined)
})

test.each([1_024, 10_000, 100_000, 1_000_000])(
  'random calls within %d bytes: values are right and current, and the bound holds',
  (maxBytes) => {
    const entries = new Entries(maxBytes)
    const model = new Map<string, { text: string; expires: number }>()
    let seed = 7
    const draw = (below: number) => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
      return (seed >>> 8) % below
    }
    let found = 0
    for (let now = 0; now < 30_000; now++) {
      const key = `key:${draw(10) < 7 ? draw(40) : draw(2_000)}`
      const what = draw(100)
      if (what < 50) {
        const text = `${key} ${now} ${'x'.repeat(draw(10) === 0 ? draw(draw(10) === 0 ? maxBytes : maxBytes / 8) : draw(400))}`
        const expires = draw(3) === 0 ? now + draw(500) : NEVER
        entries.set(key, [Buffer.from(text)], expires, now)
        model.set(key, { text, expires })
      } else if (what < 55) {
        entries.delete(key)
        model.delete(key)
      } else if (what < 60) {
        if (entries.touch(key, now + 300, now)) {
          const known = model.get(key)
          if (known) known.expires = Math.max(known.expires, now + 300)
        }
      } else {
        const bytes = what < 65 ? entries.peek(key, now) : entries.get(key, now)?.bytes
        if (bytes === undefined) continue
        found++
        const known = model.get(key)
        if (bytes.toString() !== known?.text || !(now < known.expires))
          expect(bytes.toString()).toBe(known?.text)
      }
      if (entries.bytes > maxBytes) expect(entries.bytes).toBeLessThanOrEqual(maxBytes)
    }
    expect(found).toBeGreaterThan(maxBytes === 1_024 ? 0 : 1_000)
  },
)
