import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { random } from '../../helpers/random.ts'
import { readReply } from '../../helpers/read-reply.ts'

const WRONG_TYPE = '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n'
const BAD_OFFSET = '-ERR bit offset is not an integer or out of range\r\n'
const BAD_TYPE =
  '-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.\r\n'

describeRedis('BITFIELD', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  test('reads, sets and adds up integers of any width', async () => {
    const client = await both.connect()
    const run = async (request: string) =>
      readReply(await client.send('BITFIELD', 'key', ...request.split(' ')))
    expect(await run('SET i8 0 -100 SET i8 0 101 GET i8 0')).toEqual([0, -100, 101])
    expect(await run('SET u8 #1 255 GET u8 8 GET i8 #1 GET u4 6')).toEqual([0, 255, -1, 7])
    expect(await run('INCRBY u8 #1 1 GET u8 #1')).toEqual([0, 0])
    expect(await run('SET u5 13 21 GET u5 13 GET u16 8')).toEqual([0, 21, 21 * 64])
    expect(await run('GET u63 100000')).toEqual([0])
    expect(await client.send('STRLEN', 'key')).toBe(':3\r\n')
  })

  test.each([
    ['u8', '250', '10', 'WRAP', '4'],
    ['u8', '250', '10', 'SAT', '255'],
    ['u8', '250', '10', 'FAIL', undefined],
    ['u8', '5', '-10', 'WRAP', '251'],
    ['u8', '5', '-10', 'sat', '0'],
    ['u8', '5', '-10', 'fail', undefined],
    ['i8', '100', '100', 'WRAP', '-56'],
    ['i8', '100', '100', 'SAT', '127'],
    ['i8', '-100', '-100', 'WRAP', '56'],
    ['i8', '-100', '-100', 'SAT', '-128'],
    ['i8', '-100', '-100', 'FAIL', undefined],
    ['i64', '9223372036854775807', '1', 'WRAP', '-9223372036854775808'],
    ['i64', '9223372036854775807', '1', 'SAT', '9223372036854775807'],
    ['i64', '-9223372036854775808', '-1', 'SAT', '-9223372036854775808'],
    ['i64', '-9223372036854775808', '-1', 'FAIL', undefined],
    ['u63', '9223372036854775807', '1', 'WRAP', '0'],
  ])('%s: %s + %s, %s', async (type, value, increment, overflow, expected) => {
    for (const [version, nil] of [
      [2, '$-1\r\n'],
      [3, '_\r\n'],
    ] as const) {
      const client = await both.connect(version)
      await client.send('BITFIELD', 'key', 'SET', type, '3', value)
      const args = ['OVERFLOW', overflow, 'INCRBY', type, '3', increment]
      const reply = expected === undefined ? nil : `:${expected}\r\n`
      expect(await client.send('BITFIELD', 'key', ...args)).toBe(`*1\r\n${reply}`)
      expect(await client.send('BITFIELD', 'key', 'GET', type, '3')).toBe(`*1\r\n:${expected ?? value}\r\n`)
    }
  })

  test('answers as Redis does for any operations', async () => {
    const client = await both.connect()
    const next = random(1)
    const values = ['0', '1', '-1', '200', '-9223372036854775808', '9223372036854775807']
    for (let n = 0; n < 400; n++) {
      const args: string[] = []
      for (let left = next(4); left >= 0; left--) {
        if (next(2) === 0) args.push('OVERFLOW', ['WRAP', 'SAT', 'FAIL'][next(3)] as string)
        const type = next(2) === 0 ? `i${1 + next(64)}` : `u${1 + next(63)}`
        const offset = next(3) === 0 ? `#${next(10)}` : String(next(200))
        const name = ['GET', 'SET', 'INCRBY'][next(3)] as string
        args.push(name, type, offset)
        if (name !== 'GET') args.push(values[next(values.length)] as string)
      }
      await client.send('BITFIELD', 'key', ...args)
      expect(await client.send('GET', 'key')).toMatch(/^\$/)
    }
  })

  test('notifies of changes once, and of none that did not happen', async () => {
    const client = await both.connect()
    const events = await both.eventsOf(async () => {
      await client.send('BITFIELD', 'key', 'SET', 'u8', '0', '1', 'SET', 'u8', '8', '1')
      await client.send('BITFIELD', 'key', 'SET', 'u8', '0', '1')
      await client.send('BITFIELD', 'key', 'GET', 'u8', '0')
      await client.send('BITFIELD', 'key', 'OVERFLOW', 'FAIL', 'INCRBY', 'u8', '0', '255')
    })
    expect(events).toEqual(['setbit key'])
  })

  test('without operations answers nothing', async () => {
    const client = await both.connect()
    expect(await client.send('BITFIELD', 'key')).toBe('*0\r\n')
    expect(await client.send('BITFIELD_RO', 'key')).toBe('*0\r\n')
    expect(await client.send('BITFIELD', 'key', 'OVERFLOW', 'SAT')).toBe('*0\r\n')
    expect(await client.send('EXISTS', 'key')).toBe(':0\r\n')
  })

  test('BITFIELD_RO reads only', async () => {
    const client = await both.connect()
    await client.send('SET', 'key', '\x12')
    expect(await client.send('BITFIELD_RO', 'key', 'GET', 'u4', '0', 'get', 'u4', '#1')).toBe(
      '*2\r\n:1\r\n:2\r\n',
    )
    expect(await client.send('BITFIELD_RO', 'key', 'SET', 'u8', '0', '1')).toBe(
      '-ERR BITFIELD_RO only supports the GET subcommand\r\n',
    )
  })

  test('refuses wrong arguments and other types', async () => {
    const client = await both.connect()
    await client.send('RPUSH', 'list', 'item')
    const notAnInteger = '-ERR value is not an integer or out of range\r\n'
    for (const [request, reply] of [
      ['key GET', '-ERR syntax error\r\n'],
      ['key GET u8', '-ERR syntax error\r\n'],
      ['key SET u8 0', '-ERR syntax error\r\n'],
      ['key TEST u8 0', '-ERR syntax error\r\n'],
      ['key OVERFLOW', '-ERR syntax error\r\n'],
      ['key OVERFLOW NONE', '-ERR Invalid OVERFLOW type specified\r\n'],
      ['key GET u64 0', BAD_TYPE],
      ['key GET i65 0', BAD_TYPE],
      ['key GET u0 0', BAD_TYPE],
      ['key GET x8 0', BAD_TYPE],
      ['key GET u 0', BAD_TYPE],
      ['key GET u08 0', BAD_TYPE],
      ['key GET u8 -1', BAD_OFFSET],
      ['key GET u8 #-1', BAD_OFFSET],
      ['key GET u8 #', BAD_OFFSET],
      ['key GET u8 4294967296', BAD_OFFSET],
      ['key GET u8 #536870912', BAD_OFFSET],
      ['key SET u8 0 one', notAnInteger],
      ['key SET u8 0 9223372036854775808', notAnInteger],
      ['list GET u8 0', WRONG_TYPE],
      ['list SET u8 0 1', WRONG_TYPE],
    ] as const)
      expect(await client.send('BITFIELD', ...request.split(' '))).toBe(reply)
    expect(await client.send('EXISTS', 'key')).toBe(':0\r\n')
  })

  test('a write that fails makes the value longer, and is no change', async () => {
    const client = await both.connect()
    const other = await both.connect()
    await client.send('WATCH', 'key')
    expect(await other.send('BITFIELD', 'key', 'OVERFLOW', 'FAIL', 'INCRBY', 'u5', '#7', '100')).toBe(
      '*1\r\n$-1\r\n',
    )
    expect(await other.send('STRLEN', 'key')).toBe(':5\r\n')
    await client.send('MULTI')
    expect(await client.send('EXEC')).toBe('*0\r\n')
  })
})
