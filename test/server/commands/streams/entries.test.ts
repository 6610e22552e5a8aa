import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothClients, type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { readReply } from '../../helpers/read-reply.ts'

const MAX = '18446744073709551615'

describeRedis('entries of streams, as on Redis', () => {
  let both: BothServers
  let client: BothClients
  beforeAll(async () => {
    both = await startBoth()
  })
  beforeEach(async () => {
    client = await both.connect()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  async function addAll(key: string, ...ids: readonly string[]): Promise<void> {
    for (const id of ids) await client.send('XADD', key, id, 'field', id)
  }

  const idsOf = (reply: string) => (readReply(reply) as [string, string[]][]).map(([id]) => id)

  test('XADD takes ids that rise', async () => {
    expect(await client.send('XADD', 's', '5-1', 'a', 'b')).toBe('$3\r\n5-1\r\n')
    expect(await client.send('XADD', 's', '5-1', 'a', 'b')).toBe(
      '-ERR The ID specified in XADD is equal or smaller than the target stream top item\r\n',
    )
    expect(await client.send('XADD', 's', '6', 'a', 'b')).toBe('$3\r\n6-0\r\n')
    expect(await client.send('XADD', 's', '6-*', 'a', 'b')).toBe('$3\r\n6-1\r\n')
    expect(await client.send('XADD', 's', '7-*', 'a', 'b')).toBe('$3\r\n7-0\r\n')
    expect(await client.send('XADD', 's', '6-*', 'a', 'b')).toMatch(/^-ERR The ID specified in XADD/)
    expect(await client.send('XADD', 'new', '0-*', 'a', 'b')).toBe('$3\r\n0-1\r\n')
    expect(await client.send('XADD', 'new', '0-0', 'a', 'b')).toBe(
      '-ERR The ID specified in XADD must be greater than 0-0\r\n',
    )
  })

  test('ids go on exactly beyond 2^53, up to the last possible one', async () => {
    for (const seq of ['9007199254740991', '9007199254740992', '9007199254740993'])
      expect(await client.send('XADD', 's', `9007199254740993-${seq}`, 'a', 'b')).toContain(`-${seq}\r\n`)
    expect(await client.send('XADD', 's', '9007199254740993-*', 'a', 'b')).toContain('-9007199254740994\r\n')
    expect(await client.send('XADD', 's', `${MAX}-${MAX}`, 'a', 'b')).toContain(`${MAX}-${MAX}`)
    expect(await client.send('XADD', 's', '*', 'a', 'b')).toBe(
      '-ERR The stream has exhausted the last possible ID, unable to add more items\r\n',
    )
    expect(
      idsOf(await client.send('XRANGE', 's', '(9007199254740993-9007199254740991', '+', 'COUNT', 2)),
    ).toEqual(['9007199254740993-9007199254740992', '9007199254740993-9007199254740993'])
  })

  test('after a millisecond of the future the sequence number rises', async () => {
    await addAll('s', '99999999999999-5')
    expect(await client.send('XADD', 's', '*', 'a', 'b')).toBe('$16\r\n99999999999999-6\r\n')
  })

  test('values are bytes', async () => {
    await client.send('XADD', 's', '1-1', '\xff\r\n\x00', '', 'same', '1', 'same', '2')
    expect(readReply(await client.send('XRANGE', 's', '-', '+'))).toEqual([
      ['1-1', ['\xff\r\n\x00', '', 'same', '1', 'same', '2']],
    ])
  })

  test.each([
    ['XADD s 1-1'],
    ['XADD s 1-1 a'],
    ['XADD s * a b c'],
    ['XADD s MAXLEN 5'],
    ['XADD s x a b'],
    ['XADD s + a b'],
    ['XADD s MAXLEN -1 * a b'],
    ['XADD s MAXLEN x * a b'],
    ['XADD s MAXLEN 5 MINID 5 1-1 a b'],
    ['XADD s MAXLEN 5 LIMIT 5 1-1 a b'],
    ['XADD s LIMIT 5 1-1 a b'],
    ['XADD s MAXLEN ~ 5 LIMIT -1 1-1 a b'],
    ['XADD string * a b'],
    ['XTRIM s MAXLEN'],
    ['XTRIM s LIMIT 5'],
    ['XTRIM s LIMIT 0'],
    ['XTRIM s MAXLEN = 5 LIMIT 5'],
    ['XTRIM s MINID x'],
    ['XTRIM s NOMKSTREAM'],
    ['XTRIM string MAXLEN 0'],
    ['XRANGE s x +'],
    ['XRANGE s ( +'],
    ['XRANGE s - + COUNT'],
    ['XRANGE s - + LIMIT 5'],
    ['XRANGE s - + COUNT x'],
    [`XRANGE s (${MAX}-${MAX} +`],
    ['XREVRANGE s (0-0 -'],
    ['XRANGE string - +'],
    ['XLEN string'],
    ['XDEL s 1-1 x'],
    ['XDEL string 1-1'],
    ['XSETID absent 5'],
    ['XSETID string 5'],
    ['XSETID s 1-0'],
    ['XSETID s 9 ENTRIESADDED'],
    ['XSETID s 9 ENTRIESADDED -1'],
    ['XSETID s 9 ENTRIESADDED 1'],
    ['XSETID s 9 MAXDELETEDID 9-1'],
  ])('refuses %s', async (line) => {
    await client.send('SET', 'string', 'x')
    await addAll('s', '1-1', '2-1')
    expect(await client.send(...line.split(' '))).toMatch(/^-/)
  })

  test('NOMKSTREAM adds to a stream that exists only', async () => {
    expect(await client.send('XADD', 's', 'NOMKSTREAM', '1-1', 'a', 'b')).toBe('$-1\r\n')
    expect(await client.send('EXISTS', 's')).toBe(':0\r\n')
    await addAll('s', '1-1')
    expect(await client.send('XADD', 's', 'nomkstream', '2-1', 'a', 'b')).toBe('$3\r\n2-1\r\n')
  })

  test('XRANGE and XREVRANGE return an interval, as many as COUNT says', async () => {
    await addAll('s', '1-0', '1-1', '2-5', '3-0')
    expect(idsOf(await client.send('XRANGE', 's', '-', '+'))).toEqual(['1-0', '1-1', '2-5', '3-0'])
    expect(idsOf(await client.send('XRANGE', 's', '1', '2'))).toEqual(['1-0', '1-1', '2-5'])
    expect(idsOf(await client.send('XRANGE', 's', '(1-0', '(3-0'))).toEqual(['1-1', '2-5'])
    expect(idsOf(await client.send('XRANGE', 's', '-', '+', 'COUNT', 2))).toEqual(['1-0', '1-1'])
    expect(await client.send('XRANGE', 's', '-', '+', 'COUNT', 0)).toBe('*-1\r\n')
    expect(idsOf(await client.send('XREVRANGE', 's', '+', '-', 'COUNT', 3))).toEqual(['3-0', '2-5', '1-1'])
    expect(idsOf(await client.send('XREVRANGE', 's', '2-4', '1-1'))).toEqual(['1-1'])
    expect(await client.send('XRANGE', 's', '3', '1')).toBe('*0\r\n')
    expect(await client.send('XRANGE', 'absent', '-', '+')).toBe('*0\r\n')
  })

  test('a stream without entries stays, with its last id', async () => {
    await addAll('s', '5-5')
    expect(await client.send('XDEL', 's', '5-5', '5-5', '1-1')).toBe(':1\r\n')
    expect(await client.send('EXISTS', 's')).toBe(':1\r\n')
    expect(await client.send('TYPE', 's')).toBe('+stream\r\n')
    expect(await client.send('OBJECT', 'ENCODING', 's')).toBe('$6\r\nstream\r\n')
    expect(await client.send('XADD', 's', '5-5', 'a', 'b')).toMatch(/^-ERR The ID/)
    expect(await client.send('XADD', 's', '5-*', 'a', 'b')).toBe('$3\r\n5-6\r\n')
  })

  test('MAXLEN and MINID trim exactly, ~ by whole nodes', async () => {
    const ids = Array.from({ length: 350 }, (_, n) => `${n + 1}-0`)
    await addAll('s', ...ids)
    expect(await client.send('XTRIM', 's', 'MAXLEN', '~', 340)).toBe(':0\r\n')
    expect(await client.send('XTRIM', 's', 'MAXLEN', '~', 249)).toBe(':100\r\n')
    expect(await client.send('XTRIM', 's', 'MINID', '~', '250')).toBe(':100\r\n')
    expect(await client.send('XTRIM', 's', 'MINID', '=', '250')).toBe(':49\r\n')
    expect(await client.send('XTRIM', 's', 'MAXLEN', 3)).toBe(':98\r\n')
    expect(idsOf(await client.send('XRANGE', 's', '-', '+'))).toEqual(['348-0', '349-0', '350-0'])
    expect(await client.send('XADD', 's', 'MAXLEN', '=', 2, '351-0', 'a', 'b')).toBe('$5\r\n351-0\r\n')
    expect(await client.send('XLEN', 's')).toBe(':2\r\n')
    expect(await client.send('XTRIM', 's', 'MAXLEN', 0)).toBe(':2\r\n')
    expect(await client.send('XLEN', 's')).toBe(':0\r\n')
  })

  test('LIMIT bounds what ~ removes', async () => {
    await addAll('s', ...Array.from({ length: 300 }, (_, n) => `${n + 1}-0`))
    expect(await client.send('XTRIM', 's', 'MAXLEN', '~', 0, 'LIMIT', 150)).toBe(':100\r\n')
    expect(await client.send('XTRIM', 's', 'MAXLEN', '~', 0, 'LIMIT', 0)).toBe(':200\r\n')
  })

  test('a node is full by its bytes, too', async () => {
    for (let n = 1; n <= 120; n++) await client.send('XADD', 's', `${n}-0`, 'field', 'x'.repeat(n))
    for (let left = 120; left > 0; left -= 7) await client.send('XTRIM', 's', 'MAXLEN', '~', left)
    await client.send('XINFO', 'STREAM', 's')
  })

  test('XSETID sets the last id, and what XINFO tells of the past', async () => {
    await addAll('s', '5-5')
    expect(await client.send('XSETID', 's', '9-9', 'ENTRIESADDED', 100, 'MAXDELETEDID', '7-0')).toBe(
      '+OK\r\n',
    )
    expect(readReply(await client.send('XINFO', 'STREAM', 's'))).toMatchObject({
      7: '9-9',
      9: '7-0',
      11: 100,
    })
    expect(await client.send('XADD', 's', '9-9', 'a', 'b')).toMatch(/^-ERR The ID/)
  })

  test('COPY, RENAME and MOVE take entries and groups along', async () => {
    await addAll('s', '1-1', '2-1', '3-1')
    await client.send('XGROUP', 'CREATE', 's', 'g', '0')
    await client.send('XREADGROUP', 'GROUP', 'g', 'c', 'COUNT', 2, 'STREAMS', 's', '>')
    await client.send('COPY', 's', 'copy')
    await client.send('XDEL', 's', '1-1')
    await client.send('XACK', 's', 'g', '2-1')
    await client.send('RENAME', 's', 'renamed')
    for (const key of ['copy', 'renamed']) {
      await client.send('XRANGE', key, '-', '+')
      await client.send('XPENDING', key, 'g')
      await client.send('XINFO', 'GROUPS', key)
    }
  })

  test('sends keyspace notifications', async () => {
    const events = await both.eventsOf(async () => {
      await client.send('XADD', 's', '1-1', 'a', 'b')
      await client.send('XADD', 's', 'MAXLEN', '1', '2-1', 'a', 'b')
      await client.send('XTRIM', 's', 'MAXLEN', '1')
      await client.send('XTRIM', 's', 'MAXLEN', '0')
      await client.send('XADD', 's', '3-1', 'a', 'b')
      await client.send('XDEL', 's', '3-1', '4-4')
      await client.send('XDEL', 's', '3-1')
      await client.send('XSETID', 's', '9-9')
      await client.send('XGROUP', 'CREATE', 'new', 'g', '$', 'MKSTREAM')
      await client.send('XGROUP', 'SETID', 'new', 'g', '5')
      await client.send('XGROUP', 'CREATECONSUMER', 'new', 'g', 'c')
      await client.send('XADD', 'new', '9-0', 'a', 'b')
      await client.send('XREADGROUP', 'GROUP', 'g', 'd', 'STREAMS', 'new', '>')
      await client.send('XCLAIM', 'new', 'g', 'e', '0', '9-0')
      await client.send('XAUTOCLAIM', 'new', 'g', 'f', '0', '0')
      await client.send('XACK', 'new', 'g', '9-0')
      await client.send('XGROUP', 'DELCONSUMER', 'new', 'g', 'c')
      await client.send('XGROUP', 'DESTROY', 'new', 'g')
    })
    expect(events).toEqual([
      'xadd s',
      'xadd s',
      'xtrim s',
      'xtrim s',
      'xadd s',
      'xdel s',
      'xsetid s',
      'xgroup-create new',
      'xgroup-setid new',
      'xgroup-createconsumer new',
      'xadd new',
      'xgroup-createconsumer new',
      'xgroup-createconsumer new',
      'xgroup-createconsumer new',
      'xgroup-delconsumer new',
      'xgroup-destroy new',
    ])
  })
})
