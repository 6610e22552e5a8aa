import { Cluster, Redis } from 'ioredis'
import { ToolkitError } from 'onetrip'
import { toolkit } from 'onetrip/toolkit'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { CommandClient } from '../../../src/redis/command-client.ts'
import { json } from '../../../src/toolkit/codec/codec.ts'
import { createContext } from '../../../src/toolkit/kit-context.ts'
import { Toolkit } from '../../../src/toolkit/toolkit.ts'
import { type RedisCluster, startRedisCluster } from '../../helpers/redis-cluster.ts'
import {
  describeCluster,
  describeRedis,
  onlyOnRedis,
  type RedisServer,
  startRedis,
} from '../../helpers/redis-server.ts'
import { TestClock } from '../../helpers/test-clock.ts'

describeRedis('batches on one server', () => {
  let server: RedisServer
  let redis: Redis
  beforeAll(async () => {
    server = await startRedis()
    redis = new Redis(server.port, { retryStrategy: () => 50 })
    redis.on('error', () => {})
  })
  afterAll(async () => {
    redis.disconnect()
    await server.stop()
  })

  it('sends a script by its text once, then by its SHA-1', async () => {
    const kit = toolkit(redis)
    await server.resetStats()
    await kit.pipeline((batch) => [
      batch.array('a').push(1),
      batch.array('a').push(2),
      batch.array('a').push(3),
    ])
    const { eval: texts, evalsha } = await server.commandStats()
    expect([texts, evalsha]).toEqual([1, 2])
  })

  it('rejects a wait for a reply of a batch that is not sent, after 10 s', async () => {
    const clock = new TestClock()
    const client = new CommandClient('The toolkit', 'toolkit', redis, [], clock)
    const kit = new Toolkit({ ...createContext(client, '', json()), clock })
    const transaction = kit.transaction()
    const count = transaction.counter('never').increment()
    const waits = expect(count).rejects.toThrow('its commands were dropped')
    await clock.until(waits, 5_000)
    await expect(transaction.exec()).rejects.toBeInstanceOf(ToolkitError)
    expect(await redis.exists('never')).toBe(0)
  })

  it('ends the wait for a reply of a batch that is not sent, and its timer, at close', async () => {
    const clock = new TestClock()
    const client = new CommandClient('The toolkit', 'toolkit', redis, [], clock)
    const kit = new Toolkit({ ...createContext(client, '', json()), clock })
    const transaction = kit.transaction()
    const count = transaction.counter('never').increment()
    const failure = count.catch((error: unknown) => error)
    const timers = clock.timers
    expect(timers).toBeGreaterThan(0)
    await kit.close()
    expect(await failure).toMatchObject({ message: 'The toolkit was used after close()' })
    expect(clock.timers).toBe(timers - 1)
    await expect(transaction.exec()).rejects.toThrow('after close()')

    const late = kit.pipeline()
    await expect(late.counter('never').increment()).rejects.toThrow('after close()')
    expect(clock.timers).toBe(timers - 1)
    expect(await redis.exists('never')).toBe(0)
  })

  it('rejects all when the server is killed, and when the toolkit is closed', async () => {
    const kit = toolkit(server.url)
    expect(await kit.counter('n').increment()).toBe(1)
    server.pause()
    const lost = kit.transaction((batch) => [batch.counter('n').increment(), batch.counter('n').increment()])
    const failed = expect(lost).rejects.toThrow(/is not connected|the connection was lost/)
    await server.kill()
    await failed
    await server.restart()
    await kit.close()
    await expect(kit.transaction((batch) => batch.counter('n').increment())).rejects.toThrow('after close()')
    const pipeline = kit.pipeline()
    const count = pipeline.counter('n').increment()
    await expect(pipeline.exec()).rejects.toThrow('after close()')
    await expect(count).rejects.toThrow('after close()')
  })

  onlyOnRedis('ACL')(
    'discards a transaction with a command that the server does not know, and says why',
    async () => {
      await redis.call('ACL', 'SETUSER', 'reader', 'on', 'nopass', '~*', '+@all', '-incrby')
      const reader = new Redis(server.port, { username: 'reader', password: 'x' })
      const kit = toolkit(reader)
      const transaction = kit.transaction((batch) => [
        batch.value('b').set(1),
        batch.counter('a').increment(),
      ])
      await expect(transaction).rejects.toThrow('NOPERM')
      expect(await redis.exists('b')).toBe(0)
      reader.disconnect()
    },
  )
})

describeCluster('batches on a cluster', () => {
  let cluster: RedisCluster
  let redis: Cluster
  beforeAll(async () => {
    cluster = await startRedisCluster()
    redis = new Cluster([...cluster.addresses])
  })
  afterAll(async () => {
    redis.disconnect()
    await cluster.stop()
  })

  it('refuses a transaction over two slots before it is sent', async () => {
    const kit = toolkit(redis)
    const transaction = kit.transaction((batch) => [
      batch.counter('a').increment(),
      batch.counter('b').increment(),
    ])
    await expect(transaction).rejects.toThrow(
      'The transaction: in a Redis Cluster keys that are used together',
    )
    expect(await kit.counter('a').exists()).toBe(false)
    await expect(kit.set('a').union(kit.set('b'))).rejects.toThrow('must be in one slot')
  })

  it('sends a pipeline before it knows the nodes, and sees all keys', async () => {
    const lazy = new Cluster([...cluster.addresses], { lazyConnect: true })
    const kit = toolkit(lazy, { prefix: 'lazy:' })
    const counts = await kit.pipeline((batch) =>
      ['a', 'b', 'c', 'd'].map((name) => batch.counter(name).increment()),
    )
    expect(counts).toEqual([1, 1, 1, 1])
    const names: string[] = []
    for await (const name of kit.keys('*')) names.push(name)
    expect(names.sort()).toEqual(['a', 'b', 'c', 'd'])
    lazy.disconnect()
  })
})
