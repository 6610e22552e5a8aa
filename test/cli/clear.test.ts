import { beforeAll, expect, it } from 'vitest'
import { describeRedis } from '../helpers/redis-server.ts'
import { json, onetrip } from './run-cli.ts'
import { useCachedSite } from './site/cached-site.ts'

describeRedis('onetrip clear', () => {
  const { server, site, env } = useCachedSite()
  beforeAll(() => site().page(1))

  const names = async () =>
    (await json<{ entries: { name: string; state?: string }[] }>(['keys'], env())).entries
      .flatMap(({ name, state }) => (state === 'fresh' ? [name] : []))
      .sort()

  it('refuses without --yes where there is no terminal, and removes nothing', async () => {
    const { code, stderr } = await onetrip(['clear'], env())
    expect([code, stderr]).toEqual([
      2,
      'This removes everything under shop:0::. Give --yes: there is no terminal to ask at.\n',
    ])
    expect(await names()).toEqual(['card', 'card', 'list', 'menu'])
  })

  it('removes the entries of one fragment, then all of the cache, and nothing else', async () => {
    await server().admin.set('shopping', 'x')
    expect(await json(['clear', 'card', '--yes'], env())).toEqual({ cleared: 'card', keyPrefix: 'shop:0::' })
    expect(await names()).toEqual(['list', 'menu'])
    expect(await onetrip(['clear', '--yes'], env())).toEqual({
      code: 0,
      stdout: 'Removed everything under shop:0::\n',
      stderr: '',
    })
    expect(await server().admin.keys('shop:0::*')).toEqual([])
    expect(await server().admin.get('shopping')).toBe('x')
  })
})
