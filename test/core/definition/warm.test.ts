import { defineFragment, type FragmentCacheOptions, OptionError, type WarmProgress } from 'onetrip'
import { describe, expect, test } from 'vitest'
import { cacheOf, clockedCacheOf, told } from '../../helpers/templates.ts'
import { TestHot } from '../../helpers/test-hot.ts'

interface Load {
  readonly begun: number
  readonly id: number
}

/** A site whose fragment takes 10 ms to load. */
function siteOf(options: Partial<FragmentCacheOptions> = {}) {
  const loads: Load[] = []
  let running = 0
  const most = { running: 0 }
  const card = defineFragment('card', {
    template: 'card',
    load: async ({ id }: { id: number }) => {
      loads.push({ begun: site.clock.now(), id })
      most.running = Math.max(most.running, ++running)
      await new Promise<void>((resolve) => site.clock.setTimeout(resolve, 10))
      running--
      if (id < 0) throw new Error('no such film')
      return {}
    },
  })
  const site = clockedCacheOf(
    { page: '{% fragment "card", id=id %}', card: 'film {{ id }}' },
    { fragments: [card], ...options },
  )
  const until = <T>(done: Promise<T>) => site.clock.until(done, 1)
  const show = async (id: number) => {
    const { body, fragments } = await until(site.cache.render('page', { id }))
    return `${body} ${fragments[0]?.state}`
  }
  return { ...site, card, loads, most, until, show }
}

const ids = (count: number) => Array.from({ length: count }, (_, n) => ({ id: n + 1 }))

test('renders what has no fresh entry, and the next page is a hit', async () => {
  const { cache, card, until, show } = siteOf()
  const result = await until(cache.warm(card, ids(3)))
  expect(result).toEqual({ done: 3, total: 3, stored: 3, fresh: 0, skipped: 0, failed: 0, errors: [] })
  expect(await show(2)).toBe('film 2 hit')
  expect(await until(cache.warm(card, ids(4)))).toMatchObject({ done: 4, stored: 1, fresh: 3 })
})

test('with force, renders all', async () => {
  const { cache, clock, card, until } = siteOf()
  await until(cache.warm(card, ids(2)))
  clock.advance(100)
  expect(await until(cache.warm(card, ids(2), { force: true }))).toMatchObject({ stored: 2, fresh: 0 })
})

test('replaces the entries of other templates: after a deploy they are misses', async () => {
  const { cache, card, until, show, templates, clock } = siteOf()
  await until(cache.warm(card, ids(1)))
  clock.advance(100)
  templates.card = 'new {{ id }}'
  expect(await until(cache.warm(card, ids(1)))).toMatchObject({ stored: 1 })
  expect(await show(1)).toBe('new 1 hit')
})

test('an error of one ends none of the others, and the result names it', async () => {
  const { cache, card, until } = siteOf()
  const result = await until(cache.warm(card, [{ id: 1 }, { id: -1 }, { id: 2 }]))
  expect(result).toMatchObject({ done: 3, stored: 2, failed: 1 })
  expect(result.errors).toEqual([{ params: { id: -1 }, vary: {}, error: expect.any(Error) }])
  expect(String(result.errors[0]?.error)).toContain('no such film')
})

test('keeps the first 20 errors', async () => {
  const { cache, card, until } = siteOf()
  const result = await until(
    cache.warm(
      card,
      ids(30).map(({ id }) => ({ id: -id })),
    ),
  )
  expect([result.failed, result.errors.length]).toEqual([30, 20])
})

test('takes an async iterable, one item at a time, of any length', async () => {
  const { cache, card, until } = siteOf()
  let asked = 0
  let asking = 0
  async function* all() {
    for (const one of ids(10)) {
      expect(++asking).toBe(1)
      asked++
      await Promise.resolve()
      asking--
      yield one
    }
  }
  const progress: WarmProgress[] = []
  const onProgress = (one: WarmProgress) => {
    progress.push(one)
  }
  expect(await until(cache.warm(card, all(), { onProgress }))).toMatchObject({ done: 10, total: undefined })
  expect(asked).toBe(10)
  expect(progress.map(({ done }) => done)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
})

test('runs as many at a time as concurrency says', async () => {
  const { cache, card, until, most } = siteOf()
  await until(cache.warm(card, ids(20), { concurrency: 3 }))
  expect(most.running).toBe(3)
})

test('begins no more in a second than rate says', async () => {
  const { cache, card, until, loads } = siteOf()
  await until(cache.warm(card, ids(11), { rate: '100/s', concurrency: 8 }))
  const begun = loads.map((load) => load.begun)
  expect((begun.at(-1) ?? 0) - (begun[0] ?? 0)).toBeGreaterThanOrEqual(99)
})

test('ends when its signal aborts: what runs is done, and nothing more is begun', async () => {
  const { cache, card, until, loads } = siteOf()
  const abort = new AbortController()
  const onProgress = ({ done }: WarmProgress) => {
    if (done === 4) abort.abort(new Error('enough'))
  }
  const ended = { value: false }
  function* all() {
    try {
      for (const one of ids(100)) yield one
    } finally {
      ended.value = true
    }
  }
  const warming = cache.warm(card, all(), { signal: abort.signal, onProgress, concurrency: 2 })
  await expect(until(warming)).rejects.toThrow('enough')
  expect(loads.length).toBeLessThan(8)
  expect(ended.value).toBe(true)
})

test('its signal ends a wait for the rate, and for an iteration that never goes on', async () => {
  const { cache, card, until, loads } = siteOf()
  for (const [params, rate] of [
    [ids(3), '1/h'],
    [stalled(), '100/s'],
  ] as const) {
    const abort = new AbortController()
    const onProgress = () => abort.abort(new Error('enough'))
    const warming = cache.warm(card, params, {
      signal: abort.signal,
      onProgress,
      rate,
      concurrency: 20,
      force: true,
    })
    await expect(until(warming)).rejects.toThrow('enough')
  }
  expect(loads.length).toBe(2)

  async function* stalled() {
    yield { id: 1 }
    await new Promise(() => {})
  }
})

test('a signal that has aborted begins nothing', async () => {
  const { cache, card, loads } = siteOf()
  const signal = AbortSignal.abort(new Error('too late'))
  await expect(cache.warm(card, ids(3), { signal })).rejects.toThrow('too late')
  expect(loads).toEqual([])
})

test('rejects with what the iteration throws', async () => {
  const { cache, card, until } = siteOf()
  async function* all() {
    yield { id: 1 }
    throw new Error('the cursor is closed')
  }
  await expect(until(cache.warm(card, all()))).rejects.toThrow('the cursor is closed')
})

test('warms all values that a fragment varies by', async () => {
  const vary = { locale: (request?: { locale?: string }) => request?.locale }
  const card = defineFragment('card', { template: 'card', vary: ['locale'] })
  const { cache } = cacheOf(
    { page: '{% fragment "card", id=1 %}', card: '{{ locale }}' },
    { fragments: [card], vary },
  )
  const result = await cache.warm(card, [{ id: 1 }, { id: 2 }], {
    vary: [{ locale: 'de' }, { locale: 'en' }],
  })
  expect(result).toMatchObject({ done: 4, total: 4, stored: 4 })
  const { body, fragments } = await cache.render('page', {}, { request: { locale: 'en' } })
  expect(`${body} ${fragments[0]?.state}`).toBe('en hit')
  expect(await cache.warm(card, [{ id: 1 }])).toMatchObject({ failed: 1 })
})

test('warms what is asked for most, with what it varies by', async () => {
  const hot = new TestHot()
  const vary = { locale: (request?: { locale?: string }) => request?.locale }
  const card = defineFragment('card', { template: 'card', vary: ['locale'] })
  const { cache, events } = cacheOf(
    {
      page: '{% fragment "card", id=id, a=1 %}{% fragment "card", a=1, id=id %}',
      card: '{{ id }} {{ locale }}',
    },
    { fragments: { define: [card], hot }, vary },
  )
  for (const [id, locale] of [
    [1, 'de'],
    [1, 'de'],
    [1, 'de'],
    [2, 'en'],
    [2, 'en'],
    [3, 'en'],
  ])
    await cache.render('page', { id }, { request: { locale } })
  await cache.clear()
  events.length = 0
  expect(await cache.warm(card, { hot: 2 })).toMatchObject({ done: 2, stored: 2 })
  const shown = async (id: number, locale: string) =>
    (await cache.render('page', { id }, { request: { locale } })).fragments[0]?.state
  expect([await shown(1, 'de'), await shown(2, 'en'), await shown(3, 'en')]).toEqual(['hit', 'hit', 'miss'])
})

describe('refuses', () => {
  test.each<[string, unknown, unknown, string]>([
    ['no iterable', { id: 1 }, {}, 'the parameters must be an iterable, such as [{ id: 1 }, { id: 2 }]'],
    ['a string', 'id', {}, 'the parameters must be an iterable'],
    ['hot without a counter', { hot: 5 }, {}, 'needs the option fragments.hot'],
    ['a wrong hot', { hot: 0 }, {}, 'hot must be a whole number of at least 1'],
    ['an unknown option', [], { rat: 1 }, 'did you mean "rate"?'],
    ['a wrong rate', [], { rate: '50 a second' }, "such as '50/s' or '300/m'"],
    ['a wrong concurrency', [], { concurrency: 0 }, 'concurrency must be a whole number'],
    ['a wrong vary', [], { vary: 'de' }, 'vary must be an object'],
    ['a wrong listener', [], { onProgress: 1 }, 'onProgress must be a function'],
    ['a wrong signal', [], { signal: {} }, 'signal must be an AbortSignal'],
  ])('%s', async (_, params, options, message) => {
    const { cache, card } = siteOf()
    await expect(cache.warm(card, params as never, options as never)).rejects.toThrow(OptionError)
    await expect(cache.warm(card, params as never, options as never)).rejects.toThrow(message)
  })
})

test('nothing to warm is no error', async () => {
  const { cache, card } = siteOf()
  expect(await cache.warm(card, [])).toMatchObject({ done: 0, total: 0 })
})

test('what is not stored is counted apart', async () => {
  const card = defineFragment('card', { template: 'card' })
  const { cache, events } = cacheOf({ card: ' ' }, { fragments: [card] })
  expect(await cache.warm(card, [{}])).toMatchObject({ stored: 0, skipped: 1 })
  expect(told(events, 'skip')).toEqual([expect.stringContaining('it is empty')])
})
