import { expect, test } from 'vitest'
import { Crc64, crc64 } from '../../../src/server/rdb/crc64.ts'

const hex = (bytes: string) => Buffer.from(bytes, 'latin1').reverse().toString('hex')

test('the check value of the algorithm', () => {
  expect(hex(crc64('123456789'))).toBe('e9c6d914c4b8d9ca')
  expect(hex(crc64(''))).toBe('0000000000000000')
})

test('bytes in parts', () => {
  const crc = new Crc64()
  for (const part of ['12', '', '345678', '9']) crc.update(part)
  expect(crc.digest()).toBe(crc64('123456789'))
})
