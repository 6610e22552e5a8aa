import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { outcomeOf } from '../../src/cli/bench/outcome.ts'
import { json, onetrip } from './run-cli.ts'

const QUICK = ['--duration', '1s', '--rounds', '1', '--connections', '2']

describe('onetrip bench', () => {
  let server: Server
  let url: string
  const seen = new Set<string>()
  beforeAll(async () => {
    server = createServer((request: IncomingMessage, response) => {
      seen.add(`${request.headers['x-without-cache'] ?? 'cached'} ${request.headers.cookie}`)
      response.statusCode = request.url === '/gone' ? 404 : 200
      response.end('page')
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  it('loads a page with the cache and without it, in turn', async () => {
    const { code, stdout, stderr } = await onetrip([
      ...['bench', url, '--without-header', 'X-Without-Cache: s3cret', '-H', 'Cookie: session=1'],
      ...QUICK,
    ])
    expect([code, stderr]).toEqual([0, 'Round 1 of 1, with the cache\nRound 1 of 1, without the cache\n'])
    expect(stdout).toMatch(/^ +REQUESTS\/S +LOWEST +HIGHEST +P50 +P99 +FAILED\nwith the cache +[\d,]+ /)
    expect(stdout).toMatch(/\nWith the cache it serves \d+\.\d\d times as many requests\.\n$/)
    expect([...seen].sort()).toEqual(['cached session=1', 's3cret session=1'])
  })

  it('prints JSON', async () => {
    expect(await json(['bench', url, '--without', url, ...QUICK])).toMatchObject({
      withCache: { failed: 0, requestsPerSecond: expect.any(Number) },
      withoutCache: { failed: 0 },
      ratio: expect.any(Number),
    })
  })

  it('refuses what it should not load', async () => {
    for (const [args, exitCode, says] of [
      [[url], 2, 'How does the site render the page without the cache?'],
      [['https://example.org/', '--without', url], 2, 'example.org is not this machine. Give --yes'],
      [['ftp://localhost', '--without', url], 2, 'The address of a page must be like http://localhost:3000/'],
      [[url, '--without-header', 'nothing'], 2, "A header must be like 'Cookie: session=abc'."],
      [[url, '--without', `${url}gone`], 2, '/gone is answered with the status 404 without the cache'],
      [['http://127.0.0.1:1/', '--without', url], 3, 'http://127.0.0.1:1 does not answer: '],
      [[url, '--without', url, '--duration', '5'], 2, '--duration must be a time from 1s to 10m, not 5.'],
    ] as const)
      expect(await onetrip(['bench', ...args])).toMatchObject({
        code: exitCode,
        stdout: '',
        stderr: expect.stringContaining(says),
      })
  })
})

test('rounds become their median, with the range of the rate', () => {
  const round = (requestsPerSecond: number, failed = 0) => ({ requestsPerSecond, p50: 1, p99: 2, failed })
  expect(outcomeOf([round(30), round(10, 1), round(20, 2)])).toEqual({
    ...round(20, 3),
    lowest: 10,
    highest: 30,
  })
  expect(outcomeOf([round(10), round(20)]).requestsPerSecond).toBe(15)
})
