import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { readReply } from '../../helpers/read-reply.ts'

describeRedis('transactions, as on Redis', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  test('EXEC answers what the queued requests answer, errors included', async () => {
    const client = await both.connect()
    expect(await client.send('MULTI')).toBe('+OK\r\n')
    expect(await client.send('SET', 'key', 'text')).toBe('+QUEUED\r\n')
    await client.send('INCR', 'key')
    await client.send('LPUSH', 'list', 'a')
    expect(await client.send('EXEC')).toBe(
      '*3\r\n+OK\r\n-ERR value is not an integer or out of range\r\n:1\r\n',
    )
    expect(await client.send('GET', 'key')).toBe('$4\r\ntext\r\n')
  })

  test('nothing runs before EXEC, and DISCARD drops all', async () => {
    const client = await both.connect()
    const other = await both.connect()
    await client.pipeline(['MULTI'], ['SET', 'key', '1'])
    expect(await other.send('GET', 'key')).toBe('$-1\r\n')
    expect(await client.send('DISCARD')).toBe('+OK\r\n')
    expect(await other.send('GET', 'key')).toBe('$-1\r\n')
    expect(await client.send('DISCARD')).toBe('-ERR DISCARD without MULTI\r\n')
    expect(await client.send('EXEC')).toBe('-ERR EXEC without MULTI\r\n')
  })

  test('a request that is refused lets EXEC fail', async () => {
    const client = await both.connect()
    for (const wrong of [['NOSUCH'], ['GET'], ['CLIENT', 'NOSUCH'], ['SAVE', 'now']]) {
      await client.send('MULTI')
      await client.send('SET', 'key', '1')
      expect(await client.send(...wrong)).toMatch(/^-ERR /)
      expect(await client.send('EXEC')).toBe(
        '-EXECABORT Transaction discarded because of previous errors.\r\n',
      )
    }
    expect(await client.send('EXISTS', 'key')).toBe(':0\r\n')
  })

  test('an EXEC that is refused itself ends the transaction', async () => {
    const client = await both.connect()
    await client.send('CONFIG', 'RESETSTAT')
    await client.send('MULTI')
    expect(await client.send('EXEC', 'now')).toBe(
      "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command\r\n",
    )
    expect(await client.send('INFO', 'errorstats')).toContain('errorstat_EXECABORT:count=1')
    expect(await client.send('EXEC')).toBe('-ERR EXEC without MULTI\r\n')
  })

  test('MULTI, WATCH and what cannot be queued answer at once, and the transaction goes on', async () => {
    const client = await both.connect()
    await client.send('MULTI')
    expect(await client.send('MULTI')).toBe('-ERR MULTI calls can not be nested\r\n')
    expect(await client.send('WATCH', 'key')).toBe('-ERR WATCH inside MULTI is not allowed\r\n')
    await client.send('PING')
    expect(await client.send('EXEC')).toBe('*1\r\n+PONG\r\n')
    await client.send('MULTI')
    expect(await client.send('SAVE')).toBe('-ERR Command not allowed inside a transaction\r\n')
    expect(await client.send('EXEC')).toMatch(/^-EXECABORT/)
  })

  test('a blocking command in a transaction does not wait', async () => {
    const client = await both.connect()
    await client.pipeline(['MULTI'], ['BLPOP', 'list', 0], ['RPUSH', 'list', 'a'], ['BLPOP', 'list', 0])
    expect(readReply(await client.send('EXEC'))).toEqual([null, 1, ['list', 'a']])
  })

  test('clients that wait are served after the transaction', async () => {
    const waiting = await both.connect()
    waiting.write('BLPOP', 'list', 0)
    await both.untilBlocked(1)
    const client = await both.connect()
    await client.pipeline(['MULTI'], ['RPUSH', 'list', 'a'], ['DEL', 'list'], ['EXEC'])
    await client.send('RPUSH', 'list', 'b')
    expect(readReply(await waiting.reply())).toEqual(['list', 'b'])
  })

  test('SELECT in a transaction is for the rest of it, and for what follows', async () => {
    const client = await both.connect()
    await client.pipeline(['MULTI'], ['SELECT', 3], ['SET', 'key', 'three'], ['EXEC'])
    expect(await client.send('GET', 'key')).toBe('$5\r\nthree\r\n')
    await client.send('SELECT', 0)
    expect(await client.send('GET', 'key')).toBe('$-1\r\n')
  })

  test('subscriptions and the version of the protocol can change in a transaction', async () => {
    const client = await both.connect()
    await client.pipeline(['MULTI'], ['SUBSCRIBE', 'news'], ['SSUBSCRIBE', 'shard'], ['MONITOR'])
    expect(readReply(await client.send('EXEC'))).toEqual([
      ['subscribe', 'news', 1],
      "-ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client",
      "-ERR MONITOR isn't allowed for DENY BLOCKING client",
    ])
    expect(await client.send('GET', 'key')).toMatch(/^-ERR Can't execute 'get'/)
  })

  test('QUIT and RESET end a transaction', async () => {
    const client = await both.connect()
    await client.pipeline(['MULTI'], ['SET', 'key', '1'])
    expect(await client.send('RESET')).toBe('+RESET\r\n')
    expect(await client.send('EXEC')).toBe('-ERR EXEC without MULTI\r\n')
    await client.send('MULTI')
    expect(await client.send('QUIT')).toBe('+OK\r\n')
    await client.closed
  })

  test('without room in memory, EXEC is refused if a queued request needs some', async () => {
    const client = await both.connect()
    await client.pipeline(['MULTI'], ['SET', 'key', '1'])
    const admin = await both.connect()
    await admin.send('CONFIG', 'SET', 'maxmemory', 1)
    expect(await client.send('EXEC')).toBe(
      "-EXECABORT Transaction discarded because of: OOM command not allowed when used memory > 'maxmemory'.\r\n",
    )
    await client.pipeline(['MULTI'])
    expect(await client.send('GET', 'key')).toMatch(/^-OOM /)
    expect(await client.send('DISCARD')).toBe('+OK\r\n')
    await admin.send('CONFIG', 'SET', 'maxmemory', 0)
  })
})
