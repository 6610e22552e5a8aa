import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothClients, type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { random } from '../../helpers/random.ts'
import { readReply } from '../../helpers/read-reply.ts'

describeRedis('SORT, as on Redis', () => {
  let both: BothServers
  let client: BothClients
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  const sort = async (...args: readonly (string | number)[]) => readReply(await client.send('SORT', ...args))

  async function fill() {
    client = await both.connect()
    await client.send('RPUSH', 'list', 3, 1, 2, 10)
    await client.send('MSET', 'weight:1', 30, 'weight:3', 10, 'weight:10', 20)
    for (const n of [1, 3, 10]) await client.send('HSET', `user:${n}`, 'name', `name ${n}`, 'age', 100 - n)
  }

  test('orders numbers, and texts with ALPHA', async () => {
    await fill()
    expect(await sort('list')).toEqual(['1', '2', '3', '10'])
    expect(await sort('list', 'DESC')).toEqual(['10', '3', '2', '1'])
    expect(await sort('list', 'ALPHA')).toEqual(['1', '10', '2', '3'])
    expect(await sort('list', 'DESC', 'asc', 'alpha', 'DESC')).toEqual(['3', '2', '10', '1'])
  })

  test('LIMIT takes a part', async () => {
    await fill()
    expect(await sort('list', 'LIMIT', 1, 2)).toEqual(['2', '3'])
    for (const limit of [
      [0, 0],
      [-5, 2],
      [2, -1],
      [2, 100],
      [10, 2],
      [0, -5],
    ])
      await sort('list', 'LIMIT', ...limit)
  })

  test('BY orders by other keys, and by fields of hashes', async () => {
    await fill()
    expect(await sort('list', 'BY', 'weight:*')).toEqual(['2', '3', '10', '1'])
    expect(await sort('list', 'BY', 'user:*->age', 'DESC')).toEqual(['1', '3', '10', '2'])
    expect(await sort('list', 'BY', 'user:*->name', 'ALPHA')).toEqual(['2', '1', '10', '3'])
    expect(await sort('list', 'BY', 'weight:*', 'LIMIT', 1, 2)).toEqual(['3', '10'])
    expect(await sort('list', 'BY', 'user:*')).toEqual(['1', '10', '2', '3'])
  })

  test('BY without a star keeps the order, DESC turns it round', async () => {
    await fill()
    await client.send('ZADD', 'zset', 3, 'a', 1, 'b', 2, 'c')
    expect(await sort('list', 'BY', 'nosort')).toEqual(['3', '1', '2', '10'])
    expect(await sort('list', 'BY', 'nosort', 'DESC', 'LIMIT', 1, 2)).toEqual(['2', '1'])
    expect(await sort('zset', 'BY', 'nosort')).toEqual(['b', 'c', 'a'])
    expect(await sort('zset', 'BY', 'nosort', 'DESC', 'LIMIT', 0, 2)).toEqual(['a', 'c'])
    expect(await sort('zset', 'ALPHA')).toEqual(['a', 'b', 'c'])
    // Redis converts it for SORT.
    expect(await client.send('OBJECT', 'ENCODING', 'zset')).toBe('$8\r\nskiplist\r\n')
    await client.send('SADD', 'set', 'x', 'a', 'c')
    expect(await sort('set', 'BY', 'nosort', 'STORE', 'to')).toBe(3)
    expect(readReply(await client.send('LRANGE', 'to', 0, -1))).toEqual(['a', 'c', 'x'])
  })

  test('GET answers other keys, fields, and the items themselves', async () => {
    await fill()
    expect(await sort('list', 'GET', 'user:*->name', 'GET', '#', 'GET', 'weight:*', 'LIMIT', 0, 2)).toEqual([
      'name 1',
      '1',
      '30',
      null,
      '2',
      null,
    ])
    await client.send('SET', 'constant', 'x')
    expect(await sort('list', 'GET', 'constant')).toEqual([null, null, null, null])
    for (const pattern of ['user:*->', 'user:*->absent', 'weight:*->name', 'user:*', '*->*', '**', '->*'])
      await sort('list', 'GET', pattern)
  })

  test('STORE stores a list, or deletes the key', async () => {
    await fill()
    expect(await sort('list', 'GET', 'weight:*', 'STORE', 'to')).toBe(4)
    expect(readReply(await client.send('LRANGE', 'to', 0, -1))).toEqual(['30', '', '10', '20'])
    await client.send('EXPIREAT', 'to', 4e9)
    expect(await sort('list', 'STORE', 'to')).toBe(4)
    expect(await client.send('TTL', 'to')).toBe(':-1\r\n')
    expect(await sort('absent', 'STORE', 'to')).toBe(0)
    expect(await client.send('EXISTS', 'to')).toBe(':0\r\n')
    expect(await sort('list', 'DESC', 'STORE', 'list')).toBe(4)
    expect(readReply(await client.send('LRANGE', 'list', 0, -1))).toEqual(['10', '3', '2', '1'])
  })

  test('refuses what is no option, no number, and no collection', async () => {
    await fill()
    for (const options of [['FOO'], ['LIMIT', 1], ['LIMIT', 'x', 1], ['BY'], ['GET'], ['STORE'], ['ASC', 1]])
      expect(await sort('list', ...options)).toMatch(/^-ERR/)
    expect(await sort('weight:1')).toMatch(/^-WRONGTYPE/)
    expect(await sort('user:1')).toMatch(/^-WRONGTYPE/)
    expect(await sort('absent')).toEqual([])
    expect(await client.send('SORT_RO', 'list', 'STORE', 'to')).toBe('-ERR syntax error\r\n')
    expect(readReply(await client.send('SORT_RO', 'list', 'DESC'))).toEqual(['10', '3', '2', '1'])
  })

  test.each(['x', '1x', ' ', '1 ', 'nan', '1e400', '1e-400', '0x', '--1'])(
    '%j is no number',
    async (text) => {
      client = await both.connect()
      await client.send('RPUSH', 'list', 1, text)
      expect(await sort('list')).toMatch(/^-ERR One or more scores/)
    },
  )

  test('numbers are what C reads as such', async () => {
    client = await both.connect()
    await client.send('RPUSH', 'list', '', ' 1', '0x10', '+5', '1e3', 'inf', '-Infinity', '.5', '5.', '-0')
    expect(await sort('list')).toEqual(['-Infinity', '', '-0', '.5', ' 1', '+5', '5.', '0x10', '1e3', 'inf'])
  })

  test('random lists', async () => {
    client = await both.connect()
    const below = random(1)
    for (let round = 0; round < 50; round++) {
      await client.send('DEL', 'list')
      await client.send('RPUSH', 'list', ...Array.from({ length: 50 }, () => below(40) - 20))
      const limit = below(2) ? ['LIMIT', below(60), below(60)] : []
      await sort('list', ...(below(2) ? ['DESC'] : []), ...(below(2) ? ['ALPHA'] : []), ...limit)
    }
  })
})
