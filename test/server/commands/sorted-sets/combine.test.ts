import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothClients, type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { type ReplyValue, readReply } from '../../helpers/read-reply.ts'

describeRedis('ZUNION, ZINTER and ZDIFF', () => {
  let both: BothServers
  let client: BothClients

  beforeAll(async () => {
    both = await startBoth()
  })
  afterAll(() => both.stop())
  beforeEach(async () => {
    await both.reset()
    client = await both.connect()
    await client.send('ZADD', 'x', 1, 'a', 2, 'b', 3, 'c')
    await client.send('ZADD', 'y', 10, 'b', 20, 'c', 30, 'd')
    await client.send('SADD', 'set', 'c', 'd', 'e')
  })

  const ask = async (line: string): Promise<ReplyValue> => readReply(await client.send(...line.split(' ')))

  test.each([
    ['ZUNION 2 x y', ['a', 'b', 'c', 'd']],
    ['ZUNION 2 x y WITHSCORES', ['a', '1', 'b', '12', 'c', '23', 'd', '30']],
    ['ZUNION 2 x y WEIGHTS 10 1 AGGREGATE MAX WITHSCORES', ['a', '10', 'b', '20', 'c', '30', 'd', '30']],
    ['ZUNION 2 x y AGGREGATE min WITHSCORES', ['a', '1', 'b', '2', 'c', '3', 'd', '30']],
    ['ZUNION 2 x set WITHSCORES', ['a', '1', 'd', '1', 'e', '1', 'b', '2', 'c', '4']],
    ['ZUNION 2 x x WITHSCORES', ['a', '2', 'b', '4', 'c', '6']],
    ['ZUNION 2 none x', ['a', 'b', 'c']],
    ['ZINTER 2 x y WITHSCORES', ['b', '12', 'c', '23']],
    ['ZINTER 3 x y set WEIGHTS 1 1 100 WITHSCORES', ['c', '123']],
    ['ZINTER 2 x none', []],
    ['ZINTER 2 x x WEIGHTS 2 3 WITHSCORES', ['a', '5', 'b', '10', 'c', '15']],
    ['ZDIFF 2 x y WITHSCORES', ['a', '1']],
    ['ZDIFF 2 set x', ['d', 'e']],
    ['ZDIFF 1 x', ['a', 'b', 'c']],
    ['ZDIFF 2 x x', []],
    ['ZDIFF 2 none x', []],
    ['ZINTERCARD 2 x y', 2],
    ['ZINTERCARD 2 x y LIMIT 1', 1],
    ['ZINTERCARD 2 x y LIMIT 0', 2],
    ['ZINTERCARD 2 x none', 0],
  ])('%s', async (line, expected) => {
    expect(await ask(line)).toEqual(expected)
  })

  test('infinities of both signs add up to 0, and so does 0 times infinity', async () => {
    await client.send('ZADD', 'plus', 'inf', 'a')
    await client.send('ZADD', 'minus', '-inf', 'a')
    expect(await ask('ZUNION 2 plus minus WITHSCORES')).toEqual(['a', '0'])
    expect(await ask('ZINTER 2 plus minus WITHSCORES')).toEqual(['a', '0'])
    expect(await ask('ZUNION 1 plus WEIGHTS 0 WITHSCORES')).toEqual(['a', '0'])
    expect(await ask('ZINTER 2 x plus WEIGHTS 1 0 AGGREGATE MAX WITHSCORES')).toEqual(['a', '1'])
  })

  test('store results, whatever the key was', async () => {
    await client.send('SET', 'd', 'text')
    expect(await ask('ZUNIONSTORE d 2 x y')).toBe(4)
    expect(await ask('ZRANGE d 0 -1 WITHSCORES')).toEqual(['a', '1', 'b', '12', 'c', '23', 'd', '30'])
    expect(await ask('ZINTERSTORE x 2 x y WEIGHTS 2 1')).toBe(2)
    expect(await ask('ZRANGE x 0 -1 WITHSCORES')).toEqual(['b', '14', 'c', '26'])
    expect(await ask('ZDIFFSTORE d 2 x y')).toBe(0)
    expect(await ask('EXISTS d')).toBe(0)
  })

  test('notify of what they store', async () => {
    const events = await both.eventsOf(async () => {
      await ask('ZUNIONSTORE d 2 x y')
      await ask('ZINTERSTORE d 2 x y')
      await ask('ZDIFFSTORE d 2 x y')
      await ask('ZDIFFSTORE d 2 x x')
      await ask('ZDIFFSTORE d 2 x x')
    })
    expect(events).toEqual(['zunionstore d', 'zinterstore d', 'zdiffstore d', 'del d'])
  })

  test('pairs in RESP3', async () => {
    client = await both.connect(3)
    expect(await ask('ZUNION 1 x WITHSCORES')).toEqual([
      ['a', ',1'],
      ['b', ',2'],
      ['c', ',3'],
    ])
    expect(await ask('ZDIFF 2 x y')).toEqual(['a'])
  })

  test.each([
    ['ZUNION 0 x', "-ERR at least 1 input key is needed for 'zunion' command"],
    ['ZINTERSTORE d -1 x', "-ERR at least 1 input key is needed for 'zinterstore' command"],
    ['ZUNION a x', '-ERR value is not an integer or out of range'],
    ['ZUNION 3 x y', '-ERR syntax error'],
    ['ZUNION 2 x y WEIGHTS 1', '-ERR syntax error'],
    ['ZUNION 2 x y WEIGHTS 1 w', '-ERR weight value is not a float'],
    ['ZUNION 2 x y AGGREGATE avg', '-ERR syntax error'],
    ['ZUNION 2 x y AGGREGATE', '-ERR syntax error'],
    ['ZUNIONSTORE d 2 x y WITHSCORES', '-ERR syntax error'],
    ['ZDIFF 2 x y WEIGHTS 1 1', '-ERR syntax error'],
    ['ZINTERCARD 2 x y LIMIT -1', "-ERR LIMIT can't be negative"],
    ['ZINTERCARD 2 x y LIMIT x', "-ERR LIMIT can't be negative"],
    ['ZINTERCARD 2 x y LIMIT', '-ERR syntax error'],
    ['ZINTERCARD 2 x y WITHSCORES', '-ERR syntax error'],
  ])('refuses %s', async (line, expected) => {
    expect(await ask(line)).toBe(expected)
  })

  test('refuse a key that is no set', async () => {
    await client.send('SET', 'text', 'x')
    expect(await client.send('ZUNION', 2, 'x', 'text')).toMatch(/^-WRONGTYPE /)
    expect(await client.send('ZDIFFSTORE', 'd', 2, 'text', 'x')).toMatch(/^-WRONGTYPE /)
  })
})
