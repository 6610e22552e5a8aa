import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { processClock } from '../../src/clock.ts'
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
    const log = join(folder, 'access.log')
    writeFileSync(log, '127.0.0.1 - - [04/May/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 612 "-" "-"\n')
    for (const [args, says] of [
      [['nginx', '--log', log], /^The log has no line of this time in the format /],
      [['nginx', '--prefix', 'shop'], /^nginx counted nothing under the prefix shop in this time/],
      [
        ['nginx'],
        /^nginx counted nothing under the prefix .+: does it load the Lua module of deploy\/nginx, /,
      ],
      [['nginx', '--misses'], /^There were no misses\.\n$/],
    ] as const)
      expect(await onetrip([...args, '--store', server.url])).toEqual({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(says),
      })
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

  it('lists the slowest misses, and shows how ratios change', async () => {
    const now = Number((await server.admin.time())[0]) * 1000
    const lines = [30, 120, 45].map((ms, n) => `${now - n}\tmain\t/film/:slug\tMISS\t200\t${ms}\t${ms}\t500`)
    const fields = ['version', '1', 'node', 'web1', 'boot', 'a', 'sequence', '1', 'lines', lines.join('\n')]
    await server.admin.xadd('onetrip:nginx:misses', '*', ...fields)
    const { stdout } = await onetrip(['nginx', '--slowest', '--limit', '2', '--store', server.url])
    expect(stdout.match(/\d+ ms(?= +\d+ ms)/g)).toEqual(['120 ms', '45 ms'])
    const { steps } = (await json(['nginx', '--by', 'minute', '--store', server.url])) as {
      steps: { requests: number }[]
    }
    expect(steps.reduce((sum, { requests }) => sum + requests, 0)).toBe(100)
    const { stdout: table } = await onetrip(['nginx', '--by', 'hour', '--since', '2h', '--store', server.url])
    expect(table).toMatch(/^FROM +REQUESTS +HITS +WAITED +FAILED$/m)
    expect(table).toMatch(/ 100 +90\.0 % +120 ms +2$/m)
  })
})

const folder = mkdtempSync(join(tmpdir(), 'onetrip-log-'))
afterAll(() => rmSync(folder, { recursive: true }))

it('onetrip nginx --log reads a log, without Redis', async () => {
  const file = join(folder, 'onetrip.log')
  const { code, stderr } = await onetrip(['nginx', '--log', file])
  expect([code, stderr]).toEqual([2, `--log: the file ${file} cannot be read (ENOENT).\n`])
  const { code: ofFolder, stderr: refused } = await onetrip(['nginx', '--log', folder])
  expect([ofFolder, refused]).toEqual([2, `--log: ${folder} is a folder: name a file.\n`])
  const ts = (processClock.wall() / 1000).toFixed(3)
  const line = {
    ts,
    route: '/',
    cache: 'MISS',
    status: '200',
    time: '0.250',
    upstream: '0.248',
    bytes: '900',
  }
  writeFileSync(file, `${JSON.stringify(line)}\n${JSON.stringify({ ...line, cache: 'HIT', upstream: '' })}\n`)
  const { stdout } = await onetrip(['nginx', '--log', file])
  expect(stdout).toMatch(
    /^2 requests, 50\.0 % from the cache, 0 failed, 1\.8 KB; visitors waited 250 ms for misses/,
  )
})
