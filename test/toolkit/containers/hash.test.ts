import { OptionError } from 'onetrip'
import { bytes, text } from 'onetrip/toolkit'
import { describe, expect, it } from 'vitest'
import { all, describeEveryKit, reason } from '../every-kit.ts'

describeEveryKit('Hash', (at) => {
  const open = <T = string>(name = 'cart') => at.kit().hash<T>(name)

  it('sets and reads fields; deleting one leaves the others', async () => {
    const hash = open()
    expect(await hash.get('k1')).toBeUndefined()
    expect(await hash.set('k1', 'v1')).toBe(true)
    expect(await hash.set('k1', 'v1b')).toBe(false)
    expect(await hash.setMany({ k2: 'v2', k3: 'v3' })).toBe(2)
    expect(await hash.setMany(new Map([['k4', 'v4']]))).toBe(1)
    expect(await hash.get('k1')).toBe('v1b')
    expect(await hash.getMany(['k3', 'none', 'k1'])).toEqual(['v3', undefined, 'v1b'])
    expect(await hash.delete('k2', 'none')).toBe(1)
    expect(await hash.has('k2')).toBe(false)
    expect(await hash.has('k3')).toBe(true)
    expect(await hash.size()).toBe(3)
  })

  it('lists fields, values and both; of an absent key none', async () => {
    const hash = open()
    expect(await hash.keys()).toEqual([])
    expect(await hash.toMap()).toEqual(new Map())
    expect(await all(hash)).toEqual([])
    await hash.setMany({ k1: 'v1', k2: 'v2' })
    expect(await hash.keys()).toEqual(['k1', 'k2'])
    expect(await hash.values()).toEqual(['v1', 'v2'])
    expect(await hash.entries()).toEqual([
      ['k1', 'v1'],
      ['k2', 'v2'],
    ])
    expect(await hash.toMap()).toEqual(new Map(Object.entries({ k1: 'v1', k2: 'v2' })))
  })

  it('yields each of many fields once, and those that match a pattern', async () => {
    const hash = open<number>()
    await hash.setMany(Object.fromEntries(Array.from({ length: 3_000 }, (_, n) => [`f${n}`, n])))
    const seen = await all(hash.scan({ count: 10 }))
    expect(seen).toHaveLength(3_000)
    expect(new Map(seen).size).toBe(3_000)
    await hash.replace({ foo: 1, bar: 2, baz: 3 })
    expect((await all(hash.scan({ match: 'b*' }))).sort()).toEqual([
      ['bar', 2],
      ['baz', 3],
    ])
  })

  it('replaces all fields at once; by none, it removes the hash', async () => {
    const hash = open<number>()
    await hash.set('old', 0)
    const ten = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`k${n}`, n]))
    expect(await hash.replace(ten)).toBe(10)
    expect(Object.fromEntries(await hash.entries())).toEqual(ten)
    expect(await hash.replace({})).toBe(0)
    expect(await hash.exists()).toBe(false)
  })

  it('replaces tens of thousands of fields', async () => {
    const hash = open<number>()
    const many = Array.from({ length: 30_000 }, (_, n): [string, number] => [`k${n}`, n])
    expect(await hash.replace(many)).toBe(30_000)
    expect(await hash.get('k29999')).toBe(29_999)
  })

  it('sets an absent field only', async () => {
    const hash = open()
    expect(await hash.setIfAbsent('a', 'x')).toBe(true)
    expect(await hash.setIfAbsent('a', 'y')).toBe(false)
    expect(await hash.get('a')).toBe('x')
  })

  it('adds to numbers, and says that others are none', async () => {
    const hash = open<unknown>()
    expect(await hash.increment('n')).toBe(1)
    expect(await hash.increment('n', -4)).toBe(-3)
    expect(await hash.incrementFloat('x', 1.5)).toBe(1.5)
    expect(await hash.get('n')).toBe(-3)
    await hash.set('name', 'Ann')
    await expect(hash.increment('name')).rejects.toEqual(reason('not-a-number'))
    await expect(hash.incrementFloat('name', 1)).rejects.toEqual(reason('not-a-number'))
    await expect(hash.increment('n', 0.5)).rejects.toThrow('must be a whole number')
    expect(await hash.increment('big', 9_007_199_254_740_000)).toBe(9_007_199_254_740_000)
    await expect(hash.increment('big', 10_000)).rejects.toThrow('9007199254750000 is beyond')
  })

  it('keeps null, and refuses undefined and what is no field', async () => {
    const hash = open<unknown>()
    await hash.set('a', null)
    expect(await hash.get('a')).toBeNull()
    expect(await hash.has('a')).toBe(true)
    await expect(hash.set('a', undefined)).rejects.toThrow(OptionError)
    await expect(hash.get(7 as never)).rejects.toThrow('A field of a hash must be a string; got 7')
    expect(await hash.delete()).toBe(0)
    expect(await hash.setMany({})).toBe(0)
    expect(await hash.getMany([])).toEqual([])
    await expect(hash.setMany(null as never)).rejects.toThrow('takes an object, a Map or pairs')
    await expect(all(hash.scan({ pattern: 'x' } as never))).rejects.toThrow('did you mean "match"')
  })

  it('reads what others wrote, as text and as bytes', async () => {
    await at.redis.call('HSET', ['plain', 'name', 'Žydrūnas'])
    const kit = at.kit()
    expect(await kit.hash('plain', { codec: text }).get('name')).toBe('Žydrūnas')
    const raw = kit.hash('plain', { codec: bytes })
    await raw.set('raw', Uint8Array.of(0, 255))
    expect(await raw.get('raw')).toEqual(Buffer.of(0, 255))
    await expect(kit.hash('plain').get('name')).rejects.toEqual(reason('undecodable'))
  })

  it('names the key and the type where the key holds something else', async () => {
    await at.redis.call('RPUSH', ['cart', 'x'])
    const failed = open().get('a')
    await expect(failed).rejects.toEqual(reason('wrong-type'))
    await expect(failed).rejects.toThrow("The hash 'cart': the key holds something else than a hash")
    await expect(open().replace({ a: 'b' })).resolves.toBe(1)
  })

  it('lives for a time, or without an end', async () => {
    const hash = open()
    expect(await hash.expire('1h')).toBe(false)
    expect(await hash.ttl()).toBeUndefined()
    expect(await hash.persist()).toBe(false)
    await hash.set('a', 'x')
    expect(await hash.ttl()).toBe(Infinity)
    expect(await hash.expire('1h')).toBe(true)
    const left = await hash.ttl()
    expect(left).toBeGreaterThan(3_000_000)
    expect(left).toBeLessThanOrEqual(3_600_000)
    expect(await hash.persist()).toBe(true)
    expect(await hash.ttl()).toBe(Infinity)
    expect(await hash.expireAt(new Date('2999-01-01'))).toBe(true)
    expect(await hash.ttl()).toBeGreaterThan(3_600_000)
    expect(await hash.expireAt(new Date(0))).toBe(true)
    expect(await hash.exists()).toBe(false)
    await expect(hash.expire('soon')).rejects.toThrow('duration')
    await expect(hash.expireAt(new Date(Number.NaN))).rejects.toThrow('expireAt takes a Date')
  })

  it('removes all', async () => {
    const hash = open()
    await hash.set('a', 'x')
    expect(await hash.clear()).toBe(true)
    expect(await hash.clear()).toBe(false)
    expect(await hash.exists()).toBe(false)
  })
})

describe('names of containers', () => {
  it.each(['', 7, undefined, null, {}])('refuses %o', async (name) => {
    const { toolkit } = await import('onetrip/toolkit')
    const kit = toolkit({ host: '127.0.0.1', lazyConnect: true })
    expect(() => kit.hash(name as never)).toThrow('hash: the name must be a string that is not empty')
    expect(() => kit.hash('a', { codec: 7 } as never)).toThrow('encode and decode')
    expect(() => kit.hash('a', { codek: text } as never)).toThrow('did you mean "codec"')
    await kit.close()
  })
})
