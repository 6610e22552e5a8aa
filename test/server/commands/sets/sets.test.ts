import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { readReply } from '../../helpers/read-reply.ts'

describeRedis('sets, as on Redis', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  test('SADD and SREM count what they change', async () => {
    const client = await both.connect()
    expect(await client.send('SADD', 'set', 'a', 'b', 'a')).toBe(':2\r\n')
    expect(await client.send('SADD', 'set', 'a')).toBe(':0\r\n')
    expect(await client.send('SCARD', 'set')).toBe(':2\r\n')
    expect(await client.send('SREM', 'set', 'a', 'c', 'a')).toBe(':1\r\n')
    expect(await client.send('SREM', 'set', 'b')).toBe(':1\r\n')
    expect(await client.send('EXISTS', 'set')).toBe(':0\r\n')
    expect(await client.send('SREM', 'set', 'b')).toBe(':0\r\n')
  })

  test('SISMEMBER and SMISMEMBER', async () => {
    const client = await both.connect()
    await client.send('SADD', 'set', 'a', '', '\x00\xff\r\n')
    expect(await client.send('SISMEMBER', 'set', '\x00\xff\r\n')).toBe(':1\r\n')
    expect(await client.send('SISMEMBER', 'set', 'b')).toBe(':0\r\n')
    expect(readReply(await client.send('SMISMEMBER', 'set', 'b', '', 'a'))).toEqual([0, 1, 1])
    expect(readReply(await client.send('SMISMEMBER', 'absent', 'b', 'a'))).toEqual([0, 0])
  })

  test('small sets of integers are answered in their order, others in none', async () => {
    const client = await both.connect()
    await client.send('SADD', 'set', '10', '-3', '9223372036854775807', '2', '-20')
    expect(readReply(await client.send('SMEMBERS', 'set'))).toEqual([
      '-20',
      '-3',
      '2',
      '10',
      '9223372036854775807',
    ])
    await client.send('SADD', 'set', 'a')
    expect(await client.sendUnordered('SMEMBERS', 'set')).toHaveLength(6)
    expect(await client.send('SMEMBERS', 'absent')).toBe('*0\r\n')
  })

  test('OBJECT ENCODING follows the limits', async () => {
    const client = await both.connect()
    await client.send('CONFIG', 'SET', 'set-max-intset-entries', 2)
    await client.send('SADD', 'set', '1', '2')
    expect(await client.send('OBJECT', 'ENCODING', 'set')).toBe('$6\r\nintset\r\n')
    await client.send('SADD', 'set', '3')
    expect(await client.send('OBJECT', 'ENCODING', 'set')).toBe('$9\r\nhashtable\r\n')
    await client.send('CONFIG', 'SET', 'set-max-intset-entries', 512)
  })

  test('SMOVE', async () => {
    const client = await both.connect()
    await client.send('SADD', 'from', 'a', 'b')
    await client.send('SADD', 'to', 'b')
    expect(await client.send('SMOVE', 'from', 'to', 'c')).toBe(':0\r\n')
    expect(await client.send('SMOVE', 'from', 'from', 'a')).toBe(':1\r\n')
    expect(await client.send('SMOVE', 'from', 'from', 'c')).toBe(':0\r\n')
    expect(await client.send('SMOVE', 'from', 'to', 'a')).toBe(':1\r\n')
    expect(await client.send('SMOVE', 'from', 'to', 'b')).toBe(':1\r\n')
    expect(await client.send('EXISTS', 'from')).toBe(':0\r\n')
    expect(await client.sendUnordered('SMEMBERS', 'to')).toEqual(['a', 'b'])
    await client.send('SET', 'text', 'value')
    expect(await client.send('SMOVE', 'absent', 'text', 'a')).toBe(':0\r\n')
    expect(await client.send('SMOVE', 'to', 'text', 'a')).toMatch(/^-WRONGTYPE /)
    expect(await client.send('SCARD', 'to')).toBe(':2\r\n')
  })

  test('SINTER, SUNION and SDIFF', async () => {
    const client = await both.connect()
    await client.send('SADD', 'one', '1', '2', '3', '4')
    await client.send('SADD', 'two', '2', '3', '5')
    await client.send('SADD', 'three', '3', '6', 'a')
    expect(readReply(await client.send('SINTER', 'one', 'two'))).toEqual(['2', '3'])
    expect(readReply(await client.send('SINTER', 'one', 'two', 'three'))).toEqual(['3'])
    expect(await client.send('SINTER', 'one', 'absent')).toBe('*0\r\n')
    expect(readReply(await client.send('SUNION', 'one', 'two', 'absent'))).toEqual(['1', '2', '3', '4', '5'])
    expect(await client.sendUnordered('SUNION', 'three', 'two')).toEqual(['2', '3', '5', '6', 'a'])
    expect(readReply(await client.send('SDIFF', 'one', 'two', 'three'))).toEqual(['1', '4'])
    expect(readReply(await client.send('SDIFF', 'one', 'absent'))).toEqual(['1', '2', '3', '4'])
    expect(await client.send('SDIFF', 'one', 'two', 'one')).toBe('*0\r\n')
    expect(await client.send('SDIFF', 'absent', 'one')).toBe('*0\r\n')
  })

  test('the difference is the same however it is found', async () => {
    const client = await both.connect()
    const numbers = (count: number, step: number) => Array.from({ length: count }, (_, n) => n * step)
    // Few members to look up; many members to look up in small sets.
    await client.send('SADD', 'large', ...numbers(400, 1))
    await client.send('SADD', 'twos', ...numbers(200, 2))
    await client.send('SADD', 'threes', ...numbers(10, 3))
    await client.send('SADD', 'fives', ...numbers(10, 5))
    expect(readReply(await client.send('SDIFF', 'threes', 'large'))).toEqual([])
    expect(readReply(await client.send('SDIFF', 'large', 'twos'))).toHaveLength(200)
    expect(readReply(await client.send('SDIFF', 'large', 'threes', 'fives'))).toHaveLength(382)
  })

  test('what is stored takes the place of any value and its expiry', async () => {
    const client = await both.connect()
    await client.send('SADD', 'one', '1', '2')
    await client.send('SADD', 'two', '2', '3')
    for (const [name, size] of [
      ['SINTERSTORE', 1],
      ['SUNIONSTORE', 3],
      ['SDIFFSTORE', 1],
    ] as const) {
      await client.send('SET', 'result', 'text', 'EX', 1_000)
      expect(await client.send(name, 'result', 'one', 'two')).toBe(`:${size}\r\n`)
      expect(await client.send('TTL', 'result')).toBe(':-1\r\n')
      expect(await client.send('SCARD', 'result')).toBe(`:${size}\r\n`)
      expect(await client.send(name, 'result', 'absent')).toBe(':0\r\n')
      expect(await client.send('EXISTS', 'result')).toBe(':0\r\n')
    }
    expect(await client.send('SUNIONSTORE', 'one', 'one', 'two')).toBe(':3\r\n')
    expect(await client.send('SDIFFSTORE', 'one', 'one', 'one')).toBe(':0\r\n')
  })

  test('a key of another type is refused, and nothing is stored', async () => {
    const client = await both.connect()
    await client.send('SADD', 'one', '1')
    await client.send('SET', 'text', 'value')
    for (const name of ['SINTER', 'SUNION', 'SDIFF'])
      expect(await client.send(name, 'absent', 'text')).toMatch(/^-WRONGTYPE /)
    for (const name of ['SINTERSTORE', 'SUNIONSTORE', 'SDIFFSTORE'])
      expect(await client.send(name, 'one', 'absent', 'text')).toMatch(/^-WRONGTYPE /)
    for (const request of [
      ['SADD', 'text', 'a'],
      ['SREM', 'text', 'a'],
      ['SCARD', 'text'],
      ['SISMEMBER', 'text', 'a'],
      ['SMISMEMBER', 'text', 'a'],
      ['SMEMBERS', 'text'],
      ['SPOP', 'text'],
      ['SPOP', 'text', 0],
      ['SRANDMEMBER', 'text', 1],
      ['SSCAN', 'text', 0, 'COUNT', 'a'],
      ['SINTERCARD', 1, 'text'],
    ])
      expect(await client.send(...request)).toMatch(/^-WRONGTYPE /)
    expect(await client.send('SCARD', 'one')).toBe(':1\r\n')
  })

  test('SINTERCARD counts up to its limit', async () => {
    const client = await both.connect()
    await client.send('SADD', 'one', 'a', 'b', 'c', 'd')
    await client.send('SADD', 'two', 'b', 'c', 'd')
    expect(await client.send('SINTERCARD', 2, 'one', 'two')).toBe(':3\r\n')
    expect(await client.send('SINTERCARD', 2, 'one', 'two', 'LIMIT', 2)).toBe(':2\r\n')
    expect(await client.send('SINTERCARD', 2, 'one', 'two', 'limit', 0)).toBe(':3\r\n')
    expect(await client.send('SINTERCARD', 2, 'one', 'absent')).toBe(':0\r\n')
    expect(await client.send('SINTERCARD', 0, 'one')).toBe('-ERR numkeys should be greater than 0\r\n')
    expect(await client.send('SINTERCARD', 'a', 'one')).toBe('-ERR numkeys should be greater than 0\r\n')
    expect(await client.send('SINTERCARD', 2, 'one')).toBe(
      "-ERR Number of keys can't be greater than number of args\r\n",
    )
    expect(await client.send('SINTERCARD', 1, 'one', 'LIMIT', -1)).toBe("-ERR LIMIT can't be negative\r\n")
    expect(await client.send('SINTERCARD', 1, 'one', 'LIMIT')).toBe('-ERR syntax error\r\n')
    expect(await client.send('SINTERCARD', 1, 'one', 'two', 1)).toBe('-ERR syntax error\r\n')
  })

  test('SRANDMEMBER returns different members, or with a negative count as many as it says', async () => {
    const client = await both.connect()
    await client.send('SADD', 'set', 'a', 'b', 'c')
    const { ours } = client
    expect(['a', 'b', 'c']).toContain(readReply(await ours.send('SRANDMEMBER', 'set')))
    expect(new Set(readReply(await ours.send('SRANDMEMBER', 'set', 2)) as string[]).size).toBe(2)
    expect(readReply(await ours.send('SRANDMEMBER', 'set', -100))).toHaveLength(100)
    expect(await client.sendUnordered('SRANDMEMBER', 'set', 100)).toEqual(['a', 'b', 'c'])
    expect(await client.send('SCARD', 'set')).toBe(':3\r\n')
    expect(await client.send('SRANDMEMBER', 'absent')).toBe('$-1\r\n')
    expect(await client.send('SRANDMEMBER', 'absent', 2)).toBe('*0\r\n')
    expect(await client.send('SRANDMEMBER', 'set', 0)).toBe('*0\r\n')
    expect(await client.send('SRANDMEMBER', 'set', 1, 2)).toBe('-ERR syntax error\r\n')
    expect(await client.send('SRANDMEMBER', 'set', 'a')).toMatch(/^-ERR value is not an integer/)
    expect(await client.send('SRANDMEMBER', 'set', '-9223372036854775808')).toMatch(/^-ERR value is out of/)
  })

  test('a count that would keep the server busy is refused', async () => {
    const { ours } = await both.connect()
    await ours.send('SADD', 'set', 'a')
    expect(await ours.send('SRANDMEMBER', 'set', '-9223372036854775807')).toBe(
      '-ERR value is out of range\r\n',
    )
  })

  test('a reply that would be longer than any string is refused', async () => {
    const { ours } = await both.connect()
    await ours.send('SADD', 'set', 'x'.repeat(32 * 1024 * 1024))
    expect(await ours.send('SRANDMEMBER', 'set', -20)).toBe(
      '-ERR a value or a reply would be longer than 512 MB\r\n',
    )
    expect(await ours.send('SCARD', 'set')).toBe(':1\r\n')
  })

  test('SPOP removes what it returns', async () => {
    const client = await both.connect()
    await client.send('SADD', 'set', '1', '2', '3', '4', '5')
    const { ours } = client
    const popped = [
      readReply(await ours.send('SPOP', 'set')),
      ...(readReply(await ours.send('SPOP', 'set', 3)) as string[]),
    ]
    const rest = readReply(await ours.send('SMEMBERS', 'set')) as string[]
    expect([...popped, ...rest].sort()).toEqual(['1', '2', '3', '4', '5'])
    expect(rest).toHaveLength(1)
    await client.redis.send('SPOP', 'set', 4)
    await client.send('SADD', 'set', '1', '2', '3', '4', '5')
    expect(readReply(await client.send('SPOP', 'set', 100))).toEqual(['1', '2', '3', '4', '5'])
    expect(await client.send('EXISTS', 'set')).toBe(':0\r\n')
    expect(await client.send('SPOP', 'set')).toBe('$-1\r\n')
    expect(await client.send('SPOP', 'set', 1)).toBe('*0\r\n')
    expect(await client.send('SPOP', 'set', -1)).toBe('-ERR value is out of range, must be positive\r\n')
    expect(await client.send('SPOP', 'set', 1, 2)).toBe('-ERR syntax error\r\n')
  })

  test('SSCAN returns all members, those of a small set of integers at once', async () => {
    const client = await both.connect()
    const members = Array.from({ length: 300 }, (_, n) => `member:${n}`)
    await client.send('SADD', 'set', ...members)
    const found: string[] = []
    let cursor = '0'
    do {
      const [next, items] = readReply(await client.ours.send('SSCAN', 'set', cursor)) as [string, string[]]
      cursor = next
      found.push(...items)
    } while (cursor !== '0')
    expect(found.sort()).toEqual(members.sort())
    await client.send('SADD', 'integers', ...Array.from({ length: 30 }, (_, n) => n))
    expect(readReply(await client.send('SSCAN', 'integers', 0, 'COUNT', 2, 'MATCH', '1?'))).toEqual([
      '0',
      Array.from({ length: 10 }, (_, n) => String(n + 10)),
    ])
    expect(await client.send('SSCAN', 'absent', 0, 'COUNT', 'a')).toBe('*2\r\n$1\r\n0\r\n*0\r\n')
    expect(await client.send('SSCAN', 'set', 'a')).toBe('-ERR invalid cursor\r\n')
  })

  test('each change is one notification, and a set without members one more', async () => {
    const client = await both.connect()
    const events = await both.eventsOf(async () => {
      await client.send('SADD', 'set', 'a', 'b', 'c')
      await client.send('SADD', 'set', 'a')
      await client.send('SREM', 'set', 'none')
      await client.send('SREM', 'set', 'b')
      await client.send('SMOVE', 'set', 'set', 'a')
      await client.send('SMOVE', 'set', 'other', 'a')
      await client.send('SUNIONSTORE', 'result', 'set', 'other')
      await client.send('SDIFFSTORE', 'result', 'set', 'other')
      await client.send('SINTERSTORE', 'result', 'set', 'set')
      await client.send('SINTERSTORE', 'result', 'set', 'absent')
      await client.send('SINTERSTORE', 'result', 'set', 'absent')
      await client.send('SPOP', 'set')
      await client.send('SPOP', 'other', 5)
    })
    expect(events).toEqual([
      'sadd set',
      'srem set',
      'srem set',
      'sadd other',
      'sunionstore result',
      'sdiffstore result',
      'sinterstore result',
      'del result',
      'spop set',
      'del set',
      'spop other',
      'del other',
    ])
  })

  test('RESP3 answers sets as sets, and random members as arrays', async () => {
    const client = await both.connect(3)
    await client.send('SADD', 'set', '1')
    expect(await client.send('SMEMBERS', 'set')).toBe('~1\r\n$1\r\n1\r\n')
    expect(await client.send('SINTER', 'set')).toBe('~1\r\n$1\r\n1\r\n')
    expect(await client.send('SUNION', 'set')).toBe('~1\r\n$1\r\n1\r\n')
    expect(await client.send('SDIFF', 'absent')).toBe('~0\r\n')
    expect(await client.send('SRANDMEMBER', 'set', -2)).toBe('*2\r\n$1\r\n1\r\n$1\r\n1\r\n')
    expect(await client.send('SRANDMEMBER', 'absent')).toBe('_\r\n')
    expect(await client.send('SPOP', 'set', 1)).toBe('~1\r\n$1\r\n1\r\n')
    expect(await client.send('SPOP', 'set', 1)).toBe('~0\r\n')
    expect(await client.send('SPOP', 'set')).toBe('_\r\n')
  })
})
