import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { expect } from 'vitest'
import { Load, newPage, type Phase, POPULAR } from './load.ts'
import { note, percentile } from './results.ts'
import { rightPage } from './right-page.ts'
import type { Site, Stats } from './site-process.ts'

/** How many pages are served before, during and after a fault at least. */
const LEAST = 50

export interface Trial {
  readonly fault: string
  readonly site: Site
  /** To look at the server: how many clients it has. */
  readonly admin: Redis
  readonly begin: () => unknown
  readonly end: () => unknown
  /** Milliseconds from begin to end. */
  readonly lasts?: number
  /** What an event has to have said while it was there. */
  readonly told: RegExp
  /** Milliseconds after its end in which pages must be hits again. */
  readonly within?: number
}

/** Puts the site under load, does the fault to it, ends the fault, and looks whether all was and is as it must be. */
export async function tryFault(trial: Trial): Promise<void> {
  const { fault, site, admin, begin, end, lasts = 800, told, within = 6_000 } = trial
  await admin.flushall()
  for (let n = 0; n < POPULAR; n++) await site.page(n)
  await cached(site, 6_000)
  await site.get('/forget')
  const before = { ...(await site.stats()), clients: await clientsOf(admin) }

  const load = new Load(site.url)
  const phases: Phase[] = []
  let said: Stats
  let hitsAgain: number
  try {
    await Promise.all([sleep(300), load.served(LEAST)])
    phases.push(load.next())
    await begin()
    await Promise.all([sleep(lasts), load.served(LEAST)])
    await end()
    phases.push(load.next())
    said = await site.stats()
    hitsAgain = await cached(site, within)
    await load.served(LEAST)
  } finally {
    phases.push(await load.stop())
  }

  const during = phases[1] as Phase
  const wrong = phases.reduce((sum, phase) => sum + phase.wrong, 0)
  const failed = phases.reduce((sum, phase) => sum + phase.failed, 0)
  const [p50, p99] = [percentile(during.latencies, 0.5), percentile(during.latencies, 0.99)]
  note({ fault, served: during.served, wrong, failed, p50, p99, hitsAgain })
  expect({ wrong, failed, problem: load.firstProblem }).toEqual({ wrong: 0, failed: 0, problem: undefined })
  expect(Object.keys({ ...said.events, ...said.messages }).join('\n')).toMatch(told)
  // What was there before is there again: sockets, timers, connections to Redis.
  await expect.poll(async () => (await site.stats()).handles, { timeout: 3_000 }).toEqual(before.handles)
  await expect.poll(() => clientsOf(admin), { timeout: 3_000 }).toBe(before.clients)
  const after = await site.stats()
  expect(after.unhandled).toBe(0)
  expect(after.heap - before.heap).toBeLessThan(16 * 1024 * 1024)
}

/**
 * Waits until a page that nobody has seen is stored and read again, and pages seen before are hits.
 * @returns how long that took, in milliseconds
 */
export async function cached(site: Site, within: number): Promise<number> {
  const begun = performance.now()
  const n = newPage()
  for (const page of [n, 1]) {
    let last = ''
    for (;;) {
      const { status, body, cost } = await site.page(page)
      expect(status).toBe(200)
      expect(body).toBe(rightPage(page, 'somebody'))
      last = cost
      if (cost.startsWith('hits=24 ')) break
      if (performance.now() - begun > within) throw new Error(`Not cached within ${within} ms: ${last}`)
      await sleep(20)
    }
  }
  return Math.round(performance.now() - begun)
}

/** Connections to the server. */
export async function clientsOf(admin: Redis): Promise<number> {
  return String(await admin.client('LIST'))
    .trim()
    .split('\n').length
}
