import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { crc64 } from '../../../../src/server/rdb/crc64.ts'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothClients, type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { random } from '../../helpers/random.ts'
import { readReply } from '../../helpers/read-reply.ts'

const numbered = (count: number, text = '') => Array.from({ length: count }, (_, n) => `${text}${n}`)

const VALUES: Readonly<Record<string, readonly (readonly (string | number)[])[]>> = {
  'a string': [['SET', 'key', 'hello']],
  'an empty string': [['SET', 'key', '']],
  'binary data': [['SET', 'key', '\x00\xff\r\n\x80']],
  'a long string that repeats': [['SET', 'key', 'abc'.repeat(10_000)]],
  'integers of all sizes': [
    ['RPUSH', 'key', 0, 127, -128, 128, 32_767, -32_768, 32_768, 2 ** 31 - 1, -(2 ** 31)],
    ['RPUSH', 'key', 2 ** 31, '9223372036854775807', '-9223372036854775808', '4095', '-4096', '8388607'],
  ],
  'a list': [['RPUSH', 'key', 'a', '', 'x'.repeat(63), 'x'.repeat(64), 'x'.repeat(4_095)]],
  'a long list': [['RPUSH', 'key', ...numbered(3_000, 'item'), 'x'.repeat(20_000)]],
  'a set of small integers': [['SADD', 'key', 1, 2, -3]],
  'a set of large integers': [['SADD', 'key', 1, 70_000, '9223372036854775807']],
  'a set': [['SADD', 'key', 'a', 'b', 1]],
  'a large set': [['SADD', 'key', ...numbered(1_000, 'member')]],
  'a hash': [['HSET', 'key', 'field', 'value', 'number', 12]],
  'a large hash': [['HSET', 'key', ...numbered(1_200, 'x')]],
  'a sorted set': [['ZADD', 'key', 1, 'a', 0.1, 'b', '-inf', 'c', 1e300, 'd', 'inf', 'e']],
  'a large sorted set': [['ZADD', 'key', ...numbered(400).flatMap((n) => [Number(n) / 3, `m${n}`])]],
  'a stream': [
    ['XADD', 'key', '1-1', 'a', 1, 'b', 'two'],
    ['XADD', 'key', '1-2', 'a', 3, 'b', 'four'],
    ['XADD', 'key', '5-0', 'other', ''],
    ['XADD', 'key', '18446744073709551615-1', 'a', 1],
    ['XDEL', 'key', '1-2'],
  ],
  'a stream without entries': [
    ['XADD', 'key', '1-1', 'a', 1],
    ['XDEL', 'key', '1-1'],
  ],
  'a stream with groups': [
    ...numbered(250).map((n) => ['XADD', 'key', `${Number(n) + 1}-1`, 'n', n]),
    ['XGROUP', 'CREATE', 'key', 'group', '0'],
    ['XREADGROUP', 'GROUP', 'group', 'one', 'COUNT', 5, 'STREAMS', 'key', '>'],
    ['XREADGROUP', 'GROUP', 'group', 'two', 'COUNT', 2, 'STREAMS', 'key', '>'],
    ['XACK', 'key', 'group', '2-1'],
    ['XGROUP', 'CREATE', 'key', 'unread', '$'],
  ],
}

/** Commands that show a value, by its type. */
const SHOWING: Readonly<Record<string, readonly (readonly string[])[]>> = {
  string: [['GET', 'key']],
  list: [['LRANGE', 'key', '0', '-1']],
  set: [['SMEMBERS', 'key']],
  hash: [['HGETALL', 'key']],
  zset: [['ZRANGE', 'key', '0', '-1', 'WITHSCORES']],
  stream: [
    ['XRANGE', 'key', '-', '+'],
    ['XINFO', 'GROUPS', 'key'],
    ['XPENDING', 'key', 'group'],
  ],
}

describeRedis('DUMP and RESTORE, as on Redis', () => {
  let both: BothServers
  let client: BothClients
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  async function show(): Promise<void> {
    const type = (await client.send('TYPE', 'key')).slice(1).trim()
    for (const args of SHOWING[type] ?? []) {
      if (type === 'set' || type === 'hash') await client.sendUnordered(...args)
      else await client.send(...args)
    }
  }

  test.each(Object.keys(VALUES))('%s is restored by the other server', async (name) => {
    client = await both.connect()
    for (const args of VALUES[name] ?? []) await client.send(...args)
    await show()
    const [ours, redis] = await Promise.all([
      client.ours.send('DUMP', 'key'),
      client.redis.send('DUMP', 'key'),
    ])
    const restored = await Promise.all([
      client.ours.send('RESTORE', 'key', 0, readReply(redis) as string, 'REPLACE'),
      client.redis.send('RESTORE', 'key', 0, readReply(ours) as string, 'REPLACE'),
    ])
    expect(restored).toEqual(['+OK\r\n', '+OK\r\n'])
    await show()
    const again = readReply(await client.ours.send('DUMP', 'key')) as string
    expect(await client.ours.send('RESTORE', 'key', 0, again, 'REPLACE')).toBe('+OK\r\n')
    await show()
  })

  test('short strings and integers are the same bytes', async () => {
    client = await both.connect()
    for (const text of [
      '',
      'a',
      '1',
      '-1',
      '127',
      '128',
      '-129',
      '70000',
      '2147483648',
      '01',
      'x'.repeat(20),
    ]) {
      await client.send('SET', 'key', text)
      await client.send('DUMP', 'key')
    }
    expect(await client.send('DUMP', 'absent')).toBe('$-1\r\n')
  })

  test('RESTORE sets an expiry, and refuses a key that exists', async () => {
    client = await both.connect()
    await client.send('SET', 'key', 'x')
    const dump = readReply(await client.send('DUMP', 'key')) as string
    expect(await client.send('RESTORE', 'key', 0, dump)).toBe('-BUSYKEY Target key name already exists.\r\n')
    expect(await client.send('RESTORE', 'key', 4e12, dump, 'REPLACE', 'ABSTTL')).toBe('+OK\r\n')
    expect(await client.send('PEXPIRETIME', 'key')).toBe(':4000000000000\r\n')
    expect(await client.send('RESTORE', 'key', 1, dump, 'REPLACE', 'ABSTTL')).toBe('+OK\r\n')
    expect(await client.send('EXISTS', 'key')).toBe(':0\r\n')
    expect(await client.send('RESTORE', 'key', 0, dump, 'IDLETIME', 1_000)).toBe('+OK\r\n')
    expect(readReply(await client.ours.send('OBJECT', 'IDLETIME', 'key'))).toBeGreaterThanOrEqual(1_000)
    for (const args of [
      ['x', dump],
      [-1, dump],
      [0, 'nonsense'],
      [0, `${dump.slice(0, -1)}x`],
      [0, dump, 'FOO'],
      [0, dump, 'IDLETIME', -1],
      [0, dump, 'IDLETIME'],
      [0, dump, 'FREQ', 256],
      [0, dump, 'FREQ', 1, 'IDLETIME', 1],
    ] as const)
      expect(await client.send('RESTORE', 'other', ...args)).toMatch(/^-ERR/)
  })

  test('a newer version is refused', async () => {
    client = await both.connect()
    await client.send('SET', 'key', 'x')
    const dump = readReply(await client.send('DUMP', 'key')) as string
    const newer = `${dump.slice(0, -10)}\x0b\x00`
    expect(await client.send('RESTORE', 'other', 0, newer + crc64(newer))).toBe(
      '-ERR DUMP payload version or checksum are wrong\r\n',
    )
  })

  /** Encodes texts and small integers as Redis did before 7.0. */
  function ziplist(elements: readonly (string | number)[]): string {
    let body = ''
    let previous = 0
    for (const element of elements) {
      const before = previous < 254 ? String.fromCharCode(previous) : `\xfe${bytesOf(previous, 4)}`
      const encoded = before + ziplistElement(element)
      body += encoded
      previous = encoded.length
    }
    const length = 11 + body.length
    return `${bytesOf(length, 4)}${bytesOf(length - 1 - previous, 4)}${bytesOf(elements.length, 2)}${body}\xff`
  }

  function ziplistElement(element: string | number): string {
    if (typeof element === 'string') {
      const { length } = element
      if (length < 64) return String.fromCharCode(length) + element
      return String.fromCharCode(64 | (length >> 8), length & 255) + element
    }
    if (element >= 0 && element <= 12) return String.fromCharCode(0xf1 + element)
    if (element >= -128 && element < 128) return `\xfe${bytesOf(element, 1)}`
    if (element >= -32_768 && element < 32_768) return `\xc0${bytesOf(element, 2)}`
    return `\xd0${bytesOf(element, 4)}`
  }

  const bytesOf = (value: number, count: number) =>
    Array.from({ length: count }, (_, n) => String.fromCharCode((value >> (8 * n)) & 255)).join('')

  test.each([
    ['a list', 10, ziplist(['a', 1, 12, -100, 30_000, 100_000, 'x'.repeat(300), 'after a long one'])],
    ['a sorted set', 12, ziplist(['a', 1, 'b', '2.5', 'c', 1_000])],
    ['a hash', 13, ziplist(['field', 'value', 'other', 12])],
  ])('%s of Redis 6 is restored', async (_name, type, list) => {
    client = await both.connect()
    const length = `\x80\0\0${String.fromCharCode(list.length >> 8, list.length & 255)}`
    const body = `${String.fromCharCode(type)}${length}${list}\x09\0`
    expect(await client.send('RESTORE', 'key', 0, body + crc64(body))).toBe('+OK\r\n')
    await show()
    const quicklist = `\x0e\x01${length}${list}\x09\0`
    expect(await client.send('RESTORE', 'key', 0, quicklist + crc64(quicklist), 'REPLACE')).toBe('+OK\r\n')
    await show()
  })

  test('damaged values are refused, or are values', async () => {
    client = await both.connect()
    const below = random(7)
    for (const commands of Object.values(VALUES)) {
      await client.redis.send('DEL', 'key')
      for (const args of commands) await client.redis.send(...args)
      const dump = readReply(await client.redis.send('DUMP', 'key')) as string
      for (let n = 0; n < 30; n++) {
        const length = below(3) === 0 ? below(dump.length - 10) : dump.length - 10
        const at = below(below(2) ? 20 : length) % Math.max(1, length)
        const body = dump.slice(0, at) + String.fromCharCode(below(256)) + dump.slice(at + 1, length)
        const damaged = `${body}\x0a\x00`
        const reply = await client.ours.send('RESTORE', 'key', 0, damaged + crc64(damaged), 'REPLACE')
        expect(['+OK\r\n', '-ERR Bad data format\r\n']).toContain(reply)
        if (reply === '+OK\r\n') expect(await client.ours.send('DUMP', 'key')).toMatch(/^\$/)
      }
    }
  })
})
