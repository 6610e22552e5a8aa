import { expect, it } from 'vitest'
import { describeRedis } from '../helpers/redis-server.ts'
import { json, onetrip } from './run-cli.ts'
import { useCachedSite } from './site/cached-site.ts'

describeRedis('onetrip invalidate', () => {
  const { server, site, env } = useCachedSite()

  it('makes entries misses of a running site, with those around them', async () => {
    expect(await site().page(1)).toBe('[1 1][2 1]menu')
    expect(await site().page(2)).toBe('[1 1][2 1]menu')
    expect(await onetrip(['invalidate', 'film:2'], env())).toEqual({
      code: 0,
      stdout: 'Invalidated film:2.\n',
      stderr: '',
    })
    expect(await site().page(3)).toBe('[1 1][2 3]menu')
  })

  it('names tags that no entry has', async () => {
    const { code, stdout } = await onetrip(['invalidate', 'films', 'flims'], env())
    expect([code, stdout]).toEqual([0, 'Invalidated films, flims. No entry had flims.\n'])
    expect(await json(['invalidate', 'films', 'filsm', 'films'], env())).toEqual({
      invalidated: ['films', 'filsm'],
      unused: ['filsm'],
    })
  })

  it('is in the log that first tiers of other processes follow', async () => {
    await onetrip(['invalidate', 'films'], env())
    const [newest] = await server().admin.xrevrange('onetrip:log', '+', '-', 'COUNT', 1)
    expect(JSON.stringify(newest)).toContain('films')
  })

  it('needs a tag, and a store', async () => {
    const { code, stderr } = await onetrip(['invalidate'], env())
    expect([code, stderr]).toEqual([
      2,
      'onetrip invalidate needs the names of tags: onetrip invalidate films film:42 --store redis://localhost. See onetrip invalidate --help.\n',
    ])
    expect(await onetrip(['invalidate', 'films', '--store', 'redis://127.0.0.1:1'])).toMatchObject({
      code: 3,
    })
  })
})
