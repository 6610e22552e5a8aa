import type { SortedSetRange } from 'onetrip/toolkit'
import { text } from 'onetrip/toolkit'
import { expect, it } from 'vitest'
import { all, describeEveryKit, reason } from '../every-kit.ts'

describeEveryKit('SortedSet', (at) => {
  const open = <T = string>(name = 'a') => at.kit().sortedSet<T>(`{shop}:${name}`)
  const four = async () => {
    const set = open()
    await set.addMany([
      ['i1', 1],
      ['i2', 2],
      ['i3', 3],
      ['i4', 4],
    ])
    return set
  }

  it('orders values by their scores', async () => {
    const set = open()
    expect(await set.add('i1', 1)).toBe(true)
    expect(await set.addMany(new Map(Object.entries({ i2: 2, i3: 3 })))).toBe(2)
    expect(await set.add('i3', -1)).toBe(false)
    expect(await set.range()).toEqual(['i3', 'i1', 'i2'])
    expect(await set.entries()).toEqual([
      ['i3', -1],
      ['i1', 1],
      ['i2', 2],
    ])
    expect(await set.addMany([])).toBe(0)
    expect(await set.score('i3')).toBe(-1)
    expect(await set.score('none')).toBeUndefined()
    expect(await set.scores(['i2', 'none'])).toEqual([2, undefined])
    expect(await set.rank('i1')).toBe(1)
    expect(await set.reverseRank('i1')).toBe(1)
    expect(await set.rank('none')).toBeUndefined()
    expect(await set.has('i1')).toBe(true)
    expect(await set.has('none')).toBe(false)
    expect(await set.delete('i1', 'none')).toBe(1)
    expect(await set.size()).toBe(2)
  })

  it('keeps scores exactly, with fractions and without bounds', async () => {
    const set = open()
    // The parser of ioredis 6 for protocol 3 makes -0.7500000000000001 of -0.75.
    for (const score of [0.5, 1e300, -2.5, 123_456_789_012, Infinity, -Infinity]) {
      await set.add('a', score)
      expect(await set.score('a')).toBe(score)
      expect(await set.entries()).toEqual([['a', score]])
    }
    await expect(set.add('a', Number.NaN)).rejects.toThrow('A score must be a number; got NaN')
    await expect(set.increment('a', Infinity)).rejects.toEqual(reason('not-a-number'))
  })

  it('changes scores only as an option says', async () => {
    const set = await four()
    await set.add('i1', 9, { only: 'absent' })
    await set.add('new', 9, { only: 'present' })
    await set.add('i2', 1, { only: 'greater' })
    await set.add('i3', 9, { only: 'less' })
    expect(await set.range()).toEqual(['i1', 'i2', 'i3', 'i4'])
    await set.add('i2', 9, { only: 'greater' })
    expect(await set.score('i2')).toBe(9)
    await expect(set.add('a', 1, { nx: true } as never)).rejects.toThrow('add has no option "nx"')
  })

  it('adds to scores, which reorders', async () => {
    const set = await four()
    expect(await set.increment('i1')).toBe(2)
    expect(await set.increment('i4', -2)).toBe(2)
    expect(await set.range()).toEqual(['i1', 'i2', 'i4', 'i3'])
    expect(await set.increment('new', 0.5)).toBe(0.5)
  })

  it.each<[range: SortedSetRange<string>, expected: string[]]>([
    [{ to: 0 }, ['i1']],
    [{ from: 1, before: 3 }, ['i2', 'i3']],
    [{ from: 1, before: -1 }, ['i2', 'i3']],
    [{ before: 0 }, []],
    [{ after: -1 }, []],
    [{ after: -2 }, ['i4']],
    [{ from: 2 }, ['i3', 'i4']],
    [{ from: 9 }, []],
    [{ to: 1, reverse: true }, ['i4', 'i3']],
    [{ by: 'score', from: 2, to: 3 }, ['i2', 'i3']],
    [{ by: 'score', after: 2, before: 4 }, ['i3']],
    [{ by: 'score', from: 2, reverse: true }, ['i4', 'i3', 'i2']],
    [{ by: 'score', offset: 1, count: 2 }, ['i2', 'i3']],
    [{ by: 'score', reverse: true, offset: 1 }, ['i3', 'i2', 'i1']],
    [{ by: 'score', count: 0 }, []],
    [{ by: 'value', from: 'i2' }, ['i2', 'i3', 'i4']],
    [{ by: 'value', before: 'i3' }, ['i1', 'i2']],
    [{ by: 'value', before: 'i1' }, []],
    [{ by: 'value', from: 'i2', before: 'i4' }, ['i2', 'i3']],
    [{ by: 'value', after: 'i2', to: 'i4' }, ['i3', 'i4']],
    [{ by: 'value', from: 'i4', to: 'i1' }, []],
  ])('reads and removes the range %o', async (range, expected) => {
    const set = await four()
    expect(await set.range(range)).toEqual(expected)
    expect((await set.entries(range)).map(([value]) => value)).toEqual(expected)
    if ('reverse' in range || 'offset' in range || 'count' in range) {
      await expect(set.deleteRange(range)).rejects.toThrow('has no option')
      return
    }
    expect(await set.deleteRange(range)).toBe(expected.length)
    expect(await set.range()).toEqual(['i1', 'i2', 'i3', 'i4'].filter((one) => !expected.includes(one)))
  })

  it('slices by rank as an array does', async () => {
    const set = await four()
    const array = ['i1', 'i2', 'i3', 'i4']
    for (const start of [undefined, 0, 1, 4, -1, -4, -9])
      for (const end of [undefined, 0, 1, 3, 4, 9, -1, -4, -9])
        expect([start, end, await set.slice(start, end)]).toEqual([start, end, array.slice(start, end)])
  })

  it('refuses an unknown value as a bound, and bounds that contradict', async () => {
    const set = await four()
    await expect(set.range({ by: 'value', from: 'none' })).rejects.toEqual(reason('not-found'))
    await expect(set.deleteRange({ by: 'value', before: 'none' })).rejects.toEqual(reason('not-found'))
    await expect(set.range({ from: 1, after: 1 })).rejects.toThrow('from or after, not both')
    await expect(set.range({ min: 1 } as never)).rejects.toThrow('did you mean "from"')
    await expect(set.range({ by: 'scores' } as never)).rejects.toThrow('by must be')
  })

  it('reads ranges by text of equal scores', async () => {
    const set = at.kit().sortedSet('{shop}:words', { codec: text })
    await set.addMany(['a', 'b', 'ba', 'c'].map((word) => [word, 0] as const))
    expect(await set.range({ by: 'lex', from: 'b', before: 'c' })).toEqual(['b', 'ba'])
    expect(await set.range({ by: 'lex', after: 'b' })).toEqual(['ba', 'c'])
    expect(await set.range({ by: 'lex', to: 'b', reverse: true })).toEqual(['b', 'a'])
    expect(await set.deleteRange({ by: 'lex', from: 'b' })).toBe(3)
  })

  it('counts by score', async () => {
    const set = await four()
    expect(await set.count({})).toBe(4)
    expect(await set.count({ from: 2, before: 4 })).toBe(2)
    expect(await set.count({ after: 4 })).toBe(0)
  })

  it('takes the lowest and the highest', async () => {
    const set = await four()
    expect(await set.popMin()).toEqual(['i1', 1])
    expect(await set.popMax()).toEqual(['i4', 4])
    expect(await set.popMaxMany(3)).toEqual([
      ['i3', 3],
      ['i2', 2],
    ])
    expect(await set.popMin()).toBeUndefined()
    expect(await set.popMinMany(3)).toEqual([])
  })

  it('waits for the lowest and the highest', async () => {
    const set = open()
    const lowest = set.blockingPopMin('60s')
    await expect.poll(() => at.blocked()).toBe(1)
    await set.addMany([['i2', 2]])
    expect(await lowest).toEqual(['i2', 2])
    await set.addMany([
      ['i1', 1],
      ['i3', 3],
    ])
    expect(await set.blockingPopMax('1s')).toEqual(['i3', 3])
    expect(await set.blockingPopMin('1s')).toEqual(['i1', 1])
    expect(await set.blockingPopMin(1)).toBeUndefined()
  })

  it('yields more than 128 values in their order', async () => {
    const set = open<number>()
    const many = Array.from({ length: 2_500 }, (_, n) => n)
    await set.addMany(many.map((n) => [n, 5_000 - n] as const))
    expect((await all(set)).map(([value]) => value)).toEqual(many.toReversed())
    expect((await set.range()).slice(0, 2)).toEqual([2_499, 2_498])
  })

  it('yields each value that stays once, whatever changes meanwhile', async () => {
    const set = open()
    const name = (n: number) => `v${String(n).padStart(4, '0')}`
    await set.addMany(Array.from({ length: 2_500 }, (_, n) => [name(n), n < 2_000 ? 7 : 8] as const))
    const seen: string[] = []
    for await (const [value] of set) {
      seen.push(value)
      if (seen.length !== 500) continue
      // The place of the next page goes, and so do values before it; others come.
      await set.delete(name(999), name(1), name(2), name(3))
      await set.add('zero', 0)
      await set.add(name(998), 1)
    }
    expect(seen).toEqual(Array.from({ length: 2_500 }, (_, n) => name(n)))
  })

  it('combines sets with their scores, and stores that', async () => {
    const a = await four()
    const b = open('b')
    await b.addMany([
      ['i3', 30],
      ['i5', 50],
    ])
    expect(await a.union([b])).toEqual([
      ['i1', 1],
      ['i2', 2],
      ['i4', 4],
      ['i3', 33],
      ['i5', 50],
    ])
    expect(await a.intersection([b], { weights: [10, 1], aggregate: 'max' })).toEqual([['i3', 30]])
    expect((await a.difference([b])).map(([value]) => value)).toEqual(['i1', 'i2', 'i4'])
    const c = await a.unionTo(open('c'), [b], { aggregate: 'min' })
    expect(await c.entries({ from: -2 })).toEqual([
      ['i4', 4],
      ['i5', 50],
    ])
    await a.intersectionTo(a, [b])
    expect(await a.entries()).toEqual([['i3', 33]])
    await b.differenceTo(b, [a])
    expect(await b.range()).toEqual(['i5'])
    await expect(a.union([b], { weights: [1] })).rejects.toThrow('weights must be an array of 2 numbers')
  })

  it('sorts by the values', async () => {
    const set = open<number>()
    await set.addMany([
      [9, 1],
      [10, 0],
    ])
    expect(await set.sort()).toEqual([9, 10])
    expect(await (await set.sortTo(at.kit().list<number>('{shop}:sorted'))).at(0)).toBe(9)
  })
})
