import { beforeAll, expect, it } from 'vitest'
import { describeRedis } from '../helpers/redis-server.ts'
import { json, onetrip } from './run-cli.ts'
import { useCachedSite } from './site/cached-site.ts'

describeRedis('onetrip inspect', () => {
  const { site, env } = useCachedSite()
  beforeAll(() => site().page(1))

  it('shows an entry, and why a page would show it', async () => {
    const { code, stdout, stderr } = await onetrip(['inspect', 'card', '1'], env())
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^card 1: hit\n.+\n\nkey +shop:0::4:card:n1:1\n/)
    for (const label of ['age', 'ttl', 'fresh for', 'size', 'cost'])
      expect(stdout).toMatch(new RegExp(`^${label} +\\d`, 'm'))
    expect(stdout).toMatch(/^TAG +STATE +CHANGED AT\nfilm:1 +valid +\d{4}-/m)
  })

  it('prints its HTML, or all as JSON', async () => {
    expect((await onetrip(['inspect', 'card', '1', '--html'], env())).stdout).toBe('[1 1]')
    expect(await json(['inspect', 'menu', '--vary', '{"locale":"de"}'], env())).toMatchObject({
      name: 'menu',
      found: true,
      valid: true,
      html: 'menu',
    })
    expect(await onetrip(['inspect', 'card', '--html', '--json'], env())).toMatchObject({
      code: 2,
      stderr: '--html and --json: choose one. See onetrip inspect --help.\n',
    })
  })

  it('has colours by FORCE_COLOR', async () => {
    const { stdout } = await onetrip(['inspect', 'card', '1'], { ...env(), FORCE_COLOR: '1' })
    expect(stdout).toContain('\u001b[1mcard 1\u001b[22m: \u001b[32mhit\u001b[39m\n')
  })

  it('exits with 1 for a miss, with its reason', async () => {
    await site().cache.invalidate('film:2')
    const { code, stdout } = await onetrip(['inspect', 'card', '2'], env())
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^card 2: miss \(invalidated\)\n/)])
    expect(stdout).toMatch(/^film:2 +invalidated /m)
  })

  it('says where to look if nothing is stored', async () => {
    const { code, stderr } = await onetrip(['inspect', 'card', '99'], env())
    const hint = 'A fragment that varies needs --vary. onetrip keys card lists what is stored.\n'
    expect([code, stderr]).toEqual([1, hint])
  })

  it('says what a fragment varies by', async () => {
    const { code, stdout, stderr } = await onetrip(['inspect', 'menu'], env())
    const hint = `It varies: there is an entry with --vary '{"locale":"de"}'.\n`
    expect([code, stderr]).toEqual([1, hint])
    expect(stdout).toMatch(/^menu: miss \(absent\)\n/)
    expect((await onetrip(['inspect', 'menu', '--vary', '{"locale":"fr"}'], env())).stderr).toBe('')
  })

  it('names the entry whose part is of another type', async () => {
    const { code, stdout, stderr } = await onetrip(['inspect', 'card', '"1"'], env())
    expect([code, stderr]).toEqual([1, 'There is an entry of card 1.\n'])
    expect(stdout).toMatch(/^card "1": miss \(absent\)\n/)
  })
})
