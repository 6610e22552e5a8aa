import { readMetrics, type Snapshot } from 'onetrip/metrics'
import { afterEach, expect, it } from 'vitest'
import { json } from '../cli/run-cli.ts'
import { describeRedis, startRedis } from '../helpers/redis-server.ts'
import { sumOf } from './agreement/expected-site.ts'
import {
  overviewOf,
  shown,
  shownByLivePage,
  shownByMetrics,
  shownByStats,
} from './agreement/shown-numbers.ts'
import { SiteProcess } from './agreement/site-process.ts'

/** Keeps what was acknowledged, also where the server is killed. */
const DURABLE = ['--appendonly', 'yes', '--appendfsync', 'always']

describeRedis('numbers of a scripted load', () => {
  const open: { close(): Promise<unknown> }[] = []
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close()
  })

  it('are the same in each process, on `/metrics`, in Redis, by `onetrip stats`, on the live page, and in the script: 10,000 requests, 3 processes', async () => {
    const server = await startRedis(DURABLE)
    open.push({ close: () => server.stop() })
    const sites = await Promise.all([
      SiteProcess.start('fastify', server.url, 1),
      SiteProcess.start('fastify', server.url, 2),
      SiteProcess.start('express', server.url, 3),
    ])
    for (const site of sites) open.push({ close: () => site.kill() })
    const [one, other, killed] = sites as [SiteProcess, SiteProcess, SiteProcess]
    const reader = readMetrics(server.url)
    open.push(reader)
    const expected = () => sumOf(sites.map(({ expected: { numbers } }) => numbers))
    const pushed = () => reader.totals().then(({ pages }) => pages)

    await Promise.all(sites.map((site) => site.visit(2_000)))
    await expect.poll(pushed).toBe(6_000)
    const lastOfKilled = await killed.numbers()
    const scrapeOfKilled = await killed.text('/metrics')
    await killed.kill()

    const visits = Promise.all([one.visit(1_000), other.visit(1_000)])
    await server.restart()
    await visits
    await Promise.all([one.visit(1_000), other.visit(1_000)])
    await expect.poll(() => pushed().catch(() => 0)).toBe(10_000)

    const local = [await one.numbers(), await other.numbers(), lastOfKilled]
    for (const [at, site] of sites.entries())
      expect(shown(local[at] as Snapshot)).toEqual(site.expected.numbers)
    const scrapes = [await one.text('/metrics'), await other.text('/metrics'), scrapeOfKilled]
    expect(scrapes.map(shownByMetrics)).toEqual(sites.map((site) => site.expected.numbers))
    expect(sumOf(scrapes.map(shownByMetrics))).toEqual(expected())
    expect(expected().pages).toBe(10_000)
    const total = await reader.totals()
    expect(shown(total)).toEqual(expected())
    expect(shownByStats(await json(['stats', '--since', '24h', '--store', server.url]))).toEqual(expected())
    const { deletes: _, ...onLivePage } = expected()
    const { hits, misses } = onLivePage
    for (const site of [one, other]) {
      expect(await shownByLivePage(site)).toEqual(onLivePage)
      expect(await overviewOf(site)).toEqual({
        hits: sum(Object.values(hits)),
        misses: sum(Object.values(misses).flatMap((reasons) => Object.values(reasons))),
        reasons: sumOfReasons(Object.values(misses)),
        processes: [4_000, 4_000, 2_000],
      })
    }
    for (const step of ['minute', 'hour', 'day'] as const) {
      const series = await reader.series({ step })
      expect(series.reduce((sum, { pages }) => sum + pages, 0)).toBe(10_000)
    }
    expect(total.routes.get('/film/:id')?.pages).toBe(10_000)
    expect((await reader.processes()).map(({ pages }) => pages)).toEqual([4_000, 4_000, 2_000])
    // The load had all of it.
    for (const reason of ['absent', 'expired', 'invalidated', 'bypassed'])
      expect(expected().misses.film?.[reason]).toBeGreaterThan(20)
  })
})

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function sumOfReasons(all: readonly Record<string, number>[]): Record<string, number> {
  const total: Record<string, number> = {}
  for (const reasons of all)
    for (const [reason, count] of Object.entries(reasons)) total[reason] = (total[reason] ?? 0) + count
  return total
}
