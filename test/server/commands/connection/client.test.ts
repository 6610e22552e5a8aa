import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'

describeRedis('CLIENT, as on Redis', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  test('names are printable ASCII without blanks', async () => {
    const client = await both.connect()
    expect(await client.send('CLIENT', 'GETNAME')).toBe('$-1\r\n')
    expect(await client.send('CLIENT', 'SETNAME', 'web-1!')).toBe('+OK\r\n')
    for (const name of ['two words', 'a\n', 'ä', '\x00'])
      expect(await client.send('CLIENT', 'SETNAME', name)).toMatch(/^-ERR Client names/)
    expect(await client.send('CLIENT', 'GETNAME')).toBe('$6\r\nweb-1!\r\n')
    expect(await client.send('CLIENT', 'SETNAME', '')).toBe('+OK\r\n')
    expect(await client.send('CLIENT', 'GETNAME')).toBe('$-1\r\n')
  })

  test('unknown subcommands and wrong arguments are refused', async () => {
    const client = await both.connect()
    for (const args of [
      [],
      ['NOSUCH'],
      ['SETINFO', 'LIB-NAME', 'x'],
      ['ID', 'x'],
      ['LIST', 'x'],
      ['LIST', 'TYPE', 'x'],
      ['LIST', 'ID'],
      ['LIST', 'ID', 'x'],
      ['KILL'],
      ['KILL', 'nowhere'],
      ['KILL', 'ID', '0'],
      ['KILL', 'ID', 'x'],
      ['KILL', 'ID', '1', 'SKIPME'],
      ['KILL', 'TYPE', 'x'],
      ['KILL', 'USER', 'x'],
      ['KILL', 'SKIPME', 'x'],
      ['KILL', 'NO', '1'],
      ['NO-EVICT', 'x'],
      ['REPLY', 'x'],
      ['UNBLOCK', 'x'],
      ['UNBLOCK', '1', 'x'],
      ['UNBLOCK', '1', 'error', 'x'],
      ['PAUSE', 'x'],
      ['PAUSE', '-1'],
      ['PAUSE', '1', 'x'],
      ['PAUSE', '1', 'all', 'x'],
    ])
      expect(await client.send('CLIENT', ...args), args.join(' ')).toMatch(/^-ERR /)
    expect(await client.send('CLIENT', 'HELP')).toMatch(/^\*\d+\r\n\+CLIENT <subcommand>/)
    expect(await client.send('CLIENT', 'NO-EVICT', 'on')).toBe('+OK\r\n')
  })

  test('CLIENT LIST has the fields of Redis, and the state of each client', async () => {
    const fields = (line: string) => line.split(' ').map((field) => field.split('=')[0])
    const client = await both.connect()
    const [ours, redis] = await Promise.all(
      [client.ours, client.redis].map((one) => one.send('CLIENT', 'INFO')),
    )
    expect(fields(ours?.split('\r\n')[1] ?? '')).toEqual(fields(redis?.split('\r\n')[1] ?? ''))
    await client.pipeline(
      ['CLIENT', 'SETNAME', 'watcher'],
      ['SELECT', 3],
      ['WATCH', 'key'],
      ['MULTI'],
      ['PING'],
    )
    const waiting = await both.connect()
    waiting.write('BLPOP', 'list', 0)
    await both.untilBlocked(1)
    const subscriber = await both.connect()
    await subscriber.send('SUBSCRIBE', 'a')
    await subscriber.send('PSUBSCRIBE', 'b')
    await subscriber.send('SSUBSCRIBE', 'c')
    const observer = await both.connect(3)
    await observer.send('CLIENT', 'TRACKING', 'ON', 'BCAST')
    for (const server of [observer.ours, observer.redis]) {
      const list = await server.send('CLIENT', 'LIST')
      expect(list).toMatch(/^=\d+\r\ntxt:id=/)
      const line = (found: RegExp) => list.split('\n').find((one) => found.test(one)) ?? ''
      expect(line(/name=watcher/)).toMatch(/ flags=x db=3 sub=0 psub=0 ssub=0 multi=1 .* cmd=ping .* resp=2$/)
      expect(line(/cmd=blpop/)).toMatch(/ flags=b db=0 /)
      expect(line(/cmd=ssubscribe/)).toMatch(/ flags=P db=0 sub=1 psub=1 ssub=1 multi=-1 /)
      expect(line(/cmd=client\|list/)).toMatch(/ flags=tB .* redir=0 resp=3/)
      expect(await server.send('CLIENT', 'LIST', 'TYPE', 'pubsub')).toMatch(
        /^=\d+\r\ntxt:[^\n]*cmd=ssubscribe/,
      )
    }
    expect(await observer.send('CLIENT', 'LIST', 'ID', 999_999)).toBe('=4\r\ntxt:\r\n')
    expect(await observer.send('CLIENT', 'LIST', 'TYPE', 'replica')).toBe('=4\r\ntxt:\r\n')
  })

  test('CLIENT KILL ends connections by id, type or address', async () => {
    const client = await both.connect()
    const victim = await both.connect()
    expect(await client.sendWithId(victim, 'CLIENT', 'KILL', 'ID', '$ID')).toBe(':1\r\n')
    await victim.closed
    expect(await client.sendWithId(victim, 'CLIENT', 'KILL', 'ID', '$ID')).toBe(':0\r\n')
    const subscriber = await both.connect()
    await subscriber.send('SUBSCRIBE', 'a')
    expect(await client.send('CLIENT', 'KILL', 'TYPE', 'pubsub')).toBe(':1\r\n')
    await subscriber.closed
    expect(await client.sendWithId(client, 'CLIENT', 'KILL', 'ID', '$ID')).toBe(':0\r\n')
    for (const server of [client.ours, client.redis]) {
      const [, address = ''] = /addr=(\S+)/.exec(await server.send('CLIENT', 'INFO')) ?? []
      expect(await server.send('CLIENT', 'KILL', address)).toBe('+OK\r\n')
      await server.closed
    }
  })

  test('CLIENT KILL of a blocked client ends its wait', async () => {
    const waiting = await both.connect()
    const client = await both.connect()
    await waiting.rememberId()
    waiting.write('BLPOP', 'list', 0)
    await both.untilBlocked(1)
    await client.sendWithId(waiting, 'CLIENT', 'KILL', 'ID', '$ID')
    await waiting.closed
    expect(await client.send('RPUSH', 'list', 'a')).toBe(':1\r\n')
    expect(await client.send('LLEN', 'list')).toBe(':1\r\n')
  })

  test('CLIENT UNBLOCK ends a wait as its timeout does, or with an error', async () => {
    const waiting = await both.connect()
    const client = await both.connect()
    await waiting.rememberId()
    const unblock = async (...reason: string[]) => {
      waiting.write('BLPOP', 'list', 0)
      await both.untilBlocked(1)
      expect(await client.sendWithId(waiting, 'CLIENT', 'UNBLOCK', '$ID', ...reason)).toBe(':1\r\n')
      return waiting.reply()
    }
    expect(await unblock()).toBe('*-1\r\n')
    expect(await unblock('TIMEOUT')).toBe('*-1\r\n')
    expect(await unblock('ERROR')).toBe('-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n')
    expect(await client.sendWithId(waiting, 'CLIENT', 'UNBLOCK', '$ID')).toBe(':0\r\n')
    expect(await client.send('CLIENT', 'UNBLOCK', 999_999)).toBe(':0\r\n')
  })

  test('what an unblocked client has sent runs after a transaction, never within it', async () => {
    const waiting = await both.connect()
    const client = await both.connect()
    await waiting.rememberId()
    waiting.write('BLPOP', 'list', 0)
    waiting.write('SET', 'key', 'other')
    await both.untilBlocked(1)
    await client.pipeline(['MULTI'], ['SET', 'key', 'own'])
    await client.sendWithId(waiting, 'CLIENT', 'UNBLOCK', '$ID')
    expect(await client.pipeline(['GET', 'key'], ['EXEC'])).toEqual([
      '+QUEUED\r\n',
      '*3\r\n+OK\r\n:1\r\n$3\r\nown\r\n',
    ])
    expect([await waiting.reply(), await waiting.reply()]).toEqual(['*-1\r\n', '+OK\r\n'])
    expect(await client.send('GET', 'key')).toBe('$5\r\nother\r\n')
  })

  test('CLIENT REPLY turns replies off, or skips the next one', async () => {
    const client = await both.connect()
    client.write('CLIENT', 'REPLY', 'OFF')
    client.write('SET', 'key', '1')
    client.write('NOSUCH')
    client.write('CLIENT', 'REPLY', 'SKIP')
    client.write('CLIENT', 'REPLY', 'ON')
    client.write('CLIENT', 'REPLY', 'SKIP')
    client.write('GET', 'key')
    client.write('PING')
    expect([await client.reply(), await client.reply()]).toEqual(['+OK\r\n', '+PONG\r\n'])
    client.write('CLIENT', 'REPLY', 'OFF')
    expect(await client.send('SUBSCRIBE', 'news')).toBe('*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n')
    expect(await client.send('RESET')).toBe('+RESET\r\n')
  })

  test('the reply that is skipped may be one that waits', async () => {
    const client = await both.connect()
    const other = await both.connect()
    client.write('CLIENT', 'REPLY', 'SKIP')
    client.write('BLPOP', 'list', 0)
    client.write('PING')
    await both.untilBlocked(1)
    await other.send('RPUSH', 'list', 'a')
    expect(await client.reply()).toBe('+PONG\r\n')
  })

  test('CLIENT PAUSE WRITE holds back what writes until its end', async () => {
    const admin = await both.connect()
    const client = await both.connect()
    const transaction = await both.connect()
    await transaction.pipeline(['MULTI'], ['SET', 'other', '1'])
    await admin.send('CLIENT', 'PAUSE', 100_000, 'WRITE')
    client.write('SET', 'key', '1')
    client.write('GET', 'key')
    await both.untilBlocked(1)
    transaction.write('EXEC')
    await both.untilBlocked(2)
    expect(await admin.send('GET', 'key')).toBe('$-1\r\n')
    expect(client.waits).toBe(true)
    expect(await admin.send('CLIENT', 'UNPAUSE')).toBe('+OK\r\n')
    expect([await client.reply(), await client.reply()]).toEqual(['+OK\r\n', '$1\r\n1\r\n'])
    expect(await transaction.reply()).toBe('*1\r\n+OK\r\n')
  })

  test('CLIENT PAUSE ends by itself', async () => {
    const client = await both.connect()
    await client.send('CLIENT', 'PAUSE', 100_000)
    const other = await both.connect()
    other.ours.write('PING\r\n')
    both.ours.advance(99_999)
    expect(other.ours.unread).toEqual([])
    both.ours.advance(1)
    expect(await other.ours.reply()).toBe('+PONG\r\n')
    // Redis is still paused: a server of its own is not worth it.
    both.redis.kill()
    await both.redis.restart()
  })
})
