import { expect, test } from 'vitest'
import { readIntset, readListpack } from '../../../src/server/rdb/compact-lists.ts'
import { decompress } from '../../../src/server/rdb/lzf.ts'
import { ListpackWriter } from '../../../src/server/rdb/write-listpack.ts'

const TEXTS = ['', 'a', 'x'.repeat(63), 'x'.repeat(64), 'x'.repeat(4_095), 'x'.repeat(70_000), '\x00\xff']
const INTEGERS = [0, 127, 128, -1, 4_096, 2 ** 40, -(2 ** 40), 2n ** 63n - 1n, -(2n ** 63n)]

test('a listpack that was written is read', () => {
  const writer = new ListpackWriter()
  for (const text of TEXTS) writer.text(text)
  for (const integer of INTEGERS) writer.integer(integer)
  expect(readListpack(writer.finish())).toEqual([...TEXTS, ...INTEGERS.map(String)])
})

test('an empty listpack', () => {
  expect(readListpack(new ListpackWriter().finish())).toEqual([])
})

test('damaged listpacks are refused', () => {
  const writer = new ListpackWriter()
  for (const text of TEXTS.slice(0, 4)) writer.text(text)
  const bytes = writer.finish()
  for (let length = 0; length < bytes.length; length++)
    expect(() => readListpack(bytes.slice(0, length))).toThrow('Bad data format')
  expect(() => readListpack(`${bytes}x`)).toThrow('Bad data format')
})

test('intsets of all widths', () => {
  expect(readIntset('\x02\0\0\0\x02\0\0\0\xff\xff\x05\0')).toEqual(['-1', '5'])
  expect(readIntset('\x04\0\0\0\x01\0\0\0\0\0\x01\0')).toEqual(['65536'])
  expect(readIntset('\x08\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\x80')).toEqual(['-9223372036854775808'])
  expect(() => readIntset('\x03\0\0\0\0\0\0\0')).toThrow('Bad data format')
  expect(() => readIntset('\x02\0\0\0\xff\xff\xff\xff')).toThrow('Bad data format')
  expect(() => readIntset('\x02\0')).toThrow('Bad data format')
})

test('LZF: literals, copies, and copies of what is just written', () => {
  expect(decompress('\x02abc', 3)).toBe('abc')
  expect(decompress('\x02abc\x20\x02', 6)).toBe('abcabc')
  expect(decompress('\x00a\xe0\x01\x00', 11)).toBe('a'.repeat(11))
})

test('damaged LZF is refused, and takes no memory for what it claims', () => {
  for (const [bytes, length] of [
    ['\x02ab', 3],
    ['\x02abc', 2],
    ['\x02abc', 4],
    ['\x00a\x20\x05', 4],
    ['\x00a\xe0', 20],
    ['\x00a', 2 ** 31],
  ] as const)
    expect(() => decompress(bytes, length)).toThrow('Bad data format')
})
