import { defineFragment, type FragmentCacheOptions, type FragmentOptions, OptionError } from 'onetrip'
import { memoryStore } from 'onetrip/stores/memory'
import { describe, expect, test } from 'vitest'
import { cacheOf, clockedCacheOf, told } from '../../helpers/templates.ts'
import { TestClock } from '../../helpers/test-clock.ts'
import { TestQueue } from '../../helpers/test-queue.ts'

const TEMPLATES = { page: '{% fragment "list", id=id %}', list: '{{ id }}: {{ n }}' }

/** A site whose fragment counts its loads, and lives for a second. */
function siteOf({
  options = {},
  templates = TEMPLATES,
  define = {},
}: {
  options?: Partial<FragmentCacheOptions>
  templates?: Record<string, string>
  define?: Partial<FragmentOptions<{ id: number }>>
} = {}) {
  const queue = new TestQueue()
  const loads: unknown[] = []
  const list = defineFragment('list', {
    template: 'list',
    load: async (params: { id: number }, { vary }) => {
      loads.push({ ...params, ...vary })
      return { n: loads.length }
    },
    ttl: '1s',
    stale: '1m',
    refresh: 'queue',
    ...define,
  })
  const site = clockedCacheOf(
    { ...templates },
    {
      fragments: { define: [list], queue },
      entries: { jitter: 0, beta: 0 },
      ...options,
    },
  )
  const show = async (data: object = { id: 1 }, request?: object) => {
    const { body, fragments } = await site.cache.render('page', data, { request })
    await site.clock.until(site.cache.settled())
    return `${body} ${fragments[0]?.state}`
  }
  return { ...site, queue, loads, list, show }
}

test('a stale hit adds one task, whoever finds it, and renders nothing here', async () => {
  const { show, clock, queue, loads } = siteOf()
  await show()
  clock.advance(1_500)
  expect([await show(), await show(), await show()]).toEqual(['1: 1 stale', '1: 1 stale', '1: 1 stale'])
  expect([queue.added, loads.length]).toEqual([1, 1])
  await queue.run()
  expect(await show()).toBe('1: 2 hit')
  expect(loads.length).toBe(2)
})

test('many processes that find it add one task', async () => {
  const clock = new TestClock()
  const store = memoryStore({}, clock)
  const queue = new TestQueue()
  const list = defineFragment('list', { template: 'list', ttl: '1s', stale: '1m', refresh: 'queue' })
  const caches = [1, 2, 3].map(
    () =>
      cacheOf(
        { page: '{% fragment "list" %}', list: 'x' },
        { store, fragments: { define: [list], queue }, entries: { jitter: 0, beta: 0 } },
        clock,
      ).cache,
  )
  for (const cache of caches) {
    await cache.render('page', {})
    await clock.until(cache.settled())
  }
  clock.advance(1_500)
  for (const cache of caches) {
    await cache.render('page', {})
    await clock.until(cache.settled())
  }
  expect([queue.added, queue.refused]).toEqual([1, 2])
})

test('each key has a task of its own, with its parameters and what it varies by', async () => {
  const vary = { locale: (request?: { locale?: string }) => request?.locale }
  const { show, clock, queue, loads } = siteOf({ options: { vary }, define: { vary: ['locale'] } })
  const all = [
    [{ id: 1 }, { locale: 'de' }],
    [{ id: 1 }, { locale: 'en' }],
    [{ id: 2 }, { locale: 'de' }],
  ] as const
  for (const [data, request] of all) await show(data, request)
  clock.advance(1_500)
  for (const [data, request] of all) await show(data, request)
  loads.length = 0
  await queue.run()
  expect(loads).toEqual([
    { id: 1, locale: 'de' },
    { id: 1, locale: 'en' },
    { id: 2, locale: 'de' },
  ])
  expect(await show({ id: 2 }, { locale: 'de' })).toBe('2: 3 hit')
})

test('a hit that is near its end is refreshed by a task, too', async () => {
  const site = siteOf({
    options: { entries: { jitter: 0, beta: 1e12 } },
    define: {
      load: async () => {
        site.clock.advance(10)
        return { n: ++n }
      },
    },
  })
  const { show, clock, queue } = site
  let n = 0
  await show()
  clock.advance(100)
  expect(await show()).toBe('1: 1 hit')
  expect(queue.added).toBe(1)
  await queue.run()
  expect(await show()).toBe('1: 2 hit')
})

test('a task that comes late, when the entry was refreshed already, does nothing', async () => {
  const { show, clock, queue, loads, cache, list } = siteOf()
  await show()
  clock.advance(1_500)
  await show()
  expect(await cache.refreshFragment(list, { id: 1 })).toBe(true)
  await queue.run()
  expect(loads.length).toBe(2)
  expect(await show()).toBe('1: 2 hit')
})

test('an entry that another release has written is left to that release', async () => {
  const { show, clock, queue, loads, templates } = siteOf()
  await show()
  clock.advance(1_500)
  await show()
  templates.list = 'edited'
  await queue.run()
  expect(loads.length).toBe(1)
})

test('a task of another release is left alone', async () => {
  const { show, clock, queue, loads } = siteOf()
  await show()
  clock.advance(1_500)
  await show()
  const [[key, task] = ['', undefined]] = queue.waiting
  if (task) queue.waiting.set(key, { ...task, release: 'next' })
  await queue.run()
  expect(loads.length).toBe(1)
})

describe('no failure of the queue fails a page, and the fragment is refreshed here', () => {
  test('if the queue throws', async () => {
    const { show, clock, queue, events } = siteOf()
    await show()
    queue.failure = new Error('Redis is down')
    clock.advance(1_500)
    expect(await show()).toBe('1: 1 stale')
    expect(await show()).toBe('1: 2 hit')
    const [error] = events.filter((event) => event.type === 'error')
    expect(error?.error.message).toBe('The queue did not take a refresh: Redis is down')
  })

  test('if the queue does not answer', async () => {
    const { show, clock, queue } = siteOf()
    await show()
    queue.hangs = true
    clock.advance(1_500)
    expect(await show()).toBe('1: 1 stale')
    expect(await show()).toBe('1: 2 hit')
  })

  test('if there is none', async () => {
    const list = defineFragment('list', { template: 'list', ttl: '1s', stale: '1m', refresh: 'queue' })
    const { cache, clock, events } = clockedCacheOf(
      { page: '{% fragment "list" %}', list: 'x' },
      { fragments: [list], entries: { jitter: 0, beta: 0 } },
    )
    const show = async () => {
      await cache.render('page', {})
      await clock.until(cache.settled())
    }
    await show()
    clock.advance(1_500)
    await show()
    expect(told(events, 'write')).toEqual(['write list', 'write list'])
  })
})

test('after the queue has failed, the next page that finds it adds a task again', async () => {
  const { show, clock, queue, events } = siteOf({ options: { entries: { jitter: 0, beta: 0 } } })
  await show()
  clock.advance(1_500)
  queue.failure = new Error('Redis is down')
  await show()
  queue.failure = undefined
  clock.advance(1_500)
  await show()
  expect(queue.added).toBe(1)
  expect(told(events, 'error')).toEqual(['error RenderError'])
})

describe('a worker whose load() fails', () => {
  test('keeps the entry, reports it, and rests before it tries again', async () => {
    let fails = false
    let calls = 0
    const { show, clock, queue, events } = siteOf({
      define: {
        load: () => {
          calls++
          if (fails) throw new Error('the database is down')
          return { n: calls }
        },
      },
    })
    await show()
    fails = true
    clock.advance(1_500)
    await show()
    await queue.run()
    expect(await show()).toBe('1: 1 stale')
    const [error] = events.filter((event) => event.type === 'error')
    expect(error?.error.message).toContain(
      'The fragment "list" could not be refreshed: load() of the fragment',
    )
    clock.advance(500)
    await queue.run()
    expect(calls).toBe(2)
    clock.advance(1_500)
    fails = false
    await show()
    await queue.run()
    expect(await show()).toBe('1: 3 hit')
  })

  test('a name or parameters that it does not know are reported', async () => {
    const { queue, events, show, clock } = siteOf()
    await show()
    clock.advance(1_500)
    await show()
    const [[key, task] = ['', undefined]] = queue.waiting
    if (task) queue.waiting.set(key, { ...task, name: 'lists' })
    await queue.run()
    expect(told(events, 'error')).toEqual(['error RenderError'])
  })
})

test('a fragment with holes is refreshed without a page: holes are not part of an entry', async () => {
  const { show, clock, queue } = siteOf({
    templates: { ...TEMPLATES, list: '{{ id }}: {{ n }} {% nocache %}{{ user.name.first }}{% endnocache %}' },
  })
  const data = (first: string) => ({ id: 1, user: { name: { first } } })
  await show(data('Anna'))
  clock.advance(1_500)
  await show(data('Anna'))
  await queue.run()
  expect(await show(data('Bob'))).toBe('1: 2 Bob hit')
})

test('a cache tag inside is not shown stale in what is new', async () => {
  let n = 0
  const { show, clock, queue } = siteOf({
    define: { load: () => ({ n: ++n }) },
    templates: { ...TEMPLATES, list: '{% cache "inner", ttl="1s", stale="1m" %}{{ n }}{% endcache %}' },
  })
  await show()
  clock.advance(1_500)
  expect(await show()).toBe('1 stale')
  await queue.run()
  expect(await show()).toBe('2 hit')
})

test('a fragment without refresh is refreshed by the process that finds it', async () => {
  const { show, clock, queue } = siteOf({ define: { refresh: undefined } })
  await show()
  clock.advance(1_500)
  await show()
  expect(queue.added).toBe(0)
  expect(await show()).toBe('1: 2 hit')
})

describe('refreshFragment()', () => {
  test('renders it anew, and replaces the entry', async () => {
    const { cache, list, show, clock } = siteOf()
    await show()
    clock.advance(100)
    expect(await cache.refreshFragment(list, { id: 1 })).toBe(true)
    expect(await show()).toBe('1: 2 hit')
    expect(await cache.refreshFragment('list', { id: 7 })).toBe(true)
    expect(await show({ id: 7 })).toBe('7: 3 hit')
  })

  test('says false for what is not stored', async () => {
    const { cache, list } = siteOf({ define: { ttl: 0 } })
    expect(await cache.refreshFragment(list, { id: 1 })).toBe(false)
  })

  test('rejects what is wrong', async () => {
    const { cache, list } = siteOf({ define: { params: ['id'] } })
    const other = defineFragment('list', { template: 'list' })
    await expect(cache.refreshFragment(other, {})).rejects.toThrow('It has another one of that name.')
    await expect(cache.refreshFragment('lists', {})).rejects.toThrow('(did you mean "list"?)')
    await expect(cache.refreshFragment({} as never, {})).rejects.toThrow(
      'takes what defineFragment() returned',
    )
    await expect(cache.refreshFragment(list, undefined as never)).rejects.toThrow('must be an object such as')
    await expect(cache.refreshFragment(list, {} as never)).rejects.toThrow(
      '"id" of the fragment "list" is missing',
    )
    await expect(cache.refreshFragment(list, { id: 1 }, { vary: { x: 1 } })).rejects.toThrow(OptionError)
    await expect(cache.refreshFragment(list, { id: 1 }, { wary: {} } as never)).rejects.toThrow(
      'did you mean "vary"',
    )
  })
})

test.each([
  ['refresh', { refresh: 'que' }, 'The refresh of the fragment "a" must be \'queue\''],
  ['refresh.queue', { refresh: { queue: 1 } }, 'The refresh.queue of the fragment "a" must be true or false'],
  ['a member', { refresh: { queu: true } }, 'did you mean "queue"?'],
])('a wrong %s is refused', (_, options, message) => {
  expect(() => defineFragment('a', { template: 'a', ...options } as never)).toThrow(message)
})

test('a queue that is none is refused', () => {
  expect(() => cacheOf('', { fragments: { queue: {} as never } })).toThrow(
    'The option fragments.queue must be',
  )
})
