import { once } from 'node:events'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { PATIENT } from '../helpers/patient.ts'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { newPage } from './load.ts'
import { CARDS, rightPage } from './right-page.ts'
import { Site } from './site-process.ts'
import { tryFault } from './trial.ts'

/** Two processes on one Redis: one is killed, the other goes on. */
describeRedis('a process that is killed (SIGKILL)', () => {
  let server: RedisServer
  let other: Site
  beforeEach(async () => {
    server = await startRedis()
    other = await Site.start({ ...PATIENT, redis: { url: server.url } })
  })
  afterEach(async () => {
    expect(await other.close()).toBe(0)
    await server.stop()
  })
  const kill = async (site: Site) => {
    site.process.kill('SIGKILL')
    if (site.process.signalCode === null) await once(site.process, 'exit')
  }

  it('between its fetch and its write-back: nothing is stored, and the other stores it', async () => {
    const site = await Site.start({ ...PATIENT, redis: { url: server.url }, holdWrites: true })
    const n = newPage()
    const writing = once(site.process, 'message')
    expect((await site.page(n)).body).toBe(rightPage(n, 'somebody'))
    await writing
    await kill(site)
    const first = await other.page(n)
    expect(first).toMatchObject({ status: 200, body: rightPage(n, 'somebody') })
    expect(first.cost).toMatch(new RegExp(`^hits=0 stale=0 misses=${CARDS} `))
    await expect.poll(async () => (await other.page(n)).cost).toMatch(/^hits=24 /)
  })

  it('anywhere on its way, again and again, while the other is under load', async () => {
    await tryFault({
      fault: 'another process is killed (SIGKILL), three times',
      site: other,
      admin: server.admin,
      begin: async () => {
        for (let round = 0; round < 3; round++) {
          const site = await Site.start({ ...PATIENT, redis: { url: server.url } })
          // New pages, and those that the other shows: it may die with any command half sent.
          const pages = Array.from({ length: 30 }, (_, n) => (n % 2 ? n : newPage()))
          let answered = 0
          const asked = Promise.allSettled(pages.map((n) => site.page(n).finally(() => answered++)))
          await vi.waitUntil(() => answered > round * 10, { timeout: 300_000, interval: 1 })
          await kill(site)
          await asked
        }
      },
      lasts: 0,
      end: () => {},
      told: /hit/,
    })
  })
})
