import { ClosedError, FragmentCache, KeyPartError, lazy, OptionError, StoreError } from 'onetrip'
import { memoryStore } from 'onetrip/stores/memory'
import { describe, expect, test } from 'vitest'
import { held } from '../../helpers/held.ts'
import { cacheOf, clockedCacheOf, engineOf, told } from '../../helpers/templates.ts'
import { TestClock } from '../../helpers/test-clock.ts'
import { turns } from '../../helpers/turns.ts'
import { watchedStore } from '../../http/watched-store.ts'

const ONE = '{% cache "a", 1 %}{{ n }}{{ more }}{% endcache %}'

describe('delete', () => {
  test('the next page renders again, whatever parts the key has', async () => {
    const { cache, html, events } = cacheOf(ONE)
    expect(await html({ n: 1 })).toBe('1')
    await cache.delete('a', 1)
    expect(await html({ n: 2 })).toBe('2')
    await cache.delete({ name: 'a', parts: [1] })
    await cache.delete('a', 2)
    expect(await html({ n: 3 })).toBe('3')
    expect(told(events, 'delete', 'miss')).toEqual([
      'miss a: absent',
      'delete a',
      'miss a: invalidated',
      'delete a',
      'delete a',
      'miss a: invalidated',
    ])
  })

  test('a render that began before never brings the old fragment back', async () => {
    const { cache, html, events } = cacheOf(ONE)
    const slow = held<string>()
    const old = cache.render('page', { n: 'old', more: lazy(slow.call) })
    await slow.called
    await cache.delete('a', 1)
    slow.release('')
    expect((await old).body.toString()).toBe('old')
    await cache.settled()
    expect(told(events, 'write')).toEqual([])
    expect(told(events, 'skip')[0]).toMatch(/written or deleted meanwhile/)
    expect(await html({ n: 'new' })).toBe('new')
  })

  test('data that was loaded before the delete is served, and not stored', async () => {
    const { cache, html, events, clock } = clockedCacheOf(ONE)
    const page = cache.open()
    clock.advance(5)
    await cache.delete('a', 1)
    const { body } = await page.render('page', { n: 'old' })
    expect(body.toString()).toBe('old')
    await page.writeBack()
    expect(told(events, 'skip')).toEqual(['skip a: it was deleted or stored after the page began'])
    expect(await html({ n: 'new' })).toBe('new')
  })

  test('startedAt says when the data began to be loaded', async () => {
    const { cache, events, clock } = clockedCacheOf(ONE)
    await cache.delete('a', 1)
    clock.advance(5)
    await cache.render('page', { n: 1 }, { startedAt: clock.wall() - 1000 })
    await cache.settled()
    expect(told(events, 'write')).toEqual([])
    await cache.render('page', { n: 1 })
    await cache.settled()
    expect(told(events, 'write')).toEqual(['write a'])
    expect(() => cache.open({ startedAt: Number.NaN })).toThrow(OptionError)
  })

  test('wrong arguments are refused', async () => {
    const { cache } = cacheOf(ONE)
    await expect(cache.delete('')).rejects.toThrow(OptionError)
    await expect(cache.delete(undefined as never)).rejects.toThrow(OptionError)
    await expect(cache.delete({ name: 'a', parts: 1 as never })).rejects.toThrow(OptionError)
    await expect(cache.delete({ name: 'a', vary: 'en' } as never)).rejects.toThrow(OptionError)
    await expect(cache.delete('a', undefined)).rejects.toThrow(KeyPartError)
  })

  test('a store that cannot be reached: the caller knows', async () => {
    const store = watchedStore()
    const { cache } = cacheOf(ONE, { store, limits: { invalidateTimeout: 1 } })
    store.failure = new Error('gone')
    await expect(cache.delete('a', 1)).rejects.toThrow(StoreError)
  })
})

test('later than maxRender nothing is stored', async () => {
  const { html, events, clock } = clockedCacheOf(ONE, { limits: { maxRender: '20s' } })
  const takes = (ms: number) =>
    lazy(() => {
      clock.advance(ms)
      return ''
    })
  await html({ n: 1, more: takes(20_001) })
  expect(told(events, 'write')).toEqual([])
  await html({ n: 1, more: takes(19_000) })
  expect(told(events, 'write')).toEqual(['write a'])
})

test('a page that is discarded stores nothing, and says why', async () => {
  const store = watchedStore()
  const { cache, events } = cacheOf(ONE, { store })
  const page = cache.open()
  await page.render('page', { n: 1 })
  page.discard('status 404')
  await page.writeBack()
  expect(store.calls).toEqual(['getMany 1'])
  expect(told(events, 'skip')).toEqual(['skip a: status 404'])
})

test('a page is written back once', async () => {
  const store = watchedStore()
  const { cache } = cacheOf(ONE, { store })
  const page = cache.open()
  await page.render('page', { n: 1 })
  await Promise.all([page.writeBack(), page.writeBack()])
  page.discard('too late')
  expect(store.calls).toEqual(['getMany 1', 'setMany 1'])
})

test('two templates on one page: lazy values and fragments are shared, sums are of both', async () => {
  const { cache } = cacheOf({ page: ONE, other: '{{ more }}' })
  let loads = 0
  const data = { n: 1, more: lazy(() => ++loads) }
  const page = cache.open()
  const first = await page.render('page', data)
  const second = await page.render('page', data)
  const third = await page.render('other', data)
  expect([first, second, third].map(({ body }) => body.toString())).toEqual(['11', '11', '1'])
  // The second is asked for again, and joins what the first has rendered: its data may be another
  // visitor's.
  expect([page.hits, page.misses, page.trips, page.runs]).toEqual([1, 1, 2, 3])
  expect([first.trips, second.trips, third.trips]).toEqual([1, 1, 0])
  expect(page.cache).toBe(cache)
})

test('a failing store never fails a page; an event says so, and nothing is written', async () => {
  const clock = new TestClock()
  const store = watchedStore(clock)
  const { html, events } = clockedCacheOf(ONE, { store, breaker: { retryAfter: '1s' } }, clock)
  await turns()
  store.failure = new Error('gone')
  expect(await html({ n: 1 })).toBe('1')
  expect(told(events)).toEqual([
    'breaker open',
    'error StoreError',
    'miss a: store error',
    'skip a: The circuit breaker is open since the store has failed: The store failed: gone',
  ])
  store.failure = undefined
  // The pause is spread by chance, by a quarter of it.
  clock.advance(2_000)
  await turns()
  expect(told(events, 'breaker')).toEqual(['breaker open', 'breaker closed'])
  events.length = 0
  expect(await html({ n: 2 })).toBe('2')
  expect(told(events)).toEqual(['miss a: absent', 'write a'])
})

test('a store that fails to write: an event', async () => {
  const store = watchedStore()
  const { cache, events } = cacheOf(ONE, { store })
  const page = cache.open()
  await page.render('page', { n: 1 })
  store.failure = new Error('full')
  await page.writeBack()
  expect(events.at(-1)).toMatchObject({
    type: 'error',
    during: 'write back',
    error: { code: 'ERR_ONETRIP_STORE' },
  })
})

test('a store that throws, or answers nonsense, is a store that fails', async () => {
  const store = watchedStore()
  const { html, events } = cacheOf(ONE, { store, breaker: false })
  store.getMany = () => {
    throw new Error('thrown')
  }
  expect(await html({ n: 1 })).toBe('1')
  store.getMany = async () => []
  expect(await html({ n: 2 })).toBe('2')
  expect(told(events, 'error').length).toBe(2)
})

test('listeners that throw harm nothing; each is unsubscribed by what on() gave', async () => {
  const { cache, html } = cacheOf(ONE)
  const heard: string[] = []
  cache.on(() => {
    throw new Error('listener')
  })
  cache.on(() => Promise.reject(new Error('asynchronous listener')) as never)
  const off = cache.on(({ type }) => heard.push(type))
  expect(await html({ n: 1 })).toBe('1')
  expect(heard).toEqual(['miss', 'write'])
  off()
  await html({ n: 1 })
  expect(heard.length).toBe(2)
  expect(() => cache.on('hit' as never)).toThrow(OptionError)
})

describe('close', () => {
  test('waits for write-backs, closes the store once, and refuses what comes after', async () => {
    const clock = new TestClock()
    const store = watchedStore(clock)
    store.writeDelay = 30
    const { cache } = clockedCacheOf(ONE, { store }, clock)
    await cache.render('page', { n: 1 })
    const closed = Promise.all([cache.close(), cache.close()])
    await turns()
    expect(store.calls).toEqual(['getMany 1'])
    clock.advance(30)
    await closed
    expect(store.calls).toEqual(['getMany 1', 'setMany 1', 'close 0'])
    await expect(cache.render('page')).rejects.toThrow(ClosedError)
    await expect(cache.delete('a')).rejects.toThrow(ClosedError)
    expect(() => cache.open()).toThrow(ClosedError)
  })

  test('does not wait for longer than closeTimeout', async () => {
    const clock = new TestClock()
    const store = watchedStore(clock)
    store.writeDelay = 2_000
    const { cache } = clockedCacheOf(ONE, { store, limits: { closeTimeout: 20 } }, clock)
    await cache.render('page', { n: 1 })
    const closed = cache.close()
    await turns()
    clock.advance(19)
    await turns()
    expect(store.calls).toEqual(['getMany 1'])
    clock.advance(1)
    await closed
    expect(store.calls).toEqual(['getMany 1', 'close 0'])
  })
})

test('options are checked at the door', () => {
  const store = memoryStore()
  const make = (options: object) => () => new FragmentCache({ store, ...options } as never)
  expect(make({ stores: 1 })).toThrow(
    /^FragmentCache has no option "stores": did you mean "store"\? It takes: store, engine/,
  )
  expect(make({ memory: '64MB' })).toThrow(
    /has no option "memory": copies in memory belong to the store: pass/,
  )
  expect(make({ store: {} })).toThrow(/option store must be a store such as memoryStore\(\)/)
  expect(make({ engine: 'nunjucks' })).toThrow(/option engine must be an engine/)
  expect(make({ prefix: 1 })).toThrow(/option prefix/)
  expect(make({ ttl: '5 minutes' })).toThrow(/option ttl is '5 minutes'/)
  expect(() => new FragmentCache(undefined as never)).toThrow(OptionError)
  expect(make({ engine: engineOf({}), release: 'r1' })).not.toThrow()
})

test('without an engine render() throws, and says that it is missing', async () => {
  const cache = new FragmentCache({ store: memoryStore(), ttl: 1000 })
  await expect(cache.render('page')).rejects.toThrow(/no engine/)
})

test('releases, prefixes and versions of an engine do not share', async () => {
  const store = memoryStore()
  const templates = { page: ONE }
  const render = async (n: number, options: object, version = '') => {
    const { html } = cacheOf(templates, { store, engine: engineOf(templates, { version }), ...options })
    return html({ n })
  }
  expect(await render(1, {})).toBe('1')
  expect(await render(2, {})).toBe('1')
  expect(await render(3, { release: 'b' })).toBe('3')
  expect(await render(4, { prefix: 'other' })).toBe('4')
  expect(await render(5, {}, 'v2')).toBe('5')
})
