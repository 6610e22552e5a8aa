import { expect, test } from 'vitest'
import { argumentsOf, writeCall } from '../../../src/stores/redis/script-call.ts'
import { STAMP_LENGTH } from '../../../src/stores/store.ts'

const memory = Buffer.from('onetwothree')
const one = memory.subarray(0, 3)
const two = memory.subarray(3, 6)
const three = memory.subarray(6)

test('one call of a script has as many arguments for many entries as for one', () => {
  const writes = [one, two, three].map((value, n) => ({ key: `k${n}`, value, ttl: 10 + n, notAfter: 1.5 }))
  const [tails, texts, bytes, ...more] = argumentsOf(writes.map(writeCall))
  expect(tails).toHaveLength(3 * 9)
  expect(texts).toBe('10 1.5 any 3 11 1.5 any 3 12 1.5 any 5')
  expect(`${bytes}`).toBe('onetwothree')
  expect(more).toEqual([])
})

test('entries that lie side by side in memory are not copied, others are', () => {
  const bytesOf = (...values: Buffer[]) =>
    argumentsOf(values.map((value) => writeCall({ key: 'k', value, ttl: 'forever' })))[2] as Buffer
  const apart = (value: Buffer) => ({ bytes: value.buffer, at: value.byteOffset, text: `${value}` })
  expect(apart(bytesOf(two, three))).toEqual({
    bytes: memory.buffer,
    at: two.byteOffset,
    text: 'twothree',
  })
  expect(`${bytesOf(one, three)}`).toBe('onethree')
  expect(`${bytesOf(two, one)}`).toBe('twoone')
  expect(`${bytesOf(one, Buffer.from('two'))}`).toBe('onetwo')
})

test('a stamp that must be at the key goes before the value, whatever its length', () => {
  const stamp = Buffer.alloc(STAMP_LENGTH, 7)
  const ifStamps = [stamp, null, undefined, Buffer.from('ab'), Buffer.alloc(0)]
  const calls = ifStamps.map((ifStamp) =>
    writeCall({ key: 'k', value: one, ttl: 1, ...(ifStamp !== undefined && { ifStamp }) }),
  )
  const [, texts, bytes] = argumentsOf(calls)
  expect(texts).toBe('1 - 17 3 1 - absent 3 1 - any 3 1 - 2 3 1 - 0 3')
  expect(bytes).toEqual(Buffer.concat([stamp, one, one, one, Buffer.from('ab'), one, one]))
})

test('each stamp has random bytes of its own, also in a second call with the same keys', () => {
  const calls = ['a', 'b'].map((key) => writeCall({ key, value: one, ttl: 1 }))
  const tails = [argumentsOf(calls)[0], argumentsOf(calls)[0]] as Buffer[]
  const stamps = tails.flatMap((some) =>
    [some.subarray(0, 9), some.subarray(9)].map((tail) => tail.toString('hex')),
  )
  expect(new Set(stamps).size).toBe(4)
  for (const text of stamps) expect(text.endsWith('01')).toBe(true)
})
