import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothClients, type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { type ReplyValue, readReply } from '../../helpers/read-reply.ts'

describeRedis('pops of sorted sets', () => {
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

  const ask = async (line: string): Promise<ReplyValue> => readReply(await client.send(...line.split(' ')))
  const fill = () => ask('ZADD z 1 a 2 b 3 c 4 d')

  test('ZPOPMIN and ZPOPMAX take members from either end', async () => {
    await fill()
    expect(await ask('ZPOPMIN z')).toEqual(['a', '1'])
    expect(await ask('ZPOPMAX z 2')).toEqual(['d', '4', 'c', '3'])
    expect(await ask('ZPOPMAX z 0')).toEqual([])
    expect(await ask('ZPOPMIN z 100')).toEqual(['b', '2'])
    expect(await ask('EXISTS z')).toBe(0)
    expect(await ask('ZPOPMIN z')).toEqual([])
    expect(await ask('ZPOPMIN z -1')).toBe('-ERR value is out of range, must be positive')
    expect(await ask('ZPOPMIN z 1 2')).toBe('-ERR syntax error')
  })

  test('in RESP3 a count makes pairs of them', async () => {
    await fill()
    client = await both.connect(3)
    expect(await ask('ZPOPMIN z')).toEqual(['a', ',1'])
    expect(await ask('ZPOPMIN z 1')).toEqual([['b', ',2']])
    expect(await ask('BZPOPMAX z 0')).toEqual(['z', 'd', ',4'])
    expect(await ask('ZMPOP 1 z MIN')).toEqual(['z', [['c', ',3']]])
    expect(await client.send('ZMPOP', 1, 'z', 'MIN')).toBe('_\r\n')
  })

  test('ZMPOP takes members of the first key that is there', async () => {
    await fill()
    expect(await ask('ZMPOP 2 none z MAX COUNT 3')).toEqual([
      'z',
      [
        ['d', '4'],
        ['c', '3'],
        ['b', '2'],
      ],
    ])
    expect(await ask('ZMPOP 2 none z MIN COUNT 9')).toEqual(['z', [['a', '1']]])
    expect(await client.send('ZMPOP', 2, 'none', 'z', 'MIN')).toBe('*-1\r\n')
  })

  test.each([
    ['ZMPOP 0 z MIN', '-ERR numkeys should be greater than 0'],
    ['ZMPOP a z MIN', '-ERR numkeys should be greater than 0'],
    ['ZMPOP 2 z MIN', '-ERR syntax error'],
    ['ZMPOP 1 z MIDDLE', '-ERR syntax error'],
    ['ZMPOP 1 z MIN COUNT 0', '-ERR count should be greater than 0'],
    ['ZMPOP 1 z MIN COUNT', '-ERR syntax error'],
    ['ZMPOP 1 z MIN COUNT 1 COUNT 1', '-ERR syntax error'],
    ['BZPOPMIN z x', '-ERR timeout is not a float or out of range'],
    ['BZPOPMIN z -1', '-ERR timeout is negative'],
    ['BZPOPMIN z inf', '-ERR timeout is negative'],
    ['BZMPOP x 1 z MIN', '-ERR timeout is not a float or out of range'],
  ])('refuses %s', async (line, expected) => {
    expect(await ask(line)).toBe(expected)
  })

  test('BZPOPMIN takes a member at once, or waits for one', async () => {
    await ask('ZADD z 1 a')
    expect(await ask('BZPOPMIN none z 0')).toEqual(['z', 'a', '1'])
    client.write('BZPOPMIN', 'y', 'z', 0)
    await both.untilBlocked(1)
    const other = await both.connect()
    expect(await other.send('ZADD', 'z', 5, 'e', 4, 'd')).toBe(':2\r\n')
    expect(readReply(await client.reply())).toEqual(['z', 'd', '4'])
    expect(await other.send('ZCARD', 'z')).toBe(':1\r\n')
  })

  test('clients are served in the order in which they began to wait', async () => {
    const first = await both.connect()
    const second = await both.connect()
    first.write('BZPOPMAX', 'z', 0)
    await both.untilBlocked(1)
    second.write('BZMPOP', 0, 1, 'z', 'MIN', 'COUNT', 9)
    await both.untilBlocked(2)
    await fill()
    expect(readReply(await first.reply())).toEqual(['z', 'd', '4'])
    expect(readReply(await second.reply())).toEqual([
      'z',
      [
        ['a', '1'],
        ['b', '2'],
        ['c', '3'],
      ],
    ])
  })

  test('a client goes on waiting when the key gets another type', async () => {
    client.write('BZPOPMIN', 'z', 0)
    await both.untilBlocked(1)
    const other = await both.connect()
    await other.send('LPUSH', 'z', 'item')
    expect(client.waits).toBe(true)
    await other.send('DEL', 'z')
    await other.send('ZADD', 'z', 1, 'a')
    expect(readReply(await client.reply())).toEqual(['z', 'a', '1'])
  })

  test('what is made by other commands serves a client, too', async () => {
    await ask('ZADD source 1 a 2 b')
    const waiting = await both.connect()
    for (const request of ['ZUNIONSTORE z 1 source', 'ZRANGESTORE z source 0 0', 'RENAME source z']) {
      waiting.write('BZPOPMIN', 'z', 0)
      await both.untilBlocked(1)
      await ask(request)
      expect(readReply(await waiting.reply())).toEqual(['z', 'a', '1'])
      await ask('DEL z')
      await ask('ZADD source 1 a')
    }
  })

  test('transactions do not wait', async () => {
    await ask('MULTI')
    await ask('BZPOPMIN z 0')
    await ask('BZMPOP 0 1 z MIN')
    expect(await client.send('EXEC')).toBe('*2\r\n*-1\r\n*-1\r\n')
  })

  test('notify of members taken, by waiting clients too', async () => {
    const waiting = await both.connect()
    waiting.write('BZPOPMIN', 'z', 0)
    await both.untilBlocked(1)
    const events = await both.eventsOf(async () => {
      await ask('ZADD z 1 a')
      await waiting.reply()
      await fill()
      await ask('ZPOPMAX z')
      await ask('ZMPOP 1 z MIN COUNT 3')
    })
    expect(events).toEqual(['zadd z', 'zpopmin z', 'del z', 'zadd z', 'zpopmax z', 'zpopmin z', 'del z'])
  })
})
