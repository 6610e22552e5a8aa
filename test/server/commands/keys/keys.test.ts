import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { readReply } from '../../helpers/read-reply.ts'

describeRedis('keys, as on Redis', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  test('DEL, UNLINK, EXISTS and TOUCH count keys', async () => {
    const client = await both.connect()
    await client.send('MSET', 'a', 1, 'b', 2, 'c', 3)
    await client.send('RPUSH', 'list', 'x')
    expect(await client.send('EXISTS', 'a', 'a', 'list', 'absent')).toBe(':3\r\n')
    expect(await client.send('TOUCH', 'a', 'list', 'absent')).toBe(':2\r\n')
    expect(await client.send('DEL', 'a', 'a', 'absent', 'list')).toBe(':2\r\n')
    expect(await client.send('UNLINK', 'b', 'absent')).toBe(':1\r\n')
    expect(await client.send('DBSIZE')).toBe(':1\r\n')
    expect(await client.send('DEL')).toContain("wrong number of arguments for 'del' command")
  })

  test('TYPE', async () => {
    const client = await both.connect()
    await client.send('SET', 'string', '')
    await client.send('RPUSH', 'list', 'x')
    await client.send('SADD', 'set', 'x')
    await client.send('ZADD', 'zset', 1, 'x')
    await client.send('HSET', 'hash', 'x', 1)
    await client.send('XADD', 'stream', '1-1', 'x', 1)
    for (const type of ['string', 'list', 'set', 'zset', 'hash', 'stream'])
      expect(await client.send('TYPE', type)).toBe(`+${type}\r\n`)
    expect(await client.send('TYPE', 'absent')).toBe('+none\r\n')
  })

  test('KEYS finds keys by patterns', async () => {
    const client = await both.connect()
    await client.send('MSET', 'user:1', 1, 'user:2', 2, 'user:10', 3, 'User', 4, 'a[b', 5, '\xff*', 6)
    for (const pattern of ['*', '', 'user:?', 'user:[12]', 'user:[^1]', 'user:1*', '[uU]ser*', 'a\\[b'])
      await client.sendUnordered('KEYS', pattern)
    for (const pattern of ['\xff\\*', '[\x80-\xff]*', 'user:[1', '**', '*:*', '?ser', 'user:[2-1]', '\\'])
      await client.sendUnordered('KEYS', pattern)
    expect(await client.sendUnordered('KEYS', 'user:[1-2]*')).toEqual(['user:1', 'user:10', 'user:2'])
  })

  test('SCAN refuses what is no cursor and no option', async () => {
    const client = await both.connect()
    expect(await client.send('SCAN', 'x')).toBe('-ERR invalid cursor\r\n')
    expect(await client.send('SCAN', 'x', 'COUNT')).toBe('-ERR invalid cursor\r\n')
    for (const options of [['COUNT'], ['COUNT', 'x'], ['COUNT', '0'], ['MATCH'], ['FOO', 'bar'], ['TYPE']])
      expect(await client.send('SCAN', '0', ...options)).toMatch(/^-ERR/)
    expect(await client.send('SCAN', '0', 'MATCH', 'a*', 'COUNT', '5', 'TYPE', 'hash')).toBe(
      '*2\r\n$1\r\n0\r\n*0\r\n',
    )
  })

  test('SCAN returns each key once', async () => {
    const client = await both.connect()
    const keys = Array.from({ length: 500 }, (_, n) => `key:${n}`)
    await client.send('MSET', ...keys.flatMap((key) => [key, 1]))
    await client.send('RPUSH', 'list', 'x')
    const scanAll = async (...options: string[]) => {
      const found: string[] = []
      let cursor = '0'
      do {
        const [next, page] = readReply(await client.ours.send('SCAN', cursor, ...options)) as [
          string,
          string[],
        ]
        found.push(...page)
        cursor = next
      } while (cursor !== '0')
      return found.sort()
    }
    expect(await scanAll()).toEqual([...keys, 'list'].sort())
    expect(await scanAll('TYPE', 'LIST')).toEqual(['list'])
    expect(await scanAll('MATCH', 'key:1?', 'COUNT', '1000')).toHaveLength(10)
    expect(await scanAll('TYPE', 'nonsense')).toEqual([])
  })

  test('RANDOMKEY returns each key', async () => {
    const client = await both.connect()
    expect(await client.send('RANDOMKEY')).toBe('$-1\r\n')
    await client.send('MSET', 'a', 1, 'b', 2, 'c', 3)
    const found = new Set<string>()
    await expect.poll(async () => found.add(await client.ours.send('RANDOMKEY')).size).toBe(3)
  })

  test('RENAME and RENAMENX take the expiry along', async () => {
    const client = await both.connect()
    await client.send('SET', 'a', 1, 'PXAT', 4e12)
    await client.send('RPUSH', 'b', 'x')
    expect(await client.send('RENAMENX', 'a', 'b')).toBe(':0\r\n')
    expect(await client.send('RENAMENX', 'a', 'a')).toBe(':0\r\n')
    expect(await client.send('RENAME', 'a', 'a')).toBe('+OK\r\n')
    expect(await client.send('RENAME', 'a', 'b')).toBe('+OK\r\n')
    expect(await client.send('GET', 'b')).toBe('$1\r\n1\r\n')
    expect(await client.send('PEXPIRETIME', 'b')).toBe(':4000000000000\r\n')
    expect(await client.send('RENAMENX', 'b', 'c')).toBe(':1\r\n')
    expect(await client.send('EXISTS', 'a', 'b')).toBe(':0\r\n')
    await client.send('SET', 'd', 2)
    await client.send('RENAME', 'd', 'c')
    expect(await client.send('PEXPIRETIME', 'c')).toBe(':-1\r\n')
    for (const command of ['RENAME', 'RENAMENX'])
      expect(await client.send(command, 'absent', 'absent')).toBe('-ERR no such key\r\n')
  })

  test('COPY copies values of all types, and shares nothing', async () => {
    const client = await both.connect()
    await client.send('SET', 'string', 'x', 'PXAT', 4e12)
    await client.send('RPUSH', 'list', 'x')
    await client.send('SADD', 'set', 'x')
    await client.send('ZADD', 'zset', 1, 'x')
    await client.send('HSET', 'hash', 'x', 1)
    await client.send('XADD', 'stream', '1-1', 'x', 1)
    for (const key of ['string', 'list', 'set', 'zset', 'hash', 'stream'])
      expect(await client.send('COPY', key, `${key}:2`)).toBe(':1\r\n')
    expect(await client.send('PEXPIRETIME', 'string:2')).toBe(':4000000000000\r\n')
    await client.send('RPUSH', 'list:2', 'y')
    await client.send('SADD', 'set:2', 'y')
    await client.send('ZADD', 'zset:2', 1, 'y')
    await client.send('HSET', 'hash:2', 'y', 1)
    await client.send('XADD', 'stream:2', '2-1', 'x', 1)
    for (const [command, key] of [
      ['LLEN', 'list'],
      ['SCARD', 'set'],
      ['ZCARD', 'zset'],
      ['HLEN', 'hash'],
      ['XLEN', 'stream'],
    ] as const)
      expect(await client.send(command, key)).toBe(':1\r\n')
  })

  test('COPY has options for another database, and to replace', async () => {
    const client = await both.connect()
    await client.send('SET', 'a', 1)
    await client.send('SET', 'b', 2, 'PXAT', 4e12)
    expect(await client.send('COPY', 'a', 'b')).toBe(':0\r\n')
    expect(await client.send('COPY', 'a', 'b', 'REPLACE')).toBe(':1\r\n')
    expect(await client.send('PEXPIRETIME', 'b')).toBe(':-1\r\n')
    expect(await client.send('COPY', 'a', 'a', 'DB', 3)).toBe(':1\r\n')
    expect(await client.send('COPY', 'absent', 'b')).toBe(':0\r\n')
    for (const options of [['DB'], ['DB', 'x'], ['DB', 16], ['DB', 99999999999], ['FOO']])
      expect(await client.send('COPY', 'a', 'c', ...options)).toMatch(/^-ERR/)
    expect(await client.send('COPY', 'a', 'a')).toBe('-ERR source and destination objects are the same\r\n')
  })

  test('OBJECT tells how a value is stored', async () => {
    const client = await both.connect()
    await client.send('SET', 'integer', '-12')
    await client.send('SET', 'short', 'x'.repeat(44))
    await client.send('SET', 'long', 'x'.repeat(45))
    await client.send('HSET', 'hash', 'a', 1)
    await client.send('SADD', 'integers', 1, 2)
    for (const key of ['integer', 'short', 'long', 'hash', 'integers', 'absent'])
      await client.send('OBJECT', 'ENCODING', key)
    expect(await client.send('OBJECT', 'ENCODING', 'integer')).toBe('$3\r\nint\r\n')
    for (const key of ['short', 'absent']) await client.send('OBJECT', 'REFCOUNT', key)
    expect(await client.send('OBJECT', 'FREQ', 'short')).toMatch(/^-ERR An LFU maxmemory policy is not/)
    expect(await client.send('OBJECT', 'FREQ', 'absent')).toBe('$-1\r\n')
    await client.send('OBJECT', 'HELP')
    for (const args of [[], ['FOO'], ['ENCODING'], ['ENCODING', 'a', 'b'], ['HELP', 'x']])
      expect(await client.send('OBJECT', ...args)).toMatch(/^-ERR/)
  })

  test('OBJECT ENCODING of strings that were changed in part', async () => {
    const client = await both.connect()
    const encodingAfter = async (...commands: (string | number)[][]) => {
      await client.send('DEL', 'key')
      for (const args of commands) await client.send(...args)
      await client.send('COPY', 'key', 'copy', 'REPLACE')
      expect(await client.send('OBJECT', 'ENCODING', 'copy')).toBe(
        await client.send('OBJECT', 'ENCODING', 'key'),
      )
      return readReply(await client.send('OBJECT', 'ENCODING', 'key'))
    }
    const set = ['SET', 'key', 10]
    expect(await encodingAfter(['APPEND', 'key', 1])).toBe('int')
    expect(await encodingAfter(['APPEND', 'key', ''], ['APPEND', 'key', 1])).toBe('raw')
    expect(await encodingAfter(set, ['APPEND', 'key', ''])).toBe('raw')
    expect(await encodingAfter(set, ['SETRANGE', 'key', 0, 2])).toBe('raw')
    expect(await encodingAfter(set, ['SETRANGE', 'key', 0, 2], ['INCR', 'key'])).toBe('int')
    expect(await encodingAfter(set, ['APPEND', 'key', 1], ['SET', 'key', 1, 'KEEPTTL'])).toBe('int')
    expect(await encodingAfter(set, ['SETBIT', 'key', 2, 1])).toBe('raw')
    expect(await encodingAfter(set, ['SETBIT', 'key', 7, 0])).toBe('raw')
    expect(await encodingAfter(['SETBIT', 'key', 7, 0])).toBe('raw')
    expect(await encodingAfter(set, ['BITFIELD', 'key', 'SET', 'u8', 0, 49])).toBe('raw')
    expect(await encodingAfter(set, ['BITFIELD', 'key', 'SET', 'u8', 0, 50])).toBe('raw')
    expect(await encodingAfter(set, ['BITOP', 'AND', 'key', 'key', 'key'])).toBe('raw')
    expect(await encodingAfter(set, ['APPEND', 'key', 1], ['INCRBYFLOAT', 'key', 1.5])).toBe('embstr')
    expect(
      await encodingAfter(set, ['APPEND', 'key', 1], ['RENAME', 'key', 'a'], ['RENAME', 'a', 'key']),
    ).toBe('raw')
  })

  test('OBJECT FREQ counts, and IDLETIME is not known, with an LFU policy', async () => {
    const client = await both.connect()
    await client.send('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lfu', 'lfu-decay-time', 0)
    await client.send('SET', 'key', 'x')
    expect(await client.send('OBJECT', 'FREQ', 'key')).toBe(':5\r\n')
    await client.send('GET', 'key')
    expect(await client.send('OBJECT', 'FREQ', 'key')).toBe(':6\r\n')
    expect(await client.send('OBJECT', 'IDLETIME', 'key')).toMatch(/^-ERR An LFU maxmemory policy is sel/)
    await client.send('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
  })

  test('WAIT waits for replicas that are not there', async () => {
    const client = await both.connect()
    expect(await client.send('WAIT', 0, 0)).toBe(':0\r\n')
    expect(await client.send('WAIT', -1, 0)).toBe(':0\r\n')
    expect(await client.send('WAIT', 1, 1)).toBe(':0\r\n')
    for (const args of [
      ['x', 0],
      [1, 'x'],
      [1, -1],
      [1.5, 0],
      [1, '9'.repeat(20)],
    ])
      expect(await client.send('WAIT', ...args)).toMatch(/^-ERR/)
  })

  test('notifications', async () => {
    const client = await both.connect()
    const events = await both.eventsOf(async () => {
      await client.send('MSET', 'a', 1, 'b', 2)
      await client.send('RENAME', 'a', 'c')
      await client.send('COPY', 'c', 'd')
      await client.send('DEL', 'c', 'absent')
      await client.send('EXPIRE', 'd', 100)
      await client.send('PERSIST', 'd')
      await client.send('PERSIST', 'd')
      await client.send('EXPIRE', 'd', -1)
      await client.send('RPUSH', 'list', 3, 1)
      await client.send('SORT', 'list', 'STORE', 'sorted')
      await client.send('SORT', 'absent', 'STORE', 'sorted')
    })
    expect(events).toEqual([
      'set a',
      'set b',
      'rename_from a',
      'rename_to c',
      'copy_to d',
      'del c',
      'expire d',
      'persist d',
      'del d',
      'rpush list',
      'sortstore sorted',
      'del sorted',
    ])
  })

  test('notifications of keys that are new, and of reads that find none', async () => {
    const client = await both.connect()
    const events = await both.eventsOf(async () => {
      await client.send('CONFIG', 'SET', 'notify-keyspace-events', 'Egmn')
      await client.send('SET', 'a', 1)
      await client.send('SET', 'a', 2)
      for (const command of ['GET', 'EXISTS', 'TTL', 'TYPE', 'TOUCH', 'DEL', 'DUMP'])
        await client.send(command, 'absent')
      await client.send('OBJECT', 'ENCODING', 'absent')
      await client.send('RENAME', 'a', 'b')
    })
    const missed = Array.from({ length: 6 }, () => 'keymiss absent')
    expect(events).toEqual(['new a', ...missed, 'new b', 'rename_from a', 'rename_to b'])
  })

  test.each([
    ['LCS absent text'],
    ['LCS hash absent'],
    ['XAUTOCLAIM absent g c x 0'],
    ['XAUTOCLAIM text g c 0 0'],
    ['OBJECT ENCODING absent'],
    ['OBJECT ENCODING text'],
    ['EXISTS absent text text'],
  ])('%s counts the keys that it finds and misses', async (line) => {
    const client = await both.connect()
    await client.pipeline(['SET', 'text', 'a'], ['HSET', 'hash', 'a', 'b'], ['CONFIG', 'RESETSTAT'])
    await client.send(...line.split(' '))
    const [mine, theirs] = await Promise.all(
      [client.ours, client.redis].map(async (one) =>
        (await one.send('INFO', 'stats')).match(/keyspace_(hits|misses):\d+/g),
      ),
    )
    expect(mine).toEqual(theirs)
  })
})
