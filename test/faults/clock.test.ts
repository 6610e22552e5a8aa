import { afterEach, describe, expect, it } from 'vitest'
import { PATIENT } from '../helpers/patient.ts'
import { describeRedis, hasRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { rightPage } from './right-page.ts'
import { canShift, type ShiftedRedis, startShiftedRedis } from './shifted-redis.ts'
import { Site } from './site-process.ts'
import { cached, tryFault } from './trial.ts'

const OFF = 30_000

/** A ttl of two seconds holds for two seconds, and what was invalidated is not shown again. */
async function livesAsItShould(site: Site): Promise<void> {
  const n = 500
  const cost = async () => (await site.page(n)).cost
  await site.page(n)
  await cached(site)
  await expect.poll(cost).toMatch(/^hits=24 /)
  expect(await site.get(`/invalidate/page:${n}`)).toMatchObject({ status: 200 })
  expect(await cost()).toMatch(/^hits=0 stale=0 misses=24 /)
  await expect.poll(cost).toMatch(/^hits=24 /)
  // Their lives end, one after another, long before the distance between the clocks has passed.
  let missed = 0
  const missing = async () => {
    missed += Number(/misses=(\d+)/.exec(await cost())?.[1])
    return missed
  }
  await expect.poll(missing, { timeout: OFF / 2 }).toBeGreaterThanOrEqual(24)
  expect((await site.page(n)).body).toBe(rightPage(n, 'somebody'))
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
    site = await Site.start({ ...PATIENT, redis: { url: server.url }, ttl: '2s' })
    await site.get(`/clock/${offset}`)
    await livesAsItShould(site)
  })

  it('since it was set, either way, under load', async () => {
    server = await startRedis()
    site = await Site.start({ ...PATIENT, redis: { url: server.url } })
    await tryFault({
      fault: "the site's clock is set forward by 30 s, then back by 60 s",
      site,
      admin: server.admin,
      begin: async () => {
        await site.get(`/clock/${OFF}`)
        for (let n = 0; n < 20; n++) await site.page(n)
        await site.get(`/clock/${-OFF}`)
      },
      lasts: 100,
      end: () => site.get('/clock/0'),
      told: /hit/,
    })
  })
})

// Where there is no compiler the tests above have the same distance between the clocks, only not
// its steps.
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
      const before = Date.now()
      const [seconds, micros] = await shifted.server.admin.time()
      const shown = Number(seconds) * 1_000 + Number(micros) / 1_000 - offset
      expect(shown).toBeGreaterThan(before - 2)
      expect(shown).toBeLessThan(Date.now() + 2)
      site = await Site.start({ ...PATIENT, redis: { url: shifted.server.url }, ttl: '2s' })
      await livesAsItShould(site)
    })

    it.each([OFF, -OFF])('by a step of %i ms under load', async (offset) => {
      shifted = await startShiftedRedis(0)
      site = await Site.start({ ...PATIENT, redis: { url: shifted.server.url } })
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
