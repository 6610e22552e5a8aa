import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Reel } from './reel-process.ts'

const REVIEW = { author: 'Anna', stars: '5', text: 'A review that a worker has checked.' }

describe.each(['fastify.js', 'express.js'])('Reel on %s with a Redis of its own', (script) => {
  let reel: Reel
  beforeAll(async () => {
    reel = await Reel.start(script, { STORE: '' })
  })
  afterAll(async () => {
    expect(await reel.stop()).toBe(0)
  })

  it('says where it is', async () => {
    // The last line that it says; it may come in several pieces.
    await expect.poll(() => reel.output).toContain('STORE=memory for no Redis at all')
    expect(reel.output).toContain('Fragments are kept in redisStore')
    expect(reel.output).toContain('Search, views and tasks are in Redis.')
    expect(reel.output).toMatch(
      /small one in this process, at redis:\/\/127\.0\.0\.1:\d+: its keys end with it/,
    )
  })

  it('pages are hits in one round trip', async () => {
    const { html, cost } = await reel.warm('/')
    expect(cost).toMatch(/^hits=1\d stale=0 misses=0 trips=1$/)
    expect(html).toContain('<span>redisStore</span>')
  })

  it('searches by the index of the toolkit, with typing mistakes', async () => {
    const suggested = async () => {
      const response = await fetch(`${reel.origin}/search/suggestions?q=spielbrg`, {
        headers: reel.anotherVisitor(),
      })
      return JSON.stringify(await response.json())
    }
    await expect.poll(suggested).toContain('Steven Spielberg')
  })

  it('a worker checks reviews', async () => {
    await reel.post('/film/40/reviews', REVIEW)
    await expect.poll(async () => (await reel.get('/film/40')).html).toContain(REVIEW.text)
  })

  it('other processes reach its Redis', async () => {
    const [url = ''] = /redis:\/\/127\.0\.0\.1:\d+/.exec(reel.output) ?? []
    const redis = new Redis(url)
    expect(await redis.dbsize()).toBeGreaterThan(10)
    redis.disconnect()
  })
})
