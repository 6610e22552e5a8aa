import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { random } from '../../helpers/random.ts'

const WRONG_TYPE = '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n'
const NOT_AN_INTEGER = '-ERR value is not an integer or out of range\r\n'
const OVERFLOW = '-ERR increment or decrement would overflow\r\n'
const NOT_A_FLOAT = '-ERR value is not a valid float\r\n'

describeRedis('increments of strings', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  test('an absent key counts as 0', async () => {
    const client = await both.connect()
    expect(await client.send('INCR', 'a')).toBe(':1\r\n')
    expect(await client.send('DECR', 'b')).toBe(':-1\r\n')
    expect(await client.send('INCRBY', 'c', '-5')).toBe(':-5\r\n')
    expect(await client.send('DECRBY', 'd', '0')).toBe(':0\r\n')
    expect(await client.send('INCRBYFLOAT', 'e', '0.5')).toBe('$3\r\n0.5\r\n')
    expect(await client.send('MGET', 'a', 'b', 'c', 'd', 'e')).toBe(
      '*5\r\n$1\r\n1\r\n$2\r\n-1\r\n$2\r\n-5\r\n$1\r\n0\r\n$3\r\n0.5\r\n',
    )
  })

  test.each([
    ['9007199254740991', 'INCR', ':9007199254740992\r\n'],
    ['9007199254740992', 'INCR', ':9007199254740993\r\n'],
    ['9007199254740993', 'DECR', ':9007199254740992\r\n'],
    ['-9007199254740991', 'DECR', ':-9007199254740992\r\n'],
    ['9007199254740991', 'INCRBY 9007199254740991', ':18014398509481982\r\n'],
    ['9223372036854775806', 'INCR', ':9223372036854775807\r\n'],
    ['9223372036854775807', 'INCR', OVERFLOW],
    ['9223372036854775807', 'INCRBY -9223372036854775808', ':-1\r\n'],
    ['-9223372036854775808', 'DECR', OVERFLOW],
    ['-9223372036854775808', 'DECRBY -9223372036854775807', ':-1\r\n'],
    ['0', 'DECRBY -9223372036854775808', '-ERR decrement would overflow\r\n'],
    ['0', 'INCRBY 9223372036854775808', NOT_AN_INTEGER],
    ['0', 'INCRBY one', NOT_AN_INTEGER],
    ['0', 'DECRBY 1.5', NOT_AN_INTEGER],
    ['-0', 'INCR', NOT_AN_INTEGER],
    ['+1', 'INCR', NOT_AN_INTEGER],
    ['01', 'INCR', NOT_AN_INTEGER],
    [' 1', 'INCR', NOT_AN_INTEGER],
    ['1 ', 'INCR', NOT_AN_INTEGER],
    ['1.0', 'INCR', NOT_AN_INTEGER],
    ['', 'INCR', NOT_AN_INTEGER],
    ['9223372036854775808', 'INCR', NOT_AN_INTEGER],
  ])('%j: %s', async (value, request, reply) => {
    const client = await both.connect()
    await client.send('SET', 'key', value)
    const [name = '', ...by] = request.split(' ')
    expect(await client.send(name, 'key', ...by)).toBe(reply)
    const stored = reply.startsWith('-') ? value : reply.slice(1, -2)
    expect(await client.send('GET', 'key')).toBe(`$${stored.length}\r\n${stored}\r\n`)
  })

  test.each([
    ['3.0', '1.1', '4.1'],
    ['5.0e3', '200', '5200'],
    ['1.5', '-1.5', '0'],
    ['-0.5', '0.25', '-0.25'],
    ['3', 'inf', undefined],
    ['3', 'nan', undefined],
    ['3', '1.1.1', undefined],
    ['3', '', undefined],
    ['', '1', undefined],
    [' 11', '1', undefined],
    ['11 ', '1', undefined],
    ['abc', '1', undefined],
  ])('INCRBYFLOAT: %j + %j', async (value, by, sum) => {
    const client = await both.connect()
    await client.send('SET', 'key', value)
    const reply = await client.send('INCRBYFLOAT', 'key', by)
    if (sum !== undefined) expect(reply).toBe(`$${sum.length}\r\n${sum}\r\n`)
    else if (by === 'inf') expect(reply).toBe('-ERR increment would produce NaN or Infinity\r\n')
    else expect(reply).toBe(NOT_A_FLOAT)
    const stored = sum ?? value
    expect(await client.send('GET', 'key')).toBe(`$${stored.length}\r\n${stored}\r\n`)
  })

  test('INCRBYFLOAT adds any numbers as Redis does', async () => {
    const client = await both.connect()
    const next = random(1)
    const digits = (count: number) => Array.from({ length: count }, () => next(10)).join('')
    const number = () => {
      const sign = next(2) === 0 ? '-' : ''
      const fraction = next(3) === 0 ? '' : `.${digits(1 + next(30))}`
      const exponent = next(3) === 0 ? `e${next(40) - 20}` : ''
      return `${sign}${digits(1 + next(25))}${fraction}${exponent}`
    }
    for (let n = 0; n < 200; n++) {
      if (n % 5 === 0) await client.send('SET', 'key', number())
      await client.send('INCRBYFLOAT', 'key', number())
    }
    // The last sum stays what both have answered.
    expect(await client.send('GET', 'key')).toMatch(/^\$\d+\r\n-?[\d.]+\r\n$/)
  })

  test('refuse other types, keep the expiry, and notify', async () => {
    const client = await both.connect()
    await client.send('RPUSH', 'list', 'item')
    await client.send('SET', 'key', '1', 'PXAT', '33177117420000')
    const events = await both.eventsOf(async () => {
      for (const [name, ...by] of [
        ['INCR'],
        ['DECR'],
        ['INCRBY', 1],
        ['DECRBY', 1],
        ['INCRBYFLOAT', 1],
      ] as const) {
        expect(await client.send(name, 'list', ...by)).toBe(WRONG_TYPE)
        await client.send(name, 'key', ...by)
      }
    })
    expect(events).toEqual(['incrby key', 'incrby key', 'incrby key', 'incrby key', 'incrbyfloat key'])
    expect(await client.send('PEXPIRETIME', 'key')).toBe(':33177117420000\r\n')
  })
})
