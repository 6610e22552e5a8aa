import { Cluster as Cluster6, Redis as Redis6 } from 'ioredis'
import { Cluster as Cluster5, Redis as Redis5 } from 'ioredis5'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { isLostConnection } from '../../src/redis/blocking-connection.ts'
import { CommandClient } from '../../src/redis/command-client.ts'
import type { RedisSource } from '../../src/redis/open-client.ts'
import { keySlot } from '../../src/redis/slot.ts'
import { type RedisCluster, startRedisCluster } from '../helpers/redis-cluster.ts'
import { describeRedis, freePort, type RedisServer, startRedis } from '../helpers/redis-server.ts'

const toClose: (() => unknown)[] = []
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close()
})
function open(redis: unknown): CommandClient {
  const client = new CommandClient('The reader', 'Stream', redis as RedisSource)
  toClose.push(() => client.close())
  return client
}
const FOREVER = { key: 'list', blockFor: 600_000 }
const pop = (list = 'list') => ['BLPOP', [list, '0']] as const

describeRedis('a connection for commands that block', () => {
  let server: RedisServer
  beforeEach(async () => {
    server = await startRedis()
  })
  afterEach(() => server.stop())
  const blocked = async () =>
    Number(/blocked_clients:(\d+)/.exec(await server.admin.info('clients'))?.[1] ?? -1)
  const untilBlocked = (count: number) => expect.poll(blocked).toBe(count)

  it.each([5, 6])('does not hold up other commands, with the keyPrefix of ioredis %d', async (version) => {
    const options = { port: server.port, keyPrefix: 'shop:', commandTimeout: 1_000 }
    const redis = version === 5 ? new Redis5(options) : new Redis6(options)
    toClose.push(() => redis.disconnect())
    const client = open(redis)
    const connection = client.blocking()
    const waiting = connection.send(...pop(), FOREVER)
    await untilBlocked(1)
    await client.call('RPUSH', ['list', 'a'])
    expect(await waiting).toEqual([Buffer.from('shop:list'), Buffer.from('a')])
    await client.call('RPUSH', ['list', 'b'])
    expect(await connection.send(...pop(), FOREVER)).toEqual([Buffer.from('shop:list'), Buffer.from('b')])
  })

  it('ends at once by a signal, by its close and by that of its owner; the server notices', async () => {
    const client = open(server.url)
    const connection = client.blocking()
    const stop = new AbortController()
    const first = connection.send(...pop(), { ...FOREVER, signal: stop.signal })
    await untilBlocked(1)
    stop.abort()
    await expect(first).rejects.toMatchObject({ name: 'AbortError' })
    await untilBlocked(0)
    const second = connection.send(...pop(), FOREVER)
    await untilBlocked(1)
    connection.close()
    await expect(second).rejects.toThrow('The reader was used after close()')
    await connection.ended()
    expect(await blocked()).toBe(0)
    const third = client.blocking().send(...pop(), FOREVER)
    await untilBlocked(1)
    const ended = expect(third).rejects.toMatchObject({ code: 'ERR_ONETRIP_CLOSED' })
    await client.close()
    await ended
    await untilBlocked(0)
  })

  it('fails with a lost connection where it is cut during a command, and connects for the next', async () => {
    const connection = open(server.url).blocking()
    const waiting = connection.send(...pop(), FOREVER).catch((error: unknown) => error)
    await untilBlocked(1)
    await server.restart()
    const error = await waiting
    expect(isLostConnection(error)).toBe(true)
    expect(String(error)).toMatch(/the connection was lost/)
    await server.admin.rpush('list', 'a')
    expect(await connection.send(...pop(), FOREVER)).toEqual([Buffer.from('list'), Buffer.from('a')])
  })

  it('waits for a server that is not there yet, for as long as it may', async () => {
    const redis = new Redis6(await freePort(), { lazyConnect: true })
    const connection = open(redis).blocking()
    const error = await connection
      .send(...pop(), { ...FOREVER, connectWithin: 200 })
      .catch((thrown: unknown) => thrown)
    expect(String(error)).toMatch(/StoreError: .*is not connected/)
    expect(isLostConnection(error)).toBe(false)
  })

  it('does not outlive the client that it was made from', async () => {
    const redis = new Redis6(server.port)
    const connection = open(redis).blocking()
    const waiting = connection.send(...pop(), FOREVER).catch((error: unknown) => error)
    await untilBlocked(1)
    redis.disconnect()
    expect(String(await waiting)).toMatch(/the connection was lost|its client was closed/)
    await expect(connection.send(...pop(), FOREVER)).rejects.toThrow(/its client was closed/)
  })

  it('fails at once where the server refuses it', async () => {
    await server.admin.config('SET', 'requirepass', 'secret')
    const connection = open(`redis://:wrong@127.0.0.1:${server.port}`).blocking()
    await expect(connection.send(...pop(), FOREVER)).rejects.toThrow(/WRONGPASS.*give its password/)
  })
})

describeRedis('a connection for commands that block, of a cluster', () => {
  let cluster: RedisCluster
  beforeEach(async () => {
    cluster = await startRedisCluster()
  })
  afterEach(() => cluster.stop())

  it.each([5, 6])('goes to the node of the key, and follows it, with ioredis %d', async (version) => {
    const nodes = cluster.addresses.slice(0, 1)
    const config = { keyPrefix: 'shop:', lazyConnect: true }
    const redis = version === 5 ? new Cluster5(nodes, config) : new Cluster6(nodes, config)
    toClose.push(() => redis.disconnect())
    const client = open(redis)
    const connection = client.blocking()
    const options = { key: 'list', blockFor: 600_000 }
    const slot = keySlot('shop:list')

    const send = () => connection.send(...pop(), options).catch((error: unknown) => error)
    const blockedOn = (port: number) =>
      expect
        .poll(async () => {
          const node = cluster.nodes.find((one) => one.port === port)
          return /blocked_clients:1/.test((await node?.admin.info('clients')) ?? '')
        })
        .toBe(true)

    let waiting = send()
    const first = await cluster.primaryOf(slot)
    if (!first) throw new Error('no node has the slot')
    await blockedOn(first.port)
    // The slot moves: the blocked command is redirected.
    const other = cluster.nodes.slice(0, 3).find(({ port }) => port !== first.port)
    if (!other) throw new Error('one node only')
    await cluster.migrateSlots([slot, slot], first, other)
    await blockedOn(other.port)
    await client.call('RPUSH', ['list', 'a'])
    expect(await waiting).toEqual([Buffer.from('shop:list'), Buffer.from('a')])

    // Its node dies: the command is lost, and the next one goes to the replica that took over.
    waiting = send()
    await blockedOn(other.port)
    await other.kill()
    await cluster.replace(other)
    expect(isLostConnection(await waiting)).toBe(true)
    waiting = send()
    await client.call('RPUSH', ['list', 'b'])
    expect(await waiting).toEqual([Buffer.from('shop:list'), Buffer.from('b')])
  })
})
