import {
  autoIncrement,
  boolean,
  bytes,
  date,
  type Expression,
  field,
  type InferModel,
  integer,
  json,
  number,
  setOf,
  text,
  toolkit,
  uuid,
} from 'onetrip/toolkit'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { modelError } from './model-kit.ts'

// Nothing is sent: the connection opens lazily.
const kit = toolkit({ lazyConnect: true })
const User = kit.model('user', {
  id: uuid().primaryKey(),
  name: text().index(),
  age: integer().index().optional(),
  score: number().default(0),
  active: boolean().index(),
  born: date().index(),
  avatar: bytes,
  settings: field(json<{ theme: string }>()).default({ theme: 'light' }),
  tags: setOf(text()),
  bio: text(),
})
type User = InferModel<typeof User>

describe('Types of a model', () => {
  test('a record has the types of its fields', () => {
    expectTypeOf<User['id']>().toEqualTypeOf<string>()
    expectTypeOf<User['age']>().toEqualTypeOf<number | null>()
    expectTypeOf<User['score']>().toEqualTypeOf<number>()
    expectTypeOf<User['active']>().toEqualTypeOf<boolean>()
    expectTypeOf<User['born']>().toEqualTypeOf<Date>()
    expectTypeOf<User['avatar']>().toEqualTypeOf<Buffer>()
    expectTypeOf<User['settings']>().toEqualTypeOf<{ theme: string }>()
    expectTypeOf<ReturnType<User['tags']['has']>>().toEqualTypeOf<Promise<boolean>>()
    expectTypeOf(User.load).parameter(0).toEqualTypeOf<string>()
    expectTypeOf(User.load).returns.resolves.toEqualTypeOf<User>()
  })

  test('a new record needs the fields that have no default', () => {
    type New = Parameters<typeof User.create>[0]
    expectTypeOf<{
      name: string
      active: boolean
      born: Date
      avatar: Uint8Array
      bio: string
    }>().toExtend<New>()
    expectTypeOf<{ name: string }>().not.toExtend<New>()
    expectTypeOf<New['tags']>().toEqualTypeOf<Iterable<string> | undefined>()
    const wrong = () => {
      // @ts-expect-error a wrong type
      User.create({ name: 1, active: true, born: new Date(), avatar: Buffer.alloc(0), bio: '' })
      // @ts-expect-error the primary key cannot change
      User.update('x', { id: 'y' })
      // @ts-expect-error not a number
      User.increment('x', 'name')
      const user = {} as User
      // @ts-expect-error the primary key cannot change
      user.id = 'y'
    }
    expect(wrong).toBeTypeOf('function')
  })

  test('only fields with an index make expressions', () => {
    expectTypeOf(User.age.between(18, 30).and(User.name.eq('Ann'))).toEqualTypeOf<Expression>()
    const wrong = () => {
      // @ts-expect-error no index
      User.bio.eq('x')
      // @ts-expect-error no index
      User.score.gt(1)
      // @ts-expect-error a container
      User.tags.eq('x')
      // @ts-expect-error no order
      User.active.gt(true)
      // @ts-expect-error a wrong type
      User.age.gt('18')
      // @ts-expect-error null is not compared
      User.age.gt(null)
      // @ts-expect-error no index
      User.all().orderBy(User.score.asc())
      // @ts-expect-error not text
      User.age.startsWith('1')
    }
    expect(wrong).toThrow()
  })
})

describe('Definitions of models', () => {
  const define = (fields: unknown, name: unknown = 'x') =>
    kit.model(name as string, fields as { id: typeof key })
  const key = text().primaryKey()

  test('text is a codec and a field', () => {
    expect(text.encode('a')).toBe('a')
    expect(text.decode(Buffer.from('ä'))).toBe('ä')
    expect(text()).not.toBe(text())
  })

  test('wrong fields are refused', () => {
    expect(() => define(undefined)).toThrow(/takes an object of fields/)
    expect(() => define({})).toThrow(/takes an object of fields/)
    expect(() => define({ id: key }, '')).toThrow(/name must be a string/)
    expect(() => define({ id: key }, 'a{b}')).toThrow(/braces/)
    expect(() => define({ id: text() })).toThrow(/one primary key/)
    expect(() => define({ id: key, no: key })).toThrow(/it has 2/)
    expect(() => define({ id: key, 'a b': text() })).toThrow(/letters, digits/)
    expect(() => define({ id: key, ['__proto__']: text() })).toThrow(/must not be named __proto__/)
    expect(() => define({ id: key, a: 'text' })).toThrow(/x.a must be a field such as text\(\)/)
    expect(() => define({ id: key, n: autoIncrement() })).toThrow(/autoIncrement\(\).primaryKey\(\)/)
    expect(() => define({ id: key.optional() })).toThrow(/neither optional/)
    expect(() => boolean().primaryKey()).toThrow(/must be text, integer/)
    expect(() => setOf(text()).index()).toThrow(/setOf\) has no index/)
    expect(() => integer().default(0.5)).toThrow(/must be a whole number/)
    expect(() => setOf('x' as never)).toThrow(/setOf/)
    expect(() => field({} as never)).toThrow(/encode and decode/)
  })

  test('a field that is named like a method is in fields only', () => {
    const Odd = kit.model('odd', { id: key, count: integer().index(), name: text().index() })
    expect(Odd.count).toBeTypeOf('function')
    expect(Odd.fields.count.gt(1)).toBeDefined()
    expect(Odd.name.fieldName).toBe('name')
  })

  test('wrong values are refused before anything is sent, with the field', async () => {
    const born = new Date()
    const good = { name: 'A', active: true, born, avatar: Buffer.alloc(1), bio: '' }
    const refused = async (changes: object, message: RegExp | string) => {
      const created = User.create({ ...good, ...changes })
      await expect(created).rejects.toThrow(message)
      await expect(User.create({ ...good, ...changes })).rejects.toEqual(modelError('invalid'))
    }
    await refused({ name: undefined }, 'user.name must be a string')
    await refused({ name: null }, /user.name must be a string.*not optional/)
    await refused({ name: '\ud800' }, 'surrogates')
    await refused({ name: 'x'.repeat(5_000) }, 'at most 4096 bytes; got 5000')
    await refused({ age: Number.NaN }, 'user.age must be a whole number')
    await refused({ age: 2 ** 53 }, 'user.age must be a whole number')
    await refused({ score: Number.POSITIVE_INFINITY }, 'user.score must be a number (not NaN or Infinity)')
    await refused({ active: 1 }, 'user.active must be true or false')
    await refused({ born: new Date(Number.NaN) }, 'user.born must be a valid Date')
    await refused({ born: '2026-01-01' }, 'user.born must be a valid Date')
    await refused({ avatar: 'x' }, 'user.avatar')
    await refused({ settings: () => 1 }, 'user.settings')
    await refused({ id: 'no uuid' }, 'user.id must be a UUID')
    await refused({ nam: 'x' }, 'has no field "nam": did you mean "name"?')
    await expect(User.create(null as never)).rejects.toThrow(/takes an object of fields/)
    await expect(User.createMany(1 as never)).rejects.toThrow(/takes an array/)
    await expect(User.createMany(Array.from({ length: 5_001 }, () => good))).rejects.toThrow(/at most 5000/)
    await expect(User.load(1 as never)).rejects.toEqual(modelError('invalid'))
    await expect(User.save({ ...good } as never)).rejects.toThrow(/not a copy of it/)
    await expect(User.update(7 as never, {})).rejects.toThrow(/user.id must be a UUID/)
    await expect(User.reindex(null as never)).rejects.toThrow('reindex takes an object of options; got null')
    await expect(User.expire('123e4567-e89b-42d3-a456-426614174000', 'soon')).rejects.toThrow(/duration/)
  })
})
