import type { Expression } from 'onetrip/toolkit'
import { beforeEach, expect, test } from 'vitest'
import { describeEveryKit } from '../every-kit.ts'
import { modelError, names, type UserModel, userModel } from './model-kit.ts'

describeEveryKit('Queries', (at) => {
  let User: UserModel
  beforeEach(() => {
    User = userModel(at.kit({ prefix: 'app:' }))
  })

  test('thousands of conditions are joined one by one', async () => {
    await User.createMany([1, 2, 3].map((age) => ({ id: `${age}`, name: 'ann', age })))
    let some = User.age.eq(0)
    let all = User.age.gte(0)
    for (let n = 3; n < 3_000; n++) {
      some = some.or(User.age.eq(n))
      all = all.and(User.age.ne(n))
    }
    expect(await User.count(some)).toBe(1)
    expect(await User.count(all)).toBe(2)
  })

  test('numbers are compared in all ways, and combined with text', async () => {
    await User.createMany(
      [1, 2, 3, 4, 5].map((age) => ({ id: `${age}`, name: age % 2 ? 'odd' : 'even', age })),
    )
    const ages = async (expression: Expression) =>
      (await User.where(expression).toArray()).map(({ age }) => age)
    expect(await ages(User.age.eq(3))).toEqual([3])
    expect(await ages(User.age.ne(3))).toEqual([1, 2, 4, 5])
    expect(await ages(User.age.lt(3))).toEqual([1, 2])
    expect(await ages(User.age.lte(3))).toEqual([1, 2, 3])
    expect(await ages(User.age.gt(3))).toEqual([4, 5])
    expect(await ages(User.age.gte(3))).toEqual([3, 4, 5])
    expect(await ages(User.age.between(2, 4))).toEqual([2, 3, 4])
    expect(await ages(User.age.between(4, 2))).toEqual([])
    expect(await ages(User.age.in([5, 1, 5, 9]))).toEqual([1, 5])
    expect(await ages(User.age.in([]))).toEqual([])
    expect(await ages(User.age.gt(1).and(User.name.eq('odd')))).toEqual([3, 5])
    expect(await ages(User.age.lt(2).or(User.name.eq('even')))).toEqual([1, 2, 4])
    expect(await ages(User.name.ne('odd').and(User.age.gt(2).not()))).toEqual([2])
    expect(await ages(User.id.in(['4', '2', 'x']))).toEqual([2, 4])
    expect(await ages(User.id.ne('4').and(User.age.gte(4)))).toEqual([5])
  })

  test('text is compared by its bytes, and by its begin', async () => {
    await User.createMany(
      ['ant', 'Ant', 'antler', 'bee', 'än', '', 'anz'].map((name) => ({ id: `i${name}`, name })),
    )
    const found = async (expression: Expression) =>
      names(await User.where(expression).orderBy(User.name.asc()).toArray())
    expect(await found(User.name.startsWith('ant'))).toEqual(['ant', 'antler'])
    expect(await found(User.name.startsWith(''))).toEqual(['', 'Ant', 'ant', 'antler', 'anz', 'bee', 'än'])
    expect(await found(User.name.lt('ant'))).toEqual(['', 'Ant'])
    expect(await found(User.name.lte('ant'))).toEqual(['', 'Ant', 'ant'])
    expect(await found(User.name.gt('anz'))).toEqual(['bee', 'än'])
    expect(await found(User.name.between('ant', 'anz'))).toEqual(['ant', 'antler', 'anz'])
    expect(await found(User.name.eq(''))).toEqual([''])
  })

  test('booleans, UUIDs, dates and optional fields are queried', async () => {
    const token = '123e4567-e89b-42d3-a456-426614174000'
    await User.create({ id: 'a', name: 'A', active: false, born: new Date('1999-12-31T23:59:59.999Z') })
    await User.create({ id: 'b', name: 'B', token, born: new Date('2000-01-01T00:00:00.000+01:00') })
    await User.create({ id: 'c', name: 'C', born: new Date(-1) })
    expect(names(await User.where(User.active.eq(false)).toArray())).toEqual(['A'])
    expect(names(await User.where(User.active.eq(true)).toArray())).toEqual(['B', 'C'])
    expect(names(await User.where(User.token.eq(token.toUpperCase())).toArray())).toEqual(['B'])
    expect(names(await User.where(User.token.isNull()).toArray())).toEqual(['A', 'C'])
    const eve = new Date('1999-12-31T23:00:00Z')
    expect(names(await User.where(User.born.gt(eve)).toArray())).toEqual(['A'])
    expect(names(await User.where(User.born.lte(eve)).orderBy(User.born.asc()).toArray())).toEqual(['C', 'B'])
    expect(await User.where(User.born.eq(new Date(-1))).count()).toBe(1)
  })

  test('records are ordered both ways, with a filter, a limit and an offset', async () => {
    await User.createMany([3, 1, 2, null, 2].map((age, n) => ({ id: `${n}`, name: `n${n}`, age })))
    const all = User.all()
    expect(names(await all.orderBy(User.age.asc()).toArray())).toEqual(['n3', 'n1', 'n2', 'n4', 'n0'])
    expect(names(await all.orderBy(User.age.desc()).toArray())).toEqual(['n0', 'n4', 'n2', 'n1', 'n3'])
    expect(names(await all.orderBy(User.name.desc()).limit(2).toArray())).toEqual(['n4', 'n3'])
    const some = User.where(User.age.gte(2)).orderBy(User.age.asc())
    expect(names(await some.toArray())).toEqual(['n2', 'n4', 'n0'])
    expect(names(await some.offset(1).limit(1).toArray())).toEqual(['n4'])
    expect(names(await some.offset(3).toArray())).toEqual([])
    expect(await some.limit(0).toArray()).toEqual([])
    expect(await some.limit(1).count()).toBe(3)
    expect(names(await all.offset(2).limit(2).toArray())).toEqual(['n2', 'n3'])
    expect(await User.count()).toBe(5)
  })

  test('thousands of records come once each, in order, and a page reads only its part', async () => {
    const total = 3_000
    const age = (n: number) => (n * 7919) % 500
    await User.createMany(
      Array.from({ length: total }, (_, n) => ({ id: `${n}`, name: `${n % 3}`, age: age(n) })),
    )
    const order = Array.from({ length: total }, (_, n) => n).sort((a, b) => age(a) - age(b) || a - b)
    const id = (records: readonly { id: string }[]) => records.map((one) => Number(one.id))
    expect(id(await User.all().toArray())).toEqual(Array.from({ length: total }, (_, n) => n))
    expect(id(await User.all().orderBy(User.age.asc()).toArray())).toEqual(order)
    expect(id(await User.all().orderBy(User.age.desc()).offset(700).limit(900).toArray())).toEqual(
      order.toReversed().slice(700, 1_600),
    )
    const zeros = User.where(User.name.eq('0').and(User.age.gte(0)).and(User.active.eq(true)))
    expect(id(await zeros.toArray())).toEqual(Array.from({ length: 1_000 }, (_, n) => 3 * n))
    const big = User.where(User.name.in(['0', '2']).and(User.age.lt(400)))
    expect(id(await big.orderBy(User.age.desc()).toArray())).toEqual(
      order.toReversed().filter((n) => n % 3 !== 1 && age(n) < 400),
    )
    expect(await big.count()).toBe(order.filter((n) => n % 3 !== 1 && age(n) < 400).length)
    expect(await User.where(User.age.lt(250)).count()).toBe(1_500)
    expect(id(await User.where(User.name.eq('1').not()).toArray())).toHaveLength(2_000)
  })

  test('records that move, come and go during an iteration do not repeat or hide others', async () => {
    await User.createMany(Array.from({ length: 1_200 }, (_, n) => ({ id: `${n}`, name: 'x', age: n })))
    const seen: string[] = []
    for await (const { id } of User.all().orderBy(User.age.asc())) {
      seen.push(id)
      // The one at which a step ended is deleted, and one that was seen moves back.
      if (seen.length === 200) await User.delete(id)
      if (seen.length === 400) await User.update(id, { age: 5 })
      if (seen.length === 401) await User.delete('0')
    }
    expect(seen).toEqual(Array.from({ length: 1_200 }, (_, n) => `${n}`))
    const reverse: string[] = []
    for await (const { id } of User.all().orderBy(User.age.desc())) {
      reverse.push(id)
      if (reverse.length === 200) await User.delete(id)
      if (reverse.length === 600) await User.update(id, { age: 2_000 })
    }
    expect(new Set(reverse).size).toBe(reverse.length)
    expect(reverse).toHaveLength(1_198)
  })

  test('random conditions find what a filter of the records finds', async () => {
    let seed = 20_26
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    const rows = Array.from({ length: 400 }, (_, n) => ({
      id: `${n}`,
      name: ['a', 'ab', 'b', '', 'a\0'][random(5)] ?? '',
      age: random(4) === 0 ? null : random(10) - 5,
      score: random(6) / 4,
      active: random(2) === 1,
    }))
    await User.createMany(rows)
    type Row = (typeof rows)[number]
    type Both = [Expression, (row: Row) => boolean]
    const leaf = (): Both => {
      const n = random(10) - 5
      const part = ['a', 'ab', 'b', '', 'a\0'][random(5)] ?? ''
      const over = (age: number | null) => age !== null && age > n
      return (
        [
          [User.age.gt(n), ({ age }) => over(age)],
          [User.age.lte(n), ({ age }) => age !== null && !over(age)],
          [User.age.eq(n), ({ age }) => age === n],
          [User.age.isNull(), ({ age }) => age === null],
          [User.age.in([n, null]), ({ age }) => age === n || age === null],
          [User.name.eq(part), ({ name }) => name === part],
          [User.name.startsWith(part), ({ name }) => name.startsWith(part)],
          [User.name.gte(part), ({ name }) => name >= part],
          [User.score.between(0.25, 1), ({ score }) => score >= 0.25 && score <= 1],
          [User.active.eq(true), ({ active }) => active],
          [User.id.eq(`${n * n}`), ({ id }) => id === `${n * n}`],
        ] satisfies Both[]
      )[random(11)] as Both
    }
    const make = (depth: number): Both => {
      if (depth === 0 || random(3) === 0) return leaf()
      const [one, isOne] = make(depth - 1)
      const [other, isOther] = make(depth - 1)
      const kind = random(3)
      if (kind === 0) return [one.not(), (row) => !isOne(row)]
      return kind === 1
        ? [one.and(other), (row) => isOne(row) && isOther(row)]
        : [one.or(other), (row) => isOne(row) || isOther(row)]
    }
    for (let round = 0; round < 60; round++) {
      const [expression, holds] = make(3)
      const expected = rows.filter(holds)
      const query = User.where(expression)
      expect((await query.toArray()).map(({ id }) => id)).toEqual(expected.map(({ id }) => id))
      expect(await query.count()).toBe(expected.length)
      const sorted = [...expected].sort((a, b) => a.score - b.score || Number(a.id) - Number(b.id))
      const page = query.orderBy(User.score.asc()).offset(3).limit(20)
      expect((await page.toArray()).map(({ id }) => id)).toEqual(sorted.slice(3, 23).map(({ id }) => id))
    }
  })

  test('a filter by a field without an index is refused, and says what to write', () => {
    const { bio, settings, token, active } = User as unknown as Record<string, UserModel['age']>
    expect(() => bio?.eq('x' as never)).toThrow(
      'user.bio has no index, which eq needs: write bio: text().index()',
    )
    expect(() => bio?.eq('x' as never)).toThrow(modelError('no-index'))
    expect(() => bio?.desc()).toThrow(modelError('no-index'))
    expect(() => settings?.in([])).toThrow(modelError('no-index'))
    expect(() => token?.gt('x' as never)).toThrow(/without an order/)
    expect(() => active?.asc()).toThrow(/without an order/)
    expect(() => User.age.gt('x' as never)).toThrow('user.age must be a whole number')
    expect(() => User.age.lt(null as never)).toThrow(modelError('invalid'))
    expect(() => User.where({} as never)).toThrow(/takes expressions/)
    expect(() => User.all().orderBy(User.age as never)).toThrow(/orderBy takes/)
    expect(() => User.all().limit(-1)).toThrow(/limit takes/)
    const other = userModel(at.kit({ prefix: 'other:' }))
    expect(() => User.where(other.age.gt(1))).toThrow(/is not one of/)
    expect(() => User.age.gt(1).and(other.age.gt(1))).toThrow(/is not one of/)
  })
})
