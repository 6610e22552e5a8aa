import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { readReply } from '../../helpers/read-reply.ts'

describeRedis('databases, as on Redis', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  test('MOVE moves a key with its expiry, unless it is there', async () => {
    const client = await both.connect()
    await client.send('SET', 'key', 1, 'PXAT', 4e12)
    expect(await client.send('MOVE', 'key', 1)).toBe(':1\r\n')
    expect(await client.send('MOVE', 'key', 1)).toBe(':0\r\n')
    await client.send('SET', 'key', 2)
    expect(await client.send('MOVE', 'key', 1)).toBe(':0\r\n')
    await client.send('SELECT', 1)
    expect(await client.send('PEXPIRETIME', 'key')).toBe(':4000000000000\r\n')
    for (const index of ['x', '-1', '16', '99999999999', '1'])
      expect(await client.send('MOVE', 'key', index)).toMatch(/^-ERR/)
  })

  test('FLUSHDB empties one database, FLUSHALL all', async () => {
    const client = await both.connect()
    await client.send('SET', 'key', 1)
    await client.send('SELECT', 2)
    await client.send('SET', 'key', 1)
    await client.send('SET', 'other', 1)
    expect(await client.send('DBSIZE')).toBe(':2\r\n')
    expect(await client.send('FLUSHDB', 'ASYNC')).toBe('+OK\r\n')
    expect(await client.send('DBSIZE')).toBe(':0\r\n')
    await client.send('SELECT', 0)
    expect(await client.send('DBSIZE')).toBe(':1\r\n')
    for (const args of [['foo'], ['SYNC', 'ASYNC']])
      for (const command of ['FLUSHDB', 'FLUSHALL'])
        expect(await client.send(command, ...args)).toBe('-ERR syntax error\r\n')
    expect(await client.send('FLUSHALL', 'sync')).toBe('+OK\r\n')
    expect(await client.send('DBSIZE')).toBe(':0\r\n')
  })

  test('SWAPDB exchanges keys, and serves clients that wait', async () => {
    const client = await both.connect()
    await client.send('RPUSH', 'list', 'in 0')
    await client.send('SET', 'key', 1, 'PXAT', 4e12)
    const waiting = await both.connect()
    await waiting.send('SELECT', 1)
    waiting.write('BLPOP', 'list', 0)
    await both.untilBlocked(1)
    expect(await client.send('SWAPDB', 0, 1)).toBe('+OK\r\n')
    expect(readReply(await waiting.reply())).toEqual(['list', 'in 0'])
    expect(await client.send('DBSIZE')).toBe(':0\r\n')
    expect(await waiting.send('PEXPIRETIME', 'key')).toBe(':4000000000000\r\n')
    expect(await client.send('SWAPDB', 0, 0)).toBe('+OK\r\n')
    for (const args of [
      ['x', 1],
      [1, 'x'],
      [0, 16],
      [-1, 0],
      [99999999999, 0],
    ])
      expect(await client.send('SWAPDB', ...args)).toMatch(/^-ERR/)
  })

  test('SWAPDB fails transactions whose keys it exchanges', async () => {
    const client = await both.connect()
    await client.send('SET', 'key', 1)
    await client.send('WATCH', 'key')
    const other = await both.connect()
    await other.send('SWAPDB', 0, 1)
    await client.send('MULTI')
    await client.send('PING')
    expect(await client.send('EXEC')).toBe('*-1\r\n')
  })
})
