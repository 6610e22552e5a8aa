import { FragmentCache, type FragmentCacheOptions, type FragmentEvent, lazy, OptionError } from 'onetrip'
import { memoryStore } from 'onetrip/stores/memory'
import { expect, test } from 'vitest'
import type { Clock } from '../../../src/clock.ts'
import type { Store } from '../../../src/stores/store.ts'
import { onEveryClockedStore } from '../../helpers/clocked-stores.ts'
import { PATIENT } from '../../helpers/patient.ts'
import { patientRedisStore } from '../../helpers/patient-stores.ts'
import { describeRedis, startRedis } from '../../helpers/redis-server.ts'
import { cacheOf, engineOf } from '../../helpers/templates.ts'
import { TestClock } from '../../helpers/test-clock.ts'

const CARDS =
  '{% cache "list" %}{{ n }}{% endcache %} {% cache "card", id, vary=["lang"] %}{{ n }}{% endcache %}'

type WithClock = new (options: FragmentCacheOptions, time: Clock) => FragmentCache

/** A process: a cache of its own over a store that others share. */
function processOf(store: Store, clock: TestClock, page: string) {
  const cache = new (FragmentCache as unknown as WithClock)(
    {
      store,
      engine: engineOf({ page }),
      ttl: '1h',
      ...PATIENT,
      entries: { jitter: 0, beta: 0 },
      vary: { lang: (request) => request.lang },
    },
    clock,
  )
  const events: FragmentEvent[] = []
  cache.on((event) => events.push(event))
  const html = async (data: object, lang = 'en') => {
    const { body } = await cache.render('page', data, { request: { lang } })
    await cache.settled()
    clock.advance(1)
    return body.toString()
  }
  return { cache, events, html }
}

onEveryClockedStore((create) => {
  async function opened() {
    const clock = new TestClock()
    const store = create(clock)
    // Tests of one server share it.
    const canClear = await store.clear('').then(
      () => true,
      () => false,
    )
    return { clock, store, canClear }
  }

  test('clear({ name }) removes all variants of one fragment, clear() everything; both are stored again after it', async () => {
    const { clock, store, canClear } = await opened()
    const { cache, html, events } = processOf(store, clock, CARDS)
    if (!canClear) return expect(cache.clear()).rejects.toThrow(/cannot list its keys/)
    const double = cache.cached('double', {}, (n: number) => n * 2)
    await cache.values.set('kept', 1)
    await double(2)
    for (const id of [1, 2]) for (const lang of ['en', 'cy']) await html({ id, n: 'old' }, lang)

    await clock.until(cache.clear({ name: 'card' }))
    // The clock of a store may count whole milliseconds, and the estimate of a page's start is low.
    clock.advance(5)
    for (const id of [1, 2])
      for (const lang of ['en', 'cy']) expect(await html({ id, n: 'new' }, lang)).toBe('old new')
    expect(await html({ id: 1, n: 'newer' })).toBe('old new')
    expect(await cache.values.get('kept')).toBe(1)

    await clock.until(cache.clear())
    clock.advance(5)
    expect(await cache.values.get('kept')).toBe(undefined)
    expect(await html({ id: 1, n: 'last' })).toBe('last last')
    expect(await html({ id: 1, n: 'hit' })).toBe('last last')
    expect(events.filter(({ type }) => type === 'clear')).toEqual([
      { type: 'clear', prefix: 'onetrip:0::4:card', name: 'card' },
      { type: 'clear', prefix: 'onetrip:0::', name: undefined },
    ])
    await cache.close()
  })

  const ROW = '{% cache "outer" %}<{% cache "row" %}{{ awaited }}{{ loaded }}{% endcache %}>{% endcache %}'

  test('a render that began before brings nothing back, wherever it was, in this process or another', async () => {
    const { clock, store, canClear } = await opened()
    if (!canClear) return
    const own = processOf(store, clock, ROW)
    const others = store.capabilities.shared ? [own, processOf(store, clock, ROW)] : [own]
    for (const { cache } of others) {
      let goOn = () => {}
      const loaded = lazy(
        () =>
          new Promise<string>((resolve) => {
            goOn = () => resolve('old')
          }),
      )
      const page = cache.open({ request: {} })
      const rendering = page.render('page', { awaited: 'old', loaded })
      while (page.trips === 0) await new Promise((resolve) => setImmediate(resolve))
      await clock.until(own.cache.clear())
      clock.advance(1)
      // It does not join what was under way.
      expect(await own.html({ awaited: 'new', loaded: 'new' })).toBe('<newnew>')
      await clock.until(own.cache.clear())
      goOn()
      expect((await rendering).body.toString()).toBe('<oldold>')
      await page.writeBack()
      clock.advance(1)
      for (const { html } of others) expect(await html({ awaited: 'new', loaded: 'new' })).toBe('<newnew>')
      await clock.until(own.cache.clear())
    }
    await own.cache.close()
  })

  test('a run that began before values.clear(), or clear() of its function, is not kept, nor given to later callers', async () => {
    const { clock, store, canClear } = await opened()
    if (!canClear) return
    const [one, two] = [processOf(store, clock, ''), processOf(store, clock, '')]
    type Make = () => Promise<string> | string
    const listOf = ({ cache }: typeof one) =>
      cache.cached('list', { key: (_make: Make) => [], ttl: '1h' }, (make: Make) => make())
    const [list, others] = [listOf(one), listOf(two)]
    type Read = (make: Make) => Promise<unknown>
    const ways: [string, Read, () => Promise<void>][] = [
      [
        'a value',
        (make) => one.cache.values.getOrSet('list', {}, () => make()),
        () => one.cache.values.clear(),
      ],
      [
        'under a prefix',
        (make) => one.cache.values.getOrSet('a:b', {}, () => make()),
        () => one.cache.values.clear('a'),
      ],
      ['a call', list, () => list.clear()],
      // In a store that no process shares a cache knows of its own runs.
      ['cleared by another process', list, () => (store.capabilities.shared ? others : list).clear()],
    ]
    for (const [way, read, clear] of ways) {
      let goOn: (value: string) => void = () => {}
      let runs = 0
      const before = read(() => {
        runs++
        return new Promise<string>((resolve) => {
          goOn = resolve
        })
      })
      while (runs === 0) await new Promise((resolve) => setImmediate(resolve))
      await clock.until(clear())
      clock.advance(1_000)
      expect(await read(() => 'new'), way).toBe('new')
      await one.cache.settled()
      goOn('old')
      expect(await before, way).toBe('old')
      await one.cache.settled()
      clock.advance(5)
      expect(await read(() => 'not asked for'), way).toBe('new')
      await clock.until(clear())
      expect(await read(() => 'newer'), way).toBe('newer')
      await one.cache.settled()
      await clock.until(clear())
    }
    await one.cache.close()
  })
})

/**
 * A store that other processes share, as far as the cache knows, whose writes wait until a test
 * lets them go.
 */
function slowStore(store: Store): { store: Store; held: (() => void)[] } {
  const held: (() => void)[] = []
  const slow: Store = {
    capabilities: { ...store.capabilities, shared: true },
    getMany: (keys) => store.getMany(keys),
    stampMany: (stamps) => store.stampMany(stamps),
    setMany: async (writes) => {
      await new Promise<void>((resolve) => held.push(resolve))
      return store.setMany(writes)
    },
    touchMany: (touches) => store.touchMany(touches),
    deleteMany: (keys) => store.deleteMany(keys),
    clock: () => store.clock(),
    clear: (prefix) => store.clear(prefix),
    close: () => store.close(),
  }
  return { store: slow, held }
}

test('a write that was sent before a clear and arrives after it is refused by the store', async () => {
  const clock = new TestClock()
  const shared = memoryStore({}, clock)
  const { store, held } = slowStore(shared)
  const slow = processOf(store, clock, '{% cache "a" %}{{ n }}{% endcache %}')
  const other = processOf(slowStore(shared).store, clock, '{% cache "a" %}{{ n }}{% endcache %}')
  expect((await slow.cache.render('page', { n: 'old' }, { request: {} })).body.toString()).toBe('old')
  while (held.length === 0) await new Promise((resolve) => setImmediate(resolve))
  await clock.until(other.cache.clear())
  held[0]?.()
  await slow.cache.settled()
  const { body } = await other.cache.render('page', { n: 'new' }, { request: {} })
  expect(body.toString()).toBe('new')
})

test('a result of a cached function that was under way is not kept, nor given to later callers', async () => {
  const { cache } = cacheOf('')
  let goOn: (value: string) => void = () => {}
  let calls = 0
  const read = cache.cached('read', {}, () =>
    calls++ === 0
      ? new Promise<string>((resolve) => {
          goOn = resolve
        })
      : 'new',
  )
  const first = read()
  while (calls === 0) await new Promise((resolve) => setImmediate(resolve))
  await cache.clear()
  expect(await read()).toBe('new')
  await cache.clear()
  goOn('old')
  expect(await first).toBe('old')
  await cache.settled()
  expect(await read()).toBe('new')
})

test('several processes may clear at the same time', async () => {
  const clock = new TestClock()
  const shared = memoryStore({}, clock)
  const all = [0, 1, 2].map(() => {
    const { store } = slowStore(shared)
    return processOf(
      { ...store, setMany: (writes) => shared.setMany(writes) },
      clock,
      '{% cache "a" %}{{ n }}{% endcache %}',
    )
  })
  for (const { html } of all) expect(await html({ n: 'old' })).toBe('old')
  const begin = clock.now()
  const cleared = all.map(async ({ cache }, n) => {
    while (clock.now() < begin + n * 700) await new Promise((resolve) => setImmediate(resolve))
    await cache.clear()
    return clock.now() - begin
  })
  const times = await clock.until(Promise.all(cleared))
  // The last of them takes its three seconds, and the others are done when it is.
  expect(Math.max(...times)).toBeLessThan(6_000)
  clock.advance(1_000)
  for (const [n, { html }] of all.entries()) expect(await html({ n })).toBe('0')
})

test('clears that are asked for at the same time take as long as one, and close() waits for them', async () => {
  const clock = new TestClock()
  const shared = memoryStore({}, clock)
  const setMany: Store['setMany'] = (writes) => shared.setMany(writes)
  const open = () =>
    processOf(
      { ...slowStore(shared).store, setMany, close: async () => {} },
      clock,
      '{% cache "a" %}{{ n }}{% endcache %}',
    )
  const { cache } = open()
  const names = ['a', 'b', 'c']
  for (const name of names) await cache.values.set(`${name}:1`, name)
  const begin = clock.now()
  const cleared = Promise.all(names.map((name) => cache.values.clear(name)))
  await new Promise((resolve) => setImmediate(resolve))
  await clock.until(cache.close())
  await cleared
  expect(clock.now() - begin).toBeLessThan(4_000)
  // Others store again.
  const { html } = open()
  clock.advance(5)
  expect([await html({ n: 1 }), await html({ n: 2 })]).toEqual(['1', '1'])
})

test('the mark is read with the fetch of a page, at most once a second', async () => {
  const clock = new TestClock()
  const inner = memoryStore({}, clock)
  const asked: number[] = []
  const store: Store = {
    ...slowStore(inner).store,
    setMany: (writes) => inner.setMany(writes),
    getMany: (keys) => {
      asked.push(keys.length)
      return inner.getMany(keys)
    },
  }
  const { html } = processOf(store, clock, '{% cache "a" %}{{ n }}{% endcache %}')
  for (let n = 0; n < 5; n++) await html({ n })
  clock.advance(1_000)
  await html({ n: 6 })
  expect(asked).toEqual([2, 1, 1, 1, 1, 2])
})

test('every way to invalidate is an event', async () => {
  const { cache, events } = cacheOf('')
  const note = cache.cached('note', {}, (id: number) => id)
  await cache.invalidate('a', 'b')
  await cache.delete('card', 1)
  await note.invalidate(1)
  await note.clear()
  await cache.values.delete('user:1')
  await cache.values.clear('user')
  await cache.clear({ name: 'card' })
  expect(events).toEqual([
    { type: 'invalidate', tags: ['a', 'b'] },
    { type: 'delete', key: 'onetrip:0::4:card:n1:1', name: 'card' },
    { type: 'delete', key: 'onetrip:0::@4:note:n1:1', name: 'note' },
    { type: 'clear', prefix: 'onetrip:0::@4:note', name: 'note' },
    { type: 'delete', key: 'onetrip:0::$user:1', name: 'user' },
    { type: 'delete', key: 'onetrip:0::$user', name: 'user' },
    { type: 'clear', prefix: 'onetrip:0::$user:', name: undefined },
    { type: 'clear', prefix: 'onetrip:0::4:card', name: 'card' },
  ])
})

test('an argument that does not name a fragment is refused', async () => {
  const { cache } = cacheOf('')
  for (const wrong of ['card', { nam: 'card' }, { name: '' }, null, {}] as never[])
    await expect(cache.clear(wrong)).rejects.toThrow(OptionError)
  await expect(cache.clear('card' as never)).rejects.toThrow("such as { name: 'card' }")
})

describeRedis('on a real Redis', () => {
  test('clear() of one process reaches the other, and no other prefix', async () => {
    const server = await startRedis()
    const page = { page: '{% cache "a" %}{{ n }}{% endcache %}' }
    const open = (prefix: string) => cacheOf(page, { store: patientRedisStore({ url: server.url }), prefix })
    const [one, two, apart] = [open('shop'), open('shop'), open('shop2')]
    try {
      for (const { html } of [one, two, apart]) expect(await html({ n: 'old' })).toBe('old')
      await one.cache.clear()
      // What is rendered at once may be taken for older than the clear, and is not stored then.
      for (const { html } of [two, one, two]) expect(await html({ n: 'new' })).toBe('new')
      expect(await apart.html({ n: 'new' })).toBe('old')
    } finally {
      for (const { cache } of [one, two, apart]) await cache.close()
      await server.stop()
    }
  })
})
