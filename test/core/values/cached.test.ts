import { randomUUID } from 'node:crypto'
import Fastify from 'fastify'
import { type FragmentCacheOptions, type FragmentEvent, lazy } from 'onetrip'
import onetrip from 'onetrip/fastify'
import { memoryStore } from 'onetrip/stores/memory'
import { afterAll, beforeAll, beforeEach, describe, expect, it, test, vi } from 'vitest'
import { FragmentCache } from '../../../src/core/fragment-cache.ts'
import { onEveryStore } from '../../helpers/every-store.ts'
import { type Held, held } from '../../helpers/held.ts'
import { onEveryStoreWithLives } from '../../helpers/lived-stores.ts'
import { PATIENT, patient } from '../../helpers/patient.ts'
import { patientRedisStore } from '../../helpers/patient-stores.ts'
import { describeRedis, type RedisServer, startRedis } from '../../helpers/redis-server.ts'
import { engineOf } from '../../helpers/templates.ts'
import { TestClock } from '../../helpers/test-clock.ts'
import { turns } from '../../helpers/turns.ts'
import { openedCaches } from './opened-caches.ts'

onEveryStore((create, can) => {
  const cacheOf = openedCaches(create)

  it('runs once for each key, again after invalidate() and refresh(), then is stable', async () => {
    const cache = cacheOf()
    let runs = 0
    const add = cache.cached('add', {}, (a: number, b: number) => ({ sum: a + b, runs: ++runs }))
    expect(await add(1, 2)).toEqual({ sum: 3, runs: 1 })
    await cache.settled()
    expect(await add(1, 2)).toEqual({ sum: 3, runs: 1 })
    expect(await add(2, 2)).toEqual({ sum: 4, runs: 2 })
    await cache.settled()
    await add.invalidate(1, 2)
    expect(await add(1, 2)).toEqual({ sum: 3, runs: 3 })
    await cache.settled()
    expect(await add(1, 2)).toEqual({ sum: 3, runs: 3 })
    expect(await add.refresh(1, 2)).toEqual({ sum: 3, runs: 4 })
    await cache.settled()
    expect(await add(1, 2)).toEqual({ sum: 3, runs: 4 })
    expect(await add(2, 2)).toEqual({ sum: 4, runs: 2 })
    expect(cache.values.stats.names.add).toMatchObject({ hits: 4, misses: 3 })
    if (!can.list) return expect(add.clear()).rejects.toThrow(/cannot list its keys/)
    await add.clear()
    expect(await add(1, 2)).toEqual({ sum: 3, runs: 5 })
  })

  it('keeps null, not undefined, and no exception', async () => {
    const cache = cacheOf()
    const runs = { null: 0, undefined: 0, error: 0 }
    const kept = cache.cached('null', {}, async () => {
      runs.null++
      return null
    })
    const not = cache.cached('undefined', {}, async () => {
      runs.undefined++
      return undefined
    })
    const fails = cache.cached('error', {}, async () => {
      runs.error++
      throw new Error('down')
    })
    for (let n = 0; n < 3; n++) {
      expect(await kept()).toBe(null)
      expect(await not()).toBe(undefined)
      await expect(fails()).rejects.toThrow('down')
      await cache.settled()
    }
    expect(runs).toEqual({ null: 1, undefined: 3, error: 3 })
  })

  it('runs once for all who ask at the same time; each gets a value of its own', async () => {
    const cache = cacheOf()
    const fn = vi.fn(async (id: number) => {
      await turns()
      return { id, list: [] as number[] }
    })
    const load = cache.cached('load', {}, fn)
    const all = await Promise.all(Array.from({ length: 20 }, () => load(1)))
    expect(fn).toHaveBeenCalledTimes(1)
    all[0]?.list.push(1)
    expect(all[1]).toEqual({ id: 1, list: [] })
    await cache.settled()
    expect(await load(1)).toEqual({ id: 1, list: [] })
  })

  it('where the one that others wait for fails each runs for itself', async () => {
    const cache = cacheOf()
    let runs = 0
    const flaky = cache.cached('flaky', {}, async () => {
      await turns()
      if (++runs === 1) throw new Error('first')
      return runs
    })
    const results = await Promise.allSettled([flaky(), flaky(), flaky()])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected'])
  })

  it('tags, of the arguments too; a value loaded before an invalidation does not come back', async () => {
    const cache = cacheOf()
    let price = 1
    let slow: Held<void> | undefined
    const film = cache.cached(
      'film',
      { tags: (id: number) => ['films', `film:${id}`] },
      async (id: number) => {
        const seen = price
        await slow?.call()
        return `${id}: ${seen}`
      },
    )
    expect(await film(1)).toBe('1: 1')
    await cache.settled()
    price = 2
    await cache.invalidate('film:2')
    expect(await film(1)).toBe('1: 1')
    await cache.invalidate('film:1')
    slow = held()
    const old = film(1)
    await slow.called
    price = 3
    await cache.invalidate('films')
    slow.release()
    expect(await old).toBe('1: 2')
    await cache.settled()
    expect(await film(1)).toBe('1: 3')
  })

  it('preloaded keys are free, and one that was absent is not asked for again', async () => {
    const cache = cacheOf()
    const fn = vi.fn(async (id: number) => `note ${id}`)
    const note = cache.cached('note', {}, fn)
    await note(1)
    await cache.settled()
    await cache.values.set('other', 'value')
    await cache.preload([note.key(1), note.key(2), 'other'], async () => {
      expect(await note(1)).toBe('note 1')
      expect(await note(2)).toBe('note 2')
      expect(await note(2)).toBe('note 2')
      expect(await cache.values.get('other')).toBe('value')
    })
    expect(fn).toHaveBeenCalledTimes(2)
    expect(cache.values.stats.names.note).toMatchObject({ preloadHits: 2, misses: 2, hits: 0 })
    await cache.settled()
    expect(await note(2)).toBe('note 2')
    expect(fn).toHaveBeenCalledTimes(2)
  })
})

onEveryStoreWithLives((create) => {
  it('returns a stale result at once, refreshes it in the background, and returns it if the function fails', async () => {
    const events: FragmentEvent[] = []
    const clock = new TestClock()
    const options = {
      store: create(clock),
      prefix: randomUUID(),
      staleIfError: '1h',
      entries: { jitter: 0 },
      ...PATIENT,
    } as const
    const cache = new FragmentCache(options, clock)
    cache.on((event) => events.push(event))
    let value: number | Error = 1
    const run = async () => {
      if (value instanceof Error) throw value
      return value
    }
    const stale = cache.cached('stale', { ttl: '6s', stale: '1h' }, run)
    const rescued = cache.cached('rescued', { ttl: '6s' }, run)
    expect([await stale(), await rescued()]).toEqual([1, 1])
    await cache.settled()
    clock.advance(25_000)
    value = 2
    expect(await stale()).toBe(1)
    await cache.settled()
    expect(await stale()).toBe(2)
    value = new Error('down')
    clock.advance(25_000)
    expect(await stale()).toBe(2)
    expect(await rescued()).toBe(1)
    await cache.settled()
    expect(events.filter(({ type }) => type === 'error').length).toBe(2)
    await cache.close()
  })
})

describe('cached()', () => {
  const cacheOn = (options: Partial<FragmentCacheOptions> = {}) =>
    new FragmentCache({ store: memoryStore(), ttl: '1m', ...patient(options) })

  test('a miss returns the same as the hit after it', async () => {
    const cache = cacheOn()
    const when = cache.cached('when', {}, async () => ({ at: new Date(0) }))
    const first = await when()
    await cache.settled()
    expect(first).toEqual({ at: '1970-01-01T00:00:00.000Z' })
    expect(await when()).toEqual(first)
    const dates = cache.cached('dates', { serializer: 'v8' }, async () => ({ at: new Date(0) }))
    expect(await dates()).toEqual({ at: new Date(0) })
  })

  test('a result that cannot be stored is returned, and an event says why', async () => {
    const cache = cacheOn()
    const events: FragmentEvent[] = []
    cache.on((event) => events.push(event))
    const big = cache.cached('big', {}, () => 12n)
    expect(await big()).toBe(12n)
    expect(events).toMatchObject([{ type: 'error', during: 'serialize' }])
  })

  test('a broken store does without it', async () => {
    const store = memoryStore()
    store.getMany = () => Promise.reject(new Error('down'))
    store.clock = () => Promise.reject(new Error('down'))
    const cache = cacheOn({ store })
    const fn = vi.fn(async () => 'made')
    const made = cache.cached('made', { tags: ['t'] }, fn)
    expect([await made(), await made()]).toEqual(['made', 'made'])
    expect(fn).toHaveBeenCalledTimes(2)
  })

  test('varies by the request, and says where there is none', async () => {
    const app = Fastify()
    await app.register(onetrip, {
      render: false,
      ttl: '1m',
      ...PATIENT,
      vary: { locale: (request: { headers: Record<string, string> }) => request.headers['accept-language'] },
    })
    const fn = vi.fn(async () => ++runs)
    let runs = 0
    const greeting = app.fragments.cached('greeting', { vary: ['locale'] }, fn)
    app.get('/', async () => ({ n: await greeting() }))
    const get = async (language: string) =>
      (await app.inject({ url: '/', headers: { 'accept-language': language } })).json().n
    expect([await get('de'), await get('en'), await get('de')]).toEqual([1, 2, 1])
    await expect(greeting()).rejects.toThrow(/varies by locale, which needs a request/)
    await app.close()
  })

  test('decorates methods and getters', async () => {
    const cache = cacheOn()
    let runs = 0
    const html = cache.cached('note-html', { key: (note: Note) => [note.id] })
    const excerpt = cache.cached('note-excerpt', { key: (note: Note, length: number) => [note.id, length] })
    class Note {
      readonly id: number
      readonly text: string
      constructor(id: number, text: string) {
        this.id = id
        this.text = text
      }
      get html(): Promise<string> {
        runs++
        return Promise.resolve(`<p>${this.text}</p>`)
      }
      async excerpt(length: number): Promise<string> {
        runs++
        return this.text.slice(0, length)
      }
    }
    // What the syntax of decorators comes to.
    const getter = Object.getOwnPropertyDescriptor(Note.prototype, 'html')?.get as never
    Object.defineProperty(Note.prototype, 'html', { get: html(getter, { kind: 'getter', name: 'html' }) })
    Note.prototype.excerpt = excerpt(Note.prototype.excerpt, { kind: 'method', name: 'excerpt' })

    const [one, two] = [new Note(1, 'one'), new Note(2, 'two')]
    for (let n = 0; n < 2; n++) {
      expect([await one.html, await two.html, await one.excerpt(2)]).toEqual([
        '<p>one</p>',
        '<p>two</p>',
        'on',
      ])
      await cache.settled()
    }
    expect(runs).toBe(3)
    await html.invalidate(one)
    await one.html
    expect(runs).toBe(4)
    await cache.preload([html.key(one), excerpt.key(one, 2)], async () => {
      expect([await one.html, await one.excerpt(2)]).toEqual(['<p>one</p>', 'on'])
    })
    expect(() => cache.cached('no-key', {})).toThrow(/is a decorator, whose key tells instances apart/)
    expect(() => html(getter, { kind: 'getter', name: 'x' })).toThrow(/decorates one method or getter/)
    expect(() =>
      cache.cached('field', { key: () => [] })((() => {}) as never, { kind: 'field', name: 'x' }),
    ).toThrow(/decorates a method or a getter/)
  })

  test('mistakes of a newcomer', async () => {
    const cache = cacheOn({ ttl: undefined })
    const make =
      (...args: unknown[]) =>
      () =>
        (cache.cached as (...args: unknown[]) => unknown)(...args)
    expect(make('', {}, () => 1)).toThrow(/the name must be a string/)
    expect(make(async () => 1)).toThrow(/first argument of cached\(\) must be a name/)
    expect(make('a', undefined, () => 1)).toThrow(/the options of "a" are missing/)
    expect(make('a', { ttl: 1 }, 'fn')).toThrow(/the function of "a" is missing/)
    expect(make('a', { ttl: 1, tag: 'x' }, () => 1)).toThrow(
      /has no option "tag": did you mean "tags"\? It takes: key, ttl, tags/,
    )
    expect(make('a', {}, () => 1)).toThrow(/"a" has no ttl/)
    expect(make('a', { ttl: 'x' }, () => 1)).toThrow(/The ttl of the cached function "a" is 'x'/)
    expect(make('a', { ttl: 1, key: 'id' }, () => 1)).toThrow(/must be a function of the arguments/)
    expect(make('a', { ttl: 1, vary: 'locale' }, () => 1)).toThrow(/an array of names/)
    const of = cache.cached('of', { ttl: '1m' }, (a: unknown) => String(a))
    await expect(of(undefined)).rejects.toThrow(/Part 1 of the key of the cached function "of" is undefined/)
    expect(() => of.key(() => {})).toThrow(/is a function/)
    const tagged = cache.cached('tagged', { ttl: '1m', tags: (() => 'x') as never }, () => 1)
    await expect(tagged()).rejects.toThrow(/A tag of the cached function "tagged" is not an array/)
    await cache.close()
    await expect(of(1)).rejects.toThrow(/after close/)
  })
})

describeRedis('one trip for fragments and values', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis()
  })
  beforeEach(async () => {
    await server.admin.flushall()
    await server.resetStats()
  })
  afterAll(() => server.stop())

  const TEMPLATES = {
    page: '{% cache "top", tags=["films"] %}{{ title }}{% endcache %}|{{ note }}',
    calls:
      '{{ html(1) | safe }}{{ html(2) }}{{ html(1) | upper | safe }}{% cache "c" %}{{ html(3) | safe }}{% endcache %}',
  }

  async function siteWith(preload: boolean) {
    const app = Fastify()
    await app.register(onetrip, {
      engine: engineOf(TEMPLATES),
      store: patientRedisStore({ url: server.url }),
      ttl: '1m',
      ...PATIENT,
      debug: true,
    })
    const fn = vi.fn(async (id: number) => `<i>${id}</i>`)
    const html = app.fragments.cached('html', { tags: (id) => [`note:${id}`] }, fn)
    app.get('/page', async (request, reply) => {
      if (preload) request.fragments.preload(html.key(1), html.key(2), 'feed')
      await turns()
      return reply.view('page', {
        title: 'T',
        note: lazy(async () => (await html(1)) + (await html(2)) + (await app.fragments.values.get('feed'))),
      })
    })
    app.get(
      '/route',
      { config: { fragments: { preload: () => [html.key(1), html.key(2), 'feed'] } } },
      async (_request, reply) =>
        reply.view('page', {
          title: 'T',
          note: lazy(
            async () => (await html(1)) + (await html(2)) + (await app.fragments.values.get('feed')),
          ),
        }),
    )
    app.get('/calls', (_request, reply) => reply.view('calls', { html }))
    await app.fragments.values.set('feed', '<feed>')
    return { app, fn, html }
  }

  it.each(['/page', '/route'])('%s: preloaded values are read with the fragments', async (url) => {
    const { app, fn } = await siteWith(true)
    const get = async () => (await app.inject(url)).body
    expect(await get()).toContain('T|&lt;i&gt;1')
    await app.fragments.settled()
    await server.resetStats()
    expect(await get()).toBe('T|&lt;i&gt;1&lt;/i&gt;&lt;i&gt;2&lt;/i&gt;&lt;feed&gt;')
    expect(await server.commandStats()).toEqual({ mget: 1 })
    expect(fn).toHaveBeenCalledTimes(2)
    await app.close()
  })

  it('calls of cached functions in a template are read together, by one trip, in fragments too', async () => {
    const { app, fn } = await siteWith(false)
    const get = async () => (await app.inject('/calls')).body
    const expected = '<i>1</i>&lt;i&gt;2&lt;/i&gt;<I>1</I><i>3</i>'
    expect(await get()).toBe(expected)
    await app.fragments.settled()
    await server.resetStats()
    expect(await get()).toBe(expected)
    expect(fn).toHaveBeenCalledTimes(3)
    expect(await server.commandStats()).toEqual({ mget: 1 })
    await app.close()
  })
})
