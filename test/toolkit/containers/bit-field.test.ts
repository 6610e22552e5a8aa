import { expect, it } from 'vitest'
import { describeEveryKit, reason } from '../every-kit.ts'

describeEveryKit('BitField', (at) => {
  const open = () => at.kit().bitField('bits')

  it('carries out operations together', async () => {
    const bits = open()
    const results = await bits
      .operations()
      .set('u8', 8, 255)
      .get('u8', 0)
      .get('u4', 8)
      .get('u4', 12)
      .get('u4', 13)
      .exec()
    expect(results).toEqual([0, 0, 15, 15, 14])
    expect(await bits.operations().set('u8', '#1', 1).get('i8', 8).exec()).toEqual([255, 1])
    expect(await bits.operations().exec()).toEqual([])
  })

  it('adds with each kind of overflow, which stays in force', async () => {
    const bits = open()
    const operations = bits
      .operations()
      .incrementBy('u8', 8, 254)
      .overflow('fail')
      .incrementBy('u8', 8, 2)
      .incrementBy('u8', 8, 1)
      .incrementBy('u8', 8, 1)
    expect(await operations.exec()).toEqual([254, undefined, 255, undefined])
    expect(await bits.toBuffer()).toEqual(Buffer.of(0, 255))
    expect(await bits.operations().overflow('saturate').incrementBy('u8', 8, 9).exec()).toEqual([255])
    expect(await bits.operations().incrementBy('u8', 8, 2).exec()).toEqual([1])
  })

  it('reads and sets slices as unsigned numbers', async () => {
    const bits = open()
    await bits.setSlice(0, 8, 166)
    const slices = [
      [0, 8],
      [0, 4],
      [4, 8],
      [2, 6],
      [6, 10],
      [8, 16],
    ].map(([from = 0, to = 0]) => bits.slice(from, to))
    expect(await Promise.all(slices)).toEqual([166, 10, 6, 9, 8, 0])
    expect(await bits.setSlice(0, 8, 255)).toBe(166)
    expect(await bits.clearSlice(2, 6)).toBe(15)
    expect(await bits.slice(0, 8)).toBe(195)
    expect(await bits.setSlice(0, 53, 2 ** 53 - 1)).toBeGreaterThan(0)
    await expect(bits.setSlice(0, 8, 256)).rejects.toThrow('8 bits hold whole numbers from 0 to 255; got 256')
    await expect(bits.setSlice(0, 8, -1)).rejects.toThrow('got -1')
    await expect(bits.slice(8, 0)).rejects.toThrow('1 to 53 bits; got 8 to 0')
    await expect(bits.slice(0, 54)).rejects.toThrow('1 to 53 bits')
    await expect(bits.slice(3, undefined as never)).rejects.toThrow('A bit must be')
  })

  it('reads, sets and counts bits', async () => {
    const bits = open()
    expect(await bits.getBit(10)).toBe(false)
    expect(await bits.setBit(10, true)).toBe(false)
    expect(await bits.setBit(10, true)).toBe(true)
    expect(await bits.getBit(10)).toBe(true)
    expect(await bits.count()).toBe(1)
    expect(await bits.count(0, 1)).toBe(0)
    expect(await bits.count(1)).toBe(1)
    await bits.replace(Uint8Array.of(0b1010_0000))
    expect(await bits.getBit(0)).toBe(true)
    expect(await bits.toBuffer()).toEqual(Buffer.of(160))
    await bits.clear()
    expect(await bits.toBuffer()).toEqual(Buffer.alloc(0))
  })

  it('counts the bits of every slice', async () => {
    const bits = open()
    const bytes = [1, 3, 7, 15]
    await bits.replace(Buffer.from(bytes))
    const counted: unknown[] = []
    const expected: unknown[] = []
    for (const start of [-6, -4, -1, 0, 2, 5])
      for (const end of [-6, -5, -4, -3, -1, 0, 1, 4, 9]) {
        counted.push([start, end, await bits.count(start, end)])
        const ones = bytes.slice(start, end).reduce((sum, byte) => sum + byte.toString(2).length, 0)
        expected.push([start, end, ones])
      }
    expect(counted).toEqual(expected)
  })

  it('refuses wrong types and offsets, and a key of another type', async () => {
    const bits = open()
    for (const type of ['u64', 'u0', 'i65', 'x8', '', 8])
      expect(() => bits.operations().get(type as never, 0)).toThrow('u1 to u63 or i1 to i64')
    for (const offset of [-1, 0.5, '#x', '8', null])
      expect(() => bits.operations().get('u8', offset as never)).toThrow('The offset')
    expect(() => bits.operations().overflow('none' as never)).toThrow("'wrap', 'saturate' or 'fail'")
    await at.redis.call('RPUSH', ['bits', 'x'])
    await expect(bits.getBit(0)).rejects.toEqual(reason('wrong-type'))
  })
})
