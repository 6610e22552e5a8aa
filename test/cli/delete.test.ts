import { beforeAll, expect, it } from 'vitest'
import { describeRedis } from '../helpers/redis-server.ts'
import { json, onetrip } from './run-cli.ts'
import { useCachedSite } from './site/cached-site.ts'

describeRedis('onetrip delete', () => {
  const { site, env } = useCachedSite()
  beforeAll(() => site().page(1))

  it('refuses without --yes where there is no terminal, and deletes nothing', async () => {
    expect(await onetrip(['delete', 'card', '1'], env())).toEqual({
      code: 2,
      stdout: '',
      stderr: 'This deletes the entry of the fragment card 1. Give --yes: there is no terminal to ask at.\n',
    })
  })

  it('deletes one entry', async () => {
    expect(await onetrip(['delete', 'card', '1', '--yes'], env())).toEqual({
      code: 0,
      stdout: 'Deleted card 1.\n',
      stderr: '',
    })
    await site().cache.invalidate('films')
    expect(await site().page(2)).toBe('[1 2][2 1]menu')
  })

  it('deletes one variant', async () => {
    const args = ['delete', 'menu', '--yes', '--vary']
    expect(await json([...args, '{"locale":"en"}'], env())).toMatchObject({ found: false })
    expect(await json([...args, '{"locale":"de"}'], env())).toEqual({
      name: 'menu',
      parts: [],
      vary: { locale: 'de' },
      found: true,
    })
  })

  it('exits with 1 if there is none, and names the one whose part is of another type', async () => {
    expect(await onetrip(['delete', 'card', '"2"', '-y'], env())).toEqual({
      code: 1,
      stdout: '',
      stderr: 'There is no entry of card "2". There is one of card 2.\n',
    })
    expect((await onetrip(['delete', 'kard', '2', '-y'], env())).stderr).toBe(
      'There is no entry of kard 2.\n',
    )
  })
})
