import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { waterfall } from '../../src/cli/explain/waterfall.ts'
import { json, onetrip } from './run-cli.ts'

const EXPLANATION = {
  page: { template: 'home.njk', route: '/', status: 200, duration: 12.5 },
  ...{ hits: 1, stale: 0, misses: 1, trips: 1, runs: 1, omitted: 0 },
  fragments: [
    {
      ...{ name: 'menu', template: 'home.njk', line: 3, state: 'hit', bytes: 2048, cost: 4, age: 90_000 },
      explanation: 'It was stored 90 s ago.',
    },
    {
      ...{ name: 'card', template: 'card.njk', line: 1, state: 'miss', bytes: 100, cost: 7 },
      explanation: 'Its tag film:1 was invalidated.',
    },
  ],
  waterfall: [
    { kind: 'declare', name: 'home.njk', start: 0, duration: 2.5 },
    { kind: 'fetch', name: '2 keys', start: 2.5, duration: 2.5 },
    { kind: 'render', name: 'card', start: 5, duration: 7.5 },
    { kind: 'send', name: 'response', start: 12.5, duration: null },
  ],
}

describe('onetrip explain', () => {
  let server: Server
  let url: string
  beforeAll(async () => {
    server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost')
      if (pathname === '/old') response.writeHead(301, { location: '/new' }).end()
      else if (searchParams.get('onetrip') === 'explain' && request.headers.cookie === 'session=1')
        response.end(JSON.stringify(EXPLANATION))
      else response.end('<html>')
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/?page=2`
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  it('prints fragments with their reasons, and a waterfall', async () => {
    const { code, stdout, stderr } = await onetrip(['explain', url, '-H', 'Cookie: session=1'])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(
      '/, home.njk\n13 ms; 1 hit, 0 stale, 1 miss; 1 round trip, 1 run of its templates\n',
    )
    expect(stdout).toMatch(/^hit +menu +home\.njk:3 +90 s +4\.0 ms +2\.0 KB +It was stored 90 s ago\.$/m)
    expect(stdout).toMatch(/^miss +card +card\.njk:1 +7\.0 ms +100 B +Its tag film:1 was invalidated\.$/m)
    expect(stdout).toMatch(/^declare home\.njk {2}=+ +2\.5 ms$/m)
    expect(await json(['explain', url, '-H', 'Cookie: session=1'])).toEqual(EXPLANATION)
  })

  it('says what to do where the site does not explain, and exits with 1', async () => {
    const { code, stdout, stderr } = await onetrip(['explain', url])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/answers with its page \(status 200\).*overlay: \{ authorize \}.*--header\.\n$/)
    const moved = await onetrip(['explain', new URL('/old', url).href])
    expect([moved.code, moved.stderr]).toEqual([1, 'The page redirects to /new: explain that one.\n'])
  })

  it('exits with 3 if the site does not answer, with 2 for a wrong address', async () => {
    expect(await onetrip(['explain', 'http://127.0.0.1:1/'])).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/^http:\/\/127\.0\.0\.1:1 does not answer: /),
    })
    expect(await onetrip(['explain', 'localhost:3000'])).toMatchObject({ code: 2 })
    expect((await onetrip(['explain', 'http://u:s3cret@localhost/'])).stderr).not.toContain('s3cret')
  })
})

test('a waterfall has one scale of time for all steps', () => {
  // Bars of 25 columns for 12.5 ms.
  const lines = [
    ['declare home.njk', '=====', '2.5 ms'],
    ['fetch 2 keys    ', '     =====', '2.5 ms'],
    ['render card     ', '          ===============', '7.5 ms'],
    ['send response   ', '                        =', '   ...'],
  ]
  expect(waterfall(EXPLANATION.waterfall, 51)).toBe(
    lines.map(([label, bar, time]) => `${label}  ${bar?.padEnd(25)}  ${time}\n`).join(''),
  )
  expect(waterfall([], 80)).toBe('')
})
