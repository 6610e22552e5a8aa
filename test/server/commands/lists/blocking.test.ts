import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { encodeRequest } from '../../helpers/raw-client.ts'
import { readReply } from '../../helpers/read-reply.ts'

describeRedis('clients that wait for items, as on Redis', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  async function waiting(count: number, ...args: readonly (string | number)[]) {
    const client = await both.connect()
    client.write(...args)
    await both.untilBlocked(count)
    return client
  }

  test('BLPOP and BRPOP pop at once from the first list that exists', async () => {
    const client = await both.connect()
    await client.send('RPUSH', 'second', 'a', 'b', 'c')
    expect(readReply(await client.send('BLPOP', 'first', 'second', 0))).toEqual(['second', 'a'])
    expect(readReply(await client.send('BRPOP', 'second', 0.5))).toEqual(['second', 'c'])
    expect(readReply(await client.send('BLMPOP', 0, 2, 'first', 'second', 'LEFT', 'COUNT', 5))).toEqual([
      'second',
      ['b'],
    ])
  })

  test('those that wait longest are served first', async () => {
    const first = await waiting(1, 'BLPOP', 'list', 0)
    const second = await waiting(2, 'BRPOP', 'other', 'list', 0)
    const third = await waiting(3, 'BLPOP', 'list', 0)
    const client = await both.connect()
    expect(await client.send('RPUSH', 'list', 'a', 'b')).toBe(':2\r\n')
    expect(readReply(await first.reply())).toEqual(['list', 'a'])
    expect(readReply(await second.reply())).toEqual(['list', 'b'])
    await client.send('PING')
    expect(third.waits).toBe(true)
    await client.send('RPUSH', 'list', 'c')
    expect(readReply(await third.reply())).toEqual(['list', 'c'])
    expect(await client.send('EXISTS', 'list')).toBe(':0\r\n')
  })

  test('a client that was served waits for nothing else any more', async () => {
    const client = await waiting(1, 'BLPOP', 'one', 'other', 'one', 0)
    const pusher = await both.connect()
    await pusher.send('RPUSH', 'other', 'a')
    expect(readReply(await client.reply())).toEqual(['other', 'a'])
    await pusher.send('RPUSH', 'one', 'b')
    expect(await client.send('LLEN', 'one')).toBe(':1\r\n')
  })

  test('a client that is blocked runs its next requests after it was served', async () => {
    const client = await both.connect()
    client.write('BLPOP', 'list', 0)
    client.write('LLEN', 'list')
    await both.untilBlocked(1)
    const pusher = await both.connect()
    await pusher.send('RPUSH', 'list', 'a', 'b')
    expect(readReply(await client.reply())).toEqual(['list', 'a'])
    expect(await client.reply()).toBe(':1\r\n')
  })

  test('BLMPOP takes what its count allows', async () => {
    const client = await waiting(1, 'BLMPOP', 0, 2, 'one', 'other', 'RIGHT', 'COUNT', 2)
    const pusher = await both.connect()
    await pusher.send('RPUSH', 'other', 'a', 'b', 'c')
    expect(readReply(await client.reply())).toEqual(['other', ['c', 'b']])
  })

  test('BLMOVE and BRPOPLPUSH move an item, and serve those that wait for where it went', async () => {
    const last = await waiting(1, 'BLPOP', 'third', 0)
    const middle = await waiting(2, 'BRPOPLPUSH', 'second', 'third', 0)
    const first = await waiting(3, 'BLMOVE', 'first', 'second', 'LEFT', 'RIGHT', 0)
    const pusher = await both.connect()
    await pusher.send('RPUSH', 'first', 'a')
    expect(await first.reply()).toBe('$1\r\na\r\n')
    expect(await middle.reply()).toBe('$1\r\na\r\n')
    expect(readReply(await last.reply())).toEqual(['third', 'a'])
  })

  test('a move to a value of another type is an error, and the item stays', async () => {
    const client = await both.connect()
    await client.send('SET', 'to', 'text')
    const mover = await waiting(1, 'BLMOVE', 'from', 'to', 'LEFT', 'RIGHT', 0)
    await client.send('RPUSH', 'from', 'a')
    expect(await mover.reply()).toMatch(/^-WRONGTYPE /)
    expect(await client.send('LLEN', 'from')).toBe(':1\r\n')
  })

  test('a value of another type serves nobody', async () => {
    const waiter = await waiting(1, 'BLPOP', 'key', 0)
    const client = await both.connect()
    await client.send('SET', 'key', 'text')
    await client.send('DEL', 'key')
    await client.send('SADD', 'key', 'member')
    await client.send('DEL', 'key')
    expect(waiter.waits).toBe(true)
    await client.send('RPUSH', 'key', 'a')
    expect(readReply(await waiter.reply())).toEqual(['key', 'a'])
  })

  test('what a transaction has pushed and removed again is not seen', async () => {
    const waiter = await waiting(1, 'BLPOP', 'key', 0)
    const client = await both.connect()
    for (const request of [['MULTI'], ['RPUSH', 'key', 'a', 'b', 'c'], ['DEL', 'key'], ['RPUSH', 'key', 'd']])
      await client.send(...request)
    await client.send('EXEC')
    expect(readReply(await waiter.reply())).toEqual(['key', 'd'])
  })

  test('a transaction does not wait', async () => {
    const client = await both.connect()
    await client.send('MULTI')
    await client.send('BLPOP', 'absent', 0)
    await client.send('BLMOVE', 'absent', 'other', 'LEFT', 'LEFT', 0)
    await client.send('BLMPOP', 0, 1, 'absent', 'LEFT')
    expect(await client.send('EXEC')).toBe('*3\r\n*-1\r\n$-1\r\n*-1\r\n')
  })

  test('a list that another command brings serves, too', async () => {
    const client = await both.connect()
    await client.send('RPUSH', 'source', 'b', 'a')
    const renamed = await waiting(1, 'BLPOP', 'renamed', 0)
    const sorted = await waiting(2, 'BLPOP', 'sorted', 0)
    await client.send('SORT', 'source', 'ALPHA', 'STORE', 'sorted')
    await client.send('RENAME', 'source', 'renamed')
    expect(readReply(await sorted.reply())).toEqual(['sorted', 'a'])
    expect(readReply(await renamed.reply())).toEqual(['renamed', 'b'])
  })

  test('a client that is gone takes nothing', async () => {
    const waiter = await waiting(1, 'BLPOP', 'list', 0)
    waiter.ours.close()
    waiter.redis.close()
    await both.untilBlocked(0)
    const client = await both.connect()
    await client.send('RPUSH', 'list', 'a')
    expect(await client.send('LLEN', 'list')).toBe(':1\r\n')
  })

  test('what is popped for those that wait is told as other pops are', async () => {
    const events = await both.eventsOf(async () => {
      const popper = await waiting(1, 'BLPOP', 'list', 0)
      const mover = await waiting(2, 'BRPOPLPUSH', 'source', 'target', 0)
      const client = await both.connect()
      await client.send('RPUSH', 'list', 'a')
      await popper.reply()
      await client.send('RPUSH', 'source', 'a')
      await mover.reply()
    })
    expect(events).toEqual([
      'rpush list',
      'lpop list',
      'del list',
      'rpush source',
      'lpush target',
      'rpop source',
      'del source',
    ])
  })

  test('timeouts that are none are refused', async () => {
    const client = await both.connect()
    for (const timeout of ['x', '', 'nan', '1e5000'])
      expect(await client.send('BLPOP', 'list', timeout)).toBe(
        '-ERR timeout is not a float or out of range\r\n',
      )
    for (const timeout of ['-1', '-0.01', '1e18', '1e400', '-1e400', 'inf'])
      expect(await client.send('BRPOP', 'list', timeout)).toBe('-ERR timeout is negative\r\n')
    expect(await client.send('BLMOVE', 'list', 'list', 'LEFT', 'UP', 'x')).toBe('-ERR syntax error\r\n')
  })

  test('after its timeout a client is answered nothing, in its version of the protocol', async () => {
    const second = await both.connect()
    const third = await both.connect(3)
    const requests = [
      ['BLPOP', 'list', 10_000],
      ['BLMOVE', 'list', 'other', 'LEFT', 'LEFT', 10_000],
      ['BLMPOP', 10_000, 1, 'list', 'LEFT'],
    ]
    for (const request of requests) {
      second.ours.write(encodeRequest(request))
      third.ours.write(encodeRequest(request))
      const { ours } = await both.connect()
      await expect.poll(() => ours.send('INFO', 'clients')).toContain('blocked_clients:2\r\n')
      both.ours.advance(9_000_000)
      await ours.send('PING')
      expect([second.ours.unread, third.ours.unread]).toEqual([[], []])
      both.ours.advance(1_000_000)
      expect(await second.ours.reply()).toBe('*-1\r\n')
      expect(await third.ours.reply()).toBe('_\r\n')
    }
    // Redis itself, whose time cannot be moved.
    expect(await second.redis.send('BLPOP', 'list', 0.001)).toBe('*-1\r\n')
    expect(await second.redis.send('BLMOVE', 'list', 'other', 'LEFT', 'LEFT', 0.001)).toBe('*-1\r\n')
    expect(await third.redis.send('BLMPOP', 0.001, 1, 'list', 'LEFT')).toBe('_\r\n')
  })

  test.each<[wait: readonly string[], requests: readonly (readonly string[])[]]>([
    [['BLPOP', 'key', '0'], [['SORT', 'list', 'STORE', 'key']]],
    [
      ['BLPOP', 'key', '0'],
      [['MULTI'], ['SORT', 'list', 'STORE', 'key'], ['RPUSH', 'key', 'b'], ['EXEC']],
    ],
    [['BZPOPMIN', 'key', '0'], [['ZUNIONSTORE', 'key', '1', 'zset']]],
    [
      ['BLPOP', 'key', '0'],
      [
        ['SET', 'key', 'a'],
        ['RENAME', 'list', 'key'],
      ],
    ],
    [
      ['BLPOP', 'key', '0'],
      [
        ['SET', 'key', 'a'],
        ['COPY', 'list', 'key', 'REPLACE'],
      ],
    ],
  ])('%j is served by what makes its key: %j', async (wait, requests) => {
    const client = await both.connect()
    await client.pipeline(['RPUSH', 'list', 1], ['ZADD', 'zset', 1, 'a'])
    const waits = await waiting(1, ...wait)
    await client.pipeline(...requests)
    expect(await waits.reply()).toContain('key')
  })

  test.each<[wait: string, value: readonly string[], store: readonly string[]]>([
    ['BLPOP', ['SET', 'key', 'a'], ['SORT', 'list', 'STORE', 'key']],
    ['BLPOP', ['SADD', 'key', 'a'], ['SORT', 'list', 'STORE', 'key']],
    ['BZPOPMIN', ['SET', 'key', 'a'], ['ZUNIONSTORE', 'key', '1', 'zset']],
    ['BZPOPMIN', ['SET', 'key', 'a'], ['ZRANGESTORE', 'key', 'zset', '0', '-1']],
  ])('%s is not served by what is stored over another value: %j, %j', async (wait, value, store) => {
    const client = await both.connect()
    await client.pipeline(['RPUSH', 'list', 1], ['ZADD', 'zset', 1, 'a'])
    const waits = await waiting(1, wait, 'key', 0)
    await client.pipeline(value, store)
    await client.send('EXPIRE', 'key', 100)
    // Nobody is served later either, until the key is made anew.
    await both.untilBlocked(1)
    expect(waits.waits).toBe(true)
    await client.pipeline(['RENAME', 'key', 'other'], ['RENAME', 'other', 'key'])
    expect(await waits.reply()).toContain('key')
  })
})
