import { lazy, OptionError, StoreError, TagError } from 'onetrip'
import { memoryStore } from 'onetrip/stores/memory'
import { expect, test } from 'vitest'
import { held } from '../../helpers/held.ts'
import { cacheOf, clockedCacheOf, engineOf, told } from '../../helpers/templates.ts'
import { TestClock } from '../../helpers/test-clock.ts'
import { watchedStore } from '../../http/watched-store.ts'

const ONE = '{% cache "a", id, tags=["films", "film:" ~ id] %}{{ n }}{{ more }}{% endcache %}'

test('a tag makes all its fragments miss, in one trip; others stay', async () => {
  const clock = new TestClock()
  const store = watchedStore(clock)
  const { cache, html, events } = clockedCacheOf(
    { page: ONE, other: '{% cache "b", tags="news" %}{{ n }}{% endcache %}' },
    { store },
    clock,
  )
  for (const id of [1, 2]) await html({ id, n: 'old' })
  await html({ n: 'old' }, 'other')
  store.calls.length = 0
  await cache.invalidate('films', 'films', 'unused')
  expect(store.calls).toEqual(['stampMany 2'])
  clock.advance(5)
  events.length = 0
  expect(await html({ id: 1, n: 'new' })).toBe('new')
  expect(await html({ id: 2, n: 'new' })).toBe('new')
  expect(await html({ n: 'new' }, 'other')).toBe('old')
  expect(told(events, 'miss')).toEqual(['miss a: invalidated', 'miss a: invalidated'])
  await cache.invalidate('film:1')
  clock.advance(5)
  expect(await html({ id: 1, n: 'newer' })).toBe('newer')
  expect(await html({ id: 2, n: 'newer' })).toBe('new')
})

test('versions come with the entries: one trip; a tag that is new costs one more', async () => {
  const store = watchedStore()
  const { cache } = cacheOf(
    '{% for x in xs %}{% cache "a", x, tags=["all", "x:" ~ x] %}{{ x }}{% endcache %}{% endfor %}',
    {
      store,
    },
  )
  const cold = await cache.render('page', { xs: [1, 2] })
  await cache.settled()
  expect(cold.trips).toBe(2)
  expect(store.calls.slice(0, 2)).toEqual(['getMany 5', 'stampMany 3'])
  expect(store.calls.slice(2).sort()).toEqual(['setMany 2', 'touchMany 3'])
  store.calls.length = 0
  expect((await cache.render('page', { xs: [1, 2] })).trips).toBe(1)
  expect(store.calls).toEqual(['getMany 5'])
})

test('a render that began before an invalidation never brings the old content back', async () => {
  const { cache, html, events, clock } = clockedCacheOf(ONE)
  await html({ id: 1, n: 'first' })
  await cache.delete('a', 1)
  clock.advance(5)
  const slow = held<string>()
  const old = cache.render('page', { id: 1, n: 'old', more: lazy(slow.call) })
  await slow.called
  await cache.invalidate('films')
  slow.release('')
  expect((await old).body.toString()).toBe('old')
  await cache.settled()
  events.length = 0
  expect(await html({ id: 1, n: 'new' })).toBe('new')
  expect(told(events, 'miss')).toEqual(['miss a: invalidated'])
})

test('data that was loaded before an invalidation is served, and not stored', async () => {
  const { cache, html, events, clock } = clockedCacheOf(ONE)
  await html({ id: 1, n: 'first' })
  clock.advance(5)
  const page = cache.open()
  clock.advance(5)
  await cache.invalidate('films')
  events.length = 0
  expect((await page.render('page', { id: 1, n: 'old' })).body.toString()).toBe('old')
  await page.writeBack()
  expect(told(events, 'skip')).toEqual(['skip a: its tag "films" was invalidated after the page began'])
  clock.advance(5)
  expect(await html({ id: 1, n: 'new' })).toBe('new')
})

test('a tag that the store has lost makes its entries stale, never valid again', async () => {
  const store = memoryStore()
  const { html, events } = cacheOf(ONE, { store })
  await html({ id: 1, n: 'old' })
  await store.deleteMany(['onetrip:0::#5:films'])
  events.length = 0
  expect(await html({ id: 1, n: 'new' })).toBe('new')
  expect(await html({ id: 1, n: 'newer' })).toBe('new')
  expect(told(events, 'miss')).toEqual(['miss a: invalidated'])
})

test('tags of an inner fragment count for those around it, hit or miss', async () => {
  const { cache, html, clock } = clockedCacheOf(
    '{% cache "o", ttl="1h" %}{{ n }}{% cache "m" %}{{ n }}{% cache "i", tags=["deep"] %}{{ n }}{% endcache %}{% endcache %}{% endcache %}',
  )
  expect(await html({ n: 1 })).toBe('111')
  await cache.invalidate('deep')
  clock.advance(5)
  expect(await html({ n: 2 })).toBe('222')
  await cache.delete('o')
  clock.advance(5)
  expect(await html({ n: 3 })).toBe('322')
  await cache.invalidate('deep')
  clock.advance(5)
  expect(await html({ n: 4 })).toBe('444')
})

test('tags from inside are remembered, and fetched beside the entry; a surprise costs one more trip', async () => {
  const store = memoryStore()
  const page = '{% cache "o" %}{% cache "i", tags=["deep"] %}x{% endcache %}{% endcache %}'
  const one = cacheOf(page, { store })
  await one.html()
  expect((await one.cache.render('page')).trips).toBe(1)
  const other = cacheOf(page, { store })
  expect((await other.cache.render('page')).trips).toBe(2)
  expect((await other.cache.render('page')).trips).toBe(1)
  expect((await other.cache.render('page')).fragments).toMatchObject([{ name: 'o', state: 'hit' }])
})

test('an inner fragment of old data keeps the outer one from being stored, too', async () => {
  const { cache, html, events, clock } = clockedCacheOf(
    '{% cache "o" %}{% cache "i", tags=["deep"] %}{{ n }}{% endcache %}{% endcache %}',
  )
  await html({ n: 1 })
  clock.advance(5)
  const page = cache.open()
  clock.advance(5)
  await cache.invalidate('deep')
  events.length = 0
  await page.render('page', { n: 'old' })
  await page.writeBack()
  expect(told(events, 'skip').length).toBe(2)
  clock.advance(5)
  expect(await html({ n: 2 })).toBe('2')
})

test('a tag that is computed from something else than the key makes a miss', async () => {
  const { html } = cacheOf('{% cache "a", tags=["of:" ~ owner] %}{{ owner }}{% endcache %}')
  expect(await html({ owner: 'x' })).toBe('x')
  expect(await html({ owner: 'y' })).toBe('y')
})

test.each([[5], [null], [''], [{}]])('the tag %j is refused, with fragment and place', async (tag) => {
  const { cache } = cacheOf('{% cache "a", tags=[tag] %}{% endcache %}')
  await expect(cache.render('page', { tag })).rejects.toThrow(TagError)
  await expect(cache.render('page', { tag })).rejects.toThrow(
    /^The tag tag of the fragment "a" .* \(page, line 1\)/,
  )
  await expect(cache.invalidate(tag as never)).rejects.toThrow(OptionError)
})

test('invalidate() rejects where the store has not applied it; with nothing it does nothing', async () => {
  const store = watchedStore()
  const { cache, events } = cacheOf(ONE, { store, limits: { invalidateTimeout: 1 } })
  await cache.invalidate()
  store.failure = new Error('gone')
  await expect(cache.invalidate('films')).rejects.toThrow(StoreError)
  expect(events.at(-1)).toMatchObject({ type: 'error', during: 'invalidate' })
})

test('a store that cannot make a version: the page is served, and not stored', async () => {
  const store = watchedStore()
  const { html, events } = cacheOf(ONE, { store })
  const { stampMany } = store
  store.stampMany = async () => {
    throw new Error('full')
  }
  expect(await html({ id: 1, n: 1 })).toBe('1')
  expect(told(events, 'error', 'skip')).toEqual([
    'error StoreError',
    'skip a: the version of its tag "films" could not be read',
  ])
  store.stampMany = stampMany
  expect(await html({ id: 1, n: 2 })).toBe('2')
  expect(await html({ id: 1, n: 3 })).toBe('2')
})

test('a process without templates invalidates for all', async () => {
  const clock = new TestClock()
  const store = memoryStore({}, clock)
  const site = clockedCacheOf(ONE, { store }, clock)
  await site.html({ id: 1, n: 1 })
  const worker = clockedCacheOf({}, { store, engine: engineOf({}) }, clock)
  await worker.cache.invalidate('film:1')
  clock.advance(5)
  expect(await site.html({ id: 1, n: 2 })).toBe('2')
})
