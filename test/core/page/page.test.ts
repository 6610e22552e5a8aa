import { LazyError, lazy, TagError, UnsettledError } from 'onetrip'
import { expect, test } from 'vitest'
import { cacheOf, clockedCacheOf, told } from '../../helpers/templates.ts'
import { watchedStore } from '../../http/watched-store.ts'

const LIST = '{% for x in xs %}{% cache "card", x %}[{{ x }}]{% endcache %}{% endfor %}'

test('a page that misses, and the same page again', async () => {
  const { cache, events } = cacheOf(LIST)
  const cold = await cache.render('page', { xs: [1, 2] })
  expect(cold.body.toString()).toBe('[1][2]')
  expect(cold).toMatchObject({ trips: 1, runs: 1 })
  expect(cold.fragments).toMatchObject([
    { name: 'card', state: 'miss', reason: 'absent', template: 'page', line: 1, bytes: 3 },
    { name: 'card', state: 'miss', reason: 'absent' },
  ])
  expect(cold.fragments[0]?.renderTime).toBeGreaterThan(0)
  await cache.settled()
  const warm = await cache.render('page', { xs: [1, 2] })
  expect(warm.body.equals(cold.body)).toBe(true)
  expect(warm.fragments.map(({ state }) => state)).toEqual(['hit', 'hit'])
  expect(told(events)).toEqual([
    'miss card: absent',
    'miss card: absent',
    'write card',
    'write card',
    'hit card',
    'hit card',
  ])
})

test('5 of 12 are there: 5 hits, and 7 bodies run', async () => {
  const ran: unknown[] = []
  const seen = (x: unknown) => {
    ran.push(x)
    return x
  }
  const { cache } = cacheOf('{% for x in xs %}{% cache "card", x %}{{ seen(x) }};{% endcache %}{% endfor %}')
  const all = Array.from({ length: 12 }, (_, n) => n)
  await cache.render('page', { xs: all.slice(0, 5), seen })
  await cache.settled()
  ran.length = 0
  const { fragments, body } = await cache.render('page', { xs: all, seen })
  expect(ran).toEqual(all.slice(5))
  expect(fragments.filter(({ state }) => state === 'hit').length).toBe(5)
  expect(body.toString()).toBe(`${all.join(';')};`)
})

test('one key at one place is fetched once, rendered once, and fills every hole', async () => {
  const store = watchedStore()
  const { cache } = cacheOf(
    '{% for x in [1, 2, 3] %}{{ x }}{% cache "same" %}{{ ran() }}{% endcache %}{% endfor %}',
    {
      store,
    },
  )
  let n = 0
  const result = await cache.render('page', { ran: () => ++n })
  expect(result.body.toString()).toBe('112131')
  expect(result.fragments.length).toBe(1)
  await cache.settled()
  expect(store.calls).toEqual(['getMany 1', 'setMany 1'])
})

test('one key at two places: each its own bytes, one is stored, an event names both', async () => {
  const { html, events } = cacheOf({
    page: '{% cache "c", 1 %}first{% endcache %}-{% cache "c", 1 %}second{% endcache %}',
    other: '{% cache "c", 1 %}third{% endcache %}',
  })
  for (let n = 0; n < 3; n++) expect(await html()).toBe('first-second')
  expect(events.filter(({ type }) => type === 'conflict')[0]).toMatchObject({
    name: 'c',
    places: ['page#1', 'page#2'],
  })
  expect(told(events, 'write')).toEqual(['write c'])
  events.length = 0
  for (let n = 0; n < 2; n++) expect(await html({}, 'other')).toBe('third')
  expect(events.find(({ type }) => type === 'conflict')).toMatchObject({ places: ['page#1', 'other#1'] })
  expect(told(events, 'write')).toEqual([])
  expect(await html()).toBe('first-second')
})

test('a page without fragments asks the store nothing', async () => {
  const store = watchedStore()
  const { cache } = cacheOf('hello {{ name }}', { store })
  expect(await cache.render('page', { name: 'you' })).toMatchObject({ trips: 0, runs: 1, fragments: [] })
  await cache.settled()
  expect(store.calls).toEqual([])
})

test('lazy values of bodies are loaded for misses only, in parallel, each once', async () => {
  const loads: string[] = []
  let both: () => void = () => {}
  const areLoading = new Promise<void>((resolve) => {
    both = resolve
  })
  const value = (name: string) =>
    lazy(async () => {
      if (loads.push(name) === 2) both()
      // Neither comes before both have begun.
      await areLoading
      return name
    })
  const { cache } = cacheOf(
    '{% cache "a" %}{{ one }}{% endcache %}{% cache "b" %}{{ two }}{{ one }}{% endcache %}',
  )
  const cold = await cache.render('page', { one: value('one'), two: value('two') })
  expect(cold.body.toString()).toBe('onetwoone')
  expect(cold).toMatchObject({ trips: 1, runs: 1 })
  await cache.settled()
  await cache.render('page', { one: value('one'), two: value('two') })
  expect(loads).toEqual(['one', 'two'])
})

test('lazy values of the skeleton are loaded before the fetch, which stays one', async () => {
  const store = watchedStore()
  const { cache } = cacheOf(`{{ title }}${LIST}`, { store })
  const data = () => ({ title: lazy(() => 'T'), xs: lazy(async () => [1, 2]) })
  const { body, trips, runs } = await cache.render('page', data())
  expect([body.toString(), trips, runs]).toEqual(['T[1][2]', 1, 2])
  await cache.settled()
  expect(store.calls).toEqual(['getMany 2', 'setMany 2'])
})

test('the text of a fragment that the page uses is fetched with all others, in one trip', async () => {
  const store = watchedStore()
  const { cache } = cacheOf(
    '{% cache "a" %}a{% endcache %}{% set h %}{% cache "b" %}b{% endcache %}{% endset %}{{ h | upper }}{% cache "c" %}c{% endcache %}',
    { store },
  )
  const { body, trips, runs } = await cache.render('page')
  expect([body.toString(), trips, runs]).toEqual(['aBc', 1, 2])
  await cache.settled()
  expect(store.calls).toEqual(['getMany 3', 'setMany 3'])
})

test('a loader that fails fails the page, names the value, and nothing is written back', async () => {
  const store = watchedStore()
  const { cache } = cacheOf('{% cache "a" %}{{ fine }}{% endcache %}{% cache "b" %}{{ bad }}{% endcache %}', {
    store,
  })
  const failure = new Error('no database')
  const data = {
    fine: 1,
    bad: lazy(() => Promise.reject(failure)),
  }
  const error = await cache.render('page', data).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(LazyError)
  expect(error).toMatchObject({ code: 'ERR_ONETRIP_LAZY', cause: failure })
  expect(String(error)).toContain('"bad" failed to load: no database')
  await cache.settled()
  expect(store.calls).toEqual(['getMany 2'])
})

test('a value that is lazy without end is given up, by its name', async () => {
  const { cache } = cacheOf('{{ endless() }}')
  const endless = (): unknown => lazy(endless)
  await expect(cache.render('page', { endless })).rejects.toThrow(UnsettledError)
  await expect(cache.render('page', { endless })).rejects.toThrow(/page never settles.*run 50 times.*endless/)
})

test('so is a body', async () => {
  const { cache } = cacheOf('{% cache "a" %}{{ endless() }}{% endcache %}')
  const endless = (): unknown => lazy(endless)
  await expect(cache.render('page', { endless })).rejects.toThrow(/"a" \(page, line 1\).*endless/)
})

test('a lazy value that each call creates again is loaded once', async () => {
  const { html } = cacheOf('{{ films() }}{% cache "a" %}{{ films() }}{{ film.name }}{% endcache %}')
  let loads = 0
  const load = () => ++loads
  const film = {
    get name() {
      return lazy(load)
    },
  }
  expect(await html({ films: () => lazy(load), film })).toBe('123')
})

test("a tag needs a ttl, its own or the cache's; it may be computed", async () => {
  const { cache } = cacheOf(
    { page: '{% cache "a" %}{% endcache %}', own: '{% cache "a", ttl=1000 * n %}x{% endcache %}' },
    { ttl: undefined },
  )
  await expect(cache.render('page')).rejects.toThrow(TagError)
  await expect(cache.render('page')).rejects.toThrow(/"a" \(page, line 1\) has no ttl/)
  await cache.render('own', { n: 5 })
  await expect(cache.render('own', { n: -1 })).rejects.toThrow(
    /ttl of the fragment "a" \(own, line 1\) is -1000/,
  )
})

test('an entry ends with its ttl', async () => {
  const { html, events, clock } = clockedCacheOf('{% cache "a", ttl=30 %}{{ n }}{% endcache %}', {
    entries: { jitter: 0 },
  })
  expect(await html({ n: 1 })).toBe('1')
  clock.advance(29)
  expect(await html({ n: 2 })).toBe('1')
  clock.advance(2)
  expect(await html({ n: 3 })).toBe('3')
  expect(told(events, 'miss')).toEqual(['miss a: absent', 'miss a: expired'])
})

test('if= that does not hold: rendered, neither fetched nor stored', async () => {
  const store = watchedStore()
  const { cache, html, events } = cacheOf('{% cache "a", if=on %}{{ n }}{% endcache %}', { store })
  expect(await html({ n: 1, on: false })).toBe('1')
  expect(await html({ n: 2, on: false })).toBe('2')
  expect(store.calls).toEqual([])
  expect(told(events)).toEqual([
    'miss a: skipped',
    'skip a: if= did not hold',
    'miss a: skipped',
    'skip a: if= did not hold',
  ])
  await cache.close()
})

test('an edit of a template misses where it counts, and nowhere else', async () => {
  const { html, events, templates } = cacheOf({
    page: '{% import "lib" as lib %}{% cache "inc" %}{% include "inc" %}{% endcache %}{% cache "lib" %}{{ lib.m() }}{% endcache %}{% cache "dyn" %}{% include kind %}{% endcache %}',
    inc: 'i',
    lib: '{% macro m() %}m{% endmacro %}',
    one: '1',
    two: '2',
    child: '{% extends "base" %}{% block b %}{% cache "super" %}{{ super() }}{% endcache %}{% endblock %}',
    base: '{% block b %}b{% endblock %}',
  })
  const reasons = async (template?: string) => {
    events.length = 0
    const page = await html({ kind: 'one' }, template)
    return [page, ...told(events, 'miss')]
  }
  await reasons()
  expect(await reasons()).toEqual(['im1'])
  templates.inc = 'I'
  expect(await reasons()).toEqual(['Im1', 'miss inc: template changed'])
  templates.lib = '{% macro m() %}M{% endmacro %}'
  expect(await reasons()).toEqual(['IM1', 'miss lib: template changed'])
  templates.one = 'one'
  expect(await reasons()).toEqual(['IMone', 'miss dyn: template changed'])
  templates.two = 'two'
  expect(await reasons()).toEqual(['IMone'])
  templates.page += ' '
  expect((await reasons()).length).toBe(4)
  await reasons('child')
  templates.base = '{% block b %}B{% endblock %}'
  expect(await reasons('child')).toEqual(['B', 'miss super: template changed'])
})

test('an include that was missing, and now is there, makes the entry another', async () => {
  const { html, templates } = cacheOf({
    page: '{% cache "a" %}a{% include "late" ignore missing %}{% endcache %}',
  })
  expect(await html()).toBe('a')
  expect(await html()).toBe('a')
  templates.late = 'b'
  expect(await html()).toBe('ab')
})
