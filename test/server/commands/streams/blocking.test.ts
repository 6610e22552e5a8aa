import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { readReply } from '../../helpers/read-reply.ts'

describeRedis('clients that wait for entries, as on Redis', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  /** Sends a request that is to wait, as the client of this number. */
  async function waiting(count: number, ...args: readonly (string | number)[]) {
    const client = await both.connect()
    client.write(...args)
    await both.untilBlocked(count)
    return client
  }

  test('XREAD returns at once what is there, and waits for what comes', async () => {
    const client = await both.connect()
    await client.send('XADD', 's', '1-1', 'a', 'b')
    const read = ['XREAD', 'BLOCK', 0, 'STREAMS', 's', 'other'] as const
    expect(readReply(await client.send(...read, '0', '0'))).toEqual([['s', [['1-1', ['a', 'b']]]]])
    const first = await waiting(1, ...read, '$', '$')
    const second = await waiting(2, ...read, '1-1', '5-5')
    await client.send('XADD', 'other', '5-5', 'a', 'b')
    expect(readReply(await first.reply())).toEqual([['other', [['5-5', ['a', 'b']]]]])
    expect(second.waits).toBe(true)
    await client.send('XADD', 's', '2-1', 'c', 'd')
    expect(readReply(await second.reply())).toEqual([['s', [['2-1', ['c', 'd']]]]])
  })

  test('all that wait are answered, also in RESP3', async () => {
    const first = await waiting(1, 'XREAD', 'BLOCK', 0, 'STREAMS', 's', '$')
    const second = await both.connect(3)
    second.write('XREAD', 'BLOCK', 0, 'STREAMS', 's', '$')
    await both.untilBlocked(2)
    const client = await both.connect()
    await client.send('XADD', 's', '1-1', 'a', 'b')
    expect(await first.reply()).toMatch(/^\*1\r\n\*2\r\n/)
    expect(await second.reply()).toMatch(/^%1\r\n\$1\r\ns/)
  })

  test('a transaction that adds several entries is answered once, with COUNT entries', async () => {
    const all = await waiting(1, 'XREAD', 'BLOCK', 0, 'STREAMS', 's', '$')
    const two = await waiting(2, 'XREAD', 'COUNT', 2, 'BLOCK', 0, 'STREAMS', 's', '$')
    const client = await both.connect()
    await client.send('MULTI')
    for (const id of ['1-1', '2-1', '3-1']) await client.send('XADD', 's', id, 'a', 'b')
    await client.send('EXEC')
    expect(await all.reply()).toContain('3-1')
    expect(await two.reply()).not.toContain('3-1')
  })

  test('XREAD goes on waiting when its key is removed, or is of another type', async () => {
    const client = await both.connect()
    await client.send('XADD', 's', '5-1', 'a', 'b')
    const waiter = await waiting(1, 'XREAD', 'BLOCK', 0, 'STREAMS', 's', '$')
    await client.send('DEL', 's')
    await client.send('SET', 's', 'x')
    await client.send('DEL', 's')
    await client.send('LPUSH', 's', 'x')
    await client.send('DEL', 's')
    await client.send('XADD', 's', '1-1', 'a', 'b')
    expect(waiter.waits).toBe(true)
    await client.send('XADD', 's', '6-1', 'a', 'b')
    expect(readReply(await waiter.reply())).toEqual([['s', [['6-1', ['a', 'b']]]]])
  })

  test('XREAD is not answered by what is removed', async () => {
    const client = await both.connect()
    await client.send('XADD', 's', '1-1', 'a', 'b')
    await client.send('XADD', 's', '5-1', 'a', 'b')
    await client.send('XDEL', 's', '5-1')
    const waiter = await waiting(1, 'XREAD', 'BLOCK', 0, 'STREAMS', 's', '2-1')
    await client.send('XDEL', 's', '1-1')
    await client.send('XTRIM', 's', 'MAXLEN', 0)
    expect(waiter.waits).toBe(true)
    await client.send('XADD', 's', '6-1', 'a', 'b')
    expect(await waiter.reply()).toContain('6-1')
  })

  test('an entry that is gone already is answered by an empty array', async () => {
    const waiter = await waiting(1, 'XREAD', 'BLOCK', 0, 'STREAMS', 's', '$')
    const client = await both.connect()
    await client.send('MULTI')
    await client.send('XADD', 's', '1-1', 'a', 'b')
    await client.send('XDEL', 's', '1-1')
    await client.send('EXEC')
    expect(readReply(await waiter.reply())).toEqual([['s', []]])
  })

  test('a consumer is given entries that no other was, in the order of waiting', async () => {
    const client = await both.connect()
    await client.send('XGROUP', 'CREATE', 's', 'g', '$', 'MKSTREAM')
    const read = ['BLOCK', 0, 'STREAMS', 's', '>'] as const
    const first = await waiting(1, 'XREADGROUP', 'GROUP', 'g', 'one', ...read)
    const second = await waiting(2, 'XREADGROUP', 'GROUP', 'g', 'two', 'NOACK', ...read)
    await client.send('XADD', 's', '1-1', 'a', 'b')
    expect(await first.reply()).toContain('1-1')
    expect(second.waits).toBe(true)
    await client.send('XADD', 's', '2-1', 'a', 'b')
    expect(await second.reply()).toContain('2-1')
    expect(readReply(await client.send('XPENDING', 's', 'g'))).toEqual([1, '1-1', '1-1', [['one', '1']]])
    await client.send('XINFO', 'GROUPS', 's')
  })

  test('a consumer asks for its own entries without waiting', async () => {
    const client = await both.connect()
    await client.send('XGROUP', 'CREATE', 's', 'g', '$', 'MKSTREAM')
    expect(
      readReply(await client.send('XREADGROUP', 'GROUP', 'g', 'c', 'BLOCK', 0, 'STREAMS', 's', '0')),
    ).toEqual([['s', []]])
  })

  test.each([
    ['its key is removed', [['DEL', 's']], '-UNBLOCKED the stream key no longer exists\r\n'],
    ['its key expires', [['PEXPIRE', 's', -1]], '-UNBLOCKED the stream key no longer exists\r\n'],
    ['its key is renamed', [['RENAME', 's', 't']], '-UNBLOCKED the stream key no longer exists\r\n'],
    ['all keys are removed', [['FLUSHALL']], '-UNBLOCKED the stream key no longer exists\r\n'],
    ['its key is a string now', [['SET', 's', 'x']], '-UNBLOCKED the stream key no longer exists\r\n'],
    [
      'its key is of another type now',
      [['MULTI'], ['DEL', 's'], ['SADD', 's', 'x'], ['EXEC']],
      '-UNBLOCKED the stream key no longer exists\r\n',
    ],
    [
      'its group is removed',
      [['XGROUP', 'DESTROY', 's', 'g']],
      '-NOGROUP the consumer group this client was blocked on no longer exists\r\n',
    ],
    [
      'its key is another stream now',
      [['MULTI'], ['DEL', 's'], ['XADD', 's', '1-1', 'a', 'b'], ['EXEC']],
      '-NOGROUP the consumer group this client was blocked on no longer exists\r\n',
    ],
  ] as const)('a consumer stops waiting when %s', async (_, commands, error) => {
    const client = await both.connect()
    await client.send('XGROUP', 'CREATE', 's', 'g', '$', 'MKSTREAM')
    const waiter = await waiting(1, 'XREADGROUP', 'GROUP', 'g', 'c', 'BLOCK', 0, 'STREAMS', 's', '>')
    for (const command of commands) await client.send(...command)
    expect(await waiter.reply()).toBe(error)
  })

  test('an error that ends a wait is counted', async () => {
    const client = await both.connect()
    await client.send('XGROUP', 'CREATE', 's', 'g', '$', 'MKSTREAM')
    await client.send('CONFIG', 'RESETSTAT')
    await waiting(1, 'XREADGROUP', 'GROUP', 'g', 'c', 'BLOCK', 0, 'STREAMS', 's', '>')
    await client.send('XGROUP', 'DESTROY', 's', 'g')
    expect(await client.send('INFO', 'errorstats')).toContain('errorstat_NOGROUP:count=1')
    for (const raw of [client.ours, client.redis])
      expect(await raw.send('INFO', 'commandstats')).toMatch(
        /xreadgroup:calls=1,.*,rejected_calls=0,failed_calls=1/,
      )
  })

  test('a timeout is answered by a null, and so is a wait in a transaction', async () => {
    const client = await both.connect()
    expect(await client.send('XREAD', 'BLOCK', 1, 'STREAMS', 's', '$')).toBe('*-1\r\n')
    await client.send('MULTI')
    await client.send('XREAD', 'BLOCK', 0, 'STREAMS', 's', '$')
    expect(await client.send('EXEC')).toBe('*1\r\n*-1\r\n')
    const third = await both.connect(3)
    expect(await third.send('XREAD', 'BLOCK', 1, 'STREAMS', 's', '$')).toBe('_\r\n')
  })

  test.each([
    ['XREAD BLOCK x STREAMS s $'],
    ['XREAD BLOCK 1.5 STREAMS s $'],
    ['XREAD BLOCK -1 STREAMS s $'],
    ['XREAD STREAMS s t $'],
    ['XREAD COUNT x STREAMS s $'],
    ['XREAD BLOCK 1 COUNT 2'],
    ['XREAD GROUP g c STREAMS s >'],
    ['XREAD NOACK STREAMS s $'],
    ['XREAD STREAMS s >'],
    ['XREAD STREAMS s x'],
    ['XREAD STREAMS string $'],
    ['XREADGROUP GROUP g c STREAMS s t >'],
    ['XREADGROUP GROUP g c STREAMS s $'],
    ['XREADGROUP GROUP x c STREAMS s >'],
    ['XREADGROUP GROUP g c STREAMS absent >'],
    ['XREADGROUP COUNT 1 NOACK STREAMS s >'],
    ['XREADGROUP GROUP g c COUNT 1 NOACK'],
    ['XREADGROUP GROUP g c STREAMS string >'],
  ])('refuses %s', async (line) => {
    const client = await both.connect()
    await client.send('SET', 'string', 'x')
    await client.send('XGROUP', 'CREATE', 's', 'g', '$', 'MKSTREAM')
    expect(await client.send(...line.split(' '))).toMatch(/^-/)
  })
})
