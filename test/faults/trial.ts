import type { Redis } from 'ioredis'
import { expect, vi } from 'vitest'
import { Load, newPage, type Phase, POPULAR } from './load.ts'
import { note, percentile } from './results.ts'
import { rightPage } from './right-page.ts'
import type { Site } from './site-process.ts'

/** How many pages are served before and after a fault at least. */
const LEAST = 50
/**
 * How long anything may take that is waited for: a bound for what never comes, on a busy machine,
 * too.
 */
const EVENTUALLY = { timeout: 300_000, interval: 20 }

export interface Trial {
  readonly fault: string
  readonly site: Site
  /** To look at the server: how many clients it has. */
  readonly admin: Redis
  readonly begin: () => unknown
  readonly end: () => unknown
  /** How many pages are served while it is there, at least. */
  readonly lasts?: number
  /** The message of an event that must be seen before the fault ends. */
  readonly told: RegExp
}

/**
 * Puts the site under load, does the fault to it, ends the fault, and looks whether all was and is
 * as it must be.
 */
export async function tryFault(trial: Trial): Promise<void> {
  const { fault, site, admin, begin, end, lasts = 200, told } = trial
  await admin.flushall()
  for (let n = 0; n < POPULAR; n++) await site.page(n)
  await cached(site)
  await site.get('/forget')
  const before = { ...(await site.stats()), clients: await clientsOf(admin) }

  const load = new Load(site.url)
  const phases: Phase[] = []
  let hitsAgain: number
  try {
    await load.served(LEAST)
    phases.push(load.next())
    await begin()
    await load.served(lasts)
    await expect.poll(() => saidBy(site), { ...EVENTUALLY, interval: 100 }).toMatch(told)
    await end()
    phases.push(load.next())
    hitsAgain = await cached(site)
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
  // What was there before is there again: sockets, timers, connections to Redis.
  await expect.poll(async () => (await site.stats()).handles, EVENTUALLY).toEqual(before.handles)
  await expect.poll(() => clientsOf(admin), EVENTUALLY).toBe(before.clients)
  const after = await site.stats()
  expect(after.unhandled).toBe(0)
  expect(after.heap - before.heap).toBeLessThan(16 * 1024 * 1024)
}

/** All that the site's events have said. */
async function saidBy(site: Site): Promise<string> {
  const { events, messages } = await site.stats()
  return Object.keys({ ...events, ...messages }).join('\n')
}

/**
 * Waits until a page that nobody has seen is stored and read again, and pages seen before are hits.
 * @returns how long that took, in milliseconds
 */
export async function cached(site: Site): Promise<number> {
  const begun = performance.now()
  const n = newPage()
  for (const page of [n, 1]) {
    const cost = async () => {
      const answer = await site.page(page)
      expect(answer).toMatchObject({ status: 200, body: rightPage(page, 'somebody') })
      return answer.cost
    }
    await vi.waitUntil(async () => (await cost()).startsWith('hits=24 '), EVENTUALLY)
  }
  return Math.round(performance.now() - begun)
}

/** Connections to the server. */
export async function clientsOf(admin: Redis): Promise<number> {
  return String(await admin.client('LIST'))
    .trim()
    .split('\n').length
}
