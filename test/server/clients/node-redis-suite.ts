import type { BasicClientSideCache, createClient, createClientPool, RedisClientOptions } from 'node-redis6'
import { type ServerOptions, startServer } from 'onetrip/server'
import { describe, expect, onTestFinished, test } from 'vitest'

/** The exports of a version of node-redis that these tests use. */
export interface NodeRedis {
  readonly createClient: typeof createClient
  readonly createClientPool: typeof createClientPool
  readonly BasicClientSideCache: typeof BasicClientSideCache
}

/** Tests what users of node-redis do. */
export function describeNodeRedis(name: string, library: NodeRedis, RESP: 2 | 3): void {
  async function start(options: ServerOptions = {}) {
    const server = await startServer(options)
    onTestFinished(() => server.close())
    const connect = async (more: RedisClientOptions = {}) => {
      const socket = { host: server.host, port: server.port, reconnectStrategy: () => 1 }
      const password = options.password ? { password: options.password } : {}
      const client = library.createClient({ ...password, ...more, socket, RESP })
      client.on('error', () => {})
      onTestFinished(() => {
        if (client.isOpen) client.destroy()
      })
      await client.connect()
      return client
    }
    return { server, connect }
  }

  describe(`${name}, RESP${RESP}`, () => {
    test('connects with a name, a database and a password', async () => {
      const { connect } = await start({ password: 'secret' })
      const client = await connect({ database: 3, name: 'shop' })
      await client.set('key', 'value')
      expect(await client.clientGetName()).toBe('shop')
      expect(await client.clientInfo()).toMatchObject({ name: 'shop', db: 3 })
      const other = await connect()
      expect(await other.exists('key')).toBe(0)
      await other.select(3)
      expect(await other.get('key')).toBe('value')
    })

    test('strings, numbers and expiry', async () => {
      const { connect } = await start()
      const client = await connect()
      expect(await client.set('key', 'grün', { EX: 100, NX: true })).toBe('OK')
      expect(await client.set('key', 'rot', { NX: true })).toBeNull()
      expect(await client.mGet(['key', 'absent'])).toEqual(['grün', null])
      expect(await client.ttl('key')).toBeGreaterThan(0)
      expect(await client.getEx('key', { type: 'PERSIST' })).toBe('grün')
      expect(await client.incrBy('count', 5)).toBe(5)
      expect(Number(await client.incrByFloat('count', 0.5))).toBe(5.5)
      expect(await client.setBit('bits', 7, 1)).toBe(0)
      expect(await client.bitCount('bits')).toBe(1)
      expect(await client.pfAdd('sketch', ['a', 'b'])).toBe(1)
      expect(await client.pfCount('sketch')).toBe(2)
      expect(await client.del(['key', 'count', 'absent'])).toBe(2)
    })

    test('hashes, lists, sets and sorted sets', async () => {
      const { connect } = await start()
      const client = await connect()
      await client.hSet('hash', { name: 'Ada', age: 36 })
      expect({ ...(await client.hGetAll('hash')) }).toEqual({ name: 'Ada', age: '36' })
      expect(await client.hmGet('hash', ['age', 'absent'])).toEqual(['36', null])
      await client.rPush('list', ['1', '2', '3'])
      expect(await client.lRange('list', 0, -1)).toEqual(['1', '2', '3'])
      await client.sAdd('set', ['a', 'b'])
      expect([...(await client.sMembers('set'))].sort()).toEqual(['a', 'b'])
      expect(await client.sIsMember('set', 'a')).toBe(1)
      await client.zAdd('zset', [
        { value: 'one', score: 1 },
        { value: 'two', score: 2.5 },
        { value: 'last', score: Number.POSITIVE_INFINITY },
      ])
      expect(await client.zRangeWithScores('zset', 0, -1)).toEqual([
        { value: 'one', score: 1 },
        { value: 'two', score: 2.5 },
        { value: 'last', score: Number.POSITIVE_INFINITY },
      ])
      expect(await client.zScore('zset', 'two')).toBe(2.5)
      expect(await client.zScore('zset', 'absent')).toBeNull()
      expect(await client.zPopMin('zset')).toEqual({ value: 'one', score: 1 })
    })

    test('scans by iterators', async () => {
      const { connect } = await start()
      const client = await connect()
      const names = Array.from({ length: 1_000 }, (_, n) => `key:${n}`)
      await client.mSet(names.map((key) => [key, '1'] as [string, string]))
      await client.set('other', '1')
      const found = new Set<string>()
      for await (const keys of client.scanIterator({ MATCH: 'key:*', COUNT: 100 }))
        for (const key of keys) found.add(key)
      expect([...found].sort()).toEqual(names.sort())
    })

    test('a pool of clients: blocking pops wait for one another', async () => {
      const { server, connect } = await start()
      const client = await connect()
      const pool = library.createClientPool(
        { socket: { host: server.host, port: server.port }, RESP },
        { minimum: 1, maximum: 5 },
      )
      pool.on('error', () => {})
      onTestFinished(() => pool.destroy())
      await pool.connect()
      const popped = pool.blPop('list', 0)
      const nothing = pool.bzPopMin('zset', 60)
      await expect.poll(() => client.info('clients')).toContain('blocked_clients:2')
      await client.rPush('list', 'item')
      expect(await popped).toEqual({ key: 'list', element: 'item' })
      server.advance(60_000)
      expect(await nothing).toBeNull()
    })

    test('streams with consumer groups', async () => {
      const { connect } = await start()
      const client = await connect()
      const id = await client.xAdd('events', '*', { type: 'paid' })
      const message = expect.objectContaining({ id })
      expect(await client.xRange('events', '-', '+')).toEqual([message])
      await client.xGroupCreate('events', 'group', '0')
      const read = await client.xReadGroup('group', 'one', { key: 'events', id: '>' })
      expect(JSON.stringify(read)).toContain('paid')
      expect(await client.xPending('events', 'group')).toMatchObject({ pending: 1, firstId: id })
      expect(await client.xAck('events', 'group', id)).toBe(1)
      expect(await client.xInfoStream('events')).toMatchObject({ length: 1, groups: 1 })
    })

    test('pipelines and transactions, also those that another client interrupts', async () => {
      const { connect } = await start()
      const client = await connect()
      const numbers = await Promise.all(Array.from({ length: 1_000 }, () => client.incr('count')))
      expect(numbers).toEqual(Array.from({ length: 1_000 }, (_, n) => n + 1))
      expect(await client.multi().set('key', '1').incr('key').exec()).toEqual(['OK', 2])
      expect(await client.multi().get('key').get('absent').execAsPipeline()).toEqual(['2', null])
      await client.watch('key')
      await (await connect()).set('key', '10')
      await expect(client.multi().set('key', '20').exec()).rejects.toThrow('watched keys has been changed')
      expect(await client.get('key')).toBe('10')
    })

    test('subscribes to channels and patterns', async () => {
      const { connect } = await start()
      const client = await connect()
      const subscriber = await connect()
      const received: unknown[] = []
      await subscriber.subscribe('news', (...message) => received.push(message))
      await subscriber.pSubscribe('n?ws', (...message) => received.push(message))
      expect(await client.publish('news', 'hello')).toBe(2)
      await expect.poll(() => received.length).toBe(2)
      expect(received).toEqual([
        ['hello', 'news'],
        ['hello', 'news'],
      ])
      await subscriber.unsubscribe('news')
      await subscriber.pUnsubscribe('n?ws')
      expect(await subscriber.get('key')).toBeNull()
    })

    test('scripts', async () => {
      const { connect } = await start()
      const client = await connect()
      const script = "return {redis.call('INCRBY', KEYS[1], ARGV[1]), 'done'}"
      const options = { keys: ['key'], arguments: ['5'] }
      expect(await client.eval(script, options)).toEqual([5, 'done'])
      const sha = await client.scriptLoad(script)
      expect(await client.evalSha(sha, options)).toEqual([10, 'done'])
      await client.scriptFlush()
      await expect(client.evalSha(sha, options)).rejects.toThrow('NOSCRIPT')
    })

    test('errors are those of Redis', async () => {
      const { connect } = await start()
      const client = await connect()
      await client.set('key', 'value')
      await expect(client.lPush('key', 'item')).rejects.toThrow(
        'WRONGTYPE Operation against a key holding the wrong kind of value',
      )
      await expect(client.sendCommand(['NOSUCHCOMMAND'])).rejects.toThrow("unknown command 'NOSUCHCOMMAND'")
    })

    test('connects again after it was killed, with its subscriptions', async () => {
      const { connect } = await start()
      const client = await connect()
      const subscriber = await connect()
      const received: string[] = []
      await subscriber.subscribe('news', (message) => received.push(message))
      await client.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub'])
      await expect.poll(() => client.publish('news', 'again')).toBe(1)
      await expect.poll(() => received).toContain('again')
    })

    test('closes when what was sent is answered', async () => {
      const { connect } = await start()
      const client = await connect()
      const answer = client.set('key', 'value')
      await client.close()
      expect(await answer).toBe('OK')
    })

    if (RESP === 3)
      test('the cache of the client forgets what others change', async () => {
        const { server, connect } = await start()
        const other = await connect()
        await other.set('key', '1')
        const clientSideCache = new library.BasicClientSideCache()
        const socket = { host: server.host, port: server.port }
        const client = library.createClient({ socket, RESP: 3, clientSideCache })
        client.on('error', () => {})
        onTestFinished(() => client.destroy())
        await client.connect()
        expect(await client.get('key')).toBe('1')
        expect(await client.get('key')).toBe('1')
        expect(clientSideCache.stats().hitCount).toBe(1)
        await other.set('key', '2')
        await expect.poll(() => client.get('key')).toBe('2')
      })
  })
}
