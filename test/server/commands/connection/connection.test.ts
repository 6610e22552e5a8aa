import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { readReply } from '../../helpers/read-reply.ts'

describeRedis('connections, as on Redis', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  test('PING, ECHO and QUIT', async () => {
    const client = await both.connect()
    expect(await client.send('PING')).toBe('+PONG\r\n')
    expect(await client.send('PING', '\x00\r\n')).toBe('$3\r\n\x00\r\n\r\n')
    expect(await client.send('PING', 'a', 'b')).toBe("-ERR wrong number of arguments for 'ping' command\r\n")
    expect(await client.send('ECHO', 'a')).toBe('$1\r\na\r\n')
    client.write('QUIT')
    client.write('SET', 'key', 'after')
    expect(await client.reply()).toBe('+OK\r\n')
    await client.closed
    expect(await (await both.connect()).send('EXISTS', 'key')).toBe(':0\r\n')
  })

  test('SELECT takes the databases that exist', async () => {
    const client = await both.connect()
    expect(await client.send('SELECT', 15)).toBe('+OK\r\n')
    for (const index of [16, -1, 'x', '', '99999999999', '1.5'])
      expect(await client.send('SELECT', index)).toMatch(/^-ERR /)
    await client.send('SET', 'key', '1')
    await client.send('RESET')
    expect(await client.send('GET', 'key')).toBe('$-1\r\n')
  })

  test('HELLO chooses the version of the protocol, and describes the server', async () => {
    const client = await both.connect()
    const hello = async (...args: (string | number)[]) => {
      const replies = await Promise.all([client.ours, client.redis].map((one) => one.send('HELLO', ...args)))
      const [ours, redis] = replies.map((reply) => reply.replace(/(\$2\r\nid\r\n:)\d+/, '$1'))
      expect(ours).toBe(redis)
      return ours as string
    }
    expect(await hello()).toMatch(/^\*14\r\n/)
    expect(await hello(3)).toMatch(/^%7\r\n.*proto\r\n:3\r\n.*modules\r\n\*0\r\n$/s)
    expect(await client.send('GET', 'absent')).toBe('_\r\n')
    expect(await hello(2, 'SETNAME', 'shop', 'AUTH', 'default', 'any')).toMatch(/^\*14\r\n/)
    expect(await client.send('CLIENT', 'GETNAME')).toBe('$4\r\nshop\r\n')
  })

  test('HELLO refuses what it does not know, and changes nothing', async () => {
    const client = await both.connect()
    for (const args of [[1], [4], ['x'], ['99999999999999999999'], [3, 'WRONG'], [3, 'AUTH', 'a']])
      expect(await client.send('HELLO', ...args)).toMatch(/^-(ERR|NOPROTO) /)
    expect(await client.send('HELLO', 3, 'AUTH', 'nobody', 'secret')).toMatch(/^-WRONGPASS /)
    expect(await client.send('HELLO', 3, 'SETNAME', 'two words')).toMatch(/^-ERR Client names/)
    expect(await client.send('GET', 'absent')).toBe('$-1\r\n')
  })

  test('with a password, nothing but AUTH, HELLO, RESET and QUIT is allowed before it', async () => {
    const admin = await both.connect()
    await admin.send('CONFIG', 'SET', 'requirepass', 'secret')
    const client = await both.connect()
    const refusal = '-NOAUTH Authentication required.\r\n'
    for (const args of [['PING'], ['GET', 'key'], ['MULTI'], ['CLIENT', 'ID'], ['SUBSCRIBE', 'a']])
      expect(await client.send(...args)).toBe(refusal)
    expect(await client.send('HELLO', 3)).toMatch(/^-NOAUTH HELLO must be called/)
    expect(await client.send('AUTH', 'wrong')).toMatch(/^-WRONGPASS/)
    expect(await client.send('AUTH', 'nobody', 'secret')).toMatch(/^-WRONGPASS/)
    expect(await client.send('AUTH', 'a', 'b', 'c')).toBe('-ERR syntax error\r\n')
    expect(await client.send('AUTH', 'secret')).toBe('+OK\r\n')
    expect(await client.send('PING')).toBe('+PONG\r\n')
    expect(await client.send('RESET')).toBe('+RESET\r\n')
    expect(await client.send('PING')).toBe(refusal)
    expect(await client.send('AUTH', 'default', 'secret')).toBe('+OK\r\n')
    const late = await both.connect()
    expect(await admin.send('CONFIG', 'SET', 'requirepass', '')).toBe('+OK\r\n')
    expect(await late.send('PING')).toBe('+PONG\r\n')
    expect(await admin.send('AUTH', 'any')).toMatch(/^-ERR AUTH <password> called without any password/)
    expect(await admin.send('AUTH', 'default', 'any')).toBe('+OK\r\n')
  })

  test('before the password, requests are small', async () => {
    const admin = await both.connect()
    await admin.send('CONFIG', 'SET', 'requirepass', 'secret')
    for (const request of ['*11\r\n', '*1\r\n$16385\r\n']) {
      const client = await both.connect()
      client.ours.write(request)
      client.redis.write(request)
      expect(await client.reply()).toMatch(/^-ERR Protocol error: unauthenticated/)
      await client.closed
    }
    await admin.send('CONFIG', 'SET', 'requirepass', '')
  })

  test('RESET makes a connection as it was when it began', async () => {
    const client = await both.connect(3)
    await client.pipeline(
      ['CLIENT', 'SETNAME', 'shop'],
      ['SELECT', 2],
      ['CLIENT', 'TRACKING', 'ON'],
      ['MULTI'],
    )
    expect(await client.send('RESET')).toBe('+RESET\r\n')
    expect(await client.send('CLIENT', 'GETNAME')).toBe('$-1\r\n')
    expect(await client.send('CLIENT', 'GETREDIR')).toBe(':-1\r\n')
    expect(readReply(await client.send('EXEC'))).toBe('-ERR EXEC without MULTI')
  })

  test('a request that speaks HTTP ends the connection without a reply', async () => {
    for (const request of ['POST / HTTP/1.1\r\n', 'Host: localhost\r\n']) {
      const client = await both.connect()
      client.ours.write(request)
      client.redis.write(request)
      await client.closed
      expect([...client.ours.unread, ...client.redis.unread]).toEqual([])
    }
  })
})
