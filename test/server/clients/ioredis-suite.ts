import type { Redis, RedisOptions } from 'ioredis'
import { type ServerOptions, startServer } from 'onetrip/server'
import { describe, expect, onTestFinished, test } from 'vitest'

/** The class of ioredis, or of a client with its interface. */
export type IoredisClass = new (port: number, host: string, options: Options) => Redis

/** Options of a client: those that a test does not set must be absent, not undefined. */
type Options = Omit<RedisOptions, 'replyMapping'>

/** Tests what users of ioredis do, with a client that has its interface. */
export function describeIoredis(name: string, Client: IoredisClass, defaults: Options = {}): void {
  async function start(options: ServerOptions = {}) {
    const server = await startServer(options)
    onTestFinished(() => server.close())
    const connect = (more: Options = {}) => {
      const password = options.password ? { password: options.password } : {}
      const redis = new Client(server.port, server.host, { ...defaults, ...password, ...more })
      onTestFinished(() => redis.disconnect())
      return redis
    }
    return { server, connect, redis: connect() }
  }

  describe(name, () => {
    test('connects with a name, a database and a password', async () => {
      const { connect } = await start({ password: 'secret' })
      const redis = connect({ db: 3, connectionName: 'shop' })
      await redis.set('key', 'value')
      expect(await redis.client('GETNAME')).toBe('shop')
      expect(await redis.client('LIST')).toMatch(/ name=shop .* db=3 /)
      const other = connect()
      expect(await other.exists('key')).toBe(0)
      await other.select(3)
      expect(await other.get('key')).toBe('value')
      const stranger = connect({ password: 'wrong', retryStrategy: () => null })
      const refused = new Promise((resolve) => stranger.on('error', resolve))
      await stranger.ping().catch(() => {})
      expect(String(await refused)).toContain('WRONGPASS')
    })

    test('strings, numbers and buffers', async () => {
      const { redis } = await start()
      const bytes = Buffer.from([0, 13, 10, 255, 128])
      expect(await redis.set('bytes', bytes)).toBe('OK')
      expect(await redis.getBuffer('bytes')).toEqual(bytes)
      expect(await redis.set('key', 'grün', 'EX', 100, 'NX')).toBe('OK')
      expect(await redis.set('key', 'rot', 'NX')).toBeNull()
      expect(await redis.get('key')).toBe('grün')
      expect(await redis.ttl('key')).toBeGreaterThan(0)
      expect(await redis.mget('key', 'absent')).toEqual(['grün', null])
      expect(await redis.incrby('count', 5)).toBe(5)
      expect(await redis.incrbyfloat('count', 0.5)).toBe('5.5')
      expect(await redis.getex('key', 'PERSIST')).toBe('grün')
      expect(await redis.ttl('key')).toBe(-1)
      expect(await redis.bitcount('bytes')).toBe(14)
      expect(await redis.del('key', 'count', 'absent')).toBe(2)
    })

    test('a value of 20 MB', async () => {
      const { redis } = await start()
      const value = Buffer.alloc(20_000_000, 'onetrip')
      await redis.set('large', value)
      expect((await redis.getBuffer('large'))?.equals(value)).toBe(true)
      expect(await redis.strlen('large')).toBe(20_000_000)
    })

    test('hashes, sets and lists', async () => {
      const { redis } = await start()
      await redis.hset('hash', { name: 'Ada', age: 36 })
      expect(await redis.hgetall('hash')).toEqual({ name: 'Ada', age: '36' })
      expect(await redis.hgetall('absent')).toEqual({})
      expect(await redis.hmget('hash', 'age', 'absent')).toEqual(['36', null])
      expect(await redis.hincrby('hash', 'age', 1)).toBe(37)
      await redis.sadd('set', 'a', 'b', 'c')
      expect((await redis.smembers('set')).sort()).toEqual(['a', 'b', 'c'])
      expect(await redis.smismember('set', 'a', 'x')).toEqual([1, 0])
      await redis.rpush('list', 1, 2, 3)
      expect(await redis.lrange('list', 0, -1)).toEqual(['1', '2', '3'])
      expect(await redis.lmove('list', 'other', 'LEFT', 'RIGHT')).toBe('1')
      expect(await redis.lpos('list', '3')).toBe(1)
    })

    test('sorted sets', async () => {
      const { redis } = await start()
      expect(await redis.zadd('zset', '1', 'one', '2.5', 'two', '3', 'three')).toBe(3)
      expect(await redis.zrange('zset', '0', '-1')).toEqual(['one', 'two', 'three'])
      expect(await redis.zrange('zset', '0', '1', 'WITHSCORES')).toEqual(['one', '1', 'two', '2.5'])
      expect(await redis.zscore('zset', 'two')).toBe('2.5')
      expect(await redis.zrangebyscore('zset', '(1', '+inf', 'LIMIT', 0, 1)).toEqual(['two'])
      expect(await redis.zincrby('zset', 5, 'one')).toBe('6')
      expect(await redis.zpopmax('zset')).toEqual(['one', '6'])
      expect(await redis.zrank('zset', 'three')).toBe(1)
    })

    test('scans by streams', async () => {
      const { redis } = await start()
      const names = Array.from({ length: 1_000 }, (_, n) => `key:${n}`)
      await redis.mset(...names.flatMap((key) => [key, '1']))
      await redis.set('other', '1')
      const found = new Set<string>()
      for await (const keys of redis.scanStream({ match: 'key:*', count: 100 }))
        for (const key of keys as string[]) found.add(key)
      expect([...found].sort()).toEqual(names.sort())
      await redis.hset('hash', Object.fromEntries(names.map((field) => [field, '1'])))
      let fields = 0
      for await (const pairs of redis.hscanStream('hash', { match: 'key:1*' }))
        fields += (pairs as string[]).length / 2
      expect(fields).toBe(111)
    })

    test('a blocking pop waits for another client, or until its timeout', async () => {
      const { server, redis, connect } = await start()
      const waiting = connect()
      const popped = waiting.blpop('first', 'second', 0)
      await expect.poll(() => redis.info('clients')).toContain('blocked_clients:1')
      await redis.rpush('second', 'item')
      expect(await popped).toEqual(['second', 'item'])
      const nothing = waiting.bzpopmin('zset', 60)
      await expect.poll(() => redis.info('clients')).toContain('blocked_clients:1')
      server.advance(60_000)
      expect(await nothing).toBeNull()
    })

    test('streams with consumer groups', async () => {
      const { redis, connect } = await start()
      const waiting = connect()
      const read = waiting.xread('BLOCK', 0, 'STREAMS', 'events', '$')
      await expect.poll(() => redis.info('clients')).toContain('blocked_clients:1')
      const id = await redis.xadd('events', 'MAXLEN', '~', 100, '*', 'type', 'paid')
      expect(await read).toEqual([['events', [[id, ['type', 'paid']]]]])
      await redis.xgroup('CREATE', 'events', 'group', '0')
      expect(await redis.xreadgroup('GROUP', 'group', 'one', 'COUNT', 10, 'STREAMS', 'events', '>')).toEqual([
        ['events', [[id, ['type', 'paid']]]],
      ])
      expect(await redis.xpending('events', 'group')).toEqual([1, id, id, [['one', '1']]])
      expect(await redis.xautoclaim('events', 'group', 'two', 0, '0')).toEqual([
        '0-0',
        [[id, ['type', 'paid']]],
        [],
      ])
      expect(await redis.xack('events', 'group', id as string)).toBe(1)
      expect(await redis.xlen('events')).toBe(1)
    })

    test('pipelines and automatic pipelines', async () => {
      const { redis, connect } = await start()
      const results = await redis.pipeline().set('a', '1').incr('a').lpush('a', '1').get('a').exec()
      expect(results?.map(([error, value]) => error?.message.slice(0, 9) ?? value)).toEqual([
        'OK',
        2,
        'WRONGTYPE',
        '2',
      ])
      const automatic = connect({ enableAutoPipelining: true })
      const numbers = await Promise.all(Array.from({ length: 1_000 }, () => automatic.incr('count')))
      expect(numbers).toEqual(Array.from({ length: 1_000 }, (_, n) => n + 1))
    })

    test('transactions, also those that are refused or that another client interrupts', async () => {
      const { redis, connect } = await start()
      expect(await redis.multi().set('key', '1').incr('key').exec()).toEqual([
        [null, 'OK'],
        [null, 2],
      ])
      const failed = redis.multi().set('key', '5').call('NOSUCHCOMMAND').exec()
      await expect(failed).rejects.toThrow('EXECABORT')
      expect(await redis.get('key')).toBe('2')
      await redis.watch('key')
      await connect().set('key', '10')
      expect(await redis.multi().set('key', '20').exec()).toBeNull()
      expect(await redis.get('key')).toBe('10')
    })

    test('subscribes to channels and patterns', async () => {
      const { redis, connect } = await start()
      const subscriber = connect()
      const received: unknown[] = []
      subscriber.on('message', (...message) => received.push(message))
      subscriber.on('pmessage', (...message) => received.push(message))
      expect(await subscriber.subscribe('news', 'other')).toBe(2)
      expect(await subscriber.psubscribe('n?ws')).toBe(3)
      expect(await redis.publish('news', 'hello')).toBe(2)
      await expect.poll(() => received.length).toBe(2)
      expect(received).toEqual([
        ['news', 'hello'],
        ['n?ws', 'news', 'hello'],
      ])
      expect(await subscriber.unsubscribe('news', 'other')).toBe(1)
      expect(await subscriber.punsubscribe()).toBe(0)
      expect(await subscriber.get('key')).toBeNull()
    })

    test('keyspace notifications tell of expired keys', async () => {
      const { server, redis, connect } = await start({ config: { 'notify-keyspace-events': 'Ex' } })
      const subscriber = connect()
      const expired = new Promise((resolve) => subscriber.on('message', (_, key) => resolve(key)))
      await subscriber.subscribe('__keyevent@0__:expired')
      await redis.set('session', '1', 'EX', 60)
      server.advance(60_000)
      expect(await redis.exists('session')).toBe(0)
      expect(await expired).toBe('session')
    })

    test('scripts: by EVALSHA, after NOSCRIPT by EVAL', async () => {
      const { redis, connect } = await start()
      redis.defineCommand('addAll', {
        numberOfKeys: 1,
        lua: `local sum = 0
              for _, value in ipairs(ARGV) do sum = redis.call('INCRBY', KEYS[1], value) end
              return {sum, 'done', false}`,
      })
      const scripted = redis as Redis & { addAll(key: string, ...values: number[]): Promise<unknown> }
      expect(await scripted.addAll('key', 1, 2, 3)).toEqual([6, 'done', null])
      expect(await scripted.addAll('key', 1)).toEqual([7, 'done', null])
      await connect().script('FLUSH')
      expect(await scripted.addAll('key', 1)).toEqual([8, 'done', null])
      await expect(redis.eval("return redis.error_reply('OWN error')", 0)).rejects.toThrow('OWN error')
    })

    test('errors name the command', async () => {
      const { redis } = await start()
      await redis.set('key', 'value')
      await expect(redis.lpush('key', 'item')).rejects.toMatchObject({
        name: 'ReplyError',
        message: 'WRONGTYPE Operation against a key holding the wrong kind of value',
        command: { name: 'lpush', args: ['key', 'item'] },
      })
    })

    test('connects again after it was killed, with its subscriptions and waiting commands', async () => {
      const { redis, connect } = await start()
      const subscriber = connect({ retryStrategy: () => 1 })
      const received: unknown[] = []
      subscriber.on('message', (_, message) => received.push(message))
      await subscriber.subscribe('news')
      const waiting = connect({ retryStrategy: () => 1 })
      const popped = waiting.blpop('list', 0)
      await expect.poll(() => redis.info('clients')).toContain('blocked_clients:1')
      expect(await redis.call('CLIENT', 'KILL', 'SKIPME', 'yes')).toBe(2)
      await redis.rpush('list', 'item')
      expect(await popped).toEqual(['list', 'item'])
      await expect.poll(() => redis.publish('news', 'again')).toBe(1)
      await expect.poll(() => received).toContain('again')
    })

    test('MONITOR shows what others do', async () => {
      const { redis } = await start()
      const monitor = await redis.monitor()
      onTestFinished(() => monitor.disconnect())
      const seen = new Promise((resolve) => monitor.once('monitor', (_, args) => resolve(args)))
      await redis.set('key', 'a "value"')
      expect(await seen).toEqual(['set', 'key', 'a "value"'])
    })

    test('key prefixes, sorting, copies and quitting', async () => {
      const { redis, connect } = await start()
      const prefixed = connect({ keyPrefix: 'shop:' })
      await prefixed.rpush('list', 3, 1, 2)
      expect(await prefixed.sort('list')).toEqual(['1', '2', '3'])
      expect(await redis.keys('*')).toEqual(['shop:list'])
      expect(await redis.copy('shop:list', 'copy')).toBe(1)
      expect(await redis.type('copy')).toBe('list')
      expect(await redis.rename('copy', 'other')).toBe('OK')
      expect(await redis.dbsize()).toBe(2)
      expect(await redis.quit()).toBe('OK')
    })
  })
}
