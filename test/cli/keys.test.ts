import { beforeAll, expect, it } from 'vitest'
import { describeRedis } from '../helpers/redis-server.ts'
import { json, onetrip } from './run-cli.ts'
import { useCachedSite } from './site/cached-site.ts'

interface Listed {
  readonly kind: string
  readonly name: string
  readonly parts?: unknown[]
  readonly state?: string
  readonly tags: string[]
}

describeRedis('onetrip keys', () => {
  const { server, site, env } = useCachedSite()
  beforeAll(async () => {
    await site().page(1)
    await site().cache.values.set('user:1', { name: 'Anna' }, { tags: ['users'] })
    await site().cache.cached('price', { key: (id: number) => [id, 'EUR'], ttl: '1h' }, (id) => id)(7)
    await site().cache.settled()
    await site().cache.delete('card', 2)
    await site().cache.invalidate('users')
    await server().admin.set('shop:other', 'x')
  })

  const lines = ({ entries }: { entries: Listed[] }) =>
    entries.map(({ kind, name, parts = [], state = '' }) => [kind, name, ...parts, state].join(' ')).sort()

  it('lists fragments, values, results and tags with their state', async () => {
    const listed = await json<{ entries: Listed[]; more: boolean }>(['keys'], env())
    expect(lines(listed)).toEqual([
      'fragment card 1 fresh',
      'fragment card 2 deleted',
      'fragment list fresh',
      'fragment menu fresh',
      'function price 7 EUR fresh',
      'tag film:1 ',
      'tag film:2 ',
      'tag films ',
      'tag users ',
      'value user:1 invalidated',
    ])
    expect(listed.more).toBe(false)
    expect(listed.entries.find(({ name }) => name === 'list')?.tags.sort()).toEqual([
      'film:1',
      'film:2',
      'films',
    ])
  })

  it('lists what has a name, as a table', async () => {
    const { code, stdout, stderr } = await onetrip(['keys', 'menu'], env())
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(
      /^KIND +NAME AND PARTS +STATE +AGE +FRESH FOR +SIZE +COST +TAGS\nfragment +menu locale=de +fresh /,
    )
    expect(stdout.split('\n')).toHaveLength(3)
    expect(lines(await json(['keys', 'user'], env()))).toEqual(['value user:1 invalidated'])
  })

  it('counts by name', async () => {
    const { stdout } = await onetrip(['keys', '--summary'], env())
    expect(stdout).toMatch(/^KIND +NAME +ENTRIES +FRESH +SIZE\n/)
    expect(stdout).toMatch(/^fragment +card +2 +1 /m)
    expect(stdout).toMatch(/^value +user +1 +0 /m)
    const { names } = await json<{ names: { kind: string; entries: number }[] }>(['keys', '--summary'], env())
    expect(names.find(({ kind }) => kind === 'tag')?.entries).toBe(4)
  })

  it('stops at a limit, and says so', async () => {
    const { code, stdout, stderr } = await onetrip(['keys', '--limit', '3'], env())
    expect([code, stderr]).toEqual([0, 'There are more than 3 entries: see --limit.\n'])
    expect(stdout.trim().split('\n')).toHaveLength(4)
  })

  it('exits with 1 if there is nothing, and names the prefixes that there are', async () => {
    const stderr = 'There is nothing. The store has entries of --prefix shop.\n'
    expect(await onetrip(['keys', '--prefix', 'nobody'], env())).toEqual({ code: 1, stdout: '', stderr })
    const release = await onetrip(['keys', '--release', '2', '--summary'], env())
    expect([release.code, release.stderr]).toEqual([1, stderr])
  })

  it('says where the names are if there is nothing of one', async () => {
    const { code, stdout, stderr } = await onetrip(['keys', 'crad'], env())
    const hint = 'There is nothing of crad: onetrip keys --summary lists the names.\n'
    expect([code, stdout, stderr]).toEqual([1, '', hint])
  })

  it('keys from visitors cannot change how the terminal shows the rest', async () => {
    await site().cache.values.set('evil\u001b[2J', 1)
    const { stdout } = await onetrip(['keys'], env())
    expect(stdout).toContain('evil\\x1b[2J')
    expect(stdout).not.toContain('\u001b')
    await site().cache.values.delete('evil\u001b[2J')
  })

  it('exits with 3 if the store cannot be reached, with 2 if none is named', async () => {
    const unreachable = await onetrip(['keys', '--store', 'redis://:s3cret@127.0.0.1:1'])
    expect([unreachable.code, unreachable.stdout]).toEqual([3, ''])
    expect(unreachable.stderr).toMatch(/^Redis at 127\.0\.0\.1:1 /)
    const unnamed = await onetrip(['keys'])
    expect(unnamed.code).toBe(2)
    expect(unnamed.stderr).toMatch(/^Which cache\? Give its store, --store redis/)
  })

  it('takes the cache of a module', async () => {
    const module = new URL('./warm/cache.js', import.meta.url).pathname
    const { code, stdout } = await onetrip(['warm', module, '--fragment', 'menu'], {
      TEST_REDIS_URL: server().url,
    })
    expect([code, stdout]).toEqual([0, 'menu: 1 fragments: 1 stored, 0 fresh, 0 not stored, 0 failed\n'])
    expect(lines(await json(['keys', '--cache', module], { TEST_REDIS_URL: server().url }))).toEqual([
      'fragment menu fresh',
    ])
  })
})
