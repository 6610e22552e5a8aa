import { describe, expect, it } from 'vitest'
import type { PageTrace } from '../../src/core/trace/page-trace.ts'
import { lazy } from '../../src/engines/lazy.ts'
import { memoryStore } from '../../src/stores/memory/index.ts'
import { engineOf } from '../helpers/templates.ts'
import { frameworks } from './frameworks.ts'

const PAGE = '{% cache "film", id %}{{ film }}{% endcache %}'

const named = (trace: PageTrace | undefined) =>
  trace?.spans
    .filter(({ kind }) => kind === 'load' || kind === 'fetch')
    .map(({ kind, name, end }) => `${kind} ${name}${end === undefined ? ', not over' : ''}`)

describe.each(frameworks)('the trace of a page on $name', (framework) => {
  it('has the lookups of values, and the runs of cached functions, also of one that fails', async () => {
    let titleOf: (id: number) => Promise<string>
    const site = await framework.start(
      { engine: engineOf({ page: PAGE }), store: memoryStore(), ttl: '5m' },
      {
        '/before': async (exchange) => exchange.render('page', { id: 1, film: await titleOf(1) }),
        '/lazy': (exchange) => exchange.render('page', { id: 2, film: lazy(() => titleOf(1)) }),
        '/fails': (exchange) =>
          exchange.render('page', { id: 3, film: lazy(() => titleOf(0).catch(() => 'none')) }),
      },
    )
    titleOf = site.cache.cached('title', {}, async (id: number) => {
      if (id === 0) throw new Error('there is none')
      return `Film ${id}`
    })
    const sampler = site.cache.sampleTraces({ every: 1 })
    for (const path of ['/before', '/lazy', '/fails']) {
      await fetch(site.origin + path).then((response) => response.text())
      await site.settled()
    }
    const [fails, later, before] = sampler.recent.map(named)
    expect(before).toEqual(['fetch 1 values', 'load title', 'fetch 1 fragments'])
    expect(later).toEqual(['fetch 1 fragments', 'load film', 'fetch 1 values'])
    expect(fails).toEqual(['fetch 1 fragments', 'load film', 'fetch 1 values', 'load title'])
    await site.close()
  })
})
