import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { Reel } from './reel-process.ts'

const REVIEW = { author: 'Ann', stars: '5', text: 'Seen twice, loved twice.' }
const GERMAN = 'reel_language=de'

describeRedis('reviews of the example app', () => {
  let redis: RedisServer
  let reel: Reel | undefined
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterEach(async () => {
    await reel?.stop()
    await redis.admin.flushall()
  })
  afterAll(() => redis.stop())

  test.each(['fastify.js', 'express.js'])('are limited, and what was written stays (%s)', async (script) => {
    reel = await Reel.start(script, { REDIS_URL: redis.url })
    const path = '/film/20/reviews'
    const first = await reel.post(path, REVIEW)
    expect(first.status).toBe(303)
    expect(first.headers.get('ratelimit-policy')).toBe('"reviews";q=10;w=600')
    for (let n = 0; n < 9; n++) expect((await reel.post(path, REVIEW)).status).toBe(303)

    const refused = await reel.post(path, { ...REVIEW, text: 'An eleventh one' })
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    const page = await refused.text()
    expect(page).toContain('You have written a lot of reviews just now.')
    expect(page).toContain('An eleventh one')
    const german = await (await reel.post(path, REVIEW, GERMAN)).text()
    expect(german).toContain('Du hast gerade viele Kritiken geschrieben.')
    expect((await reel.get('/film/20')).html).not.toContain('An eleventh one')
    expect((await reel.post('/film/999999/reviews', REVIEW)).status).toBe(404)
  })
})
