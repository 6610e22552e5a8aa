import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'

const WRONG_TYPE = '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n'
const ALL_BYTES = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte))

describeRedis('reading strings', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  test.each([
    [2, '$-1\r\n'],
    [3, '_\r\n'],
  ] as const)('GET and MGET answer absent keys as RESP%i does', async (version, nil) => {
    const client = await both.connect(version)
    await client.send('SET', 'key', 'value')
    await client.send('RPUSH', 'list', 'item')
    expect(await client.send('GET', 'key')).toBe('$5\r\nvalue\r\n')
    expect(await client.send('GET', 'absent')).toBe(nil)
    expect(await client.send('GET', 'list')).toBe(WRONG_TYPE)
    expect(await client.send('MGET', 'key', 'absent', 'list', 'key')).toBe(
      `*4\r\n$5\r\nvalue\r\n${nil}${nil}$5\r\nvalue\r\n`,
    )
  })

  test('keys and values hold any bytes, or none', async () => {
    const client = await both.connect()
    await client.send('SET', ALL_BYTES, ALL_BYTES)
    await client.send('SET', '', '')
    expect(await client.send('GET', ALL_BYTES)).toBe(`$256\r\n${ALL_BYTES}\r\n`)
    expect(await client.send('GET', '')).toBe('$0\r\n\r\n')
    expect(await client.send('STRLEN', ALL_BYTES)).toBe(':256\r\n')
    expect(await client.send('EXISTS', '')).toBe(':1\r\n')
  })

  test('STRLEN answers 0 for an absent key', async () => {
    const client = await both.connect()
    await client.send('RPUSH', 'list', 'item')
    expect(await client.send('STRLEN', 'absent')).toBe(':0\r\n')
    expect(await client.send('STRLEN', 'list')).toBe(WRONG_TYPE)
  })

  test('GETDEL deletes what it returns', async () => {
    const client = await both.connect()
    await client.send('SET', 'key', 'value')
    await client.send('RPUSH', 'list', 'item')
    const events = await both.eventsOf(async () => {
      expect(await client.send('GETDEL', 'key')).toBe('$5\r\nvalue\r\n')
      expect(await client.send('GETDEL', 'key')).toBe('$-1\r\n')
      expect(await client.send('GETDEL', 'list')).toBe(WRONG_TYPE)
    })
    expect(events).toEqual(['del key'])
    expect(await client.send('EXISTS', 'key', 'list')).toBe(':1\r\n')
  })

  test.each([
    ['0 -1', 'This is a string'],
    ['0 3', 'This'],
    ['-3 -1', 'ing'],
    ['0 0', 'T'],
    ['5 2', ''],
    ['-1 -3', ''],
    ['16 20', ''],
    ['15 5000', 'g'],
    ['-5000 3', 'This'],
    ['-5000 -5000', 'T'],
    ['-5000 -6000', ''],
    ['-9223372036854775808 9223372036854775807', 'This is a string'],
  ])('GETRANGE %s', async (range, expected) => {
    const client = await both.connect()
    await client.send('SET', 'key', 'This is a string')
    for (const name of ['GETRANGE', 'SUBSTR']) {
      const reply = await client.send(name, 'key', ...range.split(' '))
      expect(reply).toBe(`$${expected.length}\r\n${expected}\r\n`)
    }
  })

  test('GETRANGE reads positions before it looks at the key', async () => {
    const client = await both.connect()
    await client.send('RPUSH', 'list', 'item')
    const notAnInteger = '-ERR value is not an integer or out of range\r\n'
    expect(await client.send('GETRANGE', 'list', 'a', '1')).toBe(notAnInteger)
    expect(await client.send('GETRANGE', 'list', '1', '1.5')).toBe(notAnInteger)
    expect(await client.send('GETRANGE', 'list', '0', '1')).toBe(WRONG_TYPE)
    expect(await client.send('GETRANGE', 'absent', '0', '-1')).toBe('$0\r\n\r\n')
  })

  test('GETEX keeps, sets and removes the expiry', async () => {
    const client = await both.connect()
    await client.send('SET', 'key', 'value', 'PXAT', '33177117420000')
    for (const [options, expiry] of [
      ['', '33177117420000'],
      ['EXAT 33177117421', '33177117421000'],
      ['PXAT 33177117420001', '33177117420001'],
      ['pxat 5 PXAT 33177117420002', '33177117420002'],
      ['PERSIST', '-1'],
      ['PERSIST PERSIST', '-1'],
    ] as const) {
      const args = options === '' ? [] : options.split(' ')
      expect(await client.send('GETEX', 'key', ...args)).toBe('$5\r\nvalue\r\n')
      expect(await client.send('PEXPIRETIME', 'key')).toBe(`:${expiry}\r\n`)
    }
    for (const [option, time] of [
      ['EX', '1000'],
      ['PX', '1000000'],
    ] as const) {
      expect(await client.send('GETEX', 'key', option, time)).toBe('$5\r\nvalue\r\n')
      expect(await client.send('PERSIST', 'key')).toBe(':1\r\n')
    }
  })

  test('GETEX deletes a key whose expiry has passed', async () => {
    const client = await both.connect()
    await client.send('SET', 'key', 'value')
    const events = await both.eventsOf(async () => {
      expect(await client.send('GETEX', 'key', 'EX', '100')).toBe('$5\r\nvalue\r\n')
      expect(await client.send('GETEX', 'key', 'PERSIST')).toBe('$5\r\nvalue\r\n')
      expect(await client.send('GETEX', 'key', 'PERSIST')).toBe('$5\r\nvalue\r\n')
      expect(await client.send('GETEX', 'key', 'EXAT', '1')).toBe('$5\r\nvalue\r\n')
      expect(await client.send('GETEX', 'key', 'EXAT', '1')).toBe('$-1\r\n')
    })
    expect(events).toEqual(['expire key', 'persist key', 'del key'])
  })

  test.each([
    ['EX', 'syntax error'],
    ['EX 10 PX 10', 'syntax error'],
    ['PERSIST EX 10', 'syntax error'],
    ['EX 10 PERSIST', 'syntax error'],
    ['KEEPTTL', 'syntax error'],
    ['NX', 'syntax error'],
    ['GET', 'syntax error'],
    ['WITHOUT', 'syntax error'],
    ['EX 1.5', 'value is not an integer or out of range'],
    ['EX 0', "invalid expire time in 'getex' command"],
    ['PX -1', "invalid expire time in 'getex' command"],
    ['EX 9223372036854775807', "invalid expire time in 'getex' command"],
  ])('GETEX refuses %s', async (options, error) => {
    const client = await both.connect()
    await client.send('SET', 'key', 'value')
    expect(await client.send('GETEX', 'key', ...options.split(' '))).toBe(`-ERR ${error}\r\n`)
    expect(await client.send('PEXPIRETIME', 'key')).toBe(':-1\r\n')
  })

  test('GETEX reads the time only of a key that exists', async () => {
    const client = await both.connect()
    await client.send('RPUSH', 'list', 'item')
    expect(await client.send('GETEX', 'absent', 'EX', '0')).toBe('$-1\r\n')
    expect(await client.send('GETEX', 'absent', 'EX')).toBe('-ERR syntax error\r\n')
    expect(await client.send('GETEX', 'list', 'EX', '0')).toBe(WRONG_TYPE)
  })
})
