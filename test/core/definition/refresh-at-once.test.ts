import { defineFragment, type RefreshOptions } from 'onetrip'
import { describe, expect, test } from 'vitest'
import { clockedCacheOf, told } from '../../helpers/templates.ts'
import { TestHot } from '../../helpers/test-hot.ts'
import { TestQueue } from '../../helpers/test-queue.ts'

/** A site whose fragment has a tag for each film. */
function siteOf(refresh: RefreshOptions, { release = '', prefix = 'onetrip', queue = new TestQueue() } = {}) {
  const hot = new TestHot()
  let loads = 0
  const card = defineFragment('card', {
    template: 'card',
    load: () => ({ n: ++loads }),
    tags: ({ id }: { id: number }) => ['films', `film:${id}`],
    refresh,
  })
  const vary = { locale: (request?: { locale?: string }) => request?.locale ?? 'en' }
  const site = clockedCacheOf(
    { page: '{% fragment "card", id=id %}', card: '{{ n }}' },
    { fragments: { define: [card], queue, hot }, vary, keys: { defaultVary: ['locale'] }, release, prefix },
  )
  const { cache, clock } = site
  const show = async (id: number, locale = 'en') => {
    const { body, fragments } = await cache.render('page', { id }, { request: { locale } })
    await clock.until(cache.settled())
    return `${body} ${fragments[0]?.state}`
  }
  const invalidate = async (...tags: string[]) => {
    clock.advance(100)
    await cache.invalidate(...tags)
    await clock.until(cache.settled())
    clock.advance(100)
  }
  return { ...site, queue, hot, card, show, invalidate, loads: () => loads }
}

describe('refresh: { invalidated: true }', () => {
  const refresh = { invalidated: true }

  test('adds tasks for what has the tag and is asked for: the next visitor does not wait', async () => {
    const { show, invalidate, queue } = siteOf(refresh)
    for (const id of [1, 2, 3]) await show(id)
    await invalidate('film:2')
    expect([...queue.waiting.values()].map(({ params }) => params)).toEqual([{ id: 2 }])
    await queue.run()
    expect(await show(2)).toBe('4 hit')
    expect(await show(1)).toBe('1 hit')
  })

  test('a tag of many adds a task for each, and each variant', async () => {
    const { show, invalidate, queue } = siteOf(refresh)
    await show(1, 'de')
    await show(1, 'en')
    await show(2, 'en')
    await invalidate('films')
    await queue.run()
    expect(queue.added).toBe(3)
    expect([await show(1, 'de'), await show(1, 'en'), await show(2, 'en')]).toEqual([
      '4 hit',
      '5 hit',
      '6 hit',
    ])
  })

  test('a task that comes after a visitor does nothing', async () => {
    const { show, invalidate, queue, loads } = siteOf(refresh)
    await show(1)
    await invalidate('film:1')
    expect(await show(1)).toBe('2 miss')
    await queue.run()
    expect(loads()).toBe(2)
  })

  test('a tag that no fragment has adds nothing', async () => {
    const { show, invalidate, queue } = siteOf(refresh)
    await show(1)
    await invalidate('film:9')
    expect(queue.added).toBe(0)
  })

  test('a failure of the counter, or of the queue, is reported, and fails no invalidation', async () => {
    const { show, invalidate, queue, hot, events } = siteOf(refresh)
    await show(1)
    hot.failure = new Error('Redis is down')
    await invalidate('film:1')
    hot.failure = undefined
    queue.failure = new Error('Redis is down')
    await show(1)
    await invalidate('film:1')
    expect(told(events, 'error')).toEqual(['error RenderError', 'error RenderError'])
    expect(await show(1)).toBe('3 miss')
  })

  test('a queue that does not take a task is not asked for the others', async () => {
    const { show, invalidate, queue, events } = siteOf(refresh)
    for (const id of [1, 2, 3]) await show(id)
    queue.failure = new Error('Redis is down')
    await invalidate('films')
    expect(told(events, 'error')).toEqual(['error RenderError'])
  })

  test('needs a queue and a counter', () => {
    const card = defineFragment('card', { template: 'card', refresh })
    expect(() => clockedCacheOf('', { fragments: [card] })).toThrow('needs the option fragments.queue')
    expect(() => clockedCacheOf('', { fragments: { define: [card], queue: new TestQueue() } })).toThrow(
      'needs the option fragments.hot',
    )
  })
})

describe('refresh: { schedule }', () => {
  test('is defined at the queue, and each run renders its parameters anew', async () => {
    const schedule = { every: '5m', params: [{ id: 1 }, { id: 2 }], vary: { locale: 'en' } }
    const { show, queue, clock } = siteOf({ schedule })
    expect([...queue.schedules]).toEqual([
      ['onetrip:fragment:card', { times: { every: '5m' }, run: { name: 'card' } }],
    ])
    await queue.runSchedules()
    expect([await show(1), await show(2)]).toEqual(['1 hit', '2 hit'])
    clock.advance(100)
    await queue.runSchedules()
    expect([await show(1), await show(2)]).toEqual(['3 hit', '4 hit'])
  })

  test('takes a function of parameters, an async iterable, or what is hot', async () => {
    async function* films() {
      yield { id: 7 }
    }
    const { show, queue } = siteOf({
      schedule: { cron: '0 3 * * *', timeZone: 'Europe/Berlin', params: films, vary: { locale: 'en' } },
    })
    await queue.runSchedules()
    expect(await show(7)).toBe('1 hit')

    const hottest = siteOf({ schedule: { every: '1m', hot: 1 } })
    await hottest.show(1)
    await hottest.show(2)
    await hottest.show(2)
    hottest.clock.advance(100)
    await hottest.queue.runSchedules()
    expect([await hottest.show(1), await hottest.show(2)]).toEqual(['1 hit', '3 hit'])
  })

  test('a worker of another release than the one that defined it last runs it, for its own', async () => {
    const schedule = { every: '5m', params: [{ id: 1 }], vary: { locale: 'en' } }
    const old = siteOf({ schedule }, { release: 'old' })
    // Its last definition is kept, in place of the one before it.
    const next = siteOf({ schedule }, { release: 'next' })
    const [run] = next.queue.schedules.values()
    for (const one of old.queue.schedules.keys()) if (run) old.queue.schedules.set(one, run)
    await old.queue.runSchedules()
    expect(await old.show(1)).toBe('1 hit')
  })

  test('caches with other prefixes have schedules of their own in one queue', () => {
    const queue = new TestQueue()
    for (const prefix of ['shop', 'news']) siteOf({ schedule: { every: '5m' } }, { prefix, queue })
    expect([...queue.schedules.keys()]).toEqual(['shop:fragment:card', 'news:fragment:card'])
  })

  test('a run that fails is reported', async () => {
    const { queue, events } = siteOf({
      schedule: {
        every: '1m',
        params: () => {
          throw new Error('the database is down')
        },
      },
    })
    await queue.runSchedules()
    const [error] = events.filter((event) => event.type === 'error')
    expect(error?.error.message).toBe('The schedule of the fragment "card": the database is down')
  })

  test.each<[string, unknown, string]>([
    ['no times', {}, 'must have either every'],
    ['two times', { every: '5m', cron: '* * * * *' }, 'must have either every'],
    ['params and hot', { every: '5m', params: [], hot: 5 }, 'must have either params or hot'],
    ['an unknown member', { evry: '5m' }, 'did you mean "every"?'],
    ['another value', '5m', "must be an object such as { every: '5m' }"],
  ])('refuses %s', (_, schedule, message) => {
    expect(() => defineFragment('a', { template: 'a', refresh: { schedule } as never })).toThrow(message)
  })

  test('needs a queue', () => {
    const card = defineFragment('card', { template: 'card', refresh: { schedule: { every: '5m' } } })
    expect(() => clockedCacheOf('', { fragments: [card] })).toThrow('needs the option fragments.queue')
  })
})
