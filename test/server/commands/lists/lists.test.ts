import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { readReply } from '../../helpers/read-reply.ts'

describeRedis('lists, as on Redis', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  test('LPUSH and RPUSH add at their ends, and LRANGE answers in that order', async () => {
    const client = await both.connect()
    expect(await client.send('RPUSH', 'list', 'c', 'd')).toBe(':2\r\n')
    expect(await client.send('LPUSH', 'list', 'b', 'a')).toBe(':4\r\n')
    expect(readReply(await client.send('LRANGE', 'list', 0, -1))).toEqual(['a', 'b', 'c', 'd'])
    expect(readReply(await client.send('LRANGE', 'list', -3, 1))).toEqual(['b'])
    expect(readReply(await client.send('LRANGE', 'list', 2, 100))).toEqual(['c', 'd'])
    for (const [start, stop] of [
      [3, 1],
      [4, 5],
      [-1, -2],
      [0, -100],
    ] as const)
      expect(await client.send('LRANGE', 'list', start, stop)).toBe('*0\r\n')
  })

  test('LPUSHX and RPUSHX create no list', async () => {
    const client = await both.connect()
    expect(await client.send('LPUSHX', 'list', 'a')).toBe(':0\r\n')
    expect(await client.send('LLEN', 'list')).toBe(':0\r\n')
    await client.send('RPUSH', 'list', 'a')
    expect(await client.send('LPUSHX', 'list', 'b', 'c')).toBe(':3\r\n')
    expect(await client.send('RPUSHX', 'list', 'd')).toBe(':4\r\n')
    expect(readReply(await client.send('LRANGE', 'list', 0, -1))).toEqual(['c', 'b', 'a', 'd'])
  })

  test('items are binary-safe, and long ones are', async () => {
    const client = await both.connect()
    const items = ['', '\r\n', '\x00\xff', 'x'.repeat(1_000_000)]
    await client.send('RPUSH', 'list', ...items)
    expect(readReply(await client.send('LRANGE', 'list', 0, -1))).toEqual(items)
  })

  test('LPOP and RPOP with a count', async () => {
    const client = await both.connect()
    await client.send('RPUSH', 'list', 'a', 'b', 'c', 'd', 'e')
    expect(await client.send('LPOP', 'list')).toBe('$1\r\na\r\n')
    expect(readReply(await client.send('RPOP', 'list', 2))).toEqual(['e', 'd'])
    expect(await client.send('LPOP', 'list', 0)).toBe('*0\r\n')
    expect(readReply(await client.send('LPOP', 'list', 100))).toEqual(['b', 'c'])
    expect(await client.send('LPOP', 'list')).toBe('$-1\r\n')
    expect(await client.send('LPOP', 'list', 1)).toBe('*-1\r\n')
    expect(await client.send('LPOP', 'list', -1)).toBe('-ERR value is out of range, must be positive\r\n')
    expect(await client.send('RPOP', 'list', 1, 2)).toBe(
      "-ERR wrong number of arguments for 'rpop' command\r\n",
    )
  })

  test('LMPOP pops from the first list that exists', async () => {
    const client = await both.connect()
    await client.send('RPUSH', 'second', 'a', 'b', 'c')
    expect(readReply(await client.send('LMPOP', 2, 'first', 'second', 'LEFT', 'COUNT', 2))).toEqual([
      'second',
      ['a', 'b'],
    ])
    expect(readReply(await client.send('LMPOP', 2, 'first', 'second', 'right'))).toEqual(['second', ['c']])
    expect(await client.send('LMPOP', 1, 'second', 'LEFT')).toBe('*-1\r\n')
    expect(await client.send('LMPOP', 0, 'second', 'LEFT')).toBe('-ERR numkeys should be greater than 0\r\n')
    expect(await client.send('LMPOP', 1, 'second', 'LEFT', 'COUNT', 0)).toBe(
      '-ERR count should be greater than 0\r\n',
    )
    for (const args of [
      [2, 'second', 'LEFT'],
      [1, 'second', 'UP'],
      [1, 'second', 'LEFT', 'COUNT'],
      [1, 'second', 'LEFT', 'COUNT', 1, 'COUNT', 1],
    ])
      expect(await client.send('LMPOP', ...args)).toBe('-ERR syntax error\r\n')
  })

  test('LINDEX and LSET take indexes from both ends', async () => {
    const client = await both.connect()
    await client.send('RPUSH', 'list', 'a', 'b', 'c')
    expect(await client.send('LINDEX', 'list', 1)).toBe('$1\r\nb\r\n')
    expect(await client.send('LINDEX', 'list', -1)).toBe('$1\r\nc\r\n')
    for (const index of [3, -4, '9223372036854775807'])
      expect(await client.send('LINDEX', 'list', index)).toBe('$-1\r\n')
    expect(await client.send('LSET', 'list', -3, 'x')).toBe('+OK\r\n')
    expect(await client.send('LSET', 'list', 3, 'x')).toBe('-ERR index out of range\r\n')
    expect(await client.send('LSET', 'absent', 0, 'x')).toBe('-ERR no such key\r\n')
    expect(await client.send('LSET', 'list', '1.0', 'x')).toBe(
      '-ERR value is not an integer or out of range\r\n',
    )
    expect(readReply(await client.send('LRANGE', 'list', 0, -1))).toEqual(['x', 'b', 'c'])
  })

  test('LINSERT looks for its pivot from the left', async () => {
    const client = await both.connect()
    await client.send('RPUSH', 'list', 'a', 'b', 'a')
    expect(await client.send('LINSERT', 'list', 'BEFORE', 'a', '1')).toBe(':4\r\n')
    expect(await client.send('LINSERT', 'list', 'after', 'b', '2')).toBe(':5\r\n')
    expect(await client.send('LINSERT', 'list', 'after', 'z', '3')).toBe(':-1\r\n')
    expect(await client.send('LINSERT', 'absent', 'after', 'z', '3')).toBe(':0\r\n')
    expect(await client.send('LINSERT', 'list', 'beside', 'z', '3')).toBe('-ERR syntax error\r\n')
    expect(readReply(await client.send('LRANGE', 'list', 0, -1))).toEqual(['1', 'a', 'b', '2', 'a'])
  })

  test('LREM removes from the left, from the right, or all', async () => {
    const client = await both.connect()
    await client.send('RPUSH', 'list', 'a', 'b', 'a', 'c', 'a', 'd', 'a')
    expect(await client.send('LREM', 'list', 1, 'a')).toBe(':1\r\n')
    expect(await client.send('LREM', 'list', -1, 'a')).toBe(':1\r\n')
    expect(readReply(await client.send('LRANGE', 'list', 0, -1))).toEqual(['b', 'a', 'c', 'a', 'd'])
    expect(await client.send('LREM', 'list', 0, 'a')).toBe(':2\r\n')
    expect(await client.send('LREM', 'list', 0, 'a')).toBe(':0\r\n')
    expect(readReply(await client.send('LRANGE', 'list', 0, -1))).toEqual(['b', 'c', 'd'])
  })

  test('LTRIM keeps a range, and removes a list of which nothing is kept', async () => {
    const client = await both.connect()
    await client.send('RPUSH', 'list', 'a', 'b', 'c', 'd')
    expect(await client.send('LTRIM', 'list', 1, -2)).toBe('+OK\r\n')
    expect(readReply(await client.send('LRANGE', 'list', 0, -1))).toEqual(['b', 'c'])
    expect(await client.send('LTRIM', 'list', 5, 9)).toBe('+OK\r\n')
    expect(await client.send('EXISTS', 'list')).toBe(':0\r\n')
  })

  test('LPOS: rank, count, and how far it looks', async () => {
    const client = await both.connect()
    await client.send('RPUSH', 'list', 'a', 'b', 'c', 'a', 'b', 'a')
    expect(await client.send('LPOS', 'list', 'a')).toBe(':0\r\n')
    expect(await client.send('LPOS', 'list', 'a', 'RANK', 2)).toBe(':3\r\n')
    expect(await client.send('LPOS', 'list', 'a', 'RANK', -1)).toBe(':5\r\n')
    expect(await client.send('LPOS', 'list', 'a', 'RANK', 4)).toBe('$-1\r\n')
    expect(readReply(await client.send('LPOS', 'list', 'a', 'COUNT', 0))).toEqual([0, 3, 5])
    expect(readReply(await client.send('LPOS', 'list', 'a', 'COUNT', 2, 'RANK', -1))).toEqual([5, 3])
    expect(readReply(await client.send('LPOS', 'list', 'a', 'COUNT', 0, 'MAXLEN', 4))).toEqual([0, 3])
    expect(await client.send('LPOS', 'list', 'c', 'MAXLEN', 2)).toBe('$-1\r\n')
    expect(await client.send('LPOS', 'absent', 'c', 'COUNT', 2)).toBe('*0\r\n')
    expect(await client.send('LPOS', 'list', 'a', 'RANK', 0)).toMatch(/^-ERR RANK can't be zero/)
    expect(await client.send('LPOS', 'list', 'a', 'COUNT', -1)).toBe("-ERR COUNT can't be negative\r\n")
    expect(await client.send('LPOS', 'list', 'a', 'MAXLEN', -1)).toBe("-ERR MAXLEN can't be negative\r\n")
    expect(await client.send('LPOS', 'list', 'a', 'COUNT')).toBe('-ERR syntax error\r\n')
  })

  test('LMOVE moves between lists, and turns one', async () => {
    const client = await both.connect()
    await client.send('RPUSH', 'from', 'a', 'b', 'c')
    expect(await client.send('LMOVE', 'from', 'to', 'LEFT', 'RIGHT')).toBe('$1\r\na\r\n')
    expect(await client.send('LMOVE', 'from', 'to', 'RIGHT', 'left')).toBe('$1\r\nc\r\n')
    expect(await client.send('RPOPLPUSH', 'to', 'to')).toBe('$1\r\na\r\n')
    expect(readReply(await client.send('LRANGE', 'to', 0, -1))).toEqual(['a', 'c'])
    await client.send('LMOVE', 'from', 'from', 'LEFT', 'RIGHT')
    expect(readReply(await client.send('LRANGE', 'from', 0, -1))).toEqual(['b'])
    await client.send('LMOVE', 'from', 'to', 'LEFT', 'LEFT')
    expect(await client.send('EXISTS', 'from')).toBe(':0\r\n')
    expect(await client.send('RPOPLPUSH', 'from', 'to')).toBe('$-1\r\n')
  })

  test('a move to a value of another type moves nothing', async () => {
    const client = await both.connect()
    await client.send('RPUSH', 'from', 'a')
    await client.send('SET', 'to', 'text')
    expect(await client.send('RPOPLPUSH', 'from', 'to')).toMatch(/^-WRONGTYPE /)
    expect(readReply(await client.send('LRANGE', 'from', 0, -1))).toEqual(['a'])
  })

  test('all refuse a value of another type, and ask for arguments first', async () => {
    const client = await both.connect()
    await client.send('SET', 'text', 'value')
    for (const request of [
      ['LPUSH', 'text', 'a'],
      ['RPUSHX', 'text', 'a'],
      ['LPOP', 'text'],
      ['LPOP', 'text', 0],
      ['LLEN', 'text'],
      ['LINDEX', 'text', 'no'],
      ['LSET', 'text', 0, 'a'],
      ['LINSERT', 'text', 'BEFORE', 'a', 'b'],
      ['LREM', 'text', 0, 'a'],
      ['LRANGE', 'text', 0, 1],
      ['LTRIM', 'text', 0, 1],
      ['LPOS', 'text', 'a'],
      ['LMOVE', 'text', 'other', 'LEFT', 'LEFT'],
      ['LMPOP', 2, 'absent', 'text', 'LEFT'],
      ['BLPOP', 'absent', 'text', 0],
      ['BLMOVE', 'text', 'other', 'LEFT', 'LEFT', 0],
    ])
      expect(await client.send(...request)).toMatch(/^-WRONGTYPE /)
    for (const request of [
      ['LRANGE', 'text', 'a', 1],
      ['LREM', 'text', 'a', 1],
      ['LPOP', 'text', 'a'],
      ['BLPOP', 'text', 'a'],
    ])
      expect(await client.send(...request)).toMatch(/^-ERR /)
  })

  test('each change is one notification, and a list without items one more', async () => {
    const client = await both.connect()
    const events = await both.eventsOf(async () => {
      await client.send('RPUSH', 'list', 'a', 'b', 'c', 'a', 'd')
      await client.send('LPUSH', 'list', 'x')
      await client.send('LPUSHX', 'absent', 'x')
      await client.send('LSET', 'list', 0, 'y')
      await client.send('LINSERT', 'list', 'AFTER', 'y', 'z')
      await client.send('LINSERT', 'list', 'AFTER', 'none', 'z')
      await client.send('LREM', 'list', 0, 'a')
      await client.send('LREM', 'list', 0, 'none')
      await client.send('LTRIM', 'list', 0, -1)
      await client.send('LMOVE', 'list', 'other', 'LEFT', 'RIGHT')
      await client.send('RPOPLPUSH', 'other', 'list')
      await client.send('LPOP', 'list', 2)
      await client.send('LMPOP', 1, 'list', 'RIGHT', 'COUNT', 9)
    })
    expect(events).toEqual([
      'rpush list',
      'lpush list',
      'lset list',
      'linsert list',
      'lrem list',
      'ltrim list',
      'rpush other',
      'lpop list',
      'lpush list',
      'rpop other',
      'del other',
      'lpop list',
      'rpop list',
      'del list',
    ])
  })

  test('RESP3 answers nothing as null', async () => {
    const client = await both.connect(3)
    for (const request of [
      ['LPOP', 'absent'],
      ['LPOP', 'absent', 1],
      ['LINDEX', 'absent', 0],
      ['LPOS', 'absent', 'a'],
      ['RPOPLPUSH', 'absent', 'other'],
      ['LMPOP', 1, 'absent', 'LEFT'],
    ])
      expect(await client.send(...request)).toBe('_\r\n')
  })
})
