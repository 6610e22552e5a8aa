import { randomUUID } from 'node:crypto'
import { type FragmentCacheOptions, type FragmentEvent, lazy, OptionError } from 'onetrip'
import { memoryStore } from 'onetrip/stores/memory'
import { afterEach, expect, it, test } from 'vitest'
import { FragmentCache } from '../../../src/core/fragment-cache.ts'
import { onEveryStore } from '../../helpers/every-store.ts'
import { held } from '../../helpers/held.ts'
import { PATIENT, patient } from '../../helpers/patient.ts'
import { clockedCacheOf } from '../../helpers/templates.ts'
import { TestClock } from '../../helpers/test-clock.ts'

onEveryStore((create) => {
  const open: FragmentCache[] = []
  afterEach(() => Promise.all(open.splice(0).map((cache) => cache.close())))

  it('getOrSet runs the function if the value is absent, and stores the result under its key', async () => {
    const cache = new FragmentCache({ store: create(), prefix: randomUUID(), ttl: '60s', ...PATIENT })
    open.push(cache)
    const { values } = cache
    let runs = 0
    const read = () => values.getOrSet('menu:main', { tags: ['menu'] }, async () => ({ run: ++runs }))
    const crowd = await Promise.all([read(), read(), read()])
    expect(crowd).toEqual([{ run: 1 }, { run: 1 }, { run: 1 }])
    // Each has an object of its own.
    expect(crowd[0]).not.toBe(crowd[1])
    await cache.settled()
    expect(await read()).toEqual({ run: 1 })
    expect(await values.get('menu:main')).toEqual({ run: 1 })
    await cache.invalidate('menu')
    expect(await values.get('menu:main')).toBe(undefined)
    expect(await read()).toEqual({ run: 2 })
    await cache.settled()
    await values.delete('menu:main')
    expect(await read()).toEqual({ run: 3 })
    await cache.settled()
    expect(values.stats.names.menu).toMatchObject({ writes: 3 })
  })
})

const valuesOf = (options: Partial<FragmentCacheOptions> = {}) => {
  const cache = new FragmentCache({ store: memoryStore(), ttl: '60s', ...patient(options) })
  const events: FragmentEvent[] = []
  cache.on((event) => events.push(event))
  return { cache, events, values: cache.values }
}

test('null is kept, undefined and an exception are not', async () => {
  const { cache, values } = valuesOf()
  let runs = 0
  const failing = () => {
    runs++
    throw new Error('the database is down')
  }
  const nothing = () => {
    runs++
    return null
  }
  for (let n = 0; n < 2; n++) {
    await expect(values.getOrSet('a', {}, failing)).rejects.toThrow('the database is down')
    expect(await values.getOrSet('b', {}, () => void runs++)).toBe(undefined)
    expect(await values.getOrSet('c', {}, nothing)).toBe(null)
    await cache.settled()
  }
  expect(runs).toBe(5)
  expect(await values.has('c')).toBe(true)
})

test('a value that was set is returned', async () => {
  const { values } = valuesOf()
  await values.set('a', 1)
  expect(await values.getOrSet('a', {}, () => 2)).toBe(1)
})

test('a value that was invalidated while the function ran is not kept', async () => {
  const { cache, values } = valuesOf()
  const old = held<string>()
  let runs = 0
  const slow = () => (runs++ === 0 ? old.call() : 'new')
  const read = () => values.getOrSet('a', { tags: ['t'] }, slow)
  const first = read()
  await old.called
  await cache.invalidate('t')
  old.release('old')
  expect(await first).toBe('old')
  await cache.settled()
  expect(await read()).toBe('new')
})

test('a stale value is given while the function runs again behind it', async () => {
  const clock = new TestClock()
  const options = { store: memoryStore({}, clock), entries: { jitter: 0, beta: 0 } }
  const cache = new FragmentCache(options, clock)
  let runs = 0
  const read = () => cache.values.getOrSet('a', { ttl: '10s', stale: '1h' }, () => ++runs)
  expect(await read()).toBe(1)
  await cache.settled()
  clock.advance(20_000)
  expect(await cache.values.has('a')).toBe(false)
  expect(await read()).toBe(1)
  await cache.settled()
  expect(await read()).toBe(2)
  expect(runs).toBe(2)
})

test('a fragment that reads it has its tags, also on the page that calls it for the first time', async () => {
  const { cache, html, clock } = clockedCacheOf('{% cache "a", ttl="1h" %}{{ menu }}{% endcache %}')
  let menu = 'old'
  const load = () => {
    clock.advance(5)
    return cache.values.getOrSet('menu', { tags: ['menu'] }, () => menu)
  }
  const show = () => html({ menu: lazy(load) })
  expect(await show()).toBe('old')
  expect(await show()).toBe('old')
  menu = 'new'
  await cache.invalidate('menu')
  clock.advance(5)
  expect(await show()).toBe('new')
  menu = 'newest'
  expect(await show()).toBe('new')
  await cache.invalidate('menu')
  clock.advance(5)
  expect(await show()).toBe('newest')
})

test('wrong arguments are refused', async () => {
  const { values } = valuesOf({ ttl: undefined })
  const fn = () => 1
  const wrong: [unknown, unknown, unknown, string][] = [
    ['', { ttl: 1000 }, fn, 'The key of a value'],
    ['a', fn, undefined, 'the function is missing'],
    ['a', undefined, fn, 'the options are missing'],
    ['a', { tll: 1000 }, fn, 'did you mean "ttl"?'],
    ['a', {}, fn, 'The value "a" has no ttl'],
    ['a', { ttl: 1000, tags: 'x' }, fn, 'tags must be'],
  ]
  for (const [key, options, run, message] of wrong) {
    const call = values.getOrSet(key as string, options as object, run as () => number)
    await expect(call).rejects.toThrow(message)
    await expect(call).rejects.toThrow(OptionError)
  }
})

test('a function that comes back to its own key is an error that shows the ring', async () => {
  const { values } = valuesOf()
  const read = (): Promise<unknown> => values.getOrSet('a:1', {}, () => read())
  await expect(read()).rejects.toThrow(
    'The value "a:1" is called while it runs with the same key: $a:1 > $a:1',
  )
})
