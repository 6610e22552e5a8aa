import { afterAll, beforeAll, expect, it } from 'vitest'
import { PATIENT } from '../helpers/patient.ts'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { CARDS } from './right-page.ts'
import { Site } from './site-process.ts'
import { Spoiler } from './spoiler.ts'
import { HEAD, NO_EARLY_REFRESH, StoredCards } from './stored-cards.ts'
import { tryFault } from './trial.ts'
import { repeatable } from './wire-faults.ts'

/** Where the length of an entry's header stands in it (src/core/entry/entry.ts). */
const HEADER_LENGTH = HEAD + 38

describeRedis('one wrong bit in a stored entry', () => {
  let server: RedisServer
  let plain: Site
  let signing: Site
  beforeAll(async () => {
    server = await startRedis()
    const redis = { url: server.url }
    plain = await Site.start({ ...PATIENT, ...NO_EARLY_REFRESH, redis, prefix: 'plain' })
    signing = await Site.start({
      ...PATIENT,
      ...NO_EARLY_REFRESH,
      redis,
      prefix: 'signed',
      secret: 'sixteen characters or more',
    })
  })
  afterAll(async () => {
    expect([await plain.close(), await signing.close()]).toEqual([0, 0])
    await server.stop()
  })
  const flip = async (cards: StoredCards, card: number, bit: number) => {
    await cards.write(card, flipped(await cards.read(card), bit))
  }

  it('in the header, at any place: a miss', async () => {
    const cards = await StoredCards.of(plain, server.admin)
    const length = (await cards.read(0)).readUInt32BE(HEADER_LENGTH)
    expect(length).toBeGreaterThan(100)
    const bits = Array.from({ length: length * 8 }, (_, bit) => HEAD * 8 + bit)
    for (let at = 0; at < bits.length; at += CARDS) {
      const some = bits.slice(at, at + CARDS)
      for (const [card, bit] of some.entries()) await flip(cards, card, bit)
      const { events } = await cards.heal(some.length)
      expect(events['miss: damaged']).toBe(some.length)
    }
  })

  // No checksum is over it, since the store makes it: it says when the entry was written, and what
  // it is.
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
    const { events } = await cards.heal(CARDS)
    expect(events['miss: damaged']).toBe(CARDS)
  })

  it.each([
    { fault: 'a bit of a header wrong', site: () => plain, from: HEAD, to: 100 },
    { fault: 'a bit of any byte after the head wrong (signed)', site: () => signing, from: HEAD, to: 1 / 0 },
  ])('$fault, again and again under load', async ({ fault, site, from, to }) => {
    const places = repeatable(1)
    const spoiler = new Spoiler(server.admin, (values) =>
      values.map((value) => {
        const place = from + Math.floor(places() * (Math.min(value.length, to) - from))
        return flipped(value, place * 8 + Math.floor(places() * 8))
      }),
    )
    await tryFault({
      fault,
      site: site(),
      admin: server.admin,
      begin: () => spoiler.begin(),
      end: () => spoiler.end(),
      told: /miss: damaged/,
    })
  })
})

function flipped(value: Buffer, bit: number): Buffer {
  const wrong = Buffer.from(value)
  wrong[bit >> 3] = (wrong[bit >> 3] as number) ^ (1 << (bit & 7))
  return wrong
}
