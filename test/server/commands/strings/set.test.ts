import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { readReply } from '../../helpers/read-reply.ts'

const WRONG_TYPE = '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n'
/** In ms since 1970, far in the future. */
const LATER = '33177117420000'

describeRedis('writing strings', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  describe('SET', () => {
    test('replaces a value of any type', async () => {
      const client = await both.connect()
      await client.send('RPUSH', 'key', 'item')
      expect(await client.send('SET', 'key', 'value')).toBe('+OK\r\n')
      expect(await client.send('GET', 'key')).toBe('$5\r\nvalue\r\n')
    })

    test.each([
      [2, '$-1\r\n'],
      [3, '_\r\n'],
    ] as const)('NX and XX set by condition, GET answers the value before, RESP%i', async (version, nil) => {
      const client = await both.connect(version)
      expect(await client.send('SET', 'key', '1', 'XX')).toBe(nil)
      expect(await client.send('SET', 'key', '2', 'nx')).toBe('+OK\r\n')
      expect(await client.send('SET', 'key', '3', 'NX')).toBe(nil)
      expect(await client.send('SET', 'key', '4', 'XX', 'GET')).toBe('$1\r\n2\r\n')
      expect(await client.send('SET', 'key', '5', 'GET', 'NX')).toBe('$1\r\n4\r\n')
      expect(await client.send('GET', 'key')).toBe('$1\r\n4\r\n')
      expect(await client.send('SET', 'absent', '6', 'GET', 'XX')).toBe(nil)
      expect(await client.send('SET', 'absent', '7', 'GET', 'NX')).toBe(nil)
      expect(await client.send('GET', 'absent')).toBe('$1\r\n7\r\n')
    })

    test('GET refuses other types, and sets nothing', async () => {
      const client = await both.connect()
      await client.send('RPUSH', 'list', 'item')
      expect(await client.send('SET', 'list', 'value', 'GET')).toBe(WRONG_TYPE)
      expect(await client.send('SET', 'list', 'value', 'NX')).toBe('$-1\r\n')
      expect(await client.send('TYPE', 'list')).toBe('+list\r\n')
    })

    test('sets, keeps and removes the expiry', async () => {
      const client = await both.connect()
      for (const [options, expiry] of [
        [`PXAT ${LATER}`, LATER],
        ['KEEPTTL', LATER],
        ['XX KEEPTTL GET', LATER],
        ['EXAT 33177117421', '33177117421000'],
        ['pxat 5 pxat 33177117420002', '33177117420002'],
        ['', '-1'],
        ['KEEPTTL', '-1'],
      ] as const) {
        await client.send('SET', 'key', options, ...(options === '' ? [] : options.split(' ')))
        expect(await client.send('GET', 'key')).toBe(`$${options.length}\r\n${options}\r\n`)
        expect(await client.send('PEXPIRETIME', 'key')).toBe(`:${expiry}\r\n`)
      }
    })

    test('EX and PX count from now', async () => {
      const client = await both.connect()
      const now = async () => {
        const [seconds, micros] = readReply(await client.ours.send('TIME')) as string[]
        return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000)
      }
      for (const [option, time] of [
        ['EX', '1000'],
        ['PX', '1000000'],
      ] as const) {
        const begin = await now()
        await client.send('SET', 'key', 'value', option, time)
        const expiry = readReply(await client.ours.send('PEXPIRETIME', 'key'))
        expect(expiry).toBeGreaterThanOrEqual(begin + 1_000_000)
        expect(expiry).toBeLessThanOrEqual((await now()) + 1_000_000)
      }
    })

    test('with an expiry in the past sets a key that is absent at once', async () => {
      const client = await both.connect()
      expect(await client.send('SET', 'key', 'value', 'PXAT', '1')).toBe('+OK\r\n')
      expect(await client.send('GET', 'key')).toBe('$-1\r\n')
    })

    test.each([
      ['EX', 'syntax error'],
      ['NX XX', 'syntax error'],
      ['EX 10 PX 10', 'syntax error'],
      ['EX 10 KEEPTTL', 'syntax error'],
      ['KEEPTTL PXAT 10', 'syntax error'],
      ['PERSIST', 'syntax error'],
      ['NX EX', 'syntax error'],
      ['WITHOUT', 'syntax error'],
      ['EX ten', 'value is not an integer or out of range'],
      ['EX 0', "invalid expire time in 'set' command"],
      ['PX -1', "invalid expire time in 'set' command"],
      ['EXAT 0', "invalid expire time in 'set' command"],
      ['EX 9223372036854775807', "invalid expire time in 'set' command"],
      ['PX 9223372036854775807', "invalid expire time in 'set' command"],
      ['EXAT 9223372036854776', "invalid expire time in 'set' command"],
      ['NX GET EX 0', "invalid expire time in 'set' command"],
    ])('refuses %s', async (options, error) => {
      const client = await both.connect()
      expect(await client.send('SET', 'key', 'value', ...options.split(' '))).toBe(`-ERR ${error}\r\n`)
      expect(await client.send('EXISTS', 'key')).toBe(':0\r\n')
    })

    test('notifies of the value and of the expiry', async () => {
      const client = await both.connect()
      const events = await both.eventsOf(async () => {
        await client.send('SET', 'key', 'value')
        await client.send('SET', 'key', 'value', 'EX', '100')
        await client.send('SET', 'key', 'value', 'NX')
        await client.send('SETEX', 'key', '100', 'value')
        await client.send('PSETEX', 'key', '100000', 'value')
        await client.send('GETSET', 'key', 'value')
        await client.send('SETNX', 'key', 'value')
        await client.send('SETNX', 'other', 'value')
        await client.send('MSET', 'a', '1', 'b', '2', 'a', '3')
      })
      const expiring = ['set key', 'expire key']
      expect(events).toEqual(
        ['set key', expiring, expiring, expiring, 'set key', 'set other', 'set a', 'set b', 'set a'].flat(),
      )
    })
  })

  test('SETEX and PSETEX set an expiry', async () => {
    const client = await both.connect()
    expect(await client.send('SETEX', 'key', '100', 'value')).toBe('+OK\r\n')
    expect(await client.send('PSETEX', 'other', '100000', 'value')).toBe('+OK\r\n')
    expect(await client.send('GET', 'other')).toBe('$5\r\nvalue\r\n')
    expect(await client.send('PERSIST', 'key')).toBe(':1\r\n')
    expect(await client.send('PERSIST', 'other')).toBe(':1\r\n')
    for (const [name, time, error] of [
      ['SETEX', '0', "invalid expire time in 'setex' command"],
      ['SETEX', '-10', "invalid expire time in 'setex' command"],
      ['SETEX', '9223372036854775807', "invalid expire time in 'setex' command"],
      ['SETEX', 'ten', 'value is not an integer or out of range'],
      ['PSETEX', '0', "invalid expire time in 'psetex' command"],
    ] as const)
      expect(await client.send(name, 'key', time, 'changed')).toBe(`-ERR ${error}\r\n`)
    expect(await client.send('GET', 'key')).toBe('$5\r\nvalue\r\n')
  })

  test('SETNX sets an absent key only', async () => {
    const client = await both.connect()
    expect(await client.send('SETNX', 'key', '1')).toBe(':1\r\n')
    expect(await client.send('SETNX', 'key', '2')).toBe(':0\r\n')
    await client.send('RPUSH', 'list', 'item')
    expect(await client.send('SETNX', 'list', '2')).toBe(':0\r\n')
    expect(await client.send('GET', 'key')).toBe('$1\r\n1\r\n')
  })

  test('GETSET answers the value before, and removes the expiry', async () => {
    const client = await both.connect()
    expect(await client.send('GETSET', 'key', '1')).toBe('$-1\r\n')
    await client.send('PEXPIREAT', 'key', LATER)
    expect(await client.send('GETSET', 'key', '2')).toBe('$1\r\n1\r\n')
    expect(await client.send('PEXPIRETIME', 'key')).toBe(':-1\r\n')
    await client.send('RPUSH', 'list', 'item')
    expect(await client.send('GETSET', 'list', '2')).toBe(WRONG_TYPE)
  })

  test('MSET and MSETNX set all keys or none', async () => {
    const client = await both.connect()
    await client.send('SET', 'a', '0', 'PXAT', LATER)
    expect(await client.send('MSET', 'a', '1', 'b', '2', 'a', '3')).toBe('+OK\r\n')
    expect(await client.send('PEXPIRETIME', 'a')).toBe(':-1\r\n')
    expect(await client.send('MSETNX', 'c', '4', 'a', '5')).toBe(':0\r\n')
    expect(await client.send('MSETNX', 'd', '6', 'd', '7', 'e', '8')).toBe(':1\r\n')
    expect(await client.send('MGET', 'a', 'b', 'c', 'd', 'e')).toBe(
      '*5\r\n$1\r\n3\r\n$1\r\n2\r\n$-1\r\n$1\r\n7\r\n$1\r\n8\r\n',
    )
    for (const name of ['mset', 'msetnx'])
      expect(await client.send(name, 'x', '1', 'y')).toBe(
        `-ERR wrong number of arguments for '${name}' command\r\n`,
      )
    expect(await client.send('EXISTS', 'x')).toBe(':0\r\n')
  })

  test('APPEND adds to the end, and keeps the expiry', async () => {
    const client = await both.connect()
    expect(await client.send('APPEND', 'key', 'one')).toBe(':3\r\n')
    await client.send('PEXPIREAT', 'key', LATER)
    expect(await client.send('APPEND', 'key', '\0\xff')).toBe(':5\r\n')
    expect(await client.send('APPEND', 'key', '')).toBe(':5\r\n')
    expect(await client.send('GET', 'key')).toBe('$5\r\none\0\xff\r\n')
    expect(await client.send('PEXPIRETIME', 'key')).toBe(`:${LATER}\r\n`)
    await client.send('RPUSH', 'list', 'item')
    expect(await client.send('APPEND', 'list', 'one')).toBe(WRONG_TYPE)
  })

  test('SETRANGE overwrites, and fills up with zeros', async () => {
    const client = await both.connect()
    expect(await client.send('SETRANGE', 'key', '2', 'ab')).toBe(':4\r\n')
    expect(await client.send('GET', 'key')).toBe('$4\r\n\0\0ab\r\n')
    await client.send('PEXPIREAT', 'key', LATER)
    expect(await client.send('SETRANGE', 'key', '1', 'xy')).toBe(':4\r\n')
    expect(await client.send('SETRANGE', 'key', '4', 'end')).toBe(':7\r\n')
    expect(await client.send('GET', 'key')).toBe('$7\r\n\0xybend\r\n')
    expect(await client.send('PEXPIRETIME', 'key')).toBe(`:${LATER}\r\n`)
    expect(await client.send('SETRANGE', 'key', '100', '')).toBe(':7\r\n')
    expect(await client.send('SETRANGE', 'absent', '5', '')).toBe(':0\r\n')
    expect(await client.send('EXISTS', 'absent')).toBe(':0\r\n')
  })

  test('SETRANGE refuses offsets that no string can have', async () => {
    const client = await both.connect()
    await client.send('RPUSH', 'list', 'item')
    const tooLong = '-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n'
    for (const [key, offset, error] of [
      ['key', '-1', '-ERR offset is out of range\r\n'],
      ['key', 'one', '-ERR value is not an integer or out of range\r\n'],
      ['key', '536870912', tooLong],
      ['key', '9223372036854775807', tooLong],
      ['list', '-1', '-ERR offset is out of range\r\n'],
      ['list', '0', WRONG_TYPE],
    ] as const)
      expect(await client.send('SETRANGE', key, offset, 'a')).toBe(error)
    expect(await client.send('EXISTS', 'key')).toBe(':0\r\n')
  })

  test('APPEND and SETRANGE notify of changes only', async () => {
    const client = await both.connect()
    const events = await both.eventsOf(async () => {
      await client.send('APPEND', 'key', 'one')
      await client.send('APPEND', 'key', '')
      await client.send('SETRANGE', 'key', '1', 'a')
      await client.send('SETRANGE', 'key', '1', '')
    })
    expect(events).toEqual(['append key', 'append key', 'setrange key'])
  })
})
