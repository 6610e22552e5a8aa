import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { readReply } from '../../helpers/read-reply.ts'

describeRedis('hashes, as on Redis', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  test('HSET counts new fields, HMSET answers OK', async () => {
    const client = await both.connect()
    expect(await client.send('HSET', 'hash', 'a', 1, 'b', 2, 'a', 3)).toBe(':2\r\n')
    expect(await client.send('HSET', 'hash', 'a', 4)).toBe(':0\r\n')
    expect(await client.send('HMSET', 'hash', 'c', 5)).toBe('+OK\r\n')
    expect(readReply(await client.send('HGETALL', 'hash'))).toEqual(['a', '4', 'b', '2', 'c', '5'])
    for (const name of ['HSET', 'HMSET'])
      expect(await client.send(name, 'hash', 'a', 1, 'b')).toBe(
        `-ERR wrong number of arguments for '${name.toLowerCase()}' command\r\n`,
      )
  })

  test('HSETNX sets what is absent', async () => {
    const client = await both.connect()
    expect(await client.send('HSETNX', 'hash', 'a', 1)).toBe(':1\r\n')
    expect(await client.send('HSETNX', 'hash', 'a', 2)).toBe(':0\r\n')
    expect(await client.send('HGET', 'hash', 'a')).toBe('$1\r\n1\r\n')
  })

  test('HGET, HMGET, HEXISTS, HLEN and HSTRLEN', async () => {
    const client = await both.connect()
    const value = '\x00\xff\r\n'
    await client.send('HSET', 'hash', 'a', value, '', '')
    expect(await client.send('HGET', 'hash', 'a')).toBe(`$4\r\n${value}\r\n`)
    expect(await client.send('HGET', 'hash', 'b')).toBe('$-1\r\n')
    expect(await client.send('HGET', 'absent', 'b')).toBe('$-1\r\n')
    expect(readReply(await client.send('HMGET', 'hash', '', 'b', 'a', 'a'))).toEqual(['', null, value, value])
    expect(readReply(await client.send('HMGET', 'absent', 'a', 'b'))).toEqual([null, null])
    expect(await client.send('HEXISTS', 'hash', '')).toBe(':1\r\n')
    expect(await client.send('HEXISTS', 'hash', 'b')).toBe(':0\r\n')
    expect(await client.send('HLEN', 'hash')).toBe(':2\r\n')
    expect(await client.send('HSTRLEN', 'hash', 'a')).toBe(':4\r\n')
    expect(await client.send('HSTRLEN', 'hash', 'b')).toBe(':0\r\n')
  })

  test('HDEL counts what it removes, and removes a hash without fields', async () => {
    const client = await both.connect()
    await client.send('HSET', 'hash', 'a', 1, 'b', 2, 'c', 3)
    expect(await client.send('HDEL', 'hash', 'a', 'x', 'a')).toBe(':1\r\n')
    expect(await client.send('HDEL', 'hash', 'b', 'c', 'd')).toBe(':2\r\n')
    expect(await client.send('EXISTS', 'hash')).toBe(':0\r\n')
    expect(await client.send('HDEL', 'hash', 'a')).toBe(':0\r\n')
  })

  test('a small hash keeps the order of its fields', async () => {
    const client = await both.connect()
    for (const field of ['z', 'a', '5', '1', 'm']) await client.send('HSET', 'hash', field, `${field}!`)
    await client.send('HDEL', 'hash', '5')
    await client.send('HSET', 'hash', 'a', 'new', '5', 'again')
    expect(readReply(await client.send('HKEYS', 'hash'))).toEqual(['z', 'a', '1', 'm', '5'])
    expect(readReply(await client.send('HVALS', 'hash'))).toEqual(['z!', 'new', '1!', 'm!', 'again'])
    expect(readReply(await client.send('HRANDFIELD', 'hash', 5))).toEqual(['z', 'a', '1', 'm', '5'])
    for (const name of ['HKEYS', 'HVALS', 'HGETALL']) expect(await client.send(name, 'absent')).toBe('*0\r\n')
  })

  test('OBJECT ENCODING follows the limits', async () => {
    const client = await both.connect()
    const encoding = async () => readReply(await client.send('OBJECT', 'ENCODING', 'hash'))
    await client.send('CONFIG', 'SET', 'hash-max-listpack-entries', 2, 'hash-max-listpack-value', 4)
    await client.send('HSET', 'hash', 'a', 'long', 'b', 'long')
    expect(await encoding()).toBe('listpack')
    await client.send('HSET', 'hash', 'c', '')
    expect(await encoding()).toBe('hashtable')
    await client.send('DEL', 'hash')
    await client.send('HSET', 'hash', 'a', 'longer')
    expect(await encoding()).toBe('hashtable')
    await client.send('CONFIG', 'SET', 'hash-max-listpack-entries', 512, 'hash-max-listpack-value', 64)
  })

  test('HINCRBY adds integers of 64 bits', async () => {
    const client = await both.connect()
    expect(await client.send('HINCRBY', 'hash', 'a', 5)).toBe(':5\r\n')
    expect(await client.send('HINCRBY', 'hash', 'a', -8)).toBe(':-3\r\n')
    expect(await client.send('HINCRBY', 'hash', 'a', '9223372036854775807')).toBe(':9223372036854775804\r\n')
    expect(await client.send('HINCRBY', 'hash', 'a', 3)).toBe(':9223372036854775807\r\n')
    expect(await client.send('HINCRBY', 'hash', 'a', 1)).toBe(
      '-ERR increment or decrement would overflow\r\n',
    )
    expect(await client.send('HINCRBY', 'hash', 'b', '-9223372036854775808')).toBe(
      ':-9223372036854775808\r\n',
    )
    expect(await client.send('HINCRBY', 'hash', 'b', -1)).toMatch(/^-ERR increment or decrement would/)
    expect(await client.send('HINCRBY', 'hash', 'b', '9223372036854775808')).toMatch(/^-ERR value is not an/)
    for (const value of ['', ' 1', '1.0', 'x', '01']) {
      await client.send('HSET', 'hash', 'c', value)
      expect(await client.send('HINCRBY', 'hash', 'c', 1)).toBe('-ERR hash value is not an integer\r\n')
    }
  })

  test('HINCRBYFLOAT adds as C does with a long double', async () => {
    const client = await both.connect()
    expect(await client.send('HINCRBYFLOAT', 'hash', 'a', '3.0')).toBe('$1\r\n3\r\n')
    expect(await client.send('HINCRBYFLOAT', 'hash', 'a', '1.1')).toBe('$3\r\n4.1\r\n')
    expect(await client.send('HINCRBYFLOAT', 'hash', 'a', '-1e2')).toBe('$5\r\n-95.9\r\n')
    await client.send('HSET', 'hash', 'b', '17179869185')
    expect(await client.send('HINCRBYFLOAT', 'hash', 'b', '0.1')).toBe(
      '$29\r\n17179869185.09999999962747097\r\n',
    )
    expect(await client.send('HINCRBYFLOAT', 'hash', 'a', 'x')).toBe('-ERR value is not a valid float\r\n')
    expect(await client.send('HINCRBYFLOAT', 'hash', 'a', 'inf')).toBe('-ERR value is NaN or Infinity\r\n')
    await client.send('HSET', 'hash', 'a', ' 1', 'c', 'inf')
    expect(await client.send('HINCRBYFLOAT', 'hash', 'a', 1)).toBe('-ERR hash value is not a float\r\n')
    expect(await client.send('HINCRBYFLOAT', 'hash', 'c', 1)).toBe(
      '-ERR increment would produce NaN or Infinity\r\n',
    )
  })

  test('HRANDFIELD returns different fields, or with a negative count as many as it says', async () => {
    const client = await both.connect()
    await client.send('HSET', 'hash', 'a', 1, 'b', 2, 'c', 3)
    const { ours } = client
    expect(['a', 'b', 'c']).toContain(readReply(await ours.send('HRANDFIELD', 'hash')))
    expect(new Set(readReply(await ours.send('HRANDFIELD', 'hash', 2)) as string[]).size).toBe(2)
    expect(readReply(await ours.send('HRANDFIELD', 'hash', -100, 'WITHVALUES'))).toHaveLength(200)
    expect(readReply(await client.send('HRANDFIELD', 'hash', 100, 'withvalues'))).toEqual([
      'a',
      '1',
      'b',
      '2',
      'c',
      '3',
    ])
    expect(await client.send('HRANDFIELD', 'absent')).toBe('$-1\r\n')
    expect(await client.send('HRANDFIELD', 'absent', 1)).toBe('*0\r\n')
    expect(await client.send('HRANDFIELD', 'hash', 0)).toBe('*0\r\n')
    expect(await client.send('HRANDFIELD', 'hash', 1, 'VALUES')).toBe('-ERR syntax error\r\n')
    expect(await client.send('HRANDFIELD', 'hash', 1, 'WITHVALUES', 1)).toBe('-ERR syntax error\r\n')
    expect(await client.send('HRANDFIELD', 'hash', '4611686018427387904', 'WITHVALUES')).toBe(
      '-ERR value is out of range\r\n',
    )
    expect(await client.send('HRANDFIELD', 'hash', '-9223372036854775808')).toMatch(/^-ERR value is out of/)
    expect(await ours.send('HRANDFIELD', 'hash', '-9223372036854775807')).toBe(
      '-ERR value is out of range\r\n',
    )
  })

  test('HSCAN returns all fields, those of a small hash at once', async () => {
    const client = await both.connect()
    await client.send('HSET', 'small', 'a', 1, 'b', 2, 'ab', 3)
    expect(readReply(await client.send('HSCAN', 'small', 0, 'COUNT', 1, 'MATCH', 'a*'))).toEqual([
      '0',
      ['a', '1', 'ab', '3'],
    ])
    const fields = Array.from({ length: 1_000 }, (_, n) => `field:${n}`)
    await client.send('HSET', 'hash', ...fields.flatMap((field) => [field, `${field}!`]))
    const found: string[] = []
    let cursor = '0'
    do {
      const [next, items] = readReply(await client.ours.send('HSCAN', 'hash', cursor, 'COUNT', 50)) as [
        string,
        string[],
      ]
      cursor = next
      for (let n = 0; n < items.length; n += 2) {
        expect(items[n + 1]).toBe(`${items[n]}!`)
        found.push(items[n] as string)
      }
    } while (cursor !== '0')
    expect(found.sort()).toEqual(fields.sort())
    expect(await client.send('HSCAN', 'absent', 0, 'x')).toBe('*2\r\n$1\r\n0\r\n*0\r\n')
    expect(await client.send('HSCAN', 'hash', 'x')).toBe('-ERR invalid cursor\r\n')
    expect(await client.send('HSCAN', 'hash', 0, 'COUNT', 0)).toBe('-ERR syntax error\r\n')
  })

  test('all refuse a value of another type', async () => {
    const client = await both.connect()
    await client.send('SET', 'text', 'value')
    for (const request of [
      ['HSET', 'text', 'a', 1],
      ['HMSET', 'text', 'a', 1],
      ['HSETNX', 'text', 'a', 1],
      ['HGET', 'text', 'a'],
      ['HMGET', 'text', 'a'],
      ['HDEL', 'text', 'a'],
      ['HLEN', 'text'],
      ['HEXISTS', 'text', 'a'],
      ['HSTRLEN', 'text', 'a'],
      ['HKEYS', 'text'],
      ['HVALS', 'text'],
      ['HGETALL', 'text'],
      ['HINCRBY', 'text', 'a', 1],
      ['HINCRBYFLOAT', 'text', 'a', 1],
      ['HRANDFIELD', 'text'],
      ['HRANDFIELD', 'text', 0],
      ['HSCAN', 'text', 0, 'COUNT', 'x'],
    ])
      expect(await client.send(...request)).toMatch(/^-WRONGTYPE /)
    expect(await client.send('HINCRBY', 'text', 'a', 'x')).toMatch(/^-ERR value is not an integer/)
  })

  test('each change is one notification, and a hash without fields one more', async () => {
    const client = await both.connect()
    const events = await both.eventsOf(async () => {
      await client.send('HSET', 'hash', 'a', 1, 'b', 2)
      await client.send('HSET', 'hash', 'a', 1)
      await client.send('HSETNX', 'hash', 'a', 1)
      await client.send('HSETNX', 'hash', 'c', 1)
      await client.send('HMSET', 'hash', 'd', 1)
      await client.send('HINCRBY', 'hash', 'a', 1)
      await client.send('HINCRBYFLOAT', 'hash', 'a', 1)
      await client.send('HDEL', 'hash', 'none')
      await client.send('HDEL', 'hash', 'a')
      await client.send('HDEL', 'hash', 'b', 'c', 'd')
    })
    expect(events).toEqual([
      'hset hash',
      'hset hash',
      'hset hash',
      'hset hash',
      'hincrby hash',
      'hincrbyfloat hash',
      'hdel hash',
      'hdel hash',
      'del hash',
    ])
  })

  test('RESP3 answers maps, and random fields with their values in pairs', async () => {
    const client = await both.connect(3)
    await client.send('HSET', 'hash', 'a', 1)
    expect(await client.send('HGETALL', 'hash')).toBe('%1\r\n$1\r\na\r\n$1\r\n1\r\n')
    expect(await client.send('HGETALL', 'absent')).toBe('%0\r\n')
    expect(await client.send('HKEYS', 'hash')).toBe('*1\r\n$1\r\na\r\n')
    expect(await client.send('HRANDFIELD', 'hash', -2, 'WITHVALUES')).toBe(
      '*2\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n',
    )
    expect(await client.send('HMGET', 'hash', 'b')).toBe('*1\r\n_\r\n')
    expect(await client.send('HGET', 'absent', 'b')).toBe('_\r\n')
  })
})
