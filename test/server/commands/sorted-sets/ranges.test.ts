import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothClients, type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { type ReplyValue, readReply } from '../../helpers/read-reply.ts'

describeRedis('ranges of sorted sets', () => {
  let both: BothServers
  let client: BothClients

  beforeAll(async () => {
    both = await startBoth()
  })
  afterAll(() => both.stop())
  beforeEach(async () => {
    await both.reset()
    client = await both.connect()
    await client.send('ZADD', 'z', 1, 'a', 2, 'b', 2, 'c', 3, 'd', 'inf', 'e')
    await client.send(
      'ZADD',
      'words',
      ...['alpha', 'bar', 'cool', 'down', 'great'].flatMap((word) => [0, word]),
    )
  })

  /** Sends a request in one line. Returns the reply as a value. */
  const ask = async (line: string): Promise<ReplyValue> => readReply(await client.send(...line.split(' ')))

  test.each([
    ['ZRANGE z 0 -1', ['a', 'b', 'c', 'd', 'e']],
    ['ZRANGE z 1 2', ['b', 'c']],
    ['ZRANGE z -2 100', ['d', 'e']],
    ['ZRANGE z 3 1', []],
    ['ZRANGE z 5 9', []],
    ['ZRANGE z 0 -6', []],
    ['ZRANGE z 0 1 REV', ['e', 'd']],
    ['ZREVRANGE z 0 1 WITHSCORES', ['e', 'inf', 'd', '3']],
    ['ZRANGE z -9223372036854775808 9223372036854775807', ['a', 'b', 'c', 'd', 'e']],
    ['ZRANGE none 0 -1 WITHSCORES', []],
  ])('by rank: %s', async (line, expected) => {
    expect(await ask(line)).toEqual(expected)
  })

  test.each([
    ['ZRANGEBYSCORE z 2 3', ['b', 'c', 'd']],
    ['ZRANGEBYSCORE z (2 (inf', ['d']],
    ['ZRANGEBYSCORE z -inf +inf WITHSCORES LIMIT 1 2', ['b', '2', 'c', '2']],
    ['ZRANGEBYSCORE z -inf inf LIMIT 0 -1', ['a', 'b', 'c', 'd', 'e']],
    ['ZRANGEBYSCORE z -inf inf LIMIT -1 2', []],
    ['ZRANGEBYSCORE z -inf inf LIMIT 5 1', []],
    ['ZRANGEBYSCORE z -inf inf LIMIT 1 0', []],
    ['ZRANGEBYSCORE z 3 2', []],
    ['ZREVRANGEBYSCORE z 3 2', ['d', 'c', 'b']],
    ['ZREVRANGEBYSCORE z inf -inf LIMIT 1 2', ['d', 'c']],
    ['ZRANGE z (1 3 BYSCORE', ['b', 'c', 'd']],
    ['ZRANGE z 3 (1 BYSCORE REV LIMIT 1 1 WITHSCORES', ['c', '2']],
    ['ZCOUNT z 2 3', 3],
    ['ZCOUNT z (2 (3', 0],
    ['ZCOUNT z 3 2', 0],
    ['ZCOUNT z 0x1p-1080 0x1p1024', 5],
    ['ZCOUNT z (0x.8p2 1e400', 2],
    ['ZRANGEBYSCORE z (0x1.fffffffffffff8p0 0x1.8p1', ['d']],
  ])('by score: %s', async (line, expected) => {
    expect(await ask(line)).toEqual(expected)
  })

  test.each([
    ['ZRANGEBYLEX words - +', ['alpha', 'bar', 'cool', 'down', 'great']],
    ['ZRANGEBYLEX words [bar [down', ['bar', 'cool', 'down']],
    ['ZRANGEBYLEX words (bar (down', ['cool']],
    ['ZRANGEBYLEX words - + LIMIT 1 2', ['bar', 'cool']],
    ['ZRANGEBYLEX words + -', []],
    ['ZRANGEBYLEX words [ (b', ['alpha']],
    ['ZREVRANGEBYLEX words + [cool', ['great', 'down', 'cool']],
    ['ZRANGE words [cool - BYLEX REV', ['cool', 'bar', 'alpha']],
    ['ZLEXCOUNT words [bar +', 4],
    ['ZLEXCOUNT none - +', 0],
  ])('by member: %s', async (line, expected) => {
    expect(await ask(line)).toEqual(expected)
  })

  test.each([
    ['ZRANGE z a 1', '-ERR value is not an integer or out of range'],
    ['ZRANGE z 0 1 BYSCORE LIMIT 0', '-ERR syntax error'],
    ['ZRANGE z 0 1 BYSCORE BYLEX', '-ERR syntax error'],
    ['ZRANGEBYSCORE z 0 1 REV', '-ERR syntax error'],
    [
      'ZRANGE z 0 1 LIMIT 0 1',
      '-ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX',
    ],
    [
      'ZRANGE words - + BYLEX WITHSCORES',
      '-ERR syntax error, WITHSCORES not supported in combination with BYLEX',
    ],
    ['ZRANGEBYSCORE z x 1', '-ERR min or max is not a float'],
    ['ZCOUNT z 0 nan', '-ERR min or max is not a float'],
    ['ZRANGEBYLEX words a [b', '-ERR min or max not valid string range item'],
    ['ZLEXCOUNT words -x +', '-ERR min or max not valid string range item'],
    ['ZRANGESTORE d z 0 1 WITHSCORES', '-ERR syntax error'],
  ])('refuses %s', async (line, expected) => {
    expect(await ask(line)).toBe(expected)
  })

  test('the ends of a range of scores are read as strtod does', async () => {
    for (const end of ['', '(', ' 1', '\t1', '1 ', ' ', '1e400', '-1e400', '0x2', '1\0x', '(1\0'])
      await client.send('ZRANGEBYSCORE', 'z', end, 'inf')
    expect(readReply(await client.send('ZRANGEBYSCORE', 'z', '', ' 2'))).toEqual(['a', 'b', 'c'])
  })

  test('scores are doubles in pairs in RESP3', async () => {
    client = await both.connect(3)
    expect(await client.send('ZRANGE', 'z', 0, 0, 'WITHSCORES')).toBe('*1\r\n*2\r\n$1\r\na\r\n,1\r\n')
    expect(await ask('ZREVRANGEBYSCORE z inf 3 WITHSCORES')).toEqual([
      ['e', ',inf'],
      ['d', ',3'],
    ])
  })

  test('ZRANGESTORE stores a range, and removes what was there for an empty one', async () => {
    await client.send('SET', 'd', 'text', 'EX', 100)
    expect(await ask('ZRANGESTORE d z 1 2')).toBe(2)
    expect(await ask('ZRANGE d 0 -1 WITHSCORES')).toEqual(['b', '2', 'c', '2'])
    expect(await ask('TTL d')).toBe(-1)
    expect(await ask('ZRANGESTORE z z 2 inf BYSCORE LIMIT 1 5')).toBe(3)
    expect(await ask('ZRANGE z 0 -1')).toEqual(['c', 'd', 'e'])
    expect(await ask('ZRANGESTORE d none 0 -1')).toBe(0)
    expect(await ask('EXISTS d')).toBe(0)
  })

  test('members of a range are removed, and the key with the last one', async () => {
    expect(await ask('ZREMRANGEBYSCORE z (2 3')).toBe(1)
    expect(await ask('ZREMRANGEBYRANK z -1 -1')).toBe(1)
    expect(await ask('ZRANGE z 0 -1')).toEqual(['a', 'b', 'c'])
    expect(await ask('ZREMRANGEBYLEX words [bar (down')).toBe(2)
    expect(await ask('ZRANGE words 0 -1')).toEqual(['alpha', 'down', 'great'])
    expect(await ask('ZREMRANGEBYRANK z 0 -1')).toBe(3)
    expect(await ask('EXISTS z')).toBe(0)
    expect(await ask('ZREMRANGEBYRANK z 0 -1')).toBe(0)
  })

  test('notify of what they remove and store', async () => {
    const events = await both.eventsOf(async () => {
      await ask('ZREMRANGEBYSCORE z 1 1')
      await ask('ZREMRANGEBYSCORE z 1 1')
      await ask('ZREMRANGEBYLEX words - +')
      await ask('ZRANGESTORE d z 0 0')
      await ask('ZRANGESTORE d z 9 9')
      await ask('ZRANGESTORE d z 9 9')
      await ask('ZREMRANGEBYRANK z 0 -1')
    })
    expect(events).toEqual([
      'zremrangebyscore z',
      'zremrangebylex words',
      'del words',
      'zrangestore d',
      'del d',
      'zremrangebyrank z',
      'del z',
    ])
  })
})
