import { expect, it } from 'vitest'
import { all, describeEveryKit, reason } from '../every-kit.ts'

describeEveryKit('RedisArray', (at) => {
  const open = () => at.kit().array<string | null>('pages')
  const four = async () => {
    const array = open()
    expect(await array.push('i1', 'i2', 'i3')).toBe(3)
    expect(await array.push('i4')).toBe(4)
    return array
  }

  it('reads by index from both ends', async () => {
    const array = await four()
    const indexes = [0, 3, 4, -1, -4, -5]
    expect(await Promise.all(indexes.map((index) => array.at(index)))).toEqual([
      'i1',
      'i4',
      undefined,
      'i4',
      'i1',
      undefined,
    ])
    expect(await array.size()).toBe(4)
  })

  it('shifts the items after one that is removed', async () => {
    const array = await four()
    expect(await array.deleteAt(1)).toBe('i2')
    expect(await array.toArray()).toEqual(['i1', 'i3', 'i4'])
    expect(await array.pop()).toBe('i4')
    expect(await array.deleteAt(0)).toBe('i1')
    expect(await array.deleteAt(5)).toBeUndefined()
    expect(await array.toArray()).toEqual(['i3'])
    expect(await array.pop()).toBe('i3')
    expect(await array.pop()).toBeUndefined()
    expect(await array.push('new')).toBe(1)
    expect(await array.at(0)).toBe('new')
  })

  it('replaces by index, and finds by value', async () => {
    const array = await four()
    await array.set(-1, null)
    await array.set(0, 'x')
    expect(await array.toArray()).toEqual(['x', 'i2', 'i3', null])
    await expect(array.set(4, 'y')).rejects.toEqual(reason('not-found'))
    expect(await array.includes(null)).toBe(true)
    expect(await array.includes('i1')).toBe(false)
    expect(await array.indexOf('i3')).toBe(2)
    expect(await array.indexOf('none')).toBe(-1)
    expect(await array.push()).toBe(4)
  })

  it('keeps the order of more than ten items, of thousands, too', async () => {
    const array = open()
    const many = Array.from({ length: 2_500 }, (_, n) => `i${n}`)
    await array.replace(many.slice(0, 12))
    expect(await all(array)).toEqual(many.slice(0, 12))
    expect(await array.replace(many)).toBe(2_500)
    expect(await all(array)).toEqual(many)
    expect(await array.toArray()).toEqual(many)
    expect(await array.indexOf('i2499')).toBe(2_499)
    expect(await array.replace([])).toBe(0)
    expect(await all(array)).toEqual([])
  })

  it('slices as an array does', async () => {
    const array = await four()
    const plain = await array.toArray()
    for (const start of [undefined, 0, 1, 4, 9, -1, -4, -9])
      for (const end of [undefined, 0, 1, 4, 9, -1, -4, -9])
        expect([start, end, await array.slice(start, end)]).toEqual([start, end, plain.slice(start, end)])
  })

  it('loses no item of 100 callers', async () => {
    const array = open()
    await Promise.all(Array.from({ length: 100 }, (_, n) => array.push(`i${n}`)))
    expect(new Set(await array.toArray()).size).toBe(100)
  })

  it('refuses a key of another type', async () => {
    await at.redis.call('SET', ['pages', 'x'])
    await expect(open().push('a')).rejects.toEqual(reason('wrong-type'))
  })
})
