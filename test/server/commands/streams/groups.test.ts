import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothClients, type BothServers, startBoth } from '../../helpers/both-servers.ts'
import type { RawClient } from '../../helpers/raw-client.ts'
import { type ReplyValue, readReply } from '../../helpers/read-reply.ts'
import { withoutTimes } from './stream-commands.ts'

/** Longer than any test, in ms: no entry that was just delivered is idle for as long. */
const LONG = 100_000_000

describeRedis('groups of consumers, as on Redis', () => {
  let both: BothServers
  let client: BothClients
  beforeAll(async () => {
    both = await startBoth()
  })
  beforeEach(async () => {
    client = await both.connect()
    for (const id of ['1-1', '2-1', '3-1', '4-1']) await client.send('XADD', 's', id, 'field', id)
    await client.send('XGROUP', 'CREATE', 's', 'g', '0')
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  const read = (consumer: string, id: string, ...options: readonly (string | number)[]) =>
    client.send('XREADGROUP', 'GROUP', 'g', consumer, ...options, 'STREAMS', 's', id)

  /** Sends a request whose reply differs by times only. */
  async function sendTimed(...args: readonly string[]): Promise<ReplyValue> {
    const [ours, redis] = await Promise.all([client.ours.send(...args), client.redis.send(...args)])
    expect(withoutTimes(args, ours)).toBe(withoutTimes(args, redis))
    return readReply(ours)
  }

  /** Returns id, consumer and number of deliveries of what is pending. */
  async function pending(...options: readonly string[]): Promise<ReplyValue[]> {
    const entries = (await sendTimed('XPENDING', 's', 'g', '-', '+', '10', ...options)) as ReplyValue[][]
    return entries.map(([id, consumer, , deliveries]) => [id, consumer, deliveries] as ReplyValue[])
  }

  test('each entry is delivered to one consumer, and is pending until it is acknowledged', async () => {
    expect(readReply(await read('one', '>', 'COUNT', 2))).toEqual([
      [
        's',
        [
          ['1-1', ['field', '1-1']],
          ['2-1', ['field', '2-1']],
        ],
      ],
    ])
    expect(await read('two', '>')).toContain('4-1')
    expect(await read('two', '>')).toBe('*-1\r\n')
    const owners = (one: string, two: string) => [
      ['one', one],
      ['two', two],
    ]
    expect(readReply(await client.send('XPENDING', 's', 'g'))).toEqual([4, '1-1', '4-1', owners('2', '2')])
    expect(await client.send('XACK', 's', 'g', '1-1', '1-1', '9-9', '3-1')).toBe(':2\r\n')
    expect(readReply(await client.send('XPENDING', 's', 'g'))).toEqual([2, '2-1', '4-1', owners('1', '1')])
    expect(await pending()).toEqual([
      ['2-1', 'one', 1],
      ['4-1', 'two', 1],
    ])
    expect(await client.send('XACK', 's', 'absent', '2-1')).toBe(':0\r\n')
    expect(await client.send('XACK', 'absent', 'g', '2-1')).toBe(':0\r\n')
  })

  test('a consumer reads its own entries again, those that were removed without fields', async () => {
    await read('one', '>', 'COUNT', 3)
    await client.send('XDEL', 's', '2-1')
    expect(readReply(await read('one', '0'))).toEqual([
      [
        's',
        [
          ['1-1', ['field', '1-1']],
          ['2-1', null],
          ['3-1', ['field', '3-1']],
        ],
      ],
    ])
    expect(readReply(await read('one', '1-1', 'COUNT', 1))).toEqual([['s', [['2-1', null]]]])
    expect(readReply(await read('two', '0'))).toEqual([['s', []]])
    expect(await pending()).toEqual([
      ['1-1', 'one', 2],
      ['2-1', 'one', 1],
      ['3-1', 'one', 2],
    ])
  })

  test('with NOACK nothing is pending', async () => {
    await read('one', '>', 'NOACK')
    expect(await client.send('XPENDING', 's', 'g')).toBe('*4\r\n:0\r\n$-1\r\n$-1\r\n*-1\r\n')
  })

  test('entries are delivered to others after SETID', async () => {
    await read('one', '>')
    await client.send('XGROUP', 'SETID', 's', 'g', '2-0')
    await read('two', '>', 'COUNT', 1)
    expect(await pending()).toEqual([
      ['1-1', 'one', 1],
      ['2-1', 'two', 1],
      ['3-1', 'one', 1],
      ['4-1', 'one', 1],
    ])
  })

  test('XPENDING returns an interval, of one consumer, and of what is idle', async () => {
    await read('one', '>', 'COUNT', 2)
    await read('two', '>')
    expect(await pending('two')).toEqual([
      ['3-1', 'two', 1],
      ['4-1', 'two', 1],
    ])
    expect(await sendTimed('XPENDING', 's', 'g', '(1-1', '3', '1')).toHaveLength(1)
    expect(await sendTimed('XPENDING', 's', 'g', 'IDLE', String(LONG), '-', '+', '9')).toEqual([])
    expect(await sendTimed('XPENDING', 's', 'g', 'IDLE', '0', '-', '+', '9', 'one')).toHaveLength(2)
    expect(await client.send('XPENDING', 's', 'g', '-', '+', 9, 'absent')).toBe('*0\r\n')
  })

  test('XCLAIM gives entries to another consumer, if they are idle for long enough', async () => {
    await read('one', '>', 'COUNT', 3)
    expect(await client.send('XCLAIM', 's', 'g', 'two', LONG, '1-1')).toBe('*0\r\n')
    expect(readReply(await client.send('XCLAIM', 's', 'g', 'two', 0, '1-1', '4-1'))).toEqual([
      ['1-1', ['field', '1-1']],
    ])
    expect(readReply(await client.send('XCLAIM', 's', 'g', 'two', 0, '2-1', 'JUSTID'))).toEqual(['2-1'])
    expect(readReply(await client.send('XCLAIM', 's', 'g', 'two', 0, '4-1', 'FORCE', 'JUSTID'))).toEqual([
      '4-1',
    ])
    await client.send('XCLAIM', 's', 'g', 'two', 0, '3-1', 'IDLE', LONG, 'RETRYCOUNT', 7)
    expect(await pending()).toEqual([
      ['1-1', 'two', 2],
      ['2-1', 'two', 1],
      ['3-1', 'two', 7],
      ['4-1', 'two', 1],
    ])
    expect(readReply(await client.send('XCLAIM', 's', 'g', 'one', LONG - 1000, '3-1', 'JUSTID'))).toEqual([
      '3-1',
    ])
  })

  test('XCLAIM forgets entries that were removed', async () => {
    await read('one', '>')
    await client.send('XDEL', 's', '2-1')
    expect(await client.send('XCLAIM', 's', 'g', 'two', 0, '2-1')).toBe('*0\r\n')
    expect(await client.send('XPENDING', 's', 'g')).toMatch(/^\*4\r\n:3\r\n/)
  })

  test('XAUTOCLAIM claims what is idle, a part at a time, and tells what was removed', async () => {
    await read('one', '>')
    await client.send('XDEL', 's', '2-1')
    const claim = ['XAUTOCLAIM', 's', 'g', 'two'] as const
    expect(readReply(await client.send(...claim, LONG, '-'))).toEqual(['0-0', [], ['2-1']])
    expect(readReply(await client.send(...claim, 0, '-', 'COUNT', 1))).toEqual([
      '3-1',
      [['1-1', ['field', '1-1']]],
      [],
    ])
    expect(readReply(await client.send(...claim, 0, '3-1', 'JUSTID'))).toEqual(['0-0', ['3-1', '4-1'], []])
    expect(await pending()).toEqual([
      ['1-1', 'two', 2],
      ['3-1', 'two', 1],
      ['4-1', 'two', 1],
    ])
  })

  test('a consumer that is removed takes along what is pending for it', async () => {
    await read('one', '>', 'COUNT', 3)
    await read('two', '>')
    expect(await client.send('XGROUP', 'DELCONSUMER', 's', 'g', 'one')).toBe(':3\r\n')
    expect(await client.send('XGROUP', 'DELCONSUMER', 's', 'g', 'one')).toBe(':0\r\n')
    expect(await pending()).toEqual([['4-1', 'two', 1]])
    expect(await client.send('XGROUP', 'CREATECONSUMER', 's', 'g', 'one')).toBe(':1\r\n')
    expect(await client.send('XGROUP', 'CREATECONSUMER', 's', 'g', 'one')).toBe(':0\r\n')
  })

  test('XGROUP DESTROY removes a group', async () => {
    expect(await client.send('XGROUP', 'DESTROY', 's', 'g')).toBe(':1\r\n')
    expect(await client.send('XGROUP', 'DESTROY', 's', 'g')).toBe(':0\r\n')
    expect(await read('one', '>')).toMatch(/^-NOGROUP/)
    expect(await client.send('XGROUP', 'CREATE', 's', 'g', '0')).toBe('+OK\r\n')
    expect(await client.send('XGROUP', 'CREATE', 's', 'g', '0')).toMatch(/^-BUSYGROUP/)
  })

  test('XINFO tells of streams, groups and consumers', async () => {
    await read('one', '>', 'COUNT', 3)
    await client.send('XGROUP', 'CREATE', 's', 'a', '$', 'ENTRIESREAD', 2)
    await client.send('XGROUP', 'CREATECONSUMER', 's', 'g', 'a')
    await sendTimed('XINFO', 'STREAM', 's')
    await sendTimed('XINFO', 'STREAM', 's', 'FULL')
    await sendTimed('XINFO', 'STREAM', 's', 'FULL', 'COUNT', '1')
    await sendTimed('XINFO', 'STREAM', 's', 'FULL', 'COUNT', '0')
    expect(await sendTimed('XINFO', 'GROUPS', 's')).toMatchObject([
      { 1: 'a', 11: 2 },
      { 1: 'g', 3: 2, 5: 3, 7: '3-1', 9: 3, 11: 1 },
    ])
    expect(await sendTimed('XINFO', 'CONSUMERS', 's', 'g')).toMatchObject([
      { 1: 'a', 3: 0 },
      { 1: 'one', 3: 3 },
    ])
  })

  test('the lag is not known after entries in the middle were removed', async () => {
    await client.send('XDEL', 's', '3-1')
    await read('one', '>', 'COUNT', 1)
    await client.send('XINFO', 'GROUPS', 's')
    await read('one', '>')
    await client.send('XINFO', 'GROUPS', 's')
    await client.send('XTRIM', 's', 'MAXLEN', 1)
    await client.send('XGROUP', 'SETID', 's', 'g', '0')
    await client.send('XINFO', 'GROUPS', 's')
  })

  test.each([
    ['XGROUP CREATE absent g $'],
    ['XGROUP CREATE s n x'],
    ['XGROUP CREATE s n $ FOO'],
    ['XGROUP CREATE s n $ ENTRIESREAD'],
    ['XGROUP CREATE s n $ ENTRIESREAD x'],
    ['XGROUP CREATE s n $ ENTRIESREAD -2'],
    ['XGROUP CREATE s n $ MKSTREAM ENTRIESREAD 2 MKSTREAM'],
    ['XGROUP CREATE string n $ MKSTREAM ENTRIESREAD 2 MKSTREAM'],
    ['XGROUP CREATE absent n $ ENTRIESREAD 2 ENTRIESREAD 2'],
    ['XGROUP SETID s g 0 ENTRIESREAD 1 ENTRIESREAD 2'],
    ['XGROUP SETID s absent 0 ENTRIESREAD 1 ENTRIESREAD 2'],
    ['XGROUP SETID string g 0 ENTRIESREAD 1 ENTRIESREAD 2'],
    ['XGROUP CREATE string n $'],
    ['XGROUP SETID s absent 0'],
    ['XGROUP SETID s g 0 MKSTREAM'],
    ['XGROUP SETID absent g 0'],
    ['XGROUP DELCONSUMER s absent c'],
    ['XGROUP CREATECONSUMER s absent c'],
    ['XGROUP DESTROY absent g'],
    ['XGROUP FOO s g'],
    ['XGROUP'],
    ['XINFO STREAM absent'],
    ['XINFO STREAM string'],
    ['XINFO STREAM s FOO'],
    ['XINFO STREAM s FULL COUNT'],
    ['XINFO STREAM s FULL COUNT x'],
    ['XINFO CONSUMERS s absent'],
    ['XINFO FOO s'],
    ['XACK s g x'],
    ['XACK string g 1-1'],
    ['XPENDING s absent'],
    ['XPENDING s g -'],
    ['XPENDING s g - + x'],
    ['XPENDING s g IDLE x - + 1'],
    ['XPENDING s g IDLE 1 - +'],
    ['XCLAIM s absent c 0 1-1'],
    ['XCLAIM s g c x 1-1'],
    ['XCLAIM s g c 0 1-1 FOO'],
    ['XCLAIM s g c 0 1-1 IDLE x'],
    ['XCLAIM s g c 0 1-1 TIME x'],
    ['XCLAIM s g c 0 1-1 RETRYCOUNT x'],
    ['XCLAIM s g c 0 1-1 LASTID x'],
    ['XAUTOCLAIM s absent c 0 0'],
    ['XAUTOCLAIM s g c x 0'],
    ['XAUTOCLAIM s g c 0 x'],
    ['XAUTOCLAIM s g c 0 0 COUNT 0'],
    ['XAUTOCLAIM s g c 0 0 COUNT x'],
    ['XAUTOCLAIM s g c 0 0 FOO'],
  ])('refuses %s', async (line) => {
    await client.send('SET', 'string', 'x')
    expect(await client.send(...line.split(' '))).toMatch(/^-/)
  })

  test('counts changes', async () => {
    const changesOf = async (raw: RawClient) =>
      Number(/rdb_changes_since_last_save:(\d+)/.exec(await raw.send('INFO', 'persistence'))?.[1])
    const before = [await changesOf(client.ours), await changesOf(client.redis)] as const
    for (const line of [
      'XREADGROUP GROUP g one COUNT 2 STREAMS s >',
      'XREADGROUP GROUP g two NOACK COUNT 1 STREAMS s >',
      'XREADGROUP GROUP g one STREAMS s 0',
      'XCLAIM s g three 0 1-1 2-1 3-1 JUSTID',
      'XDEL s 1-1 2-1',
      'XCLAIM s g four 0 1-1',
      'XAUTOCLAIM s g four 0 -',
      'XTRIM s MAXLEN 0',
      'XACK s g 1-1 2-1',
      'XGROUP CREATE new g $ MKSTREAM',
    ]) {
      await client.send(...line.split(' '))
      expect((await changesOf(client.ours)) - before[0], line).toBe(
        (await changesOf(client.redis)) - before[1],
      )
    }
  })

  test('answers HELP, and COMMAND GETKEYS', async () => {
    await client.send('XGROUP', 'HELP')
    await client.send('XINFO', 'HELP')
    const request = 'XREADGROUP GROUP g c COUNT 1 STREAMS a b 0 >'
    expect(readReply(await client.send('COMMAND', 'GETKEYS', ...request.split(' ')))).toEqual(['a', 'b'])
  })
})
