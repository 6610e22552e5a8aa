import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothClients, type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { readReply } from '../../helpers/read-reply.ts'

describeRedis('ZADD and ZINCRBY', () => {
  let both: BothServers
  let client: BothClients

  beforeAll(async () => {
    both = await startBoth()
  })
  afterAll(() => both.stop())
  beforeEach(async () => {
    await both.reset()
    client = await both.connect()
  })

  const all = async () => readReply(await client.send('ZRANGE', 'z', 0, -1, 'WITHSCORES'))

  test('count new members, and with CH those whose scores were changed', async () => {
    expect(await client.send('ZADD', 'z', 1, 'a', 2, 'b', 1.5, 'c')).toBe(':3\r\n')
    expect(await client.send('ZADD', 'z', 1, 'a', 5, 'b', 0, 'd')).toBe(':1\r\n')
    expect(await client.send('ZADD', 'z', 'CH', 2, 'a', 5, 'b', 0, 'e')).toBe(':2\r\n')
    expect(await all()).toEqual(['d', '0', 'e', '0', 'c', '1.5', 'a', '2', 'b', '5'])
  })

  test('the last of several scores of a member counts', async () => {
    expect(await client.send('ZADD', 'z', 1, 'a', 2, 'a', 3, 'a')).toBe(':1\r\n')
    expect(await all()).toEqual(['a', '3'])
  })

  test.each([
    ['NX', ['a', '1', 'new', '9']],
    ['XX', ['a', '9']],
    ['GT', ['a', '9', 'new', '9']],
    ['LT', ['a', '1', 'new', '9']],
  ])('%s allows some changes', async (option, expected) => {
    await client.send('ZADD', 'z', 1, 'a')
    await client.send('ZADD', 'z', option, 'CH', 9, 'a', 9, 'new')
    expect(await all()).toEqual(expected)
  })

  test.each([
    { options: ['NX', 'XX'], error: 'XX and NX options at the same time are not compatible' },
    { options: ['NX', 'GT'], error: 'GT, LT, and/or NX options at the same time are not compatible' },
    { options: ['GT', 'LT'], error: 'GT, LT, and/or NX options at the same time are not compatible' },
  ])('refuses $options', async ({ options, error }) => {
    expect(await client.send('ZADD', 'z', ...options, 1, 'a')).toBe(`-ERR ${error}\r\n`)
  })

  test('refuse what is no score, and set none of the others', async () => {
    for (const score of ['x', 'nan', '', ' 1', '1 ', '1e400', '1e-400', '0x', '1.2.3'])
      expect(await client.send('ZADD', 'z', 1, 'a', score, 'b')).toBe('-ERR value is not a valid float\r\n')
    expect(await client.send('ZADD', 'z', 1, 'a', 2)).toBe('-ERR syntax error\r\n')
    expect(await client.send('ZADD', 'z', 'NX', 1)).toBe('-ERR syntax error\r\n')
    expect(await client.send('EXISTS', 'z')).toBe(':0\r\n')
  })

  test.each([
    ['inf', 'inf'],
    ['-INFINITY', '-inf'],
    ['0x10', '16'],
    ['1e3', '1000'],
    ['.5', '0.5'],
    ['0.1', '0.10000000000000001'],
    ['12345678901234567', '12345678901234568'],
    ['1e17', '1e+17'],
    ['5e-324', '4.9406564584124654e-324'],
    ['-0', '0'],
  ])('store %s as %s', async (score, stored) => {
    await client.send('ZADD', 'z', score, 'a')
    expect(readReply(await client.send('ZSCORE', 'z', 'a'))).toBe(stored)
  })

  test('hexadecimal numbers are scores, and refused where they are none of a double', async () => {
    const client = await both.connect()
    for (const score of ['0x1.8p1', '-0X.8', '0x1p-1074', '0x123456789abcdef01', '0x1.fffffffffffff8p0'])
      expect(await client.send('ZADD', 'z', score, score)).toBe(':1\r\n')
    await client.send('ZRANGE', 'z', 0, -1, 'WITHSCORES')
    for (const score of ['0x', '0x1p1024', '0x1p-1080', '-0x1p99999', '0x0p99999', '0x0.0p-99999'])
      await client.send('ZADD', 'z', score, score)
    await client.send('ZRANGE', 'z', 0, -1, 'WITHSCORES')
  })

  test('INCR answers the new score, and nil if the options forbid it', async () => {
    expect(await client.send('ZADD', 'z', 'INCR', 2, 'a')).toBe('$1\r\n2\r\n')
    expect(await client.send('ZADD', 'z', 'INCR', 0.5, 'a')).toBe('$3\r\n2.5\r\n')
    expect(await client.send('ZADD', 'z', 'NX', 'INCR', 1, 'a')).toBe('$-1\r\n')
    expect(await client.send('ZADD', 'z', 'XX', 'INCR', 1, 'b')).toBe('$-1\r\n')
    expect(await client.send('ZADD', 'z', 'GT', 'INCR', -1, 'a')).toBe('$-1\r\n')
    expect(await client.send('ZADD', 'z', 'LT', 'INCR', -1, 'a')).toBe('$3\r\n1.5\r\n')
    expect(await client.send('ZADD', 'z', 'INCR', 1, 'a', 2, 'b')).toBe(
      '-ERR INCR option supports a single increment-element pair\r\n',
    )
  })

  test('ZINCRBY adds, and refuses a sum that is no number', async () => {
    expect(await client.send('ZINCRBY', 'z', 2, 'a')).toBe('$1\r\n2\r\n')
    expect(await client.send('ZINCRBY', 'z', 'inf', 'a')).toBe('$3\r\ninf\r\n')
    expect(await client.send('ZINCRBY', 'z', '-inf', 'a')).toBe(
      '-ERR resulting score is not a number (NaN)\r\n',
    )
    expect(await all()).toEqual(['a', 'inf'])
  })

  test('answer doubles in RESP3', async () => {
    client = await both.connect(3)
    expect(await client.send('ZADD', 'z', 'INCR', 1.5, 'a')).toBe(',1.5\r\n')
    expect(await client.send('ZINCRBY', 'z', 'inf', 'a')).toBe(',inf\r\n')
    expect(await client.send('ZADD', 'z', 'NX', 'INCR', 1, 'a')).toBe('_\r\n')
  })

  test('refuse a key of another type', async () => {
    await client.send('SET', 'z', 'text')
    for (const request of [
      ['ZADD', 'z', 1, 'a'],
      ['ZADD', 'z', 'XX', 1, 'a'],
      ['ZINCRBY', 'z', 1, 'a'],
    ])
      expect(await client.send(...request)).toMatch(/^-WRONGTYPE /)
  })

  test('notify of changes only', async () => {
    const events = await both.eventsOf(async () => {
      await client.send('ZADD', 'z', 1, 'a')
      await client.send('ZADD', 'z', 1, 'a')
      await client.send('ZADD', 'z', 'XX', 1, 'b')
      await client.send('ZINCRBY', 'z', 1, 'a')
      await client.send('ZINCRBY', 'z', 0, 'a')
      await client.send('ZADD', 'z', 'INCR', 1, 'b')
    })
    expect(events).toEqual(['zadd z', 'zincr z', 'zincr z'])
  })
})
