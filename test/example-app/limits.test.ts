import { toolkit } from 'onetrip/toolkit'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { Reel } from './reel-process.ts'

const REVIEW = { author: 'Ann', stars: '5', text: 'Seen twice, loved twice.' }
const GERMAN = 'reel_language=de'
const SCRIPTS = ['fastify.js', 'express.js']

// A request is served, and not counted, where Redis takes longer than 500 ms to answer: so all of
// these wait for what is meant.
describeRedis('limits of the example app', () => {
  let redis: RedisServer
  let reel: Reel
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterEach(async () => {
    await reel.stop()
    await redis.admin.flushall()
  })
  afterAll(() => redis.stop())

  /** Takes nearly all searches of an address: one comes back each 100 ms. */
  async function takeSearches(address: string): Promise<void> {
    const kit = toolkit(redis.url, { prefix: 'reel:' })
    const rules = { limit: 600, per: '1m', algorithm: 'token-bucket', burst: 300 } as const
    await kit.rateLimit('search', rules).take(address, { cost: 290 })
    await kit.close()
  }

  test.each(SCRIPTS)('reviews are limited, and what was written stays (%s)', async (script) => {
    reel = await Reel.start(script, { REDIS_URL: redis.url })
    const path = '/film/20/reviews'
    const policies: (string | null)[] = []
    let refused: Response | undefined
    const post = async () => {
      const answer = await reel.post(path, { ...REVIEW, text: 'An eleventh one' })
      policies.push(answer.headers.get('ratelimit-policy'))
      if (answer.status === 429) refused = answer
      else expect(answer.status).toBe(303)
      return answer.status
    }
    for (let n = 0; n < 10; n++) expect(await post()).toBe(303)
    await expect.poll(post).toBe(429)
    expect(policies.filter((policy) => policy === '"reviews";q=10;w=600').length).toBeGreaterThan(10)
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0)
    const page = await refused?.text()
    expect(page).toContain('You have written a lot of reviews just now.')
    expect(page).toContain('An eleventh one')
    const german = async () => (await reel.post(path, REVIEW, GERMAN)).text()
    await expect.poll(german).toContain('Du hast gerade viele Kritiken geschrieben.')
    expect((await reel.post('/film/999999/reviews', REVIEW)).status).toBe(404)
  })

  test.each(SCRIPTS)('searches are limited, and suggestions with them (%s)', async (script) => {
    reel = await Reel.start(script, { REDIS_URL: redis.url, TRUST_PROXY: '' })
    expect((await reel.get('/search?q=jaws')).status).toBe(200)
    await takeSearches('127.0.0.1')
    /** Asks until it is refused: more often than searches come back. */
    const refused = async (path: string) => {
      const answers = Array.from({ length: 30 }, () => reel.get(path))
      return (await Promise.all(answers)).find(({ status }) => status === 429)?.html
    }
    await expect.poll(() => refused('/search?q=jaws')).toContain('You have searched a lot just now.')
    await expect.poll(() => refused('/search/suggestions?q=j')).toContain('You have searched a lot')
  })

  test.each(SCRIPTS)(
    'the address is that of a visitor behind proxies that are named only (%s)',
    async (script) => {
      /** Returns what remains for an address after most of it was taken by `used`, if any. */
      const remaining = async (forwarded: string, used?: string) => {
        if (used) await takeSearches(used)
        const response = await fetch(`${reel.origin}/search`, { headers: { 'x-forwarded-for': forwarded } })
        return Number(/r=(\d+)/.exec(response.headers.get('ratelimit') ?? '')?.[1])
      }
      reel = await Reel.start(script, { REDIS_URL: redis.url, TRUST_PROXY: 'loopback, 192.0.2.0/24' })
      await expect.poll(() => remaining('198.51.100.1', '198.51.100.1')).toBeLessThan(290)
      await expect.poll(() => remaining('198.51.100.2')).toBeGreaterThan(290)
      // What a visitor wrote stands before what the proxies did.
      await expect
        .poll(() => remaining('198.51.100.9, 198.51.100.1, 192.0.2.7', '198.51.100.1'))
        .toBeLessThan(290)
      await reel.stop()

      reel = await Reel.start(script, { REDIS_URL: redis.url, TRUST_PROXY: '' })
      await expect.poll(() => remaining('198.51.100.9', '127.0.0.1')).toBeLessThan(290)
    },
  )
})
