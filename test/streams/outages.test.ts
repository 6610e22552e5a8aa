import { Cluster, Redis } from 'ioredis'
import { ConsumerGroup, Stream, TimeSeries } from 'onetrip/streams'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { keySlot } from '../../src/redis/slot.ts'
import { startStoppableProxy } from '../coherence/stoppable-proxy.ts'
import { type RedisCluster, startRedisCluster } from '../helpers/redis-cluster.ts'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'

const toClose: (() => unknown)[] = []
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close()
})
function opened<T extends { close(): Promise<void> }>(closable: T): T {
  toClose.push(() => closable.close())
  return closable
}

describeRedis('Streams during outages', () => {
  let server: RedisServer
  beforeEach(async () => {
    server = await startRedis()
  })
  afterEach(() => server.stop())
  const blocked = async () => Number(/blocked_clients:(\d+)/.exec(await server.admin.info('clients'))?.[1])
  const untilBlocked = (count: number) => expect.poll(blocked).toBe(count)

  it('yields a message whose delivery was lost with the connection', async () => {
    const proxy = await startStoppableProxy(server.port)
    toClose.push(() => proxy.close())
    const group = opened(
      new ConsumerGroup({ host: '127.0.0.1', port: proxy.port }, 'packers', ['a', 'b'], { consumer: 'ann' }),
    )
    await group.create()
    const follower = group.follow()
    for (const n of [1, 2, 3]) {
      const next = follower.next()
      await untilBlocked(1)
      // The server delivers it, and its reply does not arrive.
      proxy.stop()
      await server.admin.xadd(n === 2 ? 'b' : 'a', `${n}`, 'n', n)
      await untilBlocked(0)
      proxy.cut()
      proxy.go()
      expect((await next).value).toMatchObject({ id: `${n}-0` })
    }
    // It is not delivered to others, and once only to this one.
    expect(await group.consumer('bob').read()).toEqual([])
    expect((await group.pending()).map(({ id, consumer }) => [id, consumer])).toEqual([
      ['1-0', 'ann'],
      ['2-0', 'ann'],
      ['3-0', 'ann'],
    ])
    const next = follower.next()
    await untilBlocked(1)
    await server.admin.xadd('a', '4', 'n', '4')
    expect((await next).value).toMatchObject({ id: '4-0' })
  })

  it('says so where a single read of a group loses its connection: the message is pending', async () => {
    const proxy = await startStoppableProxy(server.port)
    toClose.push(() => proxy.close())
    const redis = { host: '127.0.0.1', port: proxy.port }
    const group = opened(new ConsumerGroup(redis, 'packers', 'a', { consumer: 'ann' }))
    await group.create()
    const read = expect(group.read({ block: 'forever' })).rejects.toMatchObject({
      code: 'ERR_ONETRIP_STORE',
      message: expect.stringMatching(/connection was lost/),
    })
    await untilBlocked(1)
    proxy.stop()
    await server.admin.xadd('a', '1', 'n', '1')
    await untilBlocked(0)
    proxy.cut()
    proxy.go()
    await read
    expect(await group.read()).toEqual([])
    expect(await group.read({ pending: true })).toMatchObject([{ id: '1-0' }])
  })

  it('ends at once while the server is silent, or gone', async () => {
    const redis = new Redis(server.port)
    redis.on('error', () => {})
    toClose.push(() => redis.disconnect())
    const ends = async (stream: Stream) => {
      const stop = new AbortController()
      const calls = [
        stream.add({ n: 1 }, { signal: stop.signal }),
        stream.read({ after: '0-0', signal: stop.signal }),
        stream.read({ block: 'forever', signal: stop.signal }),
        stream.follow({ signal: stop.signal }).next(),
      ]
      stop.abort(new Error('enough'))
      for (const { reason } of (await Promise.allSettled(calls)) as PromiseRejectedResult[])
        expect(reason).toEqual(new Error('enough'))
      const waits = [stream.length(), stream.range(), stream.read({ block: 'forever' })]
      const settled = Promise.allSettled(waits)
      await stream.close()
      for (const { reason } of (await settled) as PromiseRejectedResult[])
        expect(reason).toMatchObject({ code: 'ERR_ONETRIP_CLOSED' })
    }
    const first = new Stream(redis, 'a')
    const second = new Stream(`redis://127.0.0.1:${server.port}`, 'a')
    await Promise.all([first.length(), second.length()])
    server.pause()
    await Promise.all([ends(first), ends(second)])
    server.resume()
    await server.kill()
    await Promise.all([
      ends(new Stream(redis, 'a')),
      ends(new Stream(`redis://127.0.0.1:${server.port}`, 'a')),
    ])
  })

  it('follows on after the server was restarted', async () => {
    const stream = opened(new Stream(server.url, 'a'))
    await stream.add({ n: 1 }, { id: '1' })
    const follower = stream.follow()
    expect((await follower.next()).value).toMatchObject({ id: '1-0' })
    const next = follower.next()
    await untilBlocked(1)
    await server.restart()
    await untilBlocked(1)
    await stream.add({ n: 2 }, { id: '2' })
    expect((await next).value).toMatchObject({ id: '2-0' })
  })

  it('names the reason where the server refuses: no memory, no password', async () => {
    const stream = opened(new Stream(server.url, 'a'))
    await stream.add({ n: 1 })
    await server.admin.config('SET', 'maxmemory', '1')
    await expect(stream.add({ n: 2 })).rejects.toMatchObject({ code: 'ERR_ONETRIP_STORE_FULL' })
    expect(await stream.read()).toHaveLength(1)
    await server.admin.config('SET', 'maxmemory', '0')
    await server.admin.config('SET', 'requirepass', 'secret')
    const locked = opened(new Stream(server.url, 'a'))
    await expect(locked.add({ n: 2 })).rejects.toMatchObject({
      message: expect.stringMatching(/NOAUTH.*password/),
    })
    await expect(locked.read({ block: 'forever' })).rejects.toThrow(/NOAUTH.*password/)
  })

  it('adds and follows 100,000 messages', async () => {
    const COUNT = 100_000
    const stream = opened(new Stream(server.url, 'a'))
    const group = opened(new ConsumerGroup(server.url, 'g', 'a', { consumer: 'ann' }))
    await group.create()
    const adding = (async () => {
      for (let n = 0; n < COUNT; n += 1_000)
        await Promise.all(Array.from({ length: 1_000 }, (_, i) => stream.add({ n: n + i })))
    })()
    let expected = 0
    for await (const message of group.follow({ count: 500 })) {
      expect(message.data.n).toBe(String(expected++))
      if (expected === COUNT) break
    }
    await adding
    const messages = await group.read({ pending: true })
    expect(messages).toHaveLength(COUNT)
    expect(await group.ack(messages)).toBe(COUNT)
    expect(await stream.delete(messages)).toBe(COUNT)
  })
})

describeRedis('Streams of a cluster whose nodes are replaced', () => {
  let cluster: RedisCluster
  beforeEach(async () => {
    cluster = await startRedisCluster()
  })
  afterEach(() => cluster.stop())

  it('follows on where the replica took over, and misses nothing that was confirmed', async () => {
    const redis = new Cluster([...cluster.addresses], { clusterRetryStrategy: () => 50 })
    toClose.push(() => redis.disconnect())
    const keys = ['{s}a', '{s}b']
    const third = Math.floor((keySlot('{s}a') * 3) / 16_384)
    const group = opened(new ConsumerGroup(redis, 'g', keys, { consumer: 'ann' }))
    await group.create()
    const seen = new Set<string>()
    const plain = new Set<string>()
    const stream = opened(new Stream(redis, '{s}a'))
    const following = (async () => {
      for await (const message of group.follow()) {
        seen.add(message.data.n as string)
        await group.ack(message).catch(() => {})
      }
    })()
    const reading = (async () => {
      for await (const { data } of stream.follow()) plain.add(data.n as string)
    })()
    const add = async (n: number) => {
      await group.stream(keys[n % 2] as string).add({ n })
    }
    for (let n = 0; n < 20; n++) await add(n)
    await expect.poll(() => seen.size).toBe(20)
    // Only what its replica has survives the failover.
    const primary = await cluster.primaryOf(keySlot('{s}a'))
    expect(await primary?.admin.wait(1, 60_000)).toBe(1)
    const dead = await cluster.killPrimary(third)
    for (let n = 20; n < 24; n++)
      await expect
        .poll(() =>
          add(n).then(
            () => true,
            () => false,
          ),
        )
        .toBe(true)
    await expect.poll(() => seen.size).toBe(24)
    await expect.poll(() => plain.size).toBe(12)
    await dead.restart()
    await Promise.all([group.close(), stream.close()])
    await Promise.all([following, reading])
  })

  it('needs streams that are read together to be in one slot', async () => {
    const redis = new Cluster([...cluster.addresses])
    toClose.push(() => redis.disconnect())
    for (const open of [
      () => new ConsumerGroup(redis, 'g', ['a', 'b']),
      () => new TimeSeries(redis, 'g', ['a', 'b']),
    ]) {
      expect(open).toThrow(/in one slot: give their keys the same part in braces, such as \{shop\}:a/)
    }
    const apart = opened(new Stream(redis, 'a'))
    const other = opened(new Stream(redis, 'b'))
    await Promise.all([apart.add({ n: 1 }), other.add({ n: 2 })])
    expect(await apart.read({ block: 1 })).toHaveLength(1)
    expect(await other.read({ block: 1 })).toHaveLength(1)
  })
})
