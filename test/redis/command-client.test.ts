import { Redis as Redis6 } from 'ioredis'
import { Redis as Redis5 } from 'ioredis5'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { CommandClient } from '../../src/redis/command-client.ts'
import type { RedisSource } from '../../src/redis/open-client.ts'
import { scriptText } from '../../src/redis/script-text.ts'
import { startFaultProxy } from '../helpers/fault-proxy.ts'
import { describeRedis, freePort, type RedisServer, startRedis } from '../helpers/redis-server.ts'

const OWNER = 'The stream "orders"'
const toClose: (() => unknown)[] = []
function open(redis: unknown): CommandClient {
  const client = new CommandClient(OWNER, 'Stream', redis as RedisSource)
  toClose.push(() => client.close())
  return client
}
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close()
})

it.each<[what: string, given: unknown, says: RegExp]>([
  ['undefined', undefined, /Stream: redis is undefined: pass .*environment variable/],
  ['null', null, /Stream: redis is null/],
  ['a number', 6379, /must be an ioredis client, a url or options; got 6379/],
  ['an array', [], /must be an ioredis client, a url or options; got an array/],
  ['a client of the package redis', { mGet() {} }, /looks like the package "redis"/],
  ['a url of something else', 'http://localhost', /Stream: redis must be redis:.*got one of http/],
  ['a password that is not escaped', 'redis://:s3cret/#@host', /redis cannot be read.*%2F/],
  ['an undefined url', { url: undefined }, /url is undefined: is the environment variable set/],
  ['uri', { uri: 'redis://localhost' }, /Stream has no option "uri": use url/],
  ['a wrapped client', { client: {} }, /pass the client itself/],
  ['nodes', { nodes: [] }, /for a Redis Cluster pass a client/],
])('refuses %s in place of a client', (_, given, says) => {
  let error: unknown
  try {
    open(given)
  } catch (thrown) {
    error = thrown
  }
  expect(error).toMatchObject({ code: 'ERR_ONETRIP_OPTION', message: expect.stringMatching(says) })
  expect(String(error)).not.toContain('s3cret')
})

it('names the reason where no server takes connections, and waits for one for some tries only', async () => {
  const client = open({ port: await freePort(), maxRetriesPerRequest: 1 })
  await expect(client.call('PING', [])).rejects.toMatchObject({
    code: 'ERR_ONETRIP_STORE',
    message: expect.stringMatching(/is not connected: connect ECONNREFUSED.*is it running\?/),
  })
})

it('ends what waits for a connection at once, by close and by a signal', async () => {
  const client = open({ port: await freePort(), maxRetriesPerRequest: null })
  const waiting = client.call('PING', [])
  const stop = new AbortController()
  const stopped = client.call('PING', [], { signal: stop.signal })
  stop.abort(new Error('the visitor left'))
  await expect(stopped).rejects.toThrow('the visitor left')
  await expect(client.call('PING', [], { signal: stop.signal })).rejects.toThrow('the visitor left')
  await client.close()
  const closed = { code: 'ERR_ONETRIP_CLOSED', message: `${OWNER} was used after close()` }
  await expect(waiting).rejects.toMatchObject(closed)
  await expect(client.call('PING', [])).rejects.toMatchObject(closed)
  expect(() => client.blocking()).toThrow(`${OWNER} was used after close()`)
  await client.close()
})

describeRedis('commands of streams and queues', () => {
  let server: RedisServer
  beforeEach(async () => {
    server = await startRedis()
  })
  afterEach(() => server.stop())

  it('sends bytes and receives them, with the keyPrefix of the client', async () => {
    const options = { port: server.port, keyPrefix: 'shop:' }
    for (const redis of [new Redis5(options), new Redis6(options)]) {
      toClose.push(() => redis.disconnect())
      const client = open(redis)
      const bytes = Buffer.from([0, 255, 13, 10, 128])
      await client.call('SET', ['a', bytes])
      expect(await client.call('GET', ['a'])).toEqual(bytes)
      expect(await server.admin.getBuffer('shop:a')).toEqual(bytes)
      expect(client.keyPrefix).toBe('shop:')
    }
  })

  it('leaves a client of the application open', async () => {
    const redis = new Redis6(server.port)
    toClose.push(() => redis.disconnect())
    const client = open(redis)
    await client.call('PING', [])
    await client.close()
    expect(await redis.ping()).toBe('PONG')
  })

  it('adds one listener to a client, however many streams share it', async () => {
    const redis = new Redis6(server.port)
    toClose.push(() => redis.disconnect())
    for (let n = 0; n < 20; n++) {
      const client = open(redis)
      await client.call('PING', [])
      await client.blocking().send('PING', [], { key: 'a', blockFor: 0 })
    }
    expect(redis.listenerCount('end')).toBe(1)
    expect(redis.listenerCount('connect')).toBeLessThan(3)
  })

  it('runs a script by its SHA, and sends its text again where the server forgot it', async () => {
    const client = open(server.url)
    const script = scriptText("return { KEYS[1], ARGV[1], redis.call('INCR', KEYS[1]) }")
    expect(await client.run(script, ['n'], ['x'])).toEqual(['n', 'x', 1])
    await server.admin.script('FLUSH')
    expect(await client.run(script, ['n'], ['x'])).toEqual(['n', 'x', 2])
    await server.resetStats()
    expect(await client.run(script, ['n'], ['x'])).toEqual(['n', 'x', 3])
    expect(await server.commandStats()).toEqual({ evalsha: 1, incr: 1 })
  })

  it('a command whose connection is lost fails at once, and the next one is sent by a new one', async () => {
    const proxy = await startFaultProxy(server.port)
    toClose.push(() => proxy.close())
    const client = open(`redis://127.0.0.1:${proxy.port}`)
    await client.call('PING', [])
    proxy.set({ reply: () => 'mute' })
    const lost = client.call('PING', [])
    await expect.poll(() => proxy.struck).toBe(1)
    proxy.reset()
    await expect(lost).rejects.toMatchObject({
      code: 'ERR_ONETRIP_STORE',
      message: expect.stringMatching(/the connection was lost|is not connected/),
    })
    proxy.set()
    await expect(client.call('PING', [])).resolves.toEqual(Buffer.from('PONG'))
  })

  it('waits for a server that restarts', async () => {
    const client = open(server.url)
    await client.call('PING', [])
    await server.kill()
    const waiting = client.call('PING', [])
    waiting.catch(() => {})
    await server.restart()
    expect(String(await waiting)).toBe('PONG')
  })

  it('refuses a database that the server lacks, instead of using database 0', async () => {
    const client = open(`${server.url}/99`)
    await expect(client.blocking().send('PING', [], { key: 'a', blockFor: 0 })).rejects.toThrow(/DB index/)
  })
})
