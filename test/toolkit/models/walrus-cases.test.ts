import {
  autoIncrement,
  boolean,
  bytes,
  date,
  field,
  hashOf,
  integer,
  json,
  listOf,
  number,
  setOf,
  sortedSetOf,
  text,
  uuid,
} from 'onetrip/toolkit'
import { expect, test } from 'vitest'
import { describeEveryKit } from '../every-kit.ts'
import { keyCount } from '../key-count.ts'
import { modelError, names } from './model-kit.ts'

const day = (iso: string) => new Date(`${iso}T00:00:00Z`)

// The cases of walrus' own tests of its models, and the examples of its documentation.
describeEveryKit('Cases of walrus', (at) => {
  const people = () =>
    at.kit().model('person', {
      name: text().primaryKey().index(),
      dob: date().index(),
      seen: date().optional(),
    })
  const CATS = [
    ['Huey', '2011-05-13'],
    ['Zaizee', '2012-05-01'],
    ['Mickey', '2007-08-05'],
  ] as const
  const createCats = (Person: ReturnType<typeof people>) =>
    Person.createMany(CATS.map(([name, dob]) => ({ name, dob: day(dob) })))

  test('the example of the documentation: users by their date of birth', async () => {
    const Person = people()
    const charlie = await Person.create({ name: 'Charlie', dob: day('1983-01-01') })
    expect(charlie).toEqual({ name: 'Charlie', dob: day('1983-01-01'), seen: null })
    await createCats(Person)
    const young = Person.where(Person.dob.gte(day('2009-01-01'))).orderBy(Person.dob.desc())
    expect(names(await young.toArray())).toEqual(['Zaizee', 'Huey'])
    expect((await Person.load('Mickey')).dob).toEqual(day('2007-08-05'))
    expect((await Person.get(Person.name.eq('Zaizee'))).dob).toEqual(day('2012-05-01'))
  })

  test('create, all, and a query by a field', async () => {
    const Person = people()
    await createCats(Person)
    expect(names(await Person.all().toArray()).sort()).toEqual(['Huey', 'Mickey', 'Zaizee'])
    expect(names(await Person.where(Person.dob.eq(day('2012-05-01'))).toArray())).toEqual(['Zaizee'])
    expect(await Person.where(Person.dob.eq(day('2012-05-02'))).toArray()).toEqual([])
  })

  test('a JSON list is written, read and changed', async () => {
    const Note = at.kit().model('note', { id: autoIncrement().primaryKey(), data: field(json<unknown[]>()) })
    const note = await Note.create({ data: [1, 'two', { three: [3.5, null] }] })
    expect((await Note.load(note.id)).data).toEqual([1, 'two', { three: [3.5, null] }])
    note.data.push(4)
    await Note.save(note)
    expect((await Note.load(note.id)).data).toHaveLength(4)
  })

  test('load of what is not there, and get of nothing or of several, are errors with a reason', async () => {
    const Person = people()
    await createCats(Person)
    await expect(Person.load('nobody')).rejects.toEqual(modelError('not-found'))
    await expect(Person.get(Person.name.eq('nobody'))).rejects.toEqual(modelError('not-found'))
    await expect(Person.get(Person.dob.gt(day('2000-01-01')))).rejects.toEqual(modelError('several'))
    for (let n = 0; n < 2; n++) expect((await Person.get(Person.name.eq('Huey'))).name).toBe('Huey')
  })

  test('a record of a query is saved, and is not found by its old values', async () => {
    const Person = people()
    await createCats(Person)
    for await (const person of Person.where(Person.name.eq('Huey'))) {
      person.dob = day('2020-01-01')
      await Person.save(person)
    }
    expect(await Person.count(Person.dob.eq(day('2011-05-13')))).toBe(0)
    expect(names(await Person.where(Person.dob.eq(day('2020-01-01'))).toArray())).toEqual(['Huey'])
  })

  test('the order of text, both ways and with a filter', async () => {
    const Person = people()
    await createCats(Person)
    const all = Person.all()
    expect(names(await all.orderBy(Person.name.asc()).toArray())).toEqual(['Huey', 'Mickey', 'Zaizee'])
    expect(names(await all.orderBy(Person.name.desc()).toArray())).toEqual(['Zaizee', 'Mickey', 'Huey'])
    const some = Person.where(Person.dob.lt(day('2012-01-01'))).orderBy(Person.name.desc())
    expect(names(await some.toArray())).toEqual(['Mickey', 'Huey'])
  })

  test('boolean combinations, with !=', async () => {
    const Person = people()
    await createCats(Person)
    const { name, dob } = Person.fields
    const found = async (expression: Parameters<typeof Person.where>[0]) =>
      names(await Person.where(expression).toArray()).sort()
    expect(await found(name.eq('Huey').or(name.eq('Zaizee')))).toEqual(['Huey', 'Zaizee'])
    expect(await found(name.ne('Huey'))).toEqual(['Mickey', 'Zaizee'])
    expect(await found(name.ne('Huey').and(name.ne('Mickey')))).toEqual(['Zaizee'])
    expect(await found(name.eq('Huey').and(dob.eq(day('2012-05-01'))))).toEqual([])
    expect(await found(name.eq('Huey').or(dob.eq(day('2012-05-01')).and(name.ne('x'))))).toEqual([
      'Huey',
      'Zaizee',
    ])
  })

  test('numbers in all comparisons, and with text', async () => {
    const Stat = at.kit().model('stat', {
      id: autoIncrement().primaryKey(),
      key: text().index(),
      hits: integer().index(),
      rate: number().index(),
    })
    await Stat.createMany([1, 2, 3, 4].map((n) => ({ key: n > 2 ? 'k2' : 'k1', hits: n, rate: n / 4 })))
    const hits = async (expression: Parameters<typeof Stat.where>[0]) =>
      (await Stat.where(expression).toArray()).map((one) => one.hits)
    expect(await hits(Stat.hits.eq(2))).toEqual([2])
    expect(await hits(Stat.hits.ne(2))).toEqual([1, 3, 4])
    expect(await hits(Stat.hits.lt(2))).toEqual([1])
    expect(await hits(Stat.hits.lte(2))).toEqual([1, 2])
    expect(await hits(Stat.rate.gt(0.5))).toEqual([3, 4])
    expect(await hits(Stat.rate.gte(0.5))).toEqual([2, 3, 4])
    expect(await hits(Stat.rate.between(0.5, 0.75))).toEqual([2, 3])
    expect(await hits(Stat.fields.key.eq('k1').and(Stat.hits.gt(1)))).toEqual([2])
    expect(await hits(Stat.fields.key.eq('k2').or(Stat.hits.eq(1)))).toEqual([1, 3, 4])
  })

  test('full text: ranked, with a status, by AND, OR and parentheses, by stems and by sounds', async () => {
    const Article = at.kit().model('article', {
      id: integer().primaryKey(),
      content: text().search(),
      heard: text().search({ language: 'none', metaphone: true }),
      status: integer().index().default(1),
    })
    const add = (id: number, content: string, status = 1) =>
      Article.create({ id, content, heard: content, status })
    await add(1, 'faith has to do with things that are not seen and hope with things that are not at hand')
    await add(2, 'faith, faith and again faith')
    await add(3, 'python is a language for development', 2)
    await add(4, 'the developer of a thing', 2)
    const ids = async (query: ReturnType<typeof Article.search>) =>
      (await query.toArray()).map(({ id }) => id)
    const content = (words: string) => Article.where(Article.content.search(words))
    expect(await ids(content('faith'))).toEqual([2, 1])
    expect(await ids(content('thing'))).toEqual(expect.arrayContaining([1, 4]))
    expect(await ids(content('faith').where(Article.status.eq(2)))).toEqual([])
    expect(await ids(content('thing').where(Article.status.eq(2)))).toEqual([4])
    expect(await ids(content('faith AND (hope OR python)'))).toEqual([1])
    expect((await ids(content('hope | python'))).sort()).toEqual([1, 3])
    expect(await ids(Article.where(Article.content.search('python').and(Article.status.eq(2))))).toEqual([3])
    expect(await ids(content('pithon devellepment'))).toEqual([])
    expect(await ids(Article.where(Article.heard.search('pithon devellepment')))).toEqual([3])
    expect(await ids(content('developing python'))).toEqual([3])
  })

  test('deleting one leaves exactly the keys of the other, deleting both the sequence', async () => {
    const Person = people()
    const before = await keyCount(at)
    await Person.create({ name: 'Huey', dob: day('2011-05-13') })
    const one = await keyCount(at)
    await Person.create({ name: 'Zaizee', dob: day('2012-05-01') })
    expect(await Person.delete('Zaizee')).toBe(true)
    expect(await keyCount(at)).toBe(one)
    await Person.delete('Huey')
    expect(await keyCount(at)).toBe(before + 1)
  })

  test('names of models, fields and keys do not run into each other, whatever separates them', async () => {
    const kit = at.kit()
    const fields = { id: text().primaryKey(), a: text().index(), a_b: text().index(), $: text().index() }
    const models = ['x', 'x:r', 'x.r', 'x|'].map((name) => kit.model(name, fields))
    for (const [n, Model] of models.entries())
      for (const id of ['1', 'a:1', ':', 'r:1']) await Model.create({ id, a: id, a_b: `${n}`, $: '' })
    for (const [n, Model] of models.entries()) {
      expect(await Model.count()).toBe(4)
      expect(await Model.count(Model.a_b.eq(`${n}`))).toBe(4)
      expect((await Model.get(Model.a.eq('a:1'))).id).toBe('a:1')
    }
    await models[0]?.clear()
    expect(await models[1]?.count()).toBe(4)
  })

  test('incr changes a number and its index, and count counts', async () => {
    const Stat = at.kit().model('stat', { id: text().primaryKey(), hits: integer().index().default(0) })
    await Stat.createMany([{ id: 'a' }, { id: 'b', hits: 5 }])
    expect([await Stat.increment('a', 'hits'), await Stat.increment('a', 'hits', 3)]).toEqual([1, 4])
    expect(await Stat.increment('b', 'hits', -5)).toBe(0)
    expect([
      await Stat.count(),
      await Stat.count(Stat.hits.eq(4)),
      await Stat.count(Stat.hits.eq(5)),
    ]).toEqual([2, 1, 0])
  })

  test('query_delete, by an expression and of all', async () => {
    const Person = people()
    await createCats(Person)
    expect(await Person.deleteWhere(Person.name.eq('Huey').or(Person.dob.lt(day('2008-01-01'))))).toBe(2)
    expect(names(await Person.all().toArray())).toEqual(['Zaizee'])
    expect([await Person.clear(), await Person.count()]).toEqual([1, 0])
  })

  test('the data of containers survive saves, and go with the record', async () => {
    const User = at.kit().model('user', {
      name: text().primaryKey(),
      about: text().default(''),
      settings: hashOf(text()),
      log: listOf(text()),
      friends: setOf(text()),
      scores: sortedSetOf(text),
    })
    const huey = await User.create({ name: 'huey' })
    await huey.settings.setMany({ color: 'white', kind: 'cat' })
    await huey.log.push('woke up', 'ate')
    await huey.friends.add('zaizee', 'mickey')
    await huey.scores.addMany([
      ['sleep', 10],
      ['hunt', 3],
    ])
    huey.about = 'a cat'
    await User.save(huey)
    const loaded = await User.load('huey')
    expect(await loaded.settings.toMap()).toEqual(new Map(Object.entries({ color: 'white', kind: 'cat' })))
    expect(await loaded.log.toArray()).toEqual(['woke up', 'ate'])
    expect((await loaded.friends.values()).sort()).toEqual(['mickey', 'zaizee'])
    expect(await loaded.scores.entries()).toEqual([
      ['hunt', 3],
      ['sleep', 10],
    ])
    await User.delete(loaded)
    for (const one of [loaded.settings, loaded.log, loaded.friends, loaded.scores])
      expect(await one.exists()).toBe(false)
  })

  test('JSON, bytes, booleans, UUIDs and dates are stored, queried where they have an index, and may be null', async () => {
    const token = '123e4567-e89b-42d3-a456-426614174000'
    const Thing = at.kit().model('thing', {
      id: integer().primaryKey(),
      data: field(json<unknown>()).optional(),
      raw: field(bytes).optional(),
      flag: boolean().index().optional(),
      token: uuid().index().optional(),
      at: date().index().optional(),
    })
    const moment = new Date('2026-01-02T03:04:05.678Z')
    await Thing.createMany([
      { id: 1, data: { a: [1] }, raw: Buffer.from([0, 255]), flag: true, token, at: moment },
      { id: 2, flag: false },
      { id: 3 },
    ])
    expect(await Thing.load(1)).toEqual({
      id: 1,
      data: { a: [1] },
      raw: Buffer.from([0, 255]),
      flag: true,
      token,
      at: moment,
    })
    expect(await Thing.load(3)).toEqual({ id: 3, data: null, raw: null, flag: null, token: null, at: null })
    const ids = async (expression: Parameters<typeof Thing.where>[0]) =>
      (await Thing.where(expression).toArray()).map(({ id }) => id)
    expect(await ids(Thing.flag.eq(true))).toEqual([1])
    expect(await ids(Thing.flag.eq(false))).toEqual([2])
    expect(await ids(Thing.flag.isNull())).toEqual([3])
    expect(await ids(Thing.token.eq(token))).toEqual([1])
    expect(await ids(Thing.token.isNull())).toEqual([2, 3])
    expect(await ids(Thing.at.between(moment, new Date(moment.getTime() + 1)))).toEqual([1])
    expect(await ids(Thing.at.gt(moment))).toEqual([])
    expect(await ids(Thing.at.isNull().and(Thing.flag.isNull().not()))).toEqual([2])
  })

  test('a field without a value and without a default is an error that names it', async () => {
    const Person = people()
    await expect(Person.create({ name: 'Huey' } as never)).rejects.toThrow('person.dob must be a valid Date')
  })
})
