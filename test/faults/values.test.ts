import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PATIENT } from '../helpers/patient.ts'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { CARDS } from './right-page.ts'
import { Site } from './site-process.ts'
import { popularKeys, Spoiler } from './spoiler.ts'
import { NO_EARLY_REFRESH, StoredCards } from './stored-cards.ts'
import { tryFault } from './trial.ts'

type Spoil = (values: readonly Buffer[]) => readonly Buffer[]

const FAULTS: readonly (readonly [fault: string, spoil: Spoil])[] = [
  [
    'entries cut short',
    (values) => values.map((value, n) => value.subarray(0, Math.floor((value.length * n) / values.length))),
  ],
  ['entries with more bytes', (values) => values.map((value) => Buffer.concat([value, Buffer.from('more')]))],
  ['foreign values', (values) => values.map(() => Buffer.from('<b>somebody else keeps this here</b>'))],
  ["another key's valid entry", ([first, ...others]) => (first ? [...others, first] : [])],
]

/** Other bytes lie under the keys of a page's fragments than were stored there. */
describeRedis('values read from Redis', () => {
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
      site = await Site.start({
        ...PATIENT,
        ...NO_EARLY_REFRESH,
        redis: { url: server.url },
        prefix: how,
        ...options,
      })
    })
    afterAll(async () => {
      expect(await site.close()).toBe(0)
    })

    it.each(FAULTS)('%s: each is a miss, and stored again', async (_, spoil) => {
      const cards = await StoredCards.of(site, server.admin)
      const values = await Promise.all(cards.keys.map((_, card) => cards.read(card)))
      for (const [card, value] of spoil(values).entries()) await cards.write(card, value)
      const { events } = await cards.heal(CARDS)
      expect(events['miss: damaged']).toBe(CARDS)
    })

    it.each(FAULTS)('%s, again and again under load', async (fault, spoil) => {
      const spoiler = new Spoiler(server.admin, spoil)
      await tryFault({
        fault: `${fault} (${how})`,
        site,
        admin: server.admin,
        begin: () => spoiler.begin(),
        end: () => spoiler.end(),
        told: /miss: damaged/,
      })
    })

    it('keys of another type: not overwritten, reported, and cached once they are removed', async () => {
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
      await cards.heal(2)
    })

    it('keys of another type, under load', async () => {
      let keys: string[] = []
      await tryFault({
        fault: `keys of another type (${how})`,
        site,
        admin: server.admin,
        begin: async () => {
          keys = (await popularKeys(server.admin)).filter((_, n) => n % 3 === 0)
          const replaced = server.admin.multi()
          for (const key of keys) replaced.del(key).lpush(key, 'theirs')
          await replaced.exec()
        },
        end: async () => {
          expect(await Promise.all(keys.map((key) => server.admin.type(key)))).toEqual(keys.map(() => 'list'))
          await server.admin.del(keys)
        },
        told: /WRONGTYPE .*choose another prefix/,
      })
    })
  })
})
