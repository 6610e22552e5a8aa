import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { CARDS } from './right-page.ts'
import { Site } from './site-process.ts'
import { StoredCards } from './stored-cards.ts'

/** What lies under the keys of a page's fragments is not what was stored there. */
describeRedis('what is read from Redis', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  describe.each([
    ['as it is', {}],
    ['signed', { secret: 'sixteen characters or more' }],
  ])('%s', (how, options) => {
    let site: Site
    beforeAll(async () => {
      site = await Site.start({ redis: { url: server.url }, prefix: how, ...options })
    })
    afterAll(async () => {
      expect(await site.close()).toBe(0)
    })

    /** All of a page's entries are spoilt. */
    async function damages(fault: string, spoil: (value: Buffer, card: number) => Buffer): Promise<void> {
      const cards = await StoredCards.of(site, server.admin)
      const values = await Promise.all(cards.keys.map((_, card) => cards.read(card)))
      for (const [card, value] of values.entries()) await cards.write(card, spoil(value, card))
      const { events } = await cards.heal(`${fault} (${how})`, CARDS)
      expect(events['miss: damaged']).toBe(CARDS)
    }

    it('is cut short, anywhere', () =>
      damages('entries cut short', (value, card) =>
        value.subarray(0, Math.floor((value.length * card) / CARDS)),
      ))

    it('is longer', () =>
      damages('entries with more bytes', (value) => Buffer.concat([value, Buffer.from('more')])))

    it('is foreign', () =>
      damages('foreign values', () => Buffer.from('<b>somebody else keeps this here</b>')))

    it("is another key's valid entry", async () => {
      const cards = await StoredCards.of(site, server.admin)
      let last = await cards.read(CARDS - 1)
      for (let card = 0; card < CARDS; card++) {
        const own = await cards.read(card)
        await cards.write(card, last)
        last = own
      }
      const { events } = await cards.heal(`another key's valid entry (${how})`, CARDS)
      expect(events['miss: damaged']).toBe(CARDS)
    })

    it('is another type: not overwritten, said, and cached once it is gone', async () => {
      const cards = await StoredCards.of(site, server.admin)
      const [list, hash] = cards.keys as [string, string]
      await server.admin.del(list, hash)
      await server.admin.lpush(list, 'theirs')
      await server.admin.hset(hash, 'theirs', '1')
      await site.get('/forget')
      for (let visit = 0; visit < 3; visit++)
        expect(await cards.visit()).toContain('hits=22 stale=0 misses=2 ')
      const said = async () => Object.keys((await site.stats()).messages).join('\n')
      await expect.poll(said).toMatch(/WRONGTYPE .*choose another prefix/)
      expect(await server.admin.lrange(list, 0, -1)).toEqual(['theirs'])
      await server.admin.del(list, hash)
      await cards.heal(`a key of another type (${how})`, 2)
    })
  })
})
