import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'

const WRONG_TYPE = '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n'
const BAD_OFFSET = '-ERR bit offset is not an integer or out of range\r\n'
const BAD_BIT = '-ERR bit is not an integer or out of range\r\n'

describeRedis('single bits', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  test('SETBIT answers the bit before, and makes the string as long as it must be', async () => {
    const client = await both.connect()
    expect(await client.send('SETBIT', 'key', '1', '1')).toBe(':0\r\n')
    expect(await client.send('GET', 'key')).toBe('$1\r\n@\r\n')
    expect(await client.send('SETBIT', 'key', '1', '0')).toBe(':1\r\n')
    expect(await client.send('SETBIT', 'key', '23', '1')).toBe(':0\r\n')
    expect(await client.send('GET', 'key')).toBe('$3\r\n\0\0\x01\r\n')
    expect(await client.send('SETBIT', 'key', '32', '0')).toBe(':0\r\n')
    expect(await client.send('STRLEN', 'key')).toBe(':5\r\n')
    await client.send('SET', 'number', '1')
    expect(await client.send('SETBIT', 'number', '6', '1')).toBe(':0\r\n')
    expect(await client.send('GET', 'number')).toBe('$1\r\n3\r\n')
  })

  test('GETBIT answers 0 behind the end', async () => {
    const client = await both.connect()
    await client.send('SET', 'key', '`')
    const bits = ['0', '1', '1', '0', '0', '0', '0', '0', '0']
    for (const [offset, bit] of bits.entries())
      expect(await client.send('GETBIT', 'key', offset)).toBe(`:${bit}\r\n`)
    expect(await client.send('GETBIT', 'key', '4294967295')).toBe(':0\r\n')
    expect(await client.send('GETBIT', 'absent', '0')).toBe(':0\r\n')
  })

  test('refuse offsets, bits and other types', async () => {
    const client = await both.connect()
    await client.send('RPUSH', 'list', 'item')
    for (const offset of ['-1', 'one', '1.5', '4294967296', '9223372036854775808']) {
      expect(await client.send('SETBIT', 'key', offset, '1')).toBe(BAD_OFFSET)
      expect(await client.send('GETBIT', 'key', offset)).toBe(BAD_OFFSET)
    }
    for (const bit of ['2', '-1', 'on', '01', ''])
      expect(await client.send('SETBIT', 'key', '1', bit)).toBe(BAD_BIT)
    expect(await client.send('SETBIT', 'list', '1', '1')).toBe(WRONG_TYPE)
    expect(await client.send('GETBIT', 'list', '1')).toBe(WRONG_TYPE)
    expect(await client.send('EXISTS', 'key')).toBe(':0\r\n')
  })

  test('SETBIT notifies of changes, and keeps the expiry', async () => {
    const client = await both.connect()
    const events = await both.eventsOf(async () => {
      await client.send('SETBIT', 'key', '1', '1')
      await client.send('SETBIT', 'key', '1', '1')
      await client.send('PEXPIREAT', 'key', '33177117420000')
      await client.send('SETBIT', 'key', '100', '0')
      await client.send('SETBIT', 'key', '100', '0')
    })
    expect(events).toEqual(['setbit key', 'expire key', 'setbit key'])
    expect(await client.send('PEXPIRETIME', 'key')).toBe(':33177117420000\r\n')
  })
})
