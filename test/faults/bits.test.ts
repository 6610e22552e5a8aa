import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { note } from './results.ts'
import { CARDS } from './right-page.ts'
import { Site } from './site-process.ts'
import { HEAD, StoredCards } from './stored-cards.ts'

/** Where the length of an entry's header stands in it (src/fragment/entry.ts). */
const HEADER_LENGTH = HEAD + 38

describeRedis('one wrong bit in a stored entry', () => {
  let server: RedisServer
  let plain: Site
  let signing: Site
  beforeAll(async () => {
    server = await startRedis()
    const redis = { url: server.url }
    plain = await Site.start({ redis, prefix: 'plain' })
    signing = await Site.start({ redis, prefix: 'signed', secret: 'sixteen characters or more' })
  })
  afterAll(async () => {
    expect([await plain.close(), await signing.close()]).toEqual([0, 0])
    await server.stop()
  })
  const flip = async (cards: StoredCards, card: number, bit: number) => {
    const value = Buffer.from(await cards.read(card))
    value[bit >> 3] = (value[bit >> 3] as number) ^ (1 << (bit & 7))
    await cards.write(card, value)
  }

  it('in the header, at any place: a miss', async () => {
    const cards = await StoredCards.of(plain, server.admin)
    const length = (await cards.read(0)).readUInt32BE(HEADER_LENGTH)
    expect(length).toBeGreaterThan(100)
    let slowest = 0
    const bits = Array.from({ length: length * 8 }, (_, bit) => HEAD * 8 + bit)
    for (let at = 0; at < bits.length; at += CARDS) {
      const some = bits.slice(at, at + CARDS)
      for (const [card, bit] of some.entries()) await flip(cards, card, bit)
      const begun = performance.now()
      const { events } = await cards.heal(undefined, some.length)
      slowest = Math.max(slowest, performance.now() - begun)
      expect(events['miss: damaged']).toBe(some.length)
    }
    note({
      fault: `each of the ${bits.length} bits of a header wrong`,
      served: cards.visits,
      wrong: 0,
      failed: 0,
      p50: null,
      p99: null,
      hitsAgain: Math.round(slowest),
    })
  })

  // No checksum is over it, since the store makes it: it says when the entry was written, and what it is.
  it('in the head: the right bytes, whether it is a hit or a miss', async () => {
    const cards = await StoredCards.of(plain, server.admin)
    for (let at = 0; at < HEAD * 8; at += CARDS) {
      for (let card = 0; card < CARDS && at + card < HEAD * 8; card++) await flip(cards, card, at + card)
      await cards.visit()
      await server.admin.del(cards.keys)
      await cards.hits()
    }
  })

  it('in the body or the signature, where entries are signed: a miss', async () => {
    const cards = await StoredCards.of(signing, server.admin)
    for (let card = 0; card < CARDS; card++) {
      const { length } = await cards.read(card)
      await flip(cards, card, (length - 1 - 47 * card) * 8 + (card % 8))
    }
    const { events } = await cards.heal('a bit of a body or a signature wrong (signed)', CARDS)
    expect(events['miss: damaged']).toBe(CARDS)
  })
})
