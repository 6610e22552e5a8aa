import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { describeRedis, hasRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { rightPage } from './right-page.ts'
import { canShift, type ShiftedRedis, startShiftedRedis } from './shifted-redis.ts'
import { Site } from './site-process.ts'
import { cached, tryFault } from './trial.ts'

const OFF = 30_000

/** A ttl of two seconds holds for two seconds, and what was invalidated is not shown again. */
async function livesAsItShould(site: Site): Promise<void> {
  const n = 500
  await site.page(n)
  await cached(site, 3_000)
  expect((await site.page(n)).cost).toMatch(/^hits=24 /)
  expect(await site.get(`/invalidate/page:${n}`)).toMatchObject({ status: 200 })
  expect((await site.page(n)).cost).toMatch(/^hits=0 stale=0 misses=24 /)
  await expect.poll(async () => (await site.page(n)).cost, { timeout: 1_000 }).toMatch(/^hits=24 /)
  await sleep(2_100)
  expect(await site.page(n)).toMatchObject({
    body: rightPage(n, 'somebody'),
    cost: expect.stringMatching(/^hits=0 stale=0 misses=24 /),
  })
}

describeRedis("a site whose own clock is not the server's", () => {
  let server: RedisServer
  let site: Site
  afterEach(async () => {
    expect(await site.close()).toBe(0)
    await server.stop()
  })

  it.each([OFF, -OFF])('by %i ms', async (offset) => {
    server = await startRedis()
    site = await Site.start({ redis: { url: server.url }, ttl: '2s' })
    await site.get(`/clock/${offset}`)
    await livesAsItShould(site)
  })

  it('since it was set, either way, under load', async () => {
    server = await startRedis()
    site = await Site.start({ redis: { url: server.url } })
    await tryFault({
      fault: "the site's clock is set forward by 30 s, then back by 60 s",
      site,
      admin: server.admin,
      begin: async () => {
        await site.get(`/clock/${OFF}`)
        await sleep(400)
        await site.get(`/clock/${-OFF}`)
      },
      lasts: 400,
      end: () => site.get('/clock/0'),
      told: /hit/,
    })
  })
})

// Where there is no compiler the tests above have the same distance between the clocks, only not its steps.
if (hasRedis && canShift) {
  describe('a Redis whose clock is off', () => {
    let shifted: ShiftedRedis
    let site: Site
    afterEach(async () => {
      expect(await site.close()).toBe(0)
      await shifted.stop()
    })

    it.each([OFF, -OFF])('by %i ms all the time', async (offset) => {
      shifted = await startShiftedRedis(offset)
      const [seconds] = await shifted.server.admin.time()
      expect(Number(seconds) * 1000 - Date.now()).toBeCloseTo(offset, -4)
      site = await Site.start({ redis: { url: shifted.server.url }, ttl: '2s' })
      await livesAsItShould(site)
    })

    it.each([OFF, -OFF])('by a step of %i ms under load', async (offset) => {
      shifted = await startShiftedRedis(0)
      site = await Site.start({ redis: { url: shifted.server.url } })
      await tryFault({
        fault: `the clock of Redis steps ${offset > 0 ? 'forward' : 'back'} by 30 s`,
        site,
        admin: shifted.server.admin,
        begin: () => shifted.shift(offset),
        end: () => {},
        told: /hit/,
      })
    })
  })
}
