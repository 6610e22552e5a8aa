import { boolean, bytes, date, field, integer, json, text } from 'onetrip/toolkit'
import { expect, test } from 'vitest'
import { describeEveryKit } from '../every-kit.ts'
import { modelError, names } from './model-kit.ts'

describeEveryKit('Models that change', (at) => {
  test('records that lack a field have a default each, which may be changed', async () => {
    const kit = at.kit({ prefix: 'app:' })
    await kit.model('shop', { id: text().primaryKey() }).createMany([{ id: '1' }, { id: '2' }])
    const Shop = kit.model('shop', {
      id: text().primaryKey(),
      settings: field(json<{ theme: string }>()).default({ theme: 'light' }),
      opened: date().default(new Date(0)),
    })
    const [one, other] = await Shop.loadMany(['1', '2'])
    if (!one || !other) throw new Error('not loaded')
    one.settings.theme = 'dark'
    one.opened.setTime(1)
    expect(other).toEqual({ id: '2', settings: { theme: 'light' }, opened: new Date(0) })
    expect(await Shop.load('2')).toEqual(other)
    expect((await Shop.create({ id: '3' })).settings).toEqual({ theme: 'light' })
  })

  test('a value of the type that a field had before is an error, not another value', async () => {
    const kit = at.kit({ prefix: 'app:' })
    const id = text().primaryKey()
    await kit.model('shop', { id, value: text() }).create({ id: '1', value: 'Ann' })
    await kit.model('shop', { id, value: text() }).create({ id: '2', value: '' })
    for (const value of [integer(), date(), boolean(), field(json<number>())]) {
      const Shop = kit.model('shop', { id, value })
      for (const key of ['1', '2']) {
        await expect(Shop.load(key)).rejects.toEqual(modelError('undecodable'))
        await expect(Shop.load(key)).rejects.toThrow(
          /^shop '\d': value has a value of \d bytes that cannot be read as \w+: .* Was it written when/,
        )
      }
    }
  })

  test('reindex removes entries of values that a process without the index replaced', async () => {
    const kit = at.kit({ prefix: 'app:' })
    const Old = kit.model('film', { id: text().primaryKey(), name: text(), year: integer() })
    const Film = kit.model('film', {
      id: text().primaryKey(),
      name: text().unique().search(),
      year: integer().index(),
    })
    await Film.createMany([
      { id: '1', name: 'alien', year: 1979 },
      { id: '2', name: 'brazil', year: 1985 },
    ])
    await Old.update('1', { name: 'zodiac', year: 2007 })
    await Old.update('2', { name: 'alien' })

    expect(await Film.reindex()).toBe(2)
    expect(await Film.count(Film.name.eq('alien'))).toBe(1)
    expect(await Film.count(Film.name.eq('brazil'))).toBe(0)
    expect(names(await Film.all().orderBy(Film.name.asc()).toArray())).toEqual(['alien', 'zodiac'])
    expect(names(await Film.all().orderBy(Film.year.asc()).toArray())).toEqual(['alien', 'zodiac'])
    expect(names(await Film.search('alien').toArray())).toEqual(['alien'])
  })

  test('reindex forgets records that Redis evicted', async () => {
    const Film = at.kit({ prefix: 'app:' }).model('film', {
      id: text().primaryKey(),
      name: text().index().search(),
      year: integer().index().optional(),
    })
    const some = Array.from({ length: 700 }, (_, n) => ({ id: `${n}`, name: `film ${n % 2}`, year: n }))
    await Film.createMany(some)
    await at.redis.call('DEL', [`${Film.key}:r:1`])
    await at.redis.call('DEL', [`${Film.key}:r:2`])
    expect(await Film.reindex()).toBe(698)
    expect(await Film.count()).toBe(698)
    expect(await Film.count(Film.name.eq('film 0'))).toBe(349)
    expect(await Film.count(Film.year.gte(0))).toBe(698)
    expect(Number(await at.redis.call('HEXISTS', [`${Film.key}:t:name:entries`, '1']))).toBe(0)
    expect(await Film.clear()).toBe(698)
    expect(await Film.reindex()).toBe(0)
  })

  test('in() takes many values, and tells bytes apart that are no UTF-8', async () => {
    const Blob = at.kit({ prefix: 'app:' }).model('blob', {
      id: integer().primaryKey(),
      raw: field(bytes).index(),
    })
    const two = [Buffer.from([0xff]), Buffer.from([0xfe])]
    await Blob.createMany(two.map((raw, id) => ({ id, raw })))
    expect(await Blob.count(Blob.raw.in(two))).toBe(2)
    expect(await Blob.count(Blob.id.in(Array.from({ length: 5_000 }, (_, id) => id)))).toBe(2)
    expect(() => Blob.id.in(Array.from({ length: 5_001 }, (_, id) => id))).toThrow(/at most 5000/)
    expect(() => Blob.raw.in('ab' as never)).toThrow(/takes an array/)
  })
})
