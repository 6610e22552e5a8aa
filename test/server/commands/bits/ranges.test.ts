import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { random } from '../../helpers/random.ts'

const WRONG_TYPE = '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n'
const SYNTAX_ERROR = '-ERR syntax error\r\n'
const NOT_AN_INTEGER = '-ERR value is not an integer or out of range\r\n'

describeRedis('BITCOUNT and BITPOS', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  test.each([
    ['', 26],
    ['0 0', 4],
    ['1 1', 6],
    ['-2 -1', 7],
    ['0 -5 BYTE', 10],
    ['5 30 bit', 17],
    ['-1 -1 BIT', 0],
    ['-1 -3', 0],
    ['4 2', 0],
    ['100 200', 0],
    ['-100 -200', 0],
    ['-100 0', 4],
    ['0 9223372036854775807', 26],
  ])('BITCOUNT %s of foobar is %i', async (range, count) => {
    const client = await both.connect()
    await client.send('SET', 'key', 'foobar')
    expect(await client.send('BITCOUNT', 'key', ...range.split(' ').filter(Boolean))).toBe(`:${count}\r\n`)
  })

  test.each([
    ['\xff\xf0\x00', '0', 12],
    ['\x00\xff\xf0', '1', 8],
    ['\x00\xff\xf0', '1 2', 16],
    ['\x00\xff\xf0', '1 7 15 BIT', 8],
    ['\x00\xff\xf0', '1 7 7 bit', -1],
    ['\x00\xff\xf0', '1 -3 -1 BYTE', 8],
    ['\x00\x00\x00', '1', -1],
    // Without an end, zeros follow the string.
    ['\xff\xff\xff', '0', 24],
    ['\xff\xff\xff', '0 1', 24],
    ['\xff\xff\xff', '0 0 -1', -1],
    ['\xff\xff\xff', '0 0 23 BIT', -1],
    ['\xff\xff\xff', '0 3', -1],
    ['', '0', -1],
    ['', '1', -1],
  ])('BITPOS of %j, %s, is %i', async (value, request, position) => {
    const client = await both.connect()
    await client.send('SET', 'key', value)
    expect(await client.send('BITPOS', 'key', ...request.split(' '))).toBe(`:${position}\r\n`)
  })

  test('an absent key is a string without end of zeros, and its arguments are not read', async () => {
    const client = await both.connect()
    expect(await client.send('BITCOUNT', 'absent')).toBe(':0\r\n')
    expect(await client.send('BITCOUNT', 'absent', 'one')).toBe(':0\r\n')
    expect(await client.send('BITPOS', 'absent', '0', 'one')).toBe(':0\r\n')
    expect(await client.send('BITPOS', 'absent', '1')).toBe(':-1\r\n')
  })

  test('refuse wrong arguments and other types', async () => {
    const client = await both.connect()
    await client.send('SET', 'key', 'value')
    await client.send('RPUSH', 'list', 'item')
    for (const [request, reply] of [
      ['BITCOUNT list', WRONG_TYPE],
      ['BITCOUNT key 1', SYNTAX_ERROR],
      ['BITCOUNT key 1 2 BYTES', SYNTAX_ERROR],
      ['BITCOUNT key 1 2 BIT 3', SYNTAX_ERROR],
      ['BITCOUNT key one 2', NOT_AN_INTEGER],
      ['BITCOUNT key 1 two BYTES', NOT_AN_INTEGER],
      ['BITPOS list 1', WRONG_TYPE],
      ['BITPOS key 2', '-ERR The bit argument must be 1 or 0.\r\n'],
      ['BITPOS absent one', NOT_AN_INTEGER],
      ['BITPOS key 1 one', NOT_AN_INTEGER],
      ['BITPOS key 1 1 two BYTES', SYNTAX_ERROR],
      ['BITPOS key 1 1 2 BIT 3', SYNTAX_ERROR],
    ] as const)
      expect(await client.send(...request.split(' '))).toBe(reply)
  })

  test('answer as Redis does for any range', async () => {
    const client = await both.connect()
    const next = random(1)
    for (let n = 0; n < 400; n++) {
      if (n % 10 === 0) {
        const bytes = Array.from({ length: next(30) }, () => ['\0', '\xff', 'a'][next(3)])
        await client.send('SET', 'key', bytes.join(''))
      }
      const [unit, size] = next(2) === 0 ? ['BIT', 300] : ['BYTE', 40]
      const [start, end] = [next(size) - size / 2, next(size) - size / 2]
      await client.send('BITCOUNT', 'key', start, end, unit)
      const reply = await client.send('BITPOS', 'key', next(2), start, end, unit)
      expect(reply).toMatch(/^:-?\d+\r\n$/)
    }
  })
})
