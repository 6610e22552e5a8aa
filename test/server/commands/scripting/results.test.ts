import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'

/** Values that scripts return. */
const VALUES = [
  '1',
  '{1, 2, {3, "a"}}',
  'nil',
  'true',
  'false',
  '{true, false, 1}',
  '"text"',
  '{1, nil, 3}',
  '3.99',
  '-3.99',
  '1, 2',
  '2^53',
  '2^62',
  '2^63',
  '-2^63',
  '1/0',
  '-1/0',
  '0/0',
  '{1/0, 0/0, {2^64}}',
  '{ok = "a\\r\\nb"}',
  '{err = "CODE a\\r\\nb"}',
  '{ok = "a", err = "ERR b"}',
  '{err = 1}',
  '{ok = 1}',
  '{ok = 1, 5, 6}',
  '{double = "1.5"}',
  '_G',
  '{_G, string}',
  'setmetatable({1}, {__index = function() return 2 end})',
  'setmetatable({}, {__index = {err = "ERR not this"}})',
  '{big_number = 5}',
  '{1, {ok = "a"}, {double = 2.5}}',
  '{1, {err = "ERR in an array"}}',
  '{double = 3.25}',
  '{double = 1/0}',
  '{map = {a = 1}}',
  '{map = {a = 1/0}}',
  '{set = {a = true}}',
  '{big_number = "1234567890123456789012345"}',
  '{verbatim_string = {format = "txt", string = "hello"}}',
  '{verbatim_string = {format = "txt"}}',
  'function() end',
  '{1, function() end, 3}',
  'coroutine.create(function() end)',
  'cjson.null',
  '{1, cjson.null, 2}',
  'unpack({1, 2, 3})',
  '{unpack({1, 2, 3})}',
  '{KEYS, ARGV, #KEYS, #ARGV}',
]

describeRedis('what scripts return, as on Redis', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  test.each([2, 3] as const)('in RESP%i, by scripts of either protocol', async (version) => {
    const client = await both.connect(version)
    for (const value of VALUES) {
      await client.send('EVAL', `return ${value}`, 2, 'a', 'b', 'c')
      await client.send('EVAL', `redis.setresp(3) return ${value}`, 0)
    }
  })

  test.each([2, 3] as const)('replies of commands, returned in RESP%i', async (version) => {
    const client = await both.connect(version)
    await client.send('SET', 'text', '\xff\r\n\0')
    await client.send('HSET', 'hash', 'field', 'value')
    await client.send('SADD', 'set', 'member')
    await client.send('ZADD', 'zset', 1.5, 'a', 3, 'b')
    await client.send('RPUSH', 'list', 'a', 'b')
    for (const call of [
      '"get", "text"',
      '"get", "absent"',
      '"mget", "text", "absent", "hash"',
      '"hgetall", "hash"',
      '"smembers", "set"',
      '"zscore", "zset", "a"',
      '"zscore", "zset", "none"',
      '"zrange", "zset", 0, -1, "withscores"',
      '"zpopmin", "zset", 0',
      '"lrange", "list", 0, -1',
      '"lpop", "none", 2',
      '"set", "text", "a"',
      '"incr", "number"',
      '"incrby", "number", "9007199254740993"',
      '"get", "number"',
      '"blpop", "none", 0',
      '"incrbyfloat", "float", "0.1"',
      '"exists", "text", "text", "none"',
      '"type", "zset"',
      '"echo", "text"',
    ])
      for (const script of [
        `return redis.call(${call})`,
        `redis.setresp(3) return redis.call(${call})`,
        `redis.setresp(3) return type(redis.call(${call}))`,
        `return type(redis.call(${call}))`,
      ])
        await client.send('EVAL', script, 0)
  })

  test('numbers as arguments have 17 digits, and texts 14', async () => {
    const client = await both.connect()
    for (const number of ['3.3', '0.1', '1e20', '-0', '1/0', '-1/0', '0/0', '99999999999999', '1e14', '2^53'])
      for (const script of [`return redis.call("echo", ${number})`, `return tostring(${number})`])
        await client.send('EVAL', script, 0)
    expect(await client.send('EVAL', 'return redis.call("echo", 1700000000 * 1000000 + 1)', 0)).toBe(
      '$16\r\n1700000000000001\r\n',
    )
  })

  test('arguments of any bytes, and many of them', async () => {
    const client = await both.connect()
    const bytes = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('')
    expect(await client.send('EVAL', 'return ARGV[1] .. KEYS[1]', 1, bytes, bytes)).toBe(
      `$512\r\n${bytes}${bytes}\r\n`,
    )
    for (const count of [7000, 8000])
      await client.send(
        'EVAL',
        `local t = {} for i = 1, ${count} do t[i] = i end return redis.call("rpush", "list", unpack(t))`,
        0,
      )
    await client.send('EVAL', 'return #ARGV', 0, ...Array.from({ length: 20_000 }, (_, n) => n))
  })

  test('the libraries of Redis', async () => {
    const client = await both.connect()
    for (const value of [
      'cjson.encode({1, 2, {a = 1.5}})',
      'cjson.encode({0.1, 1e20, 12345678901234567})',
      'cjson.decode("[1, 2, null]")',
      'cjson.decode("{\\"a\\": [true]}").a',
      'cjson.encode(cjson.null)',
      'cmsgpack.pack({1, 2, a = "x"})',
      'cmsgpack.unpack(cmsgpack.pack({1, 2, 3}))',
      'struct.pack(">I4", 1)',
      '{struct.unpack(">I4", "\\0\\0\\0\\1")}',
      'bit.tohex(255)',
      '{bit.band(7, 3), bit.lshift(1, 31)}',
      'string.format("%5.2f|%d|%q", 1.005, 3.7, "a\\n")',
      'table.concat({1, 2, 3}, ",")',
      '_VERSION',
      'loadstring("return 1 + 1")()',
    ])
      await client.send('EVAL', `return ${value}`, 0)
  })

  test('random numbers of a seed', async () => {
    const client = await both.connect()
    for (const seed of [0, 1, -5, 123456789, 3.7, 2 ** 31 - 1]) {
      const draws =
        'return {tostring(math.random()), math.random(1000000), math.random(5, 10), math.random(-5, 5)}'
      await client.send('EVAL', `math.randomseed(${seed}) ${draws}`, 0)
    }
  })
})
