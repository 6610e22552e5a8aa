import { expect, it } from 'vitest'
import { all, describeEveryKit, reason } from '../every-kit.ts'

describeEveryKit('RedisSet', (at) => {
  const open = <T = string>(name = 'a') => at.kit().set<T>(`{shop}:${name}`)
  const two = async () => {
    const a = open<number>('a')
    const b = open<number>('b')
    await a.add(1, 2, 3, 4)
    await b.add(3, 4, 5, 6)
    return { a, b }
  }
  const sorted = (numbers: readonly number[]) => [...numbers].sort((one, other) => one - other)

  it('holds each value once; removing an unknown one is no error', async () => {
    const set = open()
    expect(await set.add('k1', 'k2', 'k2', 'k3')).toBe(3)
    expect(await set.add('k1')).toBe(0)
    expect(await set.add()).toBe(0)
    expect(await set.size()).toBe(3)
    expect(await set.delete('k2', 'none')).toBe(1)
    expect(await set.delete('none')).toBe(0)
    expect(await set.has('k1')).toBe(true)
    expect(await set.has('k2')).toBe(false)
    expect(await set.hasMany(['k2', 'k3'])).toEqual([false, true])
    expect((await set.values()).sort()).toEqual(['k1', 'k3'])
  })

  it('combines sets', async () => {
    const { a, b } = await two()
    expect(sorted(await a.union(b))).toEqual([1, 2, 3, 4, 5, 6])
    expect(sorted(await a.intersection(b))).toEqual([3, 4])
    expect(sorted(await a.difference(b))).toEqual([1, 2])
    expect(sorted(await b.difference(a))).toEqual([5, 6])
    expect(sorted(await a.union([]))).toEqual([1, 2, 3, 4])
  })

  it('stores combinations in a set, which may be the first one', async () => {
    const { a, b } = await two()
    const c = await a.unionTo(open<number>('c'), b)
    expect(c.key).toBe('{shop}:c')
    expect(sorted(await c.values())).toEqual([1, 2, 3, 4, 5, 6])
    expect(sorted(await (await a.differenceTo(c, b)).values())).toEqual([1, 2])
    await a.unionTo(a, b)
    expect(await a.size()).toBe(6)
    await a.intersectionTo(a, b)
    expect(sorted(await a.values())).toEqual([3, 4, 5, 6])
  })

  it('takes and shows values by chance, and moves them', async () => {
    const { a, b } = await two()
    expect([1, 2, 3, 4]).toContain(await a.random())
    expect(sorted(await a.randomMany(10))).toEqual([1, 2, 3, 4])
    const one = await a.pop()
    expect(await a.popMany(10)).toHaveLength(3)
    expect(await a.pop()).toBeUndefined()
    expect(await a.random()).toBeUndefined()
    expect([1, 2, 3, 4]).toContain(one)
    expect(await b.move(5, a)).toBe(true)
    expect(await b.move(5, a)).toBe(false)
    expect(await a.values()).toEqual([5])
  })

  it('yields each of many values once, and those that match a pattern', async () => {
    const set = open<number>()
    const many = Array.from({ length: 3_000 }, (_, n) => n)
    expect(await set.replace(many)).toBe(3_000)
    expect(sorted(await all(set.scan({ count: 10 })))).toEqual(many)
    const words = open('words')
    await words.add('foo', 'bar', 'baz')
    expect((await all(words.scan({ match: '"b*' }))).sort()).toEqual(['bar', 'baz'])
    expect(await words.replace([])).toBe(0)
    expect(await all(words)).toEqual([])
  })

  it('sorts', async () => {
    const set = open<number>()
    await set.add(10, 9, 1)
    expect(await set.sort({ order: 'desc' })).toEqual([10, 9, 1])
    const into = at.kit().list<number>('{shop}:sorted')
    expect(await (await set.sortTo(into, { count: 2 })).toArray()).toEqual([1, 9])
  })

  it('names the key and the type where the key holds something else', async () => {
    await at.redis.call('SET', ['{shop}:a', 'x'])
    await expect(open().add('b')).rejects.toEqual(reason('wrong-type'))
    await expect(open().add('b')).rejects.toThrow(
      "The set '{shop}:a': the key holds something else than a set",
    )
    const { b } = { b: open('b') }
    await expect(b.union(open())).rejects.toEqual(reason('wrong-type'))
  })
})
