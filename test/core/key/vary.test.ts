import { KeyPartError, OptionError, TagError } from 'onetrip'
import { memoryStore } from 'onetrip/stores/memory'
import { describe, expect, test } from 'vitest'
import { cacheOf, clockedCacheOf, told } from '../../helpers/templates.ts'
import { watchedStore } from '../../http/watched-store.ts'

interface Request {
  locale?: unknown
  group?: unknown
}
const vary = { locale: (request: Request) => request.locale, group: (request: Request) => request.group }
const PAGE = '{% cache "a", 1, vary=["locale"] %}{{ n }}{% endcache %}{% cache "b" %}{{ n }}{% endcache %}'

async function render(
  { cache }: Pick<ReturnType<typeof cacheOf>, 'cache'>,
  request: unknown,
  n: unknown,
): Promise<string> {
  const { body } = await cache.render('page', { n }, { request })
  await cache.settled()
  return body.toString()
}

test('a fragment differs by what its tag names, and by nothing else', async () => {
  const site = cacheOf(PAGE, { vary })
  expect(await render(site, { locale: 'en', group: 'x' }, 1)).toBe('11')
  expect(await render(site, { locale: 'de', group: 'x' }, 2)).toBe('21')
  expect(await render(site, { locale: 'en', group: 'y' }, 3)).toBe('11')
  expect(await render(site, { locale: 'de', group: 'y' }, 4)).toBe('21')
})

test('values of two types never meet, nor do names and values', async () => {
  const site = cacheOf('{% cache "a", vary=["locale", "group"] %}{{ n }}{% endcache %}', { vary })
  const requests = [
    { locale: '1', group: true },
    { locale: 1, group: true },
    { locale: '1', group: 'true' },
    { locale: '1=s4:true', group: 'x' },
    { locale: 'true', group: '1' },
  ]
  for (const [n, request] of requests.entries()) expect(await render(site, request, n)).toBe(String(n))
  for (const [n, request] of requests.entries()) expect(await render(site, request, 'late')).toBe(String(n))
})

test('each function is called once for a page, and once more when it is rendered; only if it is named', async () => {
  const calls: string[] = []
  const counted = (name: string) => () => {
    calls.push(name)
    return name
  }
  const { cache } = cacheOf(
    '{% for x in [1, 2, 3] %}{% cache "a", x, vary="locale" %}{{ x }}{% endcache %}{% endfor %}',
    {
      vary: { locale: counted('locale'), group: counted('group') },
    },
  )
  await cache.render('page', {}, { request: {} })
  expect(calls).toEqual(['locale', 'locale'])
})

test('defaultVary counts for every fragment', async () => {
  const site = cacheOf(PAGE, { vary, keys: { defaultVary: ['group'] } })
  expect(await render(site, { locale: 'en', group: 'x' }, 1)).toBe('11')
  expect(await render(site, { locale: 'en', group: 'y' }, 2)).toBe('22')
  expect(await render(site, { locale: 'de', group: 'y' }, 3)).toBe('32')
})

test.each([[undefined], [null], [''], [Number.NaN], [{}]])(
  'the value %j is never one fragment for all visitors',
  async (locale) => {
    const { cache } = cacheOf(PAGE, { vary })
    const failed = cache.render('page', { n: 1 }, { request: { locale } })
    await expect(failed).rejects.toThrow(KeyPartError)
    await expect(failed).rejects.toThrow(/"a" varies by "locale" \(page, line 1\)/)
  },
)

test('a name that is not known is refused, with those that are', async () => {
  const { cache } = cacheOf('{% cache "a", vary=["lang"] %}{% endcache %}', { vary })
  await expect(cache.render('page')).rejects.toThrow(TagError)
  await expect(cache.render('page')).rejects.toThrow(
    /"lang" \(page, line 1\), which the option vary does not have: locale, group/,
  )
  const numbers = cacheOf('{% cache "a", vary=[1] %}{% endcache %}', { vary })
  await expect(numbers.cache.render('page')).rejects.toThrow(/vary= must be an array of names/)
})

test('delete reaches one variant; all of them are reached by a tag', async () => {
  const page = '{% cache "a", 1, vary=["locale"], tags="a" %}{{ n }}{% endcache %}'
  const site = clockedCacheOf(page, { vary })
  for (const locale of ['en', 'de']) await render(site, { locale }, 1)
  await site.cache.delete({ name: 'a', parts: [1], vary: { locale: 'en' } })
  site.clock.advance(5)
  expect(await render(site, { locale: 'en' }, 2)).toBe('2')
  expect(await render(site, { locale: 'de' }, 2)).toBe('1')
  await site.cache.invalidate('a')
  site.clock.advance(5)
  expect(await render(site, { locale: 'de' }, 3)).toBe('3')
})

test('where everything varies, delete by name and parts alone would reach nothing: it throws', async () => {
  const { cache } = cacheOf(PAGE, { vary, keys: { defaultVary: ['group'] } })
  await expect(cache.delete('a', 1)).rejects.toThrow(/do not say which/)
  await expect(cache.delete({ name: 'a', parts: [1], vary: { locale: 'en' } })).rejects.toThrow(
    /leaves out "group"/,
  )
  await cache.delete({ name: 'a', parts: [1], vary: { locale: 'en', group: 'x' } })
})

test('delete refuses names that it does not know: it would delete another entry, or none', async () => {
  const { cache } = cacheOf(PAGE, { vary })
  await expect(cache.delete({ name: 'a', part: [1] } as never)).rejects.toThrow(
    'delete() has no option "part": did you mean "parts"?',
  )
  await expect(cache.delete({ name: 'a', parts: [1], vary: { lcale: 'en' } })).rejects.toThrow(
    'delete({ vary }) names "lcale", which the option vary does not have: locale, group.',
  )
  const withoutFunctions = cacheOf(PAGE)
  await withoutFunctions.cache.delete({ name: 'a', parts: [1], vary: { locale: 'en' } })
})

test('wrong options are refused', () => {
  const make = (options: object) => () => cacheOf(PAGE, options)
  expect(make({ vary: ['locale'] })).toThrow(OptionError)
  expect(make({ vary: { locale: 'en' } })).toThrow(
    /option vary\.locale is not a function of the request, but 'en'/,
  )
  expect(make({ vary, keys: { defaultVary: 'locale' } })).toThrow(
    /keys\.defaultVary must be an array of names/,
  )
  expect(make({ vary, keys: { defaultVary: ['lang'] } })).toThrow(
    /names 'lang', which the option vary does not have: locale, group/,
  )
  expect(make({ bypass: 'read' })).toThrow(/option bypass must be a function/)
})

describe('bypass', () => {
  const ONE = '{% cache "a", tags="t" %}{{ n }}{% endcache %}'
  const of = (bypass: unknown) => {
    const store = watchedStore()
    return {
      store,
      site: cacheOf(ONE, { store, bypass: (request: unknown) => (request ? (bypass as never) : false) }),
    }
  }

  test('read: rendered again, and stored for other requests', async () => {
    const { site } = of('read')
    await render(site, undefined, 1)
    expect(await render(site, {}, 2)).toBe('2')
    expect(told(site.events, 'miss').at(-1)).toBe('miss a: bypassed')
    expect(await render(site, undefined, 3)).toBe('2')
  })

  test('write: hits are shown, misses are not stored', async () => {
    const { site } = of('write')
    expect(await render(site, {}, 1)).toBe('1')
    expect(await render(site, undefined, 2)).toBe('2')
    expect(await render(site, {}, 3)).toBe('2')
  })

  test('both: the store is not asked at all', async () => {
    const { site, store } = of('both')
    await render(site, undefined, 1)
    store.calls.length = 0
    expect(await render(site, {}, 2)).toBe('2')
    expect(store.calls).toEqual([])
    expect(await render(site, undefined, 3)).toBe('1')
  })

  test('anything else is an error', async () => {
    const { site } = of('everything')
    await expect(render(site, {}, 1)).rejects.toThrow(/returned everything: it must return 'read'/)
  })
})

test('two requests at the same time each have their own values', async () => {
  const store = memoryStore()
  const site = cacheOf(PAGE, { vary, store })
  const pages = await Promise.all(
    Array.from({ length: 50 }, (_, n) => render(site, { locale: `l${n % 5}` }, n % 5)),
  )
  pages.forEach((page, n) => {
    expect(page[0]).toBe(String(n % 5))
  })
})

test('a value that changes after a key was computed is an error', async () => {
  const request = { locale: 'en' }
  const { cache } = cacheOf('{% cache "a", vary=["locale"] %}{{ turn() }}{% endcache %}', {
    vary: { locale: (of: typeof request) => of.locale },
  })
  const turn = () => {
    request.locale = 'de'
    return 'x'
  }
  const failed = cache.render('page', { turn }, { request })
  await expect(failed).rejects.toThrow(KeyPartError)
  await expect(failed).rejects.toThrow(
    /"locale", by which fragments vary, changed from 'en' to 'de' while the page was rendered/,
  )
})

test('a function of vary that throws names itself, the fragment, and a request that is missing', async () => {
  const { cache } = cacheOf('{% cache "menu", vary="locale" %}x{% endcache %}', {
    vary: { locale: (request: unknown) => (request as { locale: string }).locale },
  })
  await expect(cache.render('page')).rejects.toThrow(
    /The fragment "menu" varies by "locale" \(page, line 1\), .* threw: Cannot read.* There is no request/,
  )
  await expect(cache.render('page', {}, { request: null })).rejects.not.toThrow(/There is no request/)
})

describe('a fragment that varies inside one that does not', () => {
  const vary = { bucket: (request: unknown) => (request as { bucket: string }).bucket }
  const seen = async (template: string, options: object = {}) => {
    const { cache, events } = cacheOf(template, { vary, ...options })
    const shown: string[] = []
    for (const bucket of ['a', 'b', 'a']) {
      const { body } = await cache.render('page', { text: bucket }, { request: { bucket } })
      await cache.settled()
      shown.push(`${body}`)
    }
    return { shown, events }
  }
  const IN = '{% cache "in", vary="bucket" %}{{ text }}{% endcache %}'

  test.each([
    ['directly', `{% cache "out" %}${IN}{% endcache %}`],
    [
      'deep inside',
      `{% cache "out" %}{% cache "between", vary=["bucket"] %}${IN}{% endcache %}{% endcache %}`,
    ],
    ['of two names', `{% cache "out", vary="other" %}${IN}{% endcache %}`],
    [
      'as a text that is used',
      `{% cache "out" %}{% set t %}${IN}{% endset %}{{ t | upper | lower }}{% endcache %}`,
    ],
  ])('keeps the outer one from being stored: %s', async (_what, template) => {
    const { shown, events } = await seen(template, { vary: { ...vary, other: () => 'x' } })
    expect(shown).toEqual(['a', 'b', 'a'])
    expect(told(events, 'skip')[0]).toMatch(
      /^skip out: .*varies by bucket: it has to name that in its own vary=/,
    )
  })

  test('is stored where the outer one names it too, or all do', async () => {
    const named = await seen(`{% cache "out", vary="bucket" %}${IN}{% endcache %}`)
    expect(named.shown).toEqual(['a', 'b', 'a'])
    expect(told(named.events, 'skip')).toEqual([])
    const always = await seen(`{% cache "out" %}{% cache "in" %}{{ text }}{% endcache %}{% endcache %}`, {
      keys: { defaultVary: ['bucket'] },
    })
    expect(always.shown).toEqual(['a', 'b', 'a'])
    expect(told(always.events, 'skip')).toEqual([])
  })
})
