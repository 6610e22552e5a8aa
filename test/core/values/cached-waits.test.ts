import { AsyncLocalStorage } from 'node:async_hooks'
import fc from 'fast-check'
import { FragmentCache, type FragmentCacheOptions, type FragmentEvent, lazy, RecursionError } from 'onetrip'
import { memoryStore } from 'onetrip/stores/memory'
import { afterEach, describe, expect, test } from 'vitest'
import { engineOf } from '../../helpers/templates.ts'
import { TestClock } from '../../helpers/test-clock.ts'
import { turns } from '../../helpers/turns.ts'

const open: FragmentCache[] = []
afterEach(() => Promise.all(open.splice(0).map((cache) => cache.close())))

/**
 * A cache whose time stands still: what waits for `lockWait` never ends, unless a test moves the
 * clock.
 */
function cacheOf(options: Partial<FragmentCacheOptions> = {}, templates: Record<string, string> = {}) {
  const clock = new TestClock()
  const cache = new FragmentCache(
    {
      store: memoryStore({ maxBytes: '2MB' }, clock),
      engine: engineOf(templates),
      ttl: '5m',
      limits: { closeTimeout: 1 },
      ...options,
    },
    clock,
  )
  open.push(cache)
  const events: FragmentEvent[] = []
  cache.on((event) => events.push(event))
  return { cache, clock, events }
}

const never = new Promise<never>(() => {})

describe('behind a call that never settles', () => {
  test('another one answers after lockWait, and later ones at once', async () => {
    const { cache, clock } = cacheOf({ singleFlight: { wait: '5s' } })
    let runs = 0
    const slow = cache.cached('slow', { key: () => [] }, () => (++runs === 1 ? never : Promise.resolve(runs)))
    void slow()
    await turns()
    const second = slow()
    await turns()
    clock.advance(4_999)
    await turns()
    expect(runs).toBe(1)
    clock.advance(1)
    expect(await second).toBe(2)
    await turns()
    expect(await slow()).toBe(2)
  })

  test('those that it is run for again are waited for in its place', async () => {
    const { cache, clock } = cacheOf({ singleFlight: { wait: '5s' } })
    let runs = 0
    const settles: ((value: string) => void)[] = []
    const slow = cache.cached('slow', { key: () => [] }, () => {
      runs++
      return new Promise<string>((resolve) => settles.push(resolve))
    })
    void slow()
    await turns()
    const second = slow()
    await turns()
    clock.advance(5_000)
    await turns()
    const third = slow()
    await turns()
    expect(runs).toBe(2)
    settles[1]?.('found')
    expect(await Promise.all([second, third])).toEqual(['found', 'found'])
  })

  test('one that takes longer than maxRender is not waited for', async () => {
    const { cache, clock } = cacheOf({ limits: { maxRender: '10s', closeTimeout: 1 } })
    let runs = 0
    const slow = cache.cached('slow', { key: () => [] }, () => (++runs === 1 ? never : Promise.resolve(runs)))
    void slow()
    await turns()
    clock.advance(10_000)
    expect(await slow()).toBe(2)
  })

  test('all the waits of a page take lockWait together', async () => {
    const { cache, clock } = cacheOf({ singleFlight: { wait: '5s' } })
    const begun: string[] = []
    const slow = cache.cached('slow', {}, (id: string) => {
      begun.push(id)
      return begun.length <= 2 ? never : Promise.resolve(id)
    })
    void slow('a')
    void slow('b')
    await turns()
    const page = cache.open()
    const both = page.run(async () => [await slow('a'), await slow('b')])
    await turns()
    clock.advance(5_000)
    await turns()
    // None of it is left for the second.
    clock.advance(1)
    expect(await both).toEqual(['a', 'b'])
    await page.writeBack()
  })
})

/** Functions that call each other as a graph says, each with a key for itself. */
let graphs = 0
function graph(cache: FragmentCache, calls: Readonly<Record<string, readonly string[]>>, sequential = false) {
  const runs: string[] = []
  const underWay = new Set<string>()
  /** Keys for which it ran while it ran for them already. */
  const twice: string[] = []
  const related = cache.cached(`related ${++graphs}`, {}, async (id: string): Promise<string> => {
    runs.push(id)
    if (underWay.has(id)) twice.push(id)
    underWay.add(id)
    await new Promise(setImmediate)
    const inner: string[] = []
    if (sequential) for (const one of calls[id] ?? []) inner.push(await related(one))
    else inner.push(...(await Promise.all((calls[id] ?? []).map((one) => related(one)))))
    underWay.delete(id)
    return `${id}(${inner.join()})`
  })
  return { related, runs, twice }
}

describe('a function that comes back to a key for which it runs', () => {
  const RINGS: Record<string, Record<string, string[]>> = {
    'by itself': { a: ['a'] },
    'by another': { a: ['b'], b: ['a'] },
    'further down': { a: ['b'], b: ['c'], c: ['b'] },
    'by two ways': { a: ['b', 'c'], b: ['d'], c: ['d'], d: ['a'] },
    'in a group that is all related': Object.fromEntries(
      [...'abcdef'].map((id) => [id, [...'abcdef'].filter((other) => other !== id)]),
    ),
  }

  test.each(Object.entries(RINGS))(
    '%s is an error that shows the ring, and nothing waits',
    async (_, calls) => {
      for (const sequential of [true, false]) {
        const { cache, events } = cacheOf()
        const { related } = graph(cache, calls, sequential)
        for (let times = 0; times < 2; times++) {
          const error = await related('a').catch((failure: unknown) => failure)
          expect(error).toBeInstanceOf(RecursionError)
          expect((error as Error).message).toMatch(
            /^The cached function "related \d+" is called while it runs with the same key: (@.*:s1:.) > (.* > )?\1\. /,
          )
        }
        expect(events.some((event) => event.type === 'error' && event.during === 'call')).toBe(true)
      }
    },
  )

  test('of two calls at once that cross neither waits for the other', async () => {
    const { cache } = cacheOf()
    const { related } = graph(cache, { a: ['b'], b: ['a'] })
    const results = await Promise.allSettled(['a', 'b', 'a', 'b'].map((id) => related(id)))
    for (const result of results) {
      expect(result.status === 'rejected' && result.reason).toBeInstanceOf(RecursionError)
    }
  })

  test('all calls of any graph settle; those outside of cycles return their value', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e']
    const reach = (calls: Record<string, readonly string[]>, from: string): Set<string> => {
      const seen = new Set<string>()
      const visit = (id: string) => {
        for (const next of calls[id] ?? []) {
          if (seen.has(next)) continue
          seen.add(next)
          visit(next)
        }
      }
      visit(from)
      return seen
    }
    const resultOf = (calls: Record<string, readonly string[]>, id: string): string =>
      `${id}(${(calls[id] ?? []).map((one) => resultOf(calls, one)).join()})`
    const { cache } = cacheOf()
    await fc.assert(
      fc.asyncProperty(
        fc.record(Object.fromEntries(ids.map((id) => [id, fc.subarray(ids)]))),
        fc.array(fc.constantFrom(...ids), { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        async (calls, started, sequential) => {
          const { related, runs, twice } = graph(cache, calls, sequential)
          const results = await Promise.allSettled(started.map((id) => related(id)))
          for (const [n, id] of started.entries()) {
            const reached = reach(calls, id)
            const meetsRing = [id, ...reached].some((one) => reach(calls, one).has(one))
            if (!meetsRing) expect(results[n]).toEqual({ status: 'fulfilled', value: resultOf(calls, id) })
            else expect(results[n]?.status).toBe('rejected')
          }
          const free = new Set(started.flatMap((id) => [id, ...reach(calls, id)]))
          // A call that has read the store before a run is stored, and goes on when that is over,
          // runs it again.
          if (![...free].some((one) => reach(calls, one).has(one))) {
            expect(new Set(runs)).toEqual(free)
            expect(twice).toEqual([])
          }
          // Each run of the few calls may meet each key once more: a ring does not multiply them.
          expect(runs.length).toBeLessThanOrEqual(ids.length * (ids.length + started.length))
        },
      ),
      { numRuns: 300 },
    )
  })

  test('returns what it returns without a cache if its recursion ends, and is not stored', async () => {
    const { cache, events } = cacheOf()
    const levels = cache.cached(
      'levels',
      { key: (id: string, _depth: number) => [id] },
      async (id: string, depth: number): Promise<string> =>
        depth === 0 ? id : `${id}(${await levels(id, depth - 1)})`,
    )
    for (let times = 0; times < 2; times++) expect(await levels('a', 1)).toBe('a(a)')
    expect(await levels('a', 0)).toBe('a')
    await cache.settled()
    expect(events.filter(({ type }) => type === 'error').length).toBe(2)
    expect(cache.values.stats.names.levels?.hits ?? 0).toBe(0)
  })

  test('is found through pages and lazy values, too', async () => {
    const { cache } = cacheOf({}, { page: '{{ inner }}' })
    const html = cache.cached('html', { key: () => [] }, async (): Promise<string> => {
      const { body } = await cache.render('page', { inner: lazy(() => html()) })
      return body.toString()
    })
    await expect(html()).rejects.toThrow(/html > @4:html/)
  })

  test('is found by refresh() as well', async () => {
    const { cache } = cacheOf()
    const again = cache.cached('again', { key: () => [] }, (): Promise<number> => again.refresh())
    await expect(again()).rejects.toThrow(RecursionError)
    await expect(again.refresh()).rejects.toThrow(RecursionError)
  })

  test('is found in a request that does without the store, as well', async () => {
    const { cache } = cacheOf({ bypass: () => 'both' })
    const { related } = graph(cache, { a: ['b'], b: ['a'] })
    const page = cache.open({ request: {} })
    await expect(page.run(() => related('a'))).rejects.toThrow(RecursionError)
  })

  test('a stored result is returned, in a cycle too', async () => {
    const { cache } = cacheOf()
    let ends = true
    const a = cache.cached(
      'a',
      { key: () => [] },
      async (): Promise<string> => (ends ? 'a' : `a(${await b()})`),
    )
    const b = cache.cached('b', { key: () => [] }, async (): Promise<string> => `b(${await a()})`)
    expect(await a()).toBe('a')
    await cache.settled()
    ends = false
    expect(await b()).toBe('b(a)')
    expect(await a.refresh()).toBe('a(b(a))')
  })

  test('code that is run in its context by mistake gets a value, whether it still runs or not', async () => {
    const { cache } = cacheOf()
    let inContext: <T>(fn: () => T) => T = (fn) => fn()
    let settle: (value: string) => void = () => {}
    let runs = 0
    const first = cache.cached('first', { key: () => [] }, () => {
      if (++runs > 1) return Promise.resolve('second')
      inContext = AsyncLocalStorage.snapshot()
      return new Promise<string>((resolve) => {
        settle = resolve
      })
    })
    const running = first()
    await turns()
    expect(await inContext(() => first())).toBe('second')
    settle('first')
    expect(await running).toBe('first')
    await cache.settled()
    await first.invalidate()
    const before = runs
    expect(await inContext(() => first())).toBe('second')
    expect(runs).toBe(before + 1)
  })
})
