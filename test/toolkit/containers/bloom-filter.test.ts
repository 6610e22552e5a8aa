import { text } from 'onetrip/toolkit'
import { expect, it } from 'vitest'
import { describeEveryKit, reason } from '../every-kit.ts'

const WORDS = 'one two three four five six seven eight nine ten'.split(' ')

describeEveryKit('BloomFilter', (at) => {
  const open = (capacity = 1_000, errorRate = 0.01) =>
    at.kit().bloomFilter<string>('seen', { capacity, errorRate })

  it('knows what was added', async () => {
    const filter = open()
    expect(await filter.hasMany(WORDS)).toEqual(WORDS.map(() => false))
    expect(await filter.exists()).toBe(false)
    for (const word of WORDS) expect(await filter.add(word)).toBe(true)
    for (const word of WORDS) expect(await filter.add(word)).toBe(false)
    expect(await filter.hasMany(WORDS)).toEqual(WORDS.map(() => true))
    for (const word of WORDS) expect(await filter.has(word.toUpperCase())).toBe(false)
    expect(await filter.size()).toBe(10)
    expect(await filter.info()).toEqual({ count: 10, capacity: 1_000, errorRate: 0.01, bytes: 1_231 })
  })

  it('keeps its error rate when it is full, and says that it is', async () => {
    const filter = open(2_000, 0.02)
    const added = Array.from({ length: 2_000 }, (_, n) => `added ${n}`)
    let all = 0
    for (let from = 0; from < 2_000; from += 500) all += await filter.addMany(added.slice(from, from + 500))
    expect(all).toBeGreaterThan(1_900)
    expect(all).toBe(await filter.size())
    expect(await filter.hasMany(added)).not.toContain(false)
    const wrong = await filter.hasMany(Array.from({ length: 5_000 }, (_, n) => `other ${n}`))
    // 100 of 5,000 are expected; the bits of the values do not depend on chance.
    expect(wrong.filter(Boolean).length).toBeLessThan(150)
    for (let n = 0; !(await filter.isFull()); n++) await filter.add(`more ${n}`)
    let failure: unknown
    for (let n = 0; n < 100 && !failure; n++)
      failure = await filter.add(`late ${n}`).then(
        () => undefined,
        (error: unknown) => error,
      )
    expect(failure).toEqual(reason('full'))
    expect(String(failure)).toContain("The Bloom filter 'seen' is full: it holds 2000 of 2000 values")
    expect(await filter.add('added 7')).toBe(false)
  })

  it('adds all of several values, or none', async () => {
    const filter = open(10, 0.0001)
    expect(await filter.addMany([...WORDS.slice(0, 8), 'one'])).toBe(8)
    await expect(filter.addMany(['a', 'b', 'c'])).rejects.toEqual(reason('full'))
    expect(await filter.size()).toBe(8)
    expect(await filter.hasMany(['a', 'b', 'c'])).toEqual([false, false, false])
    expect(await filter.addMany([])).toBe(0)
    expect(await filter.addMany(['a', 'b'])).toBe(2)
    expect(await filter.isFull()).toBe(true)
  })

  it('refuses to be used with other parameters, and another thing', async () => {
    await open(1_000, 0.01).add('a')
    const other = open(2_000, 0.01)
    await expect(other.add('a')).rejects.toEqual(reason('conflict'))
    await expect(other.has('a')).rejects.toThrow(
      'made with capacity 1000 and errorRate 0.01, not with 2000 and 0.01',
    )
    await expect(open(1_000, 0.02).has('a')).rejects.toEqual(reason('conflict'))
    await open().clear()
    await at.redis.call('SET', ['seen', 'x'])
    await expect(open().has('a')).rejects.toEqual(reason('wrong-type'))
    await at.redis.call('DEL', ['seen'])
    await at.redis.call('RPUSH', ['seen', 'x'])
    await expect(open().add('a')).rejects.toEqual(reason('wrong-type'))
  })

  it('counts each value once, of 100 callers that add the same', async () => {
    const filter = open(1_000, 0.0001)
    const results = await Promise.all(Array.from({ length: 1_000 }, (_, n) => filter.add(`value ${n % 100}`)))
    expect(results.filter(Boolean)).toHaveLength(100)
    expect(await filter.size()).toBe(100)
  })

  it('checks its options', () => {
    const kit = at.kit()
    const make = (options: object) => () => kit.bloomFilter('seen', options as never)
    expect(make({})).toThrow('capacity')
    expect(make({ capacity: 10, errorRate: 0.999_999_999_9 })().errorRate).toBe(0.999_999_999)
    expect(make({ capacity: 0.5, errorRate: 0.1 })).toThrow('capacity')
    expect(make({ capacity: 10, errorRate: 0 })).toThrow('errorRate')
    expect(make({ capacity: 10, errorRate: 1 })).toThrow('errorRate')
    expect(make({ capacity: 1e12, errorRate: 0.1 })).toThrow('at most 512 MB')
    expect(make({ capacity: Infinity, errorRate: 0.1 })).toThrow('at most 512 MB')
    expect(make({ size: 10, errorRate: 0.1 })).toThrow('did you mean "capacity"')
    expect(kit.bloomFilter('seen', { capacity: 10, errorRate: 0.1, codec: text }).capacity).toBe(10)
  })
})
