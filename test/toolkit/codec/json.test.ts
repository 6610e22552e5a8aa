import { inspect } from 'node:util'
import { OptionError } from 'onetrip'
import { json } from 'onetrip/toolkit'
import { expect, it } from 'vitest'

const { encode, decode } = json()

const circular: Record<string, unknown> = { a: 1 }
circular.films = [circular]
class Point {
  readonly #x = 1
  get x() {
    return this.#x
  }
}

it.each([
  [1n, 'it is a BigInt, which JSON does not have: pass a string'],
  [{ price: { net: 1n } }, 'it.price.net is a BigInt'],
  [
    new Map([['a', 1]]),
    'it is an instance of Map, of which JSON keeps nothing: pass Object.fromEntries(map)',
  ],
  [
    { tags: [new Set(['a'])] },
    'it.tags[0] is an instance of Set, of which JSON keeps nothing: pass [...set]',
  ],
  [{ 'a b': Promise.resolve() }, 'it["a b"] is a Promise: await it, of which JSON keeps nothing'],
  [new Error('no'), 'it is an instance of Error, of which JSON keeps nothing: pass plain data'],
  [{ at: new Point() }, 'it.at is an instance of Point'],
  [{ n: [0, Number.NaN] }, 'it.n[1] is NaN, which JSON does not have: pass null'],
  [-Infinity, 'it is -Infinity'],
  [[1, undefined], 'it[1] is undefined, which JSON does not have: pass null'],
  [{ at: new Date(Number.NaN) }, 'it.at is an invalid Date'],
  [circular, 'it.films[0] is an object that contains itself'],
  [undefined, 'got undefined'],
  [() => 1, 'got a function'],
])('refuses %o, which JSON would lose', (value, message) => {
  expect(() => encode(value)).toThrow(OptionError)
  expect(() => encode(value)).toThrow('A value must be one that JSON keeps')
  expect(() => encode(value)).toThrow(message)
})

it('shows no cause where there is none', () => {
  const thrown = inspect(
    (() => {
      try {
        return encode(Number.NaN)
      } catch (error) {
        return error
      }
    })(),
  )
  expect(thrown).toContain('pass null')
  expect(thrown).not.toContain('cause')
})

it('keeps what JSON keeps: also null, empty objects, dates as text, and one object twice', () => {
  const shared = { none: null, empty: {} }
  const value = { a: shared, b: [shared, []], at: new Date(0), left: undefined, n: Object.create(null) }
  expect(decode(Buffer.from(encode(value)))).toEqual({
    a: shared,
    b: [shared, []],
    at: '1970-01-01T00:00:00.000Z',
    n: {},
  })
  for (const one of [null, 0, '', false, [], {}, 'null', '{}'])
    expect(decode(Buffer.from(encode(one)))).toEqual(one)
})

it('keeps a BigInt where the application has given it a form', () => {
  const prototype = BigInt.prototype as { toJSON?: () => string }
  prototype.toJSON = function (this: bigint) {
    return String(this)
  }
  try {
    expect(encode({ price: 2n ** 64n, none: null })).toBe('{"price":"18446744073709551616","none":null}')
  } finally {
    delete prototype.toJSON
  }
})

it('keeps what is nested deeper than it is searched', () => {
  let deep: unknown = { none: null }
  for (let n = 0; n < 1_000; n++) deep = [deep]
  expect(encode(deep)).toContain('{"none":null}')
})
