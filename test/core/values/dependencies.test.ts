import { type FragmentCache, type FragmentCacheOptions, lazy } from 'onetrip'
import { afterEach, describe, expect, test } from 'vitest'
import { held } from '../../helpers/held.ts'
import { clockedCacheOf, told } from '../../helpers/templates.ts'
import { turns } from '../../helpers/turns.ts'

/** The tags of a cached function's result count for everything rendered from it. */

const open: FragmentCache[] = []
afterEach(() => Promise.all(open.splice(0).map((cache) => cache.close())))

function cacheOf(template: string, options: Partial<FragmentCacheOptions> = {}) {
  const made = clockedCacheOf(template, { entries: { jitter: 0, beta: 0 }, ...options })
  open.push(made.cache)
  return made
}

const NOTE = '{% cache "note", 7 %}[{{ noteHtml(7) }}]{% endcache %}'

/** Ways in which a fragment comes to read a cached function. */
const WAYS: Record<string, (fn: Cached) => [template: string, data: object]> = {
  'the body calls it': (fn: Cached) => [NOTE, { noteHtml: fn }],
  'a lazy value of it': (fn: Cached) => [
    '{% cache "note", 7 %}[{{ note }}]{% endcache %}',
    { note: fn.lazy(7) },
  ],
  'a lazy value whose loader calls it': (fn: Cached) => [
    '{% cache "note", 7 %}[{{ note.html }}]{% endcache %}',
    { note: lazy(async () => ({ html: await fn(7) })) },
  ],
  'a fragment inside it': (fn: Cached) => [
    '{% cache "outer" %}{% cache "note", 7 %}[{{ noteHtml(7) }}]{% endcache %}{% endcache %}',
    { noteHtml: fn },
  ],
  'a macro in it': (fn: Cached) => [
    '{% macro m(f) %}{{ f(7) }}{% endmacro %}{% cache "note", 7 %}[{{ m(noteHtml) }}]{% endcache %}',
    { noteHtml: fn },
  ],
}

type Cached = ReturnType<typeof cachedNote>

function cachedNote(cache: FragmentCache, options = {}) {
  const state = { text: 'old' }
  const fn = cache.cached(
    'note-html',
    { tags: (id: number) => [`note:${id}`], ...options },
    async (id: number) => {
      await turns(1)
      return `${id} ${state.text}`
    },
  )
  return Object.assign(fn, { state })
}

describe.each(Object.entries(WAYS))('%s', (_, way) => {
  function pageOf(options = {}, cacheOptions: Partial<FragmentCacheOptions> = {}) {
    const page = cacheOf('', cacheOptions)
    const fn = cachedNote(page.cache, options)
    const [template, data] = way(fn)
    page.templates.page = template
    return { ...page, fn, html: () => page.html(data) }
  }

  test('its tags count for the fragment', async () => {
    const { html, cache, fn } = pageOf()
    expect(await html()).toBe('[7 old]')
    expect(await html()).toBe('[7 old]')
    fn.state.text = 'new'
    expect(await html()).toBe('[7 old]')
    await cache.invalidate('note:7')
    expect(await html()).toBe('[7 new]')
    // And where the function's result was there already.
    await cache.invalidate('note:7')
    expect(await fn(7)).toBe('7 new')
    await cache.settled()
    expect(await html()).toBe('[7 new]')
    fn.state.text = 'newer'
    await cache.invalidate('note:7')
    expect(await html()).toBe('[7 newer]')
  })

  test('the fragment expires no later than the values it shows', async () => {
    const { html, fn, cache, clock } = pageOf({ ttl: '40s' })
    expect(await fn(7)).toBe('7 old')
    await cache.settled()
    clock.advance(20_000)
    expect(await html()).toBe('[7 old]')
    fn.state.text = 'new'
    expect(await html()).toBe('[7 old]')
    clock.advance(21_000)
    expect(await html()).toBe('[7 new]')
  })

  test('a value that is not stored keeps the fragment that shows it from being stored', async () => {
    const { html, fn, events } = pageOf({ ttl: 0 })
    expect(await html()).toBe('[7 old]')
    expect(told(events, 'skip')[0]).toMatch(/has expired, or is not stored/)
    fn.state.text = 'new'
    expect(await html()).toBe('[7 new]')
  })

  test('a stale result is shown, and the fragment around it is not stored', async () => {
    const { html, fn, cache, clock } = pageOf({ ttl: '50s', stale: '1h' })
    expect(await fn(7)).toBe('7 old')
    await cache.settled()
    clock.advance(60_000)
    fn.state.text = 'new'
    expect(await html()).toBe('[7 old]')
    expect(await html()).toBe('[7 new]')
  })
})

test('a cached function that calls another takes over its tags and its end', async () => {
  const { cache } = cacheOf('')
  const inner = cachedNote(cache)
  const outer = cache.cached('outer', {}, async () => `<${await inner(7)}>`)
  expect(await outer()).toBe('<7 old>')
  await cache.settled()
  inner.state.text = 'new'
  expect(await outer()).toBe('<7 old>')
  await cache.invalidate('note:7')
  expect(await outer()).toBe('<7 new>')
  await cache.settled()
})

test('a hole reads for itself: the fragment around it is kept', async () => {
  const { html, cache, events } = cacheOf(
    '{% cache "a" %}{% nocache %}{{ noteHtml(7) }}{% endnocache %}{% endcache %}',
  )
  const noteHtml = cachedNote(cache, { ttl: 0 })
  expect(await html({ noteHtml })).toBe('7 old')
  noteHtml.state.text = 'new'
  expect(await html({ noteHtml })).toBe('7 new')
  expect(told(events, 'hit')).toEqual(['hit a'])
})

test('a value that varies by the request is not stored in a fragment that does not vary', async () => {
  const options = { vary: { locale: (request: { locale: string }) => request.locale } }
  const { cache, events } = cacheOf(
    '{% cache "a" %}{{ hello() }}{% endcache %}{% cache "b", vary=["locale"] %}{{ hello() }}{% endcache %}',
    options,
  )
  let locale = ''
  const hello = cache.cached('hello', { vary: ['locale'] }, () => `hello in ${locale} `)
  const html = async (of: string) => {
    locale = of
    const page = cache.open({ request: { locale } })
    const { body } = await cache.host.withPage(page, () => page.render('page', { hello }))
    await page.writeBack()
    return `${body}`
  }
  expect(await html('en')).toBe('hello in en hello in en ')
  expect(await html('de')).toBe('hello in de hello in de ')
  expect(told(events, 'skip')[0]).toMatch(/cached function "hello", which varies by locale/)
  locale = ''
  expect(await html('en')).toBe('hello in en hello in en ')
  expect(told(events, 'hit')).toEqual(['hit b'])
})

test('if an inner fragment shows it, the fragments around that are not stored either', async () => {
  const { cache, events } = cacheOf(
    '{% cache "outer" %}{% cache "mid" %}{% cache "inner" %}{{ hello() }}{% endcache %}{% endcache %}{% endcache %}',
    { vary: { locale: (request: { locale: string }) => request.locale } },
  )
  const asked = { locale: '' }
  const hello = cache.cached('hello', { vary: ['locale'] }, () => asked.locale)
  const html = async (locale: string) => {
    asked.locale = locale
    const page = cache.open({ request: { locale } })
    const { body } = await cache.host.withPage(page, () => page.render('page', { hello }))
    await page.writeBack()
    return `${body}`
  }
  expect([await html('en'), await html('de'), await html('en')]).toEqual(['en', 'de', 'en'])
  expect(told(events, 'hit', 'write')).toEqual([])
})

test('a cached function that is made while a page is under way: its fragments are not stored', async () => {
  const { cache, clock } = cacheOf('{% cache "a" %}{{ text }}{% endcache %}', {
    vary: { locale: (request: { locale: string }) => request.locale },
  })
  const asked = { locale: '' }
  let hello: (() => Promise<string>) | undefined
  const html = async (locale: string) => {
    asked.locale = locale
    const page = cache.open({ request: { locale } })
    const text = lazy(async () => {
      await turns(1)
      clock.advance(1)
      hello ??= cache.cached('hello', { vary: ['locale'] }, () => asked.locale)
      return cache.host.withPage(page, hello)
    })
    const { body } = await page.render('page', { text })
    await page.writeBack()
    return `${body}`
  }
  expect([await html('en'), await html('de'), await html('en')]).toEqual(['en', 'de', 'en'])
})

describe('arguments that the page loaded before an invalidation', () => {
  test('results made from them are not stored, and not shared', async () => {
    const { cache, clock } = cacheOf('')
    const note = { id: 7, text: 'old' }
    const noteHtml = cache.cached(
      'note-html',
      { key: (n: typeof note) => n.id, tags: (n: typeof note) => [`note:${n.id}`] },
      async (n: typeof note) => {
        await turns()
        return `<p>${n.text}</p>`
      },
    )
    await noteHtml(note)
    await cache.settled()

    // This page has read the row, and then somebody saves another text.
    const early = cache.open()
    const row = { ...note }
    clock.advance(5)
    await cache.invalidate('note:7')
    clock.advance(5)
    const late = cache.open()
    const [old, fresh] = await Promise.all([
      cache.host.withPage(early, () => noteHtml(row)),
      cache.host.withPage(late, () => noteHtml({ id: 7, text: 'new' })),
    ])
    expect(old).toBe('<p>old</p>')
    expect(fresh).toBe('<p>new</p>')
    await cache.settled()
    expect(await noteHtml({ id: 7, text: 'new' })).toBe('<p>new</p>')
  })

  test('refresh() stores the new result, in the request that has just saved the row too', async () => {
    const { cache, clock } = cacheOf('')
    const noteHtml = cache.cached(
      'note-html',
      { key: (n: { id: number }) => n.id, tags: ['notes'] },
      (n: { id: number; text: string }) => n.text,
    )
    await noteHtml({ id: 7, text: 'old' })
    await cache.settled()
    const page = cache.open()
    await cache.host.withPage(page, async () => {
      clock.advance(5)
      await cache.invalidate('notes')
      await noteHtml.refresh({ id: 7, text: 'new' })
    })
    await cache.settled()
    expect(await noteHtml({ id: 7, text: 'not asked for' })).toBe('new')
  })
})

describe('preloaded values', () => {
  test('is not looked at once its scope is over', async () => {
    const { cache } = cacheOf('')
    await cache.values.set('a', 1)
    const over = held<void>()
    let later: Promise<unknown> = Promise.resolve()
    await cache.preload(['a'], () => {
      later = over.call().then(() => cache.values.get('a'))
    })
    await cache.values.set('a', 2)
    over.release()
    expect(await later).toBe(2)
  })

  test('a value that was set is read again after an invalidation of its tag, and counts for results made from it', async () => {
    const { cache } = cacheOf('')
    const { values } = cache
    let fresh = 'old'
    await cache.preload(['set'], async () => {
      await values.set('set', 'old', { tags: ['t'] })
      const made = () => values.getOrSet('set', { tags: ['t'] }, () => fresh)
      const outer = () => values.getOrSet('outer', {}, async () => `<${await made()}>`)
      expect(await outer()).toBe('<old>')
      await cache.settled()
      fresh = 'new'
      await cache.invalidate('t')
      expect(await values.get('set')).toBe(undefined)
      expect(await outer()).toBe('<new>')
    })
    await cache.settled()
    expect(await values.get('outer')).toBe('<new>')
  })

  test('is read again after an invalidation of a tag, and after one of the call while it ran', async () => {
    const { cache } = cacheOf('')
    await cache.values.set('a', 1, { tags: ['t'] })
    let runs = 0
    const load = held<void>()
    const slow = cache.cached('slow', { ttl: '1m' }, async () => {
      const run = ++runs
      await load.call()
      return run
    })
    await cache.preload(['a', slow.key()], async () => {
      expect(await cache.values.get('a')).toBe(1)
      await cache.invalidate('t')
      expect(await cache.values.get('a')).toBe(undefined)
      const first = slow()
      await load.called
      await slow.invalidate()
      load.release()
      expect(await first).toBe(1)
      expect(await slow()).toBe(2)
    })
  })
})

test('a value that could not be replaced is not read any more', async () => {
  const { cache } = cacheOf('', { limits: { maxEntryBytes: 1_000 } })
  expect(await cache.values.set('a', 'old')).toBe(true)
  expect(await cache.values.set('a', 'x'.repeat(2_000))).toBe(false)
  expect(await cache.values.get('a')).toBe(undefined)
})

test('two cached functions cannot have one name', () => {
  const { cache } = cacheOf('')
  cache.cached('f', {}, () => 1)
  expect(() => cache.cached('f', {}, () => 2)).toThrow(/There is a cached function "f" already/)
  const decorate = cache.cached('m', { key: (self: { id: number }) => [self.id] })
  const method = async function (this: unknown, lang: string) {
    return lang
  }
  expect(() => decorate(method as never, { kind: 'method', name: 'm' })).toThrow(
    /a method that takes arguments/,
  )
})
