import { fragmentLabel, readMetrics, type Snapshot } from 'onetrip/metrics'
import { afterEach, expect, it } from 'vitest'
import { json } from '../cli/run-cli.ts'
import { describeRedis, startRedis } from '../helpers/redis-server.ts'
import { type ExpectedNumbers, sumOf } from './agreement/expected-site.ts'
import { SiteProcess } from './agreement/site-process.ts'

/** Keeps what was acknowledged, also where the server is killed. */
const DURABLE = ['--appendonly', 'yes', '--appendfsync', 'always']

describeRedis('numbers of a scripted load', () => {
  const open: { close(): Promise<unknown> }[] = []
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close()
  })

  it('are the same in each process, in Redis, by `onetrip stats`, and in the script: 10,000 requests, 3 processes', async () => {
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
    await killed.kill()

    const visits = Promise.all([one.visit(1_000), other.visit(1_000)])
    await server.restart()
    await visits
    await Promise.all([one.visit(1_000), other.visit(1_000)])
    await expect.poll(() => pushed().catch(() => 0)).toBe(10_000)

    const local = [await one.numbers(), await other.numbers(), lastOfKilled]
    for (const [at, site] of sites.entries())
      expect(shown(local[at] as Snapshot)).toEqual(site.expected.numbers)
    expect(expected().pages).toBe(10_000)
    const total = await reader.totals()
    expect(shown(total)).toEqual(expected())
    expect(shownByStats(await json(['stats', '--since', '24h', '--store', server.url]))).toEqual(expected())
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

/** Returns the numbers of a snapshot that the script knows. */
function shown({ pages, fragments, tags, deletes }: Snapshot): ExpectedNumbers {
  const hits: Record<string, number> = {}
  const misses: Record<string, Record<string, number>> = {}
  for (const name of ['film', 'side', 'greeting']) {
    const numbers = fragments.get(fragmentLabel(name, 'film.njk'))
    if (numbers && numbers.hits > 0) hits[name] = numbers.hits
    if (numbers) misses[name] = numbers.misses
  }
  const invalidations = Object.fromEntries([...tags].map(([tag, numbers]) => [tag, numbers.invalidations]))
  return { pages, hits, misses, invalidations, deletes }
}

/** The part of what `onetrip stats --json` prints that the script knows. */
interface Stats {
  readonly pages: number
  readonly fragments: readonly { name: string; hits: number; misses: Record<string, number> }[]
  readonly tags: Readonly<Record<string, { invalidations: number }>>
  readonly deletes: number
}

function shownByStats({ pages, fragments, tags, deletes }: Stats): ExpectedNumbers {
  const shownHits = fragments.filter(({ hits }) => hits > 0).map(({ name, hits }) => [name, hits])
  return {
    pages,
    hits: Object.fromEntries(shownHits),
    misses: Object.fromEntries(fragments.map(({ name, misses }) => [name, misses])),
    invalidations: Object.fromEntries(
      Object.entries(tags).map(([tag, { invalidations }]) => [tag, invalidations]),
    ),
    deletes,
  }
}
