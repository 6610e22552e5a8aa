import { autoIncrement, hashOf, integer, text, uuid } from 'onetrip/toolkit'
import { beforeEach, expect, test } from 'vitest'
import { describeEveryKit } from '../every-kit.ts'
import { modelError, names, type UserModel, userModel } from './model-kit.ts'

const key = text().primaryKey()

describeEveryKit('Records', (at) => {
  let User: UserModel
  beforeEach(() => {
    User = userModel(at.kit({ prefix: 'app:' }))
  })

  /** All keys of the model, without its name. */
  async function keys(model: { key: string } = User): Promise<string[]> {
    const nodes = at.redis as unknown as {
      nodes?: (role: string) => { keys(p: string): Promise<string[]> }[]
    }
    const clients = nodes.nodes?.('master') ?? [at.redis as unknown as { keys(p: string): Promise<string[]> }]
    const all = (await Promise.all(clients.map((client) => client.keys('*')))).flat()
    return all.map((key) => key.slice(key.indexOf(model.key) + model.key.length)).sort()
  }

  test('a record is created, loaded, and has its defaults', async () => {
    const born = new Date('1990-05-01T10:00:00.123Z')
    const ann = await User.create({ id: 'ann', name: 'Ann', age: 31, born, settings: { theme: 'dark' } })
    const loaded = await User.load('ann')
    expect(loaded).toEqual({
      id: 'ann',
      name: 'Ann',
      age: 31,
      email: null,
      score: 0,
      active: true,
      born,
      token: null,
      settings: { theme: 'dark' },
      bio: '',
    })
    expect(ann).toEqual(loaded)
  })

  test('text keys and values may have blanks, colons, braces, NULs, quotes and any letters', async () => {
    const odd = [
      'a b',
      'a:b',
      '{a}',
      '}{',
      '"',
      "'",
      'Žydrūnas',
      '\0',
      'a\0',
      'a\0\0b',
      'a\0\u0001b',
      '日本',
      '-',
    ]
    for (const id of odd) await User.create({ id, name: id })
    for (const id of odd) {
      expect((await User.load(id)).name).toBe(id)
      expect(names(await User.where(User.name.eq(id)).toArray())).toEqual([id])
      expect((await User.where(User.id.eq(id)).first())?.id).toBe(id)
    }
    const sorted = [...odd].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    expect(names(await User.all().orderBy(User.name.asc()).toArray())).toEqual(sorted)
    expect(names(await User.all().orderBy(User.name.desc()).toArray())).toEqual(sorted.reverse())
    expect(names(await User.all().toArray())).toEqual(odd)
  })

  test('null is a value, is kept, and is found', async () => {
    await User.create({ id: 'a', name: 'A', age: null, settings: null })
    await User.create({ id: 'b', name: 'B', age: 0 })
    expect((await User.load('a')).age).toBeNull()
    expect(names(await User.where(User.age.isNull()).toArray())).toEqual(['A'])
    expect(names(await User.where(User.age.eq(null)).toArray())).toEqual(['A'])
    expect(names(await User.where(User.age.ne(null)).toArray())).toEqual(['B'])
    expect(names(await User.where(User.age.in([null, 0])).toArray())).toEqual(['A', 'B'])
    expect(names(await User.where(User.age.lt(1)).toArray())).toEqual(['B'])
    expect(names(await User.where(User.token.isNull().and(User.born.isNull())).toArray())).toEqual(['A', 'B'])
    const a = await User.load('a')
    a.age = 5
    await User.save(a)
    expect(await User.where(User.age.isNull()).count()).toBe(0)
    await User.update('a', { age: null })
    expect(await User.where(User.age.isNull()).count()).toBe(1)
  })

  test('a record that is saved after a query is not found by its old values', async () => {
    await User.create({ id: 'a', name: 'Old', age: 1, email: 'old@example.com' })
    for (const user of await User.where(User.name.eq('Old')).toArray()) {
      user.name = 'New'
      user.age = 2
      user.email = 'new@example.com'
      await User.save(user)
      user.age = 3
      await User.save(user)
    }
    expect(await User.where(User.name.eq('Old')).toArray()).toEqual([])
    expect(await User.where(User.age.lte(2)).count()).toBe(0)
    expect(names(await User.where(User.age.eq(3).and(User.name.eq('New'))).toArray())).toEqual(['New'])
    await User.create({ id: 'b', name: 'B', email: 'old@example.com' })
  })

  test('deleting one leaves exactly the keys of the other, deleting both leaves the sequence', async () => {
    await User.create({ id: 'b', name: 'B', age: 2 })
    const before = await keys()
    await User.create({ id: 'a', name: 'A', age: 1, email: 'a@example.com', born: new Date(0) })
    expect(await keys()).toContain(':r:a')
    expect(await User.delete('a')).toBe(true)
    expect(await User.delete('a')).toBe(false)
    expect(await keys()).toEqual(before)
    expect(await User.delete(await User.load('b'))).toBe(true)
    expect(await keys()).toEqual([''])
    await expect(User.load('a')).rejects.toEqual(modelError('not-found'))
  })

  test('get returns the only record, find the first, load what exists', async () => {
    await User.createMany(['a', 'b', 'c'].map((id, n) => ({ id, name: id, age: n })))
    expect((await User.get(User.age.eq(1))).id).toBe('b')
    expect((await User.get(User.age.eq(1))).id).toBe('b')
    await expect(User.get(User.age.eq(7))).rejects.toEqual(modelError('not-found'))
    await expect(User.get(User.age.gt(0))).rejects.toEqual(modelError('several'))
    expect((await User.find(User.age.gt(0)))?.id).toBe('b')
    expect(await User.find(User.age.gt(7))).toBeUndefined()
    expect((await User.loadMany(['c', 'x', 'a'])).map((one) => one?.id)).toEqual(['c', undefined, 'a'])
    expect(await User.has('a')).toBe(true)
    expect(await User.has('x')).toBe(false)
    expect(await User.loadMany([])).toEqual([])
    expect(await User.createMany([])).toEqual([])
  })

  test('an old copy does not win silently', async () => {
    await User.create({ id: 'a', name: 'A', age: 1 })
    const [one, other] = [await User.load('a'), await User.load('a')]
    one.age = 2
    await User.save(one)
    other.name = 'Other'
    await expect(User.save(other)).rejects.toThrow(/changed since it was loaded: load it again/)
    await expect(User.save(other)).rejects.toEqual(modelError('conflict'))
    await expect(User.update(other, { name: 'Other' })).rejects.toEqual(modelError('conflict'))
    expect((await User.update(one, { name: 'One' })).age).toBe(2)
    expect((await User.update('a', { name: 'Two' })).name).toBe('Two')
  })

  test('a copy of a deleted record that was created again conflicts', async () => {
    const old = await User.create({ id: 'a', name: 'A' })
    await User.delete('a')
    await expect(User.save(old)).rejects.toEqual(modelError('not-found'))
    await User.create({ id: 'a', name: 'B' })
    await expect(User.save(old)).rejects.toEqual(modelError('conflict'))
  })

  test('the primary key cannot change, and is not taken twice', async () => {
    const a = await User.create({ id: 'a', name: 'A' })
    Object.assign(a, { id: 'b' })
    await expect(User.save(a)).rejects.toEqual(modelError('primary-key'))
    await expect(User.update('a', { id: 'b' } as never)).rejects.toEqual(modelError('primary-key'))
    await expect(User.create({ id: 'a', name: 'B' })).rejects.toEqual(modelError('duplicate'))
    expect(await User.count()).toBe(1)
  })

  test('a unique value is taken once, in batches too, and all or none are written', async () => {
    await User.create({ id: 'a', name: 'A', email: 'x' })
    await expect(User.create({ id: 'b', name: 'B', email: 'x' })).rejects.toThrow(
      /user.email must be unique: 'a'/,
    )
    await expect(
      User.createMany([
        { id: 'c', name: 'C', email: 'y' },
        { id: 'd', name: 'D', email: 'y' },
      ]),
    ).rejects.toEqual(modelError('duplicate'))
    expect(await User.count()).toBe(1)
    const [c, d] = await User.createMany([
      { id: 'c', name: 'C', email: 'y' },
      { id: 'd', name: 'D' },
    ])
    if (!c || !d) throw new Error('two records')
    d.email = 'x'
    c.name = 'changed'
    await expect(User.saveMany([c, d])).rejects.toEqual(modelError('duplicate'))
    expect((await User.load('c')).name).toBe('C')
    await User.update('a', { email: null })
    await User.saveMany([c, d])
    expect((await User.loadMany(['c', 'd'])).map((one) => one?.email)).toEqual(['y', 'x'])
  })

  test('increment changes the index, and makes older copies old', async () => {
    const a = await User.create({ id: 'a', name: 'A', age: 1 })
    expect(await User.increment('a', 'age')).toBe(2)
    expect(await User.increment(a, 'age', -5)).toBe(-3)
    expect(await User.increment('a', 'score', 0.25)).toBe(0.25)
    expect(await User.where(User.age.eq(1)).count()).toBe(0)
    expect(await User.where(User.age.eq(-3).and(User.score.between(0.2, 0.3))).count()).toBe(1)
    await expect(User.save(a)).rejects.toEqual(modelError('conflict'))
    await expect(User.increment('x', 'age')).rejects.toEqual(modelError('not-found'))
    await expect(User.increment('a', 'age', 0.5)).rejects.toEqual(modelError('invalid'))
    await expect(User.increment('a', 'name' as never)).rejects.toEqual(modelError('invalid'))
    await expect(User.increment('a', 'age', Number.MAX_SAFE_INTEGER)).resolves.toBe(
      Number.MAX_SAFE_INTEGER - 3,
    )
    await expect(User.increment('a', 'age', 10)).rejects.toEqual(modelError('invalid'))
    await User.update('a', { age: null })
    expect(await User.increment('a', 'age', 4)).toBe(4)
    expect(await User.where(User.age.isNull()).count()).toBe(0)
  })

  test('keys that are counted, and UUIDs, are made', async () => {
    const kit = at.kit()
    const Post = kit.model('post', { id: autoIncrement().primaryKey().index(), title: text() })
    const last = Number.MAX_SAFE_INTEGER
    await expect(Post.create({ id: last, title: 'last' })).rejects.toEqual(modelError('invalid'))
    expect(await Post.count()).toBe(0)
    const posts = await Post.createMany([{ title: 'a' }, { title: 'b' }])
    expect(posts.map(({ id }) => id)).toEqual([1, 2])
    await Post.create({ id: 10, title: 'c' })
    expect((await Post.create({ title: 'd' })).id).toBe(11)
    await Post.create({ id: 5, title: 'e' })
    expect((await Post.where(Post.id.gt(2)).orderBy(Post.id.desc()).toArray()).map(({ id }) => id)).toEqual([
      11, 10, 5,
    ])
    await Post.clear()
    expect((await Post.create({ title: 'f' })).id).toBe(12)
    await expect(Post.create({ id: 0, title: '' })).rejects.toEqual(modelError('invalid'))
    const Page = kit.model('page', { id: uuid().primaryKey(), url: text() })
    const page = await Page.create({ url: '/' })
    expect(await Page.load(page.id.toUpperCase())).toEqual(page)
  })

  test.each([
    ['text', text().primaryKey(), ['', '\ud800'], [7, null, undefined]],
    ['integer', integer().primaryKey(), [0.5, Number.NaN, 2 ** 53], ['1', '', null]],
    ['autoIncrement', autoIncrement().primaryKey(), [0, -1, 0.5, Number.NaN], ['1', null]],
    ['uuid', uuid().primaryKey(), ['nope', '', '123'], [7, null]],
  ])(
    'what no key of type %s can be is absent; a value of another type is a mistake',
    async (_, id, none, wrong) => {
      const Page = at.kit().model('page', { id: id as typeof key, views: integer() })
      for (const one of none as never[]) {
        await expect(Page.load(one)).rejects.toEqual(modelError('not-found'))
        await expect(Page.update(one, { views: 1 })).rejects.toEqual(modelError('not-found'))
        await expect(Page.increment(one, 'views')).rejects.toEqual(modelError('not-found'))
        expect(await Page.loadMany([one, one])).toEqual([undefined, undefined])
        expect(await Page.has(one)).toBe(false)
        expect(await Page.delete(one)).toBe(false)
        expect(await Page.expire(one, '1h')).toBe(false)
        expect(await Page.persist(one)).toBe(false)
      }
      for (const one of wrong as never[]) {
        for (const call of [
          Page.load(one),
          Page.has(one),
          Page.update(one, {}),
          Page.delete(one),
          Page.expire(one, '1h'),
        ])
          await expect(call).rejects.toEqual(modelError('invalid'))
      }
      for (const one of [...none, ...wrong.slice(0, 1)] as never[])
        await expect(Page.create({ id: one, views: 1 })).rejects.toEqual(modelError('invalid'))
    },
  )

  test('records of one call may exchange unique values, and only of one call', async () => {
    const Seat = at.kit().model('seat', {
      id: autoIncrement().primaryKey(),
      number: integer().unique(),
      guest: text().unique().optional(),
    })
    const [one, two, three] = await Seat.createMany(
      ['ann', 'bob', 'cid'].map((guest, n) => ({ number: n + 1, guest })),
    )
    if (!one || !two || !three) throw new Error('three records')
    Object.assign(one, { number: 2, guest: 'bob' })
    await expect(Seat.save(one)).rejects.toEqual(modelError('duplicate'))
    Object.assign(two, { number: 3, guest: 'ann' })
    Object.assign(three, { number: 1 })
    await Seat.saveMany([one, two, three])
    const found = await Seat.all().orderBy(Seat.number.asc()).toArray()
    expect(found.map(({ id, guest }) => [id, guest])).toEqual([
      [3, 'cid'],
      [1, 'bob'],
      [2, 'ann'],
    ])
    expect((await Seat.get(Seat.guest.eq('ann'))).id).toBe(2)
    // One that gives its value up leaves it to another one of the call.
    Object.assign(two, { guest: null })
    Object.assign(one, { guest: 'ann' })
    await Seat.saveMany([one, two])
    // One that keeps it does not.
    Object.assign(two, { guest: 'cid', number: 30 })
    Object.assign(three, { number: 40 })
    await expect(Seat.saveMany([two, three])).rejects.toEqual(modelError('duplicate'))
    expect((await Seat.loadMany([1, 2, 3])).map((seat) => [seat?.number, seat?.guest])).toEqual([
      [2, 'ann'],
      [3, null],
      [1, 'cid'],
    ])
  })

  test('a field that is null counts as 0 for increment, and one that is absent as its default', async () => {
    const Page = at.kit().model('page', { id: key, views: integer().optional().default(10).index() })
    await Page.createMany([{ id: 'a', views: null }, { id: 'b' }, { id: 'c' }])
    await at.redis.call('HDEL', [`${Page.key}:r:c`, 'views'])
    for (const [id, views] of [
      ['a', 2],
      ['b', 12],
      ['c', 12],
    ] as const)
      expect(await Page.increment(id, 'views', 2)).toBe(views)
    expect(await Page.count(Page.views.eq(2))).toBe(1)
  })

  test('a field may be named like a property of all objects', async () => {
    const Odd = at
      .kit()
      .model('odd', { id: key, constructor: text().optional(), valueOf: integer().default(3) })
    const odd = await Odd.create({ id: 'a' } as never)
    expect([odd.constructor, odd.valueOf]).toEqual([null, 3])
    expect(await Odd.update('a', {} as never)).toEqual(odd)
    const hash = at.kit().hash<number>('odd')
    await hash.setMany(JSON.parse('{"__proto__": 1, "constructor": 2}'))
    expect((await hash.entries()).sort()).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
    ])
    expect((await hash.toMap()).get('__proto__')).toBe(1)
  })

  test('the data of a container survive saves, and go with the record', async () => {
    const Shop = at
      .kit()
      .model('shop', { id: integer().primaryKey(), name: text().index(), stock: hashOf(integer()) })
    const shop = await Shop.create({ id: 1, name: 'One', stock: { apple: 3 } })
    await shop.stock.set('pear', 2)
    shop.name = 'Two'
    await Shop.save(shop)
    const loaded = await Shop.load(1)
    expect(await loaded.stock.toMap()).toEqual(
      new Map([
        ['apple', 3],
        ['pear', 2],
      ]),
    )
    expect(JSON.stringify(loaded)).toBe('{"id":1,"name":"Two"}')
    await expect(Shop.update(1, { stock: {} } as never)).rejects.toThrow(/is a container/)
    await Shop.delete(1)
    expect(await keys(Shop)).toEqual([''])
  })

  test('deleteWhere and clear delete what they say, any number', async () => {
    await User.createMany(Array.from({ length: 1_500 }, (_, n) => ({ id: `${n}`, name: `${n % 2}`, age: n })))
    expect(await User.deleteWhere(User.name.eq('1').and(User.age.lt(1_000)))).toBe(500)
    expect(await User.count()).toBe(1_000)
    expect(await User.deleteWhere(User.age.gte(400))).toBe(800)
    expect(await User.clear()).toBe(200)
    expect(await User.clear()).toBe(0)
    expect(await keys()).toEqual([''])
  })
})
