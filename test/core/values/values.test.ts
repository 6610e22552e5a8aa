import { randomUUID } from 'node:crypto'
import * as zlib from 'node:zlib'
import type { FragmentCacheOptions, FragmentEvent } from 'onetrip'
import { msgpack } from 'onetrip/serializers/msgpack'
import { afterAll, afterEach, describe, expect, it, test } from 'vitest'
import { processClock } from '../../../src/clock.ts'
import { FragmentCache } from '../../../src/core/fragment-cache.ts'
import { memoryStore } from '../../../src/stores/memory/index.ts'
import type { Store } from '../../../src/stores/store.ts'
import { onEveryStore } from '../../helpers/every-store.ts'
import { held } from '../../helpers/held.ts'
import { onEveryStoreWithLives } from '../../helpers/lived-stores.ts'
import { PATIENT, patient } from '../../helpers/patient.ts'
import { TestClock } from '../../helpers/test-clock.ts'
import { openedCaches } from './opened-caches.ts'

const VALUES = {
  text: 'héllo 👋',
  number: -12.5,
  null: null,
  list: [1, [2, [3, { deep: ['x'] }]], 'four'],
  object: { a: { b: { c: [true, false, null] } }, '': 0 },
}

onEveryStore((create, can) => {
  const cacheOf = openedCaches(create)

  it('returns values of every type as they were set, and null is a value', async () => {
    const { values } = cacheOf()
    for (const [key, value] of Object.entries(VALUES)) expect(await values.set(key, value)).toBe(true)
    for (const [key, value] of Object.entries(VALUES)) expect(await values.get(key)).toEqual(value)
    expect(await values.get('null')).toBe(null)
    expect(await values.has('null')).toBe(true)
    expect(await values.get('absent')).toBe(undefined)
    await values.delete('text')
    await values.deleteMany(['number', 'null', 'unknown'])
    expect(await values.getMany(Object.keys(VALUES))).toEqual([
      undefined,
      undefined,
      undefined,
      VALUES.list,
      VALUES.object,
    ])
    expect(await values.has('null')).toBe(false)
    if (!can.list) return expect(values.clear()).rejects.toThrow(/cannot list its keys/)
    await values.clear()
    expect(await values.getMany(Object.keys(VALUES))).toEqual(Object.keys(VALUES).map(() => undefined))
  })

  it('setMany, set, getMany, deleteMany: many, one, none, and one twice', async () => {
    const { values } = cacheOf()
    expect(await values.setMany({ a: 1, b: 2, c: 3 }, { ttl: '60s' })).toEqual([true, true, true])
    expect(await values.setMany(new Map([['d', 4]]))).toEqual([true])
    await values.set('e', 5)
    expect(await values.getMany(['a', 'b', 'c', 'd', 'e', 'a'])).toEqual([1, 2, 3, 4, 5, 1])
    for (const [n, key] of ['a', 'b', 'c', 'd'].entries()) expect(await values.get(key)).toBe(n + 1)
    await values.deleteMany(['a', 'c', 'nobody'])
    expect(await values.getMany(['a', 'b', 'c', 'd'])).toEqual([undefined, 2, undefined, 4])
    await values.delete('b')
    expect(await values.get('b')).toBe(undefined)
    expect(await values.getMany([])).toEqual([])
    expect(await values.setMany({})).toEqual([])
    await values.deleteMany([])
    expect(values.stats).toMatchObject({ writes: 5 })
  })

  it('preloaded keys cost no trip, absent ones too', async () => {
    const cache = cacheOf()
    const { values } = cache
    await values.setMany({ k1: 1, k2: 2, k3: 3 })
    await cache.preload(['k1', 'k3', 'none'], async () => {
      expect(await values.getMany(['k1', 'k3', 'none', 'k2'])).toEqual([1, 3, undefined, 2])
      expect(await values.get('none')).toBe(undefined)
      expect(values.stats).toMatchObject({ preloadHits: 2, hits: 1 })
    })
    expect(await values.get('k1')).toBe(1)
    expect(values.stats).toMatchObject({ preloadHits: 2, hits: 2 })
  })

  it('nested scopes: the inner first, an own write is seen in all of them, and after', async () => {
    const cache = cacheOf()
    const { values } = cache
    await values.setMany({ k1: 'a', k2: 'b', k3: 'c' })
    expect(values.stats.writes).toBe(3)
    await cache.preload(['k1', 'k2'], async () => {
      await cache.preload(['k3'], async () => {
        expect(await values.getMany(['k1', 'k2', 'k3'])).toEqual(['a', 'b', 'c'])
        expect(values.stats).toMatchObject({ hits: 0, preloadHits: 3 })
        await values.set('k2', 'new')
        expect(values.stats.writes).toBe(4)
        expect(await values.get('k2')).toBe('new')
        expect(values.stats.preloadHits).toBe(4)
        await values.delete('k1')
        expect(await values.get('k1')).toBe(undefined)
      })
      expect(await values.get('k2')).toBe('new')
      expect(await values.get('k1')).toBe(undefined)
      expect(values.stats.hits).toBe(0)
      expect(await values.get('k3')).toBe('c')
      expect(values.stats.hits).toBe(1)
    })
    expect(await values.getMany(['k1', 'k2', 'k3'])).toEqual([undefined, 'new', 'c'])
  })

  it('a scope ends also where its function throws, and two never mix', async () => {
    const cache = cacheOf()
    const { values } = cache
    await values.setMany({ k1: 1, k2: 2 })
    await expect(
      cache.preload(['k1'], () => {
        throw new Error('inside')
      }),
    ).rejects.toThrow('inside')
    await values.get('k1')
    expect(values.stats).toMatchObject({ hits: 1, preloadHits: 0 })
    const [read, over] = [held<void>(), held<void>()]
    const other = async () => {
      await cache.preload(['k2'], async (scope) => {
        await read.called
        await values.get('k1')
        expect(values.stats.hits).toBe(2)
        await new Promise<void>((resolve) =>
          setImmediate(() => scope.run(async () => resolve(values.get('k2') as never))),
        )
      })
      over.release()
    }
    await Promise.all([
      other(),
      cache.preload(['k1'], async () => {
        await values.get('k1')
        void read.call()
        await over.call()
      }),
    ])
    expect(values.stats).toMatchObject({ hits: 2, preloadHits: 2 })
  })

  it("another scope's own write and delete are seen at once", async () => {
    const cache = cacheOf()
    const { values } = cache
    await values.setMany({ a: 1, b: 1 })
    const [read, written] = [held<void>(), held<void>()]
    await Promise.all([
      cache.preload(['a', 'b'], async () => {
        expect(await values.getMany(['a', 'b'])).toEqual([1, 1])
        void read.call()
        await written.call()
        expect(await values.getMany(['a', 'b'])).toEqual([2, undefined])
      }),
      cache.preload([], async () => {
        await read.called
        await values.set('a', 2)
        await values.delete('b')
        written.release()
      }),
    ])
  })

  if (can.list)
    it('clear and keys take a prefix up to a colon: "a" is not "ab"', async () => {
      const cache = cacheOf()
      const { values } = cache
      const other = cacheOf()
      await values.setMany({ a: 1, 'a:1': 2, 'a:b:c': 3, ab: 4, 'ab:1': 5, 'b:a': 6 })
      await other.values.set('a', 'theirs')
      const listed = async (prefix?: string) => {
        const keys: string[] = []
        for await (const key of values.keys(prefix)) keys.push(key)
        return [...new Set(keys)].sort()
      }
      expect(await listed()).toEqual(['a', 'a:1', 'a:b:c', 'ab', 'ab:1', 'b:a'])
      expect(await listed('a')).toEqual(['a', 'a:1', 'a:b:c'])
      await values.clear('a')
      expect(await listed()).toEqual(['ab', 'ab:1', 'b:a'])
      expect(await other.values.get('a')).toBe('theirs')
      await values.clear()
      expect(await listed()).toEqual([])
      expect(await other.values.get('a')).toBe('theirs')
    })

  it('a tag makes values absent', async () => {
    const cache = cacheOf()
    const { values } = cache
    await values.setMany({ a: 1, b: 2 }, { tags: ['x', 'y'] })
    await values.set('c', 3, { tags: ['z'] })
    expect(await values.getMany(['a', 'b', 'c'])).toEqual([1, 2, 3])
    await cache.invalidate('y')
    expect(await values.getMany(['a', 'b', 'c'])).toEqual([undefined, undefined, 3])
    await values.set('a', 4, { tags: ['y'] })
    expect(await values.get('a')).toBe(4)
  })

  it('counts in one step for all', async () => {
    const store = create()
    const one = cacheOf({ prefix: 'counter', store })
    const two = cacheOf({ prefix: 'counter', store: store.capabilities.shared ? create() : store })
    const key = randomUUID()
    if (!can.count)
      return expect(one.values.increment(key)).rejects.toThrow(/needs a store that can write on a condition/)
    expect(await one.values.increment(key)).toBe(1)
    expect(await one.values.increment(key, 5)).toBe(6)
    expect(await one.values.increment(key, -2)).toBe(4)
    const sums = await Promise.all(Array.from({ length: 200 }, () => one.values.increment(key)))
    expect(sums).toEqual(Array.from({ length: 200 }, (_, n) => 5 + n))
    const crowd = [one, two].flatMap(({ values }) => Array.from({ length: 50 }, () => values.increment(key)))
    expect(new Set(await Promise.all(crowd)).size).toBe(100)
    expect(await one.values.get(key)).toBe(304)
    await one.values.set(`${key}:text`, 'x')
    await expect(one.values.increment(`${key}:text`)).rejects.toThrow(/is not a number/)
    await expect(one.values.increment(key, Number.NaN)).rejects.toThrow(/must be a number/)
  })

  it('compressed values are read by who does not compress, and the other way round', async () => {
    const prefix = randomUUID()
    const store = create()
    const shared: Store = Object.assign(Object.create(store), { close: async () => {} })
    const bind = (options: Partial<FragmentCacheOptions>) => {
      const bound = new Proxy(store, {
        get: (target, name) => {
          const value = Reflect.get(target, name)
          return name === 'close' ? shared.close : typeof value === 'function' ? value.bind(target) : value
        },
      })
      return cacheOf({ store: bound, prefix, ...options }).values
    }
    const long = { 1024: 'a'.repeat(1024), 512: 'b'.repeat(512), 200: 'c'.repeat(200) }
    const kinds = {
      plain: {},
      gzip: { values: { compress: 'gzip' } },
      brotli: { values: { compress: { algorithm: 'brotli', threshold: 256 } } },
    } as const
    for (const [name, options] of Object.entries(kinds)) {
      const values = bind(options)
      await values.setMany(
        Object.fromEntries(Object.entries(long).map(([key, text]) => [`${name}:${key}`, text])),
      )
      await values.set(`${name}:noise`, Buffer.from(long[1024]).toString('base64'))
    }
    for (const options of Object.values(kinds)) {
      const values = bind(options)
      for (const name of Object.keys(kinds)) {
        for (let read = 0; read < 2; read++) {
          expect(await values.getMany([1024, 512, 200].map((size) => `${name}:${size}`))).toEqual([
            long[1024],
            long[512],
            long[200],
          ])
        }
      }
    }
    await store.close()
  })
})

onEveryStoreWithLives((create) => {
  const open: FragmentCache[] = []
  afterEach(() => Promise.all(open.splice(0).map((cache) => cache.close())))

  function clockedCache() {
    const clock = new TestClock()
    const store = create(clock)
    const cache = new FragmentCache({ store, prefix: randomUUID(), ttl: '60s', ...PATIENT }, clock)
    open.push(cache)
    return { cache, clock, values: cache.values, canList: store.keys !== undefined }
  }

  it('a value expires by its ttl, 0 stores nothing, and a wrong ttl is refused', async () => {
    const { values, clock } = clockedCache()
    await values.setMany({ short: 1 }, { ttl: '20s' })
    await values.set('long', 1, { ttl: '1h' })
    clock.advance(5_000)
    expect(await values.getMany(['short', 'long'])).toEqual([1, 1])
    clock.advance(20_000)
    expect(await values.getMany(['short', 'long'])).toEqual([undefined, 1])
    await values.set('short', 2, { ttl: '1h' })
    expect(await values.get('short')).toBe(2)
    expect(await values.set('short', 3, { ttl: 0 })).toBe(false)
    expect(await values.get('short')).toBe(undefined)
    expect(await values.set('for ever', 1, { ttl: 'forever' })).toBe(true)
    await expect(values.set('a', 1, { ttl: -1 })).rejects.toThrow(/The ttl of the value is -1/)
    await expect(values.set('a', 1, { ttl: 'soon' })).rejects.toThrow(/The ttl of the value is 'soon'/)
  })

  it('touch gives another ttl, and keeps value and tags', async () => {
    const { cache, values, clock } = clockedCache()
    await values.set('a', { kept: true }, { ttl: '20s', tags: ['t'] })
    await values.set('b', 1, { ttl: '1h' })
    expect(await values.touchMany(['a', 'b', 'absent', 'a'], '1h')).toEqual([true, true, false, true])
    expect(await values.touch('b', '10s')).toBe(true)
    clock.advance(30_000)
    expect(await values.getMany(['a', 'b'])).toEqual([{ kept: true }, undefined])
    await cache.invalidate('t')
    expect(await values.get('a')).toBe(undefined)
    expect(await values.touch('a', '1h')).toBe(false)
  })

  it('cleanExpired removes what has ended, by age', async () => {
    const { values, clock, canList } = clockedCache()
    if (!canList) return expect(values.cleanExpired()).rejects.toThrow(/cannot list its keys/)
    for (const age of [40, 30, 20, 10]) await values.set(`old:${age}`, age, { ttl: `${50 - age}s` })
    await values.setMany({ live: 1, other: 2 }, { ttl: '1h' })
    // They have ended 40, 30, 20 and 10 s ago then, and a little more.
    clock.advance(52_000)
    await values.delete('old:30')
    expect(await values.cleanExpired({ olderThan: '35s' })).toBe(1)
    expect(await values.cleanExpired({ olderThan: '35s' })).toBe(0)
    expect(await values.cleanExpired()).toBe(2)
    expect(await values.cleanExpired()).toBe(0)
    expect(await values.getMany(['live', 'other', 'old:10'])).toEqual([1, 2, undefined])
    await values.set('old:10', 'again')
    expect(await values.get('old:10')).toBe('again')
  })
})

describe('values', () => {
  const cacheOn = (options: Partial<FragmentCacheOptions> = {}, clock = processClock) => {
    const events: FragmentEvent[] = []
    const store = memoryStore({}, clock)
    const cache = new FragmentCache({ store, ttl: '1m', ...patient(options) }, clock)
    cache.on((event) => events.push(event))
    return { cache, values: cache.values, events }
  }

  test('each serializer reads what it wrote, whichever the cache has now', async () => {
    const store = memoryStore()
    const rich = { when: new Date(5), tags: new Set(['a']), n: 12n, bytes: Buffer.from('x') }
    const v8 = cacheOn({ store, values: { serializer: 'v8' } })
    await v8.values.set('v8', rich)
    const packed = cacheOn({ store, values: { serializer: msgpack } })
    await packed.values.set('msgpack', rich)
    expect(await packed.values.get('msgpack')).toEqual(rich)
    expect(await packed.values.get('v8')).toEqual(rich)
    const raw = cacheOn({ store, values: { serializer: 'raw' } })
    await raw.values.setMany({ text: 'tëxt', bytes: Buffer.from([0, 255]) })
    expect(await raw.values.getMany(['text', 'bytes'])).toEqual(['tëxt', Buffer.from([0, 255])])
    await expect(raw.values.set('a', { no: 1 })).rejects.toThrow(/'raw' accepts strings and Buffers/)
    // Who does not know it reads nothing, and says so.
    const json = cacheOn({ store })
    expect(await json.values.get('msgpack')).toBe(undefined)
    expect(json.events).toMatchObject([{ type: 'error', during: 'read value' }])
    expect(await json.values.get('v8')).toMatchObject({ n: 12n })
  })

  test.each(['gzip', 'brotli', ...('zstdCompress' in zlib ? ['zstd' as const] : [])] as const)(
    'the decompressed size of %s is bounded by maxEntryBytes',
    async (compress) => {
      const store = memoryStore({ maxBytes: '64MB' })
      const bomb = 'a'.repeat(2_000_000)
      const large = cacheOn({ store, values: { compress }, limits: { maxEntryBytes: '10MB' } })
      expect(await large.values.set('bomb', bomb)).toBe(true)
      expect(await large.values.get('bomb')).toBe(bomb)
      const small = cacheOn({ store, limits: { maxEntryBytes: '1MB' } })
      expect(await small.values.get('bomb')).toBe(undefined)
      expect(small.events).toMatchObject([{ type: 'error', during: 'read value' }])
      expect((small.events[0] as { error: Error }).error.message).toMatch(/larger than 1048576 bytes/)
      const load = async () => 'loaded'
      const kept = large.cache.cached('kept', { key: () => [] }, async () => bomb)
      expect(await kept()).toBe(bomb)
      await large.cache.settled()
      expect(await small.cache.cached('kept', { key: () => [] }, load)()).toBe('loaded')
    },
  )

  test('a value larger than maxEntryBytes is not stored, however small it is compressed', async () => {
    const { cache, values, events } = cacheOn({
      values: { compress: 'gzip' },
      limits: { maxEntryBytes: '1MB' },
    })
    const large = 'a'.repeat(2_000_000)
    expect(await values.set('large', large)).toBe(false)
    expect(events).toMatchObject([{ type: 'error', during: 'set' }])
    expect((events[0] as { error: Error }).error.message).toMatch(/larger than maxEntryBytes \(1048576\)/)
    const kept = cache.cached('kept', { key: () => [] }, async () => large)
    expect([await kept(), await kept()]).toEqual([large, large])
    expect(await values.set('fits', 'a'.repeat(1_000_000))).toBe(true)
    expect(await values.get('fits')).toBe('a'.repeat(1_000_000))
  })

  test('lengths that MessagePack only claims allocate nothing', () => {
    const claims = {
      list: [0xdd, 0x7f, 0xff, 0xff, 0xff],
      lists: Array.from({ length: 10_000 }, () => [0xdd, 0, 0, 0x9f, 0xff]).flat(),
      map: [0xdf, 0xff, 0xff, 0xff, 0xff],
      text: [0xdb, 0x7f, 0xff, 0xff, 0xff, 0x41],
      bytes: [0xc6, 0x7f, 0xff, 0xff, 0xff, 0x41],
      extension: [0xc9, 0x7f, 0xff, 0xff, 0xff, 0x14],
    }
    for (const bytes of Object.values(claims)) {
      expect(() => msgpack.deserialize(Buffer.from(bytes))).toThrow(/Unexpected end/)
    }
  })

  test('each read is a value of its own', async () => {
    const { values } = cacheOn()
    const given = { list: [1] }
    await values.set('a', given)
    given.list.push(2)
    const first = await values.get<typeof given>('a')
    first?.list.push(3)
    expect(await values.get('a')).toEqual({ list: [1] })
  })

  test('stats by name', async () => {
    const { values } = cacheOn()
    await values.setMany({ 'user:1': 1, 'user:2': 2, plain: 3 })
    await values.getMany(['user:1', 'user:3', 'plain'])
    expect(values.stats).toEqual({
      hits: 2,
      misses: 1,
      writes: 3,
      preloadHits: 0,
      names: {
        user: { hits: 1, misses: 1, writes: 2, preloadHits: 0 },
        plain: { hits: 1, misses: 0, writes: 1, preloadHits: 0 },
      },
    })
  })

  test('a broken store reads as absent, a write says that it was not stored, a delete rejects', async () => {
    const clock = new TestClock()
    const store = memoryStore({}, clock)
    const { values, events } = cacheOn({ store, limits: { invalidateTimeout: 30 }, breaker: false }, clock)
    await values.set('a', 1)
    store.getMany = () => Promise.reject(new Error('down'))
    store.setMany = () => Promise.reject(new Error('down'))
    store.stampMany = () => Promise.reject(new Error('down'))
    expect(await values.get('a')).toBe(undefined)
    expect(await clock.until(values.set('a', 2), 10)).toBe(false)
    await clock.until(expect(values.delete('a')).rejects.toThrow(/Not applied within 30 ms/), 10)
    await expect(values.increment('b')).rejects.toThrow(/down/)
    expect(new Set(events.map((event) => event.type === 'error' && event.during))).toEqual(
      new Set(['fetch', 'set', 'delete']),
    )
  })

  test('a store without conditional writes refuses to count', async () => {
    const store = memoryStore()
    Object.assign(store, { capabilities: { ...store.capabilities, conditional: false } })
    await expect(cacheOn({ store }).values.increment('a')).rejects.toThrow(
      /needs a store that can write on a condition/,
    )
  })

  test('a value that is too large is not stored, and an event reports it', async () => {
    const { values, events } = cacheOn({ limits: { maxEntryBytes: 1000 } })
    expect(await values.setMany({ large: 'x'.repeat(2000), small: 'x' })).toEqual([false, true])
    expect(events).toMatchObject([{ type: 'error', during: 'set' }])
    expect(await values.getMany(['large', 'small'])).toEqual([undefined, 'x'])
    const twice = [
      ['small', 'y'],
      ['small', 'x'.repeat(2000)],
    ] as const
    expect(await values.setMany(twice)).toEqual([false, false])
    expect(await values.get('small')).toBe(undefined)
  })

  test('signed values: a value written without the secret is absent', async () => {
    const clock = new TestClock()
    const store = memoryStore({}, clock)
    const signed = cacheOn({ store, secret: 'a secret of 16 or more' }, clock)
    await cacheOn({ store }, clock).values.set('a', 'forged')
    expect(await signed.values.get('a')).toBe(undefined)
    await signed.values.set('a', 'true', { ttl: '20s' })
    expect(await signed.values.get('a')).toBe('true')
    clock.advance(30_000)
    expect(await signed.values.cleanExpired()).toBe(1)
  })

  test('mistakes of a newcomer', async () => {
    const { values, cache } = cacheOn({ ttl: undefined })
    await expect(values.get(1 as never)).rejects.toThrow(
      "The key of a value must be a string, such as 'user:1', not 1.",
    )
    await expect(values.get('')).rejects.toThrow(/not an empty one/)
    await expect(values.set('a', 1)).rejects.toThrow(/has no ttl: pass one/)
    await expect(values.set('a', undefined, { ttl: 1 })).rejects.toThrow(
      /is undefined, which is what absent means/,
    )
    await expect(values.set('a', Promise.resolve(1), { ttl: 1 })).rejects.toThrow(
      /"a" is a Promise: await it/,
    )
    await expect(values.set('a', () => 1, { ttl: 1 })).rejects.toThrow(/'json' cannot write a function/)
    await expect(values.set('a', 1n, { ttl: 1 })).rejects.toThrow(/BigInt/)
    await expect(values.set('a', 1, { ttl: 1, tags: 'films' as never })).rejects.toThrow(
      /tags must be an array/,
    )
    await expect(cache.preload('a' as never, () => 1)).rejects.toThrow(/must be an array of keys/)
    const make = (options: object) => () => cacheOn(options)
    expect(make({ values: { serializer: 'yaml' } })).toThrow(
      /option values\.serializer must be 'json', 'v8', 'raw'/,
    )
    expect(make({ values: { serializer: { id: 7, serialize() {}, deserialize() {} } } })).toThrow(
      /from 128 to 255/,
    )
    expect(make({ values: { compress: 'lzma' } })).toThrow(/there is no algorithm 'lzma'/)
    expect(make({ values: { compress: { level: 99 } } })).toThrow(/level of gzip must be from 1 to 9, not 99/)
    expect(make({ values: { compress: { levels: 9 } } })).toThrow(
      /has no option "levels": did you mean "level"\?/,
    )
    await cache.close()
    await expect(values.get('a')).rejects.toThrow(/after close/)
  })
})

describe('the arguments of a call are checked', () => {
  const cache = new FragmentCache({ store: memoryStore(), ttl: '5m' })
  afterAll(() => cache.close())

  test.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'a ttl in the place of options',
      () => cache.values.set('a', 1, 60 as never),
      /such as \{ ttl: '5m' \}, not 60/,
    ],
    [
      'an option that is none',
      () => cache.values.set('a', 1, { maxAge: 1 } as never),
      /no option "maxAge": did you mean "ttl"/,
    ],
    ['a key in the place of keys', () => cache.values.getMany('ab' as never), /an array of keys, not 'ab'/],
    ['a key to deleteMany', () => cache.values.deleteMany('ab' as never), /an array of keys, not 'ab'/],
    ['a key to touchMany', () => cache.values.touchMany('ab' as never, '5m'), /an array of keys, not 'ab'/],
    [
      'a part of no form',
      () => cache.cached('f', {}, (of: unknown) => of)(() => 1),
      /of the cached function "f" is a function/,
    ],
    [
      'a list of tags',
      () => cache.invalidate(['a', 'b'] as never),
      /each an argument of its own: .*; one is an array/,
    ],
  ])('%s', async (_, call, message) => {
    await expect(call()).rejects.toThrow(message)
  })
})
