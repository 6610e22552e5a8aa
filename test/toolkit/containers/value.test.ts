import type { RedisSet, SortedSet } from 'onetrip/toolkit'
import { expect, it } from 'vitest'
import { describeEveryKit } from '../every-kit.ts'

describeEveryKit('Value', (at) => {
  it('sets a value only where there is none, or one', async () => {
    const value = at.kit().value<number>('v')
    expect(await value.set(1, { only: 'present' })).toBe(false)
    expect(await value.set(1, { only: 'absent', ttl: '1h' })).toBe(true)
    expect(await value.set(2, { only: 'absent' })).toBe(false)
    expect(await value.ttl()).toBeGreaterThan(3_000_000)
    expect(await value.set(3, { only: 'present' })).toBe(true)
    expect([await value.take(), await value.take()]).toEqual([3, undefined])
  })

  it('refuses options that it does not know, with those that are meant', async () => {
    const value = at.kit().value('v')
    const refused = [
      [{ only: 'always' }, "The option only must be 'absent' or 'present', not"],
      [{ ex: 60 }, 'did you mean "ttl"?'],
      [{ NX: true }, 'did you mean "only"?'],
      [{ ttl: 0 }, 'ttl is 0: a duration'],
    ] as const
    for (const [options, message] of refused)
      await expect(value.set(1, options as never)).rejects.toThrow(message)
    expect(await value.exists()).toBe(false)
  })

  it('refuses what JSON would change to null', async () => {
    const value = at.kit().value('v')
    for (const one of [Number.NaN, Infinity, -Infinity, undefined])
      await expect(value.set(one)).rejects.toThrow("The value 'v': A value must be one that JSON keeps")
    expect(await value.exists()).toBe(false)
  })

  it('refuses others that are no containers, where it would combine nothing', async () => {
    const kit = at.kit()
    const set = kit.set<string>('a')
    await set.add('x')
    const sorted = kit.sortedSet('z')
    const counted = kit.hyperLogLog('h')
    for (const wrong of ['b', undefined, null, ['b'], [set, null], new Set([set])] as never[]) {
      for (const combined of [
        set.intersection(wrong),
        set.unionTo(set, wrong),
        sorted.union(wrong),
        sorted.differenceTo(sorted, wrong),
        counted.merge(wrong),
      ])
        await expect(combined).rejects.toThrow('the others must be containers')
    }
    for (const into of ['b', null, undefined] as never[]) {
      for (const stored of [
        set.unionTo(into, set),
        set.move('x', into),
        set.sortTo(into),
        sorted.unionTo(into, sorted),
        counted.mergeTo(into, counted),
        kit.list('l').move(into),
        kit.list('l').blockingMove(into, '1s'),
      ])
        await expect(stored).rejects.toThrow('must be containers')
    }
    await expect(kit.sortedSet('z').range(null as never)).rejects.toThrow('an object of options')
  })

  it('takes one other, or an array of others, and refuses several', async () => {
    const kit = at.kit({ prefix: '{one}:' })
    const [a, b, c] = ['a', 'b', 'c'].map((name) => kit.set<string>(name)) as [RedisSet, RedisSet, RedisSet]
    const [x, y, z] = ['x', 'y', 'z'].map((name) => kit.sortedSet<string>(name)) as [
      SortedSet,
      SortedSet,
      SortedSet,
    ]
    for (const [n, one] of [a, b, c].entries()) await one.add(`${n}`)
    for (const [n, one] of [x, y, z].entries()) await one.add(`${n}`, n)
    expect([(await a.union(b)).length, (await a.union([b, c])).length]).toEqual([2, 3])
    expect([(await x.union(y)).length, (await x.union([y, z])).length]).toEqual([2, 3])
    expect(await (await a.differenceTo(kit.set('d'), b)).values()).toEqual(['0'])
    expect(await (await x.differenceTo(kit.sortedSet('w'), y)).range()).toEqual(['0'])
    for (const combined of [
      a.union(b, c as never),
      a.differenceTo(c, a, b as never),
      x.union(y, z as never),
      x.unionTo(x, y, z as never),
      x.difference(y, z as never),
      kit.hyperLogLog('h').merge(kit.hyperLogLog('i'), kit.hyperLogLog('j') as never),
    ])
      await expect(combined).rejects.toThrow(
        'takes one container, or an array of them such as [a, b]; got an',
      )
  })

  it('says that a counter holds no whole number', async () => {
    await at.kit().value('n').set(1.5)
    await expect(at.kit().counter('n').get()).rejects.toThrow('1.5 is no whole number')
  })
})
