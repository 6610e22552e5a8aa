import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nginxReport } from '../../../src/metrics/index.ts'
import { NginxLogReader } from '../../../src/metrics/nginx/read-nginx-log.ts'
import { TestClock } from '../../helpers/test-clock.ts'

let folder: string
let path: string
let clock: TestClock
let reader: NginxLogReader
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onetrip-log-'))
  path = join(folder, 'onetrip.log')
  writeFileSync(path, '')
  clock = new TestClock()
  reader = new NginxLogReader(path, clock)
})
afterEach(async () => {
  await reader.close()
  rmSync(folder, { recursive: true })
})

/** A line as nginx writes it. */
function line(fields: object = {}): string {
  const ts = ((clock.wall() - 1000) / 1000).toFixed(3)
  const usual = { ts, route: '/', cache: 'HIT', status: '200', time: '0.000', upstream: '', bytes: '500' }
  return `${JSON.stringify({ ...usual, ...fields })}\n`
}
const miss = (time: string) => line({ route: '/film/:slug', cache: 'MISS', time, upstream: time })
const report = async () => nginxReport(await reader.totals())

test('a log is counted as the Lua module counts', async () => {
  appendFileSync(path, line() + line() + miss('0.120') + miss('0.034'))
  appendFileSync(path, line({ cache: 'STALE', time: '0.341', upstream: '' }))
  appendFileSync(path, line({ cache: '', status: '502', upstream: '0.100, 0.020 : 0.001', time: '0.121' }))
  appendFileSync(path, line({ route: 'fragment:menu', cache: 'EXPIRED', time: '0.009', upstream: '0.009' }))
  expect(await report()).toMatchObject({ requests: 6, hitRatio: 0.5, missTime: 154, failed: 1, bytes: 3000 })
  const { series } = await reader.totals()
  expect(series.get('main\t/\tSTALE')?.time.count).toBe(0)
  expect(series.get('main\t/\t-')?.upstream.sum).toBe(121)
  expect((await reader.misses()).map(({ requestTime }) => requestTime).sort()).toEqual([120, 34, 9].sort())
})

test('what is added is read once, and a line only when it is complete', async () => {
  appendFileSync(path, line())
  expect((await report()).requests).toBe(1)
  const [begin, end] = [line().slice(0, 30), line().slice(30)]
  appendFileSync(path, begin)
  expect((await report()).requests).toBe(1)
  appendFileSync(path, end + line())
  expect((await Promise.all([report(), report()])).map(({ requests }) => requests)).toEqual([3, 3])
})

test('a log that is rotated is followed, with what the old file got last', async () => {
  appendFileSync(path, line())
  expect((await report()).requests).toBe(1)
  renameSync(path, `${path}.1`)
  appendFileSync(`${path}.1`, line())
  expect((await report()).requests).toBe(2)
  appendFileSync(`${path}.1`, line())
  writeFileSync(path, line() + line())
  expect((await report()).requests).toBe(5)
  truncateSync(path)
  expect((await report()).requests).toBe(5)
  appendFileSync(path, line())
  expect((await report()).requests).toBe(6)
})

test('lines that are none of nginx are left out', async () => {
  appendFileSync(path, 'GET / HTTP/1.1\n{"ts":"x"}\n{broken\n[]\n{}\nnull\n\n')
  appendFileSync(path, `${'x'.repeat(600_000)}\n${line({ route: 'x\u0000\t'.repeat(200) })}`)
  const { requests, routes } = await report()
  expect(requests).toBe(1)
  expect(routes[0]?.route).toMatch(/^(x {2}){33}x$/)
})

test('a span, and steps of it', async () => {
  appendFileSync(path, line() + line())
  await clock.advance(10 * 60_000)
  appendFileSync(path, line())
  const now = clock.wall()
  expect(nginxReport(await reader.totals({ from: now - 60_000 })).requests).toBe(1)
  expect(nginxReport(await reader.totals({ from: now - 20 * 60_000 })).requests).toBe(3)
  const minutes = await reader.series({ step: 'minute', from: now - 11 * 60_000 })
  expect(minutes.map((minute) => nginxReport(minute).requests).filter((n) => n > 0)).toEqual([2, 1])
  const seconds = await reader.series({ step: 'second' })
  expect(seconds.reduce((sum, second) => sum + nginxReport(second).requests, 0)).toBe(1)
})

test('a log that is not there is an error', async () => {
  rmSync(path)
  await expect(reader.totals()).rejects.toThrow('ENOENT')
})
