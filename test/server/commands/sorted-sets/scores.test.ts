import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothClients, type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { readReply } from '../../helpers/read-reply.ts'

describeRedis('scores and ranks of members', () => {
  let both: BothServers
  let client: BothClients

  beforeAll(async () => {
    both = await startBoth()
  })
  afterAll(() => both.stop())
  beforeEach(async () => {
    await both.reset()
    client = await both.connect()
    await client.send('ZADD', 'z', 1, 'a', 2.5, 'b', '-inf', '\xff\0')
  })

  test('ZCARD, ZSCORE and ZMSCORE', async () => {
    expect(await client.send('ZCARD', 'z')).toBe(':3\r\n')
    expect(await client.send('ZCARD', 'none')).toBe(':0\r\n')
    expect(await client.send('ZSCORE', 'z', 'b')).toBe('$3\r\n2.5\r\n')
    expect(await client.send('ZSCORE', 'z', '\xff\0')).toBe('$4\r\n-inf\r\n')
    expect(await client.send('ZSCORE', 'z', 'x')).toBe('$-1\r\n')
    expect(await client.send('ZSCORE', 'none', 'x')).toBe('$-1\r\n')
    expect(readReply(await client.send('ZMSCORE', 'z', 'a', 'x', 'b'))).toEqual(['1', null, '2.5'])
    expect(readReply(await client.send('ZMSCORE', 'none', 'a', 'x'))).toEqual([null, null])
  })

  test('in RESP3 scores are doubles', async () => {
    client = await both.connect(3)
    expect(await client.send('ZSCORE', 'z', 'b')).toBe(',2.5\r\n')
    expect(await client.send('ZMSCORE', 'z', 'b', 'x')).toBe('*2\r\n,2.5\r\n_\r\n')
    expect(await client.send('ZRANK', 'z', 'x')).toBe('_\r\n')
  })

  test('ZRANK and ZREVRANK', async () => {
    expect(await client.send('ZRANK', 'z', 'a')).toBe(':1\r\n')
    expect(await client.send('ZREVRANK', 'z', 'a')).toBe(':1\r\n')
    expect(await client.send('ZREVRANK', 'z', '\xff\0')).toBe(':2\r\n')
    expect(await client.send('ZRANK', 'z', 'x')).toBe('$-1\r\n')
    expect(await client.send('ZREVRANK', 'none', 'x')).toBe('$-1\r\n')
  })

  test('ZREM removes members, and the key with the last one', async () => {
    const events = await both.eventsOf(async () => {
      expect(await client.send('ZREM', 'z', 'x')).toBe(':0\r\n')
      expect(await client.send('ZREM', 'z', 'a', 'a', 'x', 'b')).toBe(':2\r\n')
      expect(await client.send('ZREM', 'z', '\xff\0')).toBe(':1\r\n')
      expect(await client.send('ZREM', 'z', 'a')).toBe(':0\r\n')
    })
    expect(events).toEqual(['zrem z', 'zrem z', 'del z'])
    expect(await client.send('EXISTS', 'z')).toBe(':0\r\n')
  })

  test('refuse a key of another type', async () => {
    await client.send('SET', 'text', 'x')
    for (const request of [
      ['ZCARD', 'text'],
      ['ZSCORE', 'text', 'a'],
      ['ZMSCORE', 'text', 'a'],
      ['ZRANK', 'text', 'a'],
      ['ZREM', 'text', 'a'],
      ['ZRANGE', 'text', 0, -1],
      ['ZCOUNT', 'text', 0, 1],
      ['ZPOPMIN', 'text'],
      ['ZRANDMEMBER', 'text'],
      ['ZSCAN', 'text', 0],
    ])
      expect(await client.send(...request), request.join(' ')).toMatch(/^-WRONGTYPE /)
  })
})
