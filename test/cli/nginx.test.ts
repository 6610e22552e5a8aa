import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { Worker } from '../metrics/nginx/entries.ts'
import { json, onetrip } from './run-cli.ts'

describeRedis('onetrip nginx', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  it('exits with 1 where nginx counted nothing', async () => {
    for (const [args, says] of [
      [['nginx'], 'nginx counted nothing: does it load the Lua module of deploy/nginx?\n'],
      [['nginx', '--misses'], 'There were no misses.\n'],
    ] as const)
      expect(await onetrip([...args, '--store', server.url])).toEqual({ code: 1, stdout: '', stderr: says })
  })

  it('shows ratios by status, and the routes that visitors waited for most', async () => {
    await new Worker(server.admin, 'a').send([
      { requests: 90 },
      { requests: 6, cache: 'MISS', ms: 10 },
      { route: '/film/:slug', requests: 4, cache: 'EXPIRED', ms: 15 },
    ])
    const { code, stdout } = await onetrip(['nginx', '--store', server.url])
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^100 requests, 90\.0 % from the cache, 2 failed, 10 KB; visitors waited 120 ms for misses\n/,
    )
    expect(stdout).toMatch(/^HIT +90 +90\.0 %$/m)
    expect(stdout).toMatch(/^\/film\/:slug +4 +0\.0 % +4 +60 ms +15 ms +15 ms +1$/m)
    expect(await json(['nginx', '--store', server.url, '--limit', '1'])).toMatchObject({
      requests: 100,
      hitRatio: 0.9,
      missTime: 120,
      routes: [{ requests: 96, misses: 6, missMilliseconds: { sum: 60, p50: 10 } }],
    })
  })
})
