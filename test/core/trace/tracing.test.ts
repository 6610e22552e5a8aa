import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { lazy, OptionError, type PageTrace } from 'onetrip'
import { memoryStore } from 'onetrip/stores/memory'
import { describe, expect, test } from 'vitest'
import { deferred } from '../../helpers/deferred.ts'
import { cacheOf } from '../../helpers/templates.ts'

const PAGE =
  '{% cache "outer", tags=["films"] %}{{ films }}{% cache "inner" %}<b>{{ films }}</b>{% endcache %}{% endcache %}'

function kindsOf(trace: PageTrace | undefined): string[] {
  return trace?.spans.map(({ kind, name }) => (kind === 'load' ? `load ${name}` : kind)) ?? []
}

describe('a traced page', () => {
  test('has its steps, in the order in which they began', async () => {
    const { cache, html } = cacheOf(PAGE)
    const sampler = cache.sampleTraces({ every: 1 })
    await html({ films: lazy(async () => 'Alien') })
    await html({ films: 'Alien' })
    const [warm, cold] = sampler.recent
    expect(kindsOf(cold)).toEqual([
      ...['declare', 'fetch', 'fetch', 'render', 'load films', 'render'],
      ...['fetch', 'render', 'assemble', 'send', 'write back'],
    ])
    expect(kindsOf(warm)).toEqual(['declare', 'fetch', 'assemble', 'send'])
    expect(cold).toMatchObject({ template: 'page', trips: 3, runs: 1, omitted: 0, notStored: undefined })
    for (const { start, end } of [...(cold?.spans ?? []), ...(warm?.spans ?? [])])
      expect(end).toBeGreaterThanOrEqual(start)
    const renders = cold?.spans.filter(({ kind }) => kind === 'render') ?? []
    expect(renders.map(({ fragment }) => fragment)).toEqual([
      expect.stringContaining('outer'),
      expect.stringContaining('outer'),
      expect.stringContaining('inner'),
    ])
  })

  test('has the outcome of each fragment in words', async () => {
    const { cache, html } = cacheOf(PAGE)
    const sampler = cache.sampleTraces({ every: 1 })
    await html({ films: 'Alien' })
    await html({ films: 'Alien' })
    await cache.invalidate('films')
    await html({ films: 'Alien' })
    const [invalidated, warm, cold] = sampler.recent
    expect(cold?.fragments.map(({ name, state, reason }) => [name, state, reason])).toEqual([
      ['outer', 'miss', 'absent'],
      ['inner', 'miss', 'absent'],
    ])
    expect(warm?.fragments).toMatchObject([
      { name: 'outer', state: 'hit', tags: [{ name: 'films', valid: true }] },
    ])
    expect(warm?.fragments[0]?.explanation).toMatch(/old, and fresh for another/)
    const [outer, inner] = invalidated?.fragments ?? []
    expect(outer).toMatchObject({
      state: 'miss',
      reason: 'invalidated',
      tags: [{ name: 'films', valid: false }],
    })
    expect(outer?.explanation).toMatch(/^Its tag "films" was invalidated /)
    expect(outer?.age).toBeGreaterThanOrEqual(0)
    expect(inner).toMatchObject({ state: 'hit' })
  })

  test('names the templates that were edited, and the option that was changed', async () => {
    const { cache, html, templates } = cacheOf({
      page: '{% cache "a" %}{% include "part" %}{% include "same" %}{% endcache %}',
      part: 'a',
      same: 'b',
    })
    const sampler = cache.sampleTraces({ every: 1 })
    await html()
    templates.part = 'c'
    await html()
    expect(sampler.recent[0]?.fragments).toMatchObject([
      { reason: 'template changed', explanation: 'The template part was edited since it was written.' },
    ])
    templates.part = 'd'
    templates.page += ' '
    await html()
    expect(sampler.recent[0]?.fragments).toMatchObject([
      { explanation: 'The templates page, part were edited since it was written.' },
    ])
    const store = memoryStore()
    for (const perRequest of [[], ['token']]) {
      const site = cacheOf('{% cache "a" %}a{% endcache %}', { store, perRequest })
      const traces = site.cache.sampleTraces({ every: 1 })
      await site.html()
      const [fragment] = traces.recent[0]?.fragments ?? []
      if (perRequest.length === 0) expect(fragment?.reason).toBe('absent')
      else expect(fragment?.explanation).toMatch(/^An option that shapes output was changed/)
    }
  })

  test('waits for what another page renders, and says so', async () => {
    const { cache } = cacheOf('{% cache "a" %}{{ text }}{% endcache %}')
    const sampler = cache.sampleTraces({ every: 1 })
    const done = deferred<string>()
    const text = lazy(() => done.promise)
    const first = cache.open()
    const second = cache.open()
    const rendering = [first.render('page', { text }), second.render('page', { text })]
    done.resolve('text')
    for (const render of rendering) expect((await render).body.toString()).toBe('text')
    await first.writeBack()
    await second.writeBack()
    const [joined] = sampler.recent
    expect(kindsOf(joined)).toContain('wait')
    expect(joined?.fragments).toMatchObject([{ state: 'hit', joined: true }])
    expect(joined?.fragments[0]?.explanation).toMatch(/^Another page was rendering it/)
  })

  test('says why nothing of it is stored', async () => {
    const { cache } = cacheOf(PAGE)
    const sampler = cache.sampleTraces({ every: 1 })
    const page = cache.open()
    await page.render('page', { films: '' })
    page.discard('status 404')
    expect(sampler.recent).toMatchObject([{ notStored: 'status 404' }])
  })
})

describe('sampleTraces()', () => {
  test('traces one page in n, and keeps the newest', async () => {
    const { cache, html } = cacheOf('{{ n }}')
    const sampler = cache.sampleTraces({ every: 3, keep: 2 })
    for (let n = 0; n < 10; n++) await html({ n })
    expect(sampler.recent.map(({ id }) => id)).toEqual([4, 3])
    sampler.close()
    sampler.close()
    await html({ n: 0 })
    await html({ n: 0 })
    expect(sampler.recent).toEqual([])
  })

  test('keeps no request that rendered nothing, such as that of an asset', async () => {
    const { cache, html } = cacheOf('{{ n }}')
    const sampler = cache.sampleTraces({ every: 1, keep: 2 })
    await html({ n: 1 })
    for (let n = 0; n < 5; n++) await cache.open().writeBack()
    expect(sampler.recent.map(({ id, template }) => [id, template])).toEqual([[1, 'page']])
  })

  test('nothing is traced where nobody asks', async () => {
    const { cache } = cacheOf(PAGE)
    const page = cache.open()
    await page.render('page', { films: '' })
    expect(page.context.trace).toBeUndefined()
  })

  test.each([{ every: 0 }, { every: 1.5 }, { keep: 0 }, { keep: 5000 }, { each: 1 }])(
    'refuses %j',
    (options) => {
      const { cache } = cacheOf(PAGE)
      expect(() => cache.sampleTraces(options as never)).toThrow(OptionError)
    },
  )
})

test('the diagnostics channels have the begin and the end of each page', async () => {
  const { cache, html } = cacheOf(PAGE)
  const seen: string[] = []
  const noteStart = (message: unknown) => {
    const { page, trace } = message as { page: object; trace: PageTrace }
    if ((page as { cache?: unknown }).cache === cache) seen.push(`start ${trace.id}, ${trace.end}`)
  }
  const noteEnd = (message: unknown) => {
    const { page, trace } = message as { page: object; trace: PageTrace }
    if ((page as { cache?: unknown }).cache === cache)
      seen.push(`end ${trace.id}, ${kindsOf(trace).join(' ')}`)
  }
  subscribe('onetrip:page:start', noteStart)
  subscribe('onetrip:page:end', noteEnd)
  try {
    await html({ films: 'Alien' })
    expect(seen).toEqual([
      'start 1, undefined',
      'end 1, declare fetch fetch render fetch render assemble send write back',
    ])
  } finally {
    unsubscribe('onetrip:page:start', noteStart)
    unsubscribe('onetrip:page:end', noteEnd)
  }
  await html({ films: 'Alien' })
  expect(seen).toHaveLength(2)
})
