import { once } from 'node:events'
import { type Metrics, metrics } from 'onetrip/metrics'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startProgram } from '../helpers/child-process.ts'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { CLI, json, onetrip } from './run-cli.ts'
import { CachedSite } from './site/cached-site.ts'

describeRedis('commands that read metrics', () => {
  let server: RedisServer
  let site: CachedSite
  let numbers: Metrics
  let env: NodeJS.ProcessEnv
  beforeAll(async () => {
    server = await startRedis()
    env = { ONETRIP_STORE: server.url, ONETRIP_PREFIX: 'shop' }
    site = new CachedSite(server.url)
    numbers = metrics(site.cache, { redis: server.url, prefix: 'shop', name: 'web-1' })
    for (let page = 0; page < 5; page++) await site.page(1)
    await site.cache.invalidate('film:1')
    await site.page(2)
    await numbers.flush()
  })
  afterAll(async () => {
    await numbers.close()
    await site.cache.close()
    await server.stop()
  })

  it('stats shows the pages of all processes', async () => {
    const { code, stdout, stderr } = await onetrip(['stats'], env)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^\d.* from \d{4}-\d\d-\d\d \d\d:\d\d:\d\d to .* UTC\n/)
    expect(stdout).toMatch(/^pages +6 +[\d.]+\/s, of 1 process$/m)
    expect(stdout).toMatch(/^hits +\d\d\.\d % +\d+ of \d+ fragments, 0 of them stale$/m)
    expect(stdout).toMatch(/^misses +\d+ +.*absent \d+.*$/m)
    expect(stdout).toMatch(/^time saved +\d/m)
    expect(stdout).toMatch(/^invalidated +1 +film:1 1$/m)
    expect(stdout).toMatch(/^STORE +ROUND TRIPS +FAILED +KEYS +P50 +P99\nfetch +\d+ +0 /m)
  })

  it('stats prints JSON: numbers, and distributions', async () => {
    const all = await json<{
      pages: number
      processes: { id: string }[]
      fragments: { name: string; hits: number; misses: Record<string, number>; renderMicroseconds: object }[]
    }>(['stats', '--since', '5m'], env)
    expect(all).toMatchObject({ pages: 6, breaker: 'closed', processes: [{ pages: 6 }] })
    const list = all.fragments.find(({ name }) => name === 'list')
    expect(list).toMatchObject({ hits: 4, misses: { absent: 1, invalidated: 1 } })
    expect(list?.renderMicroseconds).toMatchObject({ count: 2 })
  })

  it('top lists fragments, routes and templates by a number', async () => {
    const { code, stdout } = await onetrip(['top', '--by', 'misses'], env)
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^FRAGMENT +TEMPLATE +LOST +A MISS +MISSES +HITS +RATIO +SAVED +SERVED +MISSES BY REASON\n/,
    )
    expect(stdout).toMatch(/^list +page +\S+ \S+ +\S+ \S+ +2 +4 +66\.7 % /m)
    const { fragments } = await json<{ fragments: { name: string; misses: number }[] }>(
      ['top', '--by', 'misses', '--limit', '1'],
      env,
    )
    expect(fragments).toMatchObject([{ name: 'card', misses: 3 }])
    const { templates } = await json<{ templates: object[] }>(['top', '--of', 'templates'], env)
    expect(templates).toMatchObject([{ name: 'page', pages: 6 }])
  })

  it('a wrong command line exits with 2, nothing counted with 1, a Redis that is gone with 3', async () => {
    for (const [args, says] of [
      [['stats', '--since', '5'], '--since must be a time of at least 1 s, such as 30s, 15m or 24h, not 5.'],
      [['stats', '--since', 'soon'], '--since must be a time'],
      [['top', '--by', 'luck'], 'Allowed choices are lost, saved, misses, hits, bytes.'],
      [['top', '--by', 'bytes', '--of', 'routes'], '--by bytes needs --of fragments.'],
    ] as const)
      expect(await onetrip(args, env)).toMatchObject({ code: 2, stderr: expect.stringContaining(says) })
    expect(await onetrip(['stats', '--prefix', 'other'], env)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('No process counts under the prefix other'),
    })
    expect(await onetrip(['stats', '--store', 'redis://127.0.0.1:1'])).toMatchObject({ code: 3 })
  })

  it('--watch prints an object a line, until Ctrl-C ends it with 0', async () => {
    const args = ['stats', '--watch', '--json', '--interval', '1s', '--since', '1h']
    const child = startProgram(process.execPath, [CLI, ...args], { env: { ...process.env, ...env } })
    let printed = ''
    child.stdout.on('data', (chunk) => {
      printed += chunk
    })
    await expect.poll(() => printed.split('\n').length).toBeGreaterThan(2)
    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([0, null])
    const [first = ''] = printed.split('\n')
    expect(JSON.parse(first)).toMatchObject({ pages: 6 })
  })

  it('a reader that has seen enough ends it without an error', async () => {
    const args = ['stats', '--watch', '--json', '--interval', '1s']
    const child = startProgram(process.execPath, [CLI, ...args], { env: { ...process.env, ...env } })
    let told = ''
    child.stderr.on('data', (chunk) => {
      told += chunk
    })
    child.stdout.once('data', () => child.stdout.destroy())
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(told).toBe('')
  })
})
