import { lazy, perVisitor } from 'onetrip'
import { expect, test } from 'vitest'
import { isPerVisitorValue } from '../../../src/engines/per-visitor.ts'
import { cacheOf, told } from '../../helpers/templates.ts'

/** Callers who go on with the objects that they have given to a cached function. */

test('each call gives what its arguments were, and keeps it under their key', async () => {
  const { cache } = cacheOf('')
  const films = cache.cached(
    'films',
    { key: (query: { page: number }) => [query.page], ttl: '5m' },
    (query) => `page ${query.page}`,
  )
  const query = { page: 1 }
  const results: Promise<string>[] = []
  for (const page of [1, 2, 3]) {
    query.page = page
    results.push(films(query))
  }
  expect(await Promise.all(results)).toEqual(['page 1', 'page 2', 'page 3'])
  await cache.settled()
  for (const page of [1, 2, 3]) expect(await films({ page })).toBe(`page ${page}`)
})

test('arrays, and the arguments of refresh, too', async () => {
  const { cache } = cacheOf('')
  const sum = cache.cached('sum', { key: (list: number[]) => [list], ttl: '5m' }, (list) =>
    list.reduce((a, b) => a + b, 0),
  )
  const list = [1]
  const first = sum(list)
  list.push(2)
  const second = sum.refresh(list)
  list.push(3)
  expect(await Promise.all([first, second])).toEqual([1, 3])
  await cache.settled()
  expect(await Promise.all([sum([1]), sum([1, 2])])).toEqual([1, 3])
})

test('a lazy value of a call', async () => {
  const { html, cache } = cacheOf('{% for film in films %}{{ film }} {% endfor %}')
  const film = cache.cached('film', { key: (query: { id: number }) => [query.id] }, ({ id }) => `film ${id}`)
  const query = { id: 0 }
  const films = [1, 2, 3].map((id) => {
    query.id = id
    return film.lazy(query)
  })
  expect(await html({ films })).toBe('film 1 film 2 film 3 ')
})

test('a change deep inside is neither stored nor given to waiting calls; an event reports it', async () => {
  const { cache, events } = cacheOf('')
  let release = () => {}
  const waiting = new Promise<void>((resolve) => {
    release = resolve
  })
  let runs = 0
  const films = cache.cached(
    'deep',
    { key: (query: { filter: { page: number } }) => [query.filter.page], ttl: '5m' },
    async (query) => {
      runs++
      await waiting
      return `page ${query.filter.page}`
    },
  )
  const query = { filter: { page: 1 } }
  const first = films(query)
  const joined = films({ filter: { page: 1 } })
  await new Promise(setImmediate)
  query.filter.page = 2
  release()
  expect(await first).toBe('page 2')
  expect(await joined).toBe('page 1')
  expect(runs).toBe(2)
  await cache.settled()
  expect(await films({ filter: { page: 1 } })).toBe('page 1')
  expect(told(events, 'error')).toEqual(['error KeyPartError'])
})

test('in a template, a call whose object the page changes', async () => {
  const { cache } = cacheOf('{{ films(query) }}{% set _ = grow(query) %}{{ films(query) }}{{ slow }}')
  const films = cache.cached(
    't',
    { key: (query: { page: number }) => [query.page], ttl: '5m' },
    (query) => `[${query.page}]`,
  )
  const grow = (query: { page: number }) => {
    query.page = 2
  }
  const { body } = await cache.render('page', { films, grow, query: { page: 1 }, slow: lazy(() => 's') })
  await cache.settled()
  expect(await Promise.all([films({ page: 1 }), films({ page: 2 })])).toEqual(['[1]', '[2]'])
  expect(`${body}`).toMatch(/s$/)
})

test('a function that changes its arguments itself is kept, and its caller sees nothing of that', async () => {
  const { cache, events } = cacheOf('')
  let runs = 0
  const films = cache.cached('own', {}, async (query: { page: number }) => {
    query.page++
    return ++runs
  })
  const query = { page: 1 }
  const results = [await films(query), await films(query)]
  expect([...results, query.page]).toEqual([1, 1, 1])
  expect(told(events, 'error')).toEqual([])
})

test('a function that waits reads its arguments as they were', async () => {
  const { cache } = cacheOf('')
  const films = cache.cached('waits', {}, async (query: { page: number }) => {
    await new Promise(setImmediate)
    return `page ${query.page}`
  })
  const query = { page: 1 }
  const first = films(query)
  await new Promise((resolve) => process.nextTick(resolve))
  query.page = 2
  expect(await first).toBe('page 1')
  expect(await films({ page: 1 })).toBe('page 1')
})

test("a copy of what belongs to one visitor is the visitor's, too", async () => {
  const { cache } = cacheOf('')
  let marked = false
  const greet = cache.cached('greet', { key: ({ id }: { id: number }) => [id] }, async (user) => {
    marked = isPerVisitorValue(user)
    return ''
  })
  await greet(perVisitor({ id: 1 }))
  expect(marked).toBe(true)
})
