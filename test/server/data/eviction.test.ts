import { startServer } from 'onetrip/server'
import { expect, onTestFinished, test } from 'vitest'
import { connectRaw } from '../helpers/raw-client.ts'
import { readReply } from '../helpers/read-reply.ts'

const VALUE = 'x'.repeat(10_000)
/** With this there is room for 20 values, besides what a server needs without keys. */
const MEMORY = 64 * 1024 + 20.5 * 10_100
const OUT_OF_MEMORY = "-OOM command not allowed when used memory > 'maxmemory'.\r\n"

async function start(policy: string) {
  // With so many samples it is exact for few keys.
  const config = { 'maxmemory-policy': policy, 'maxmemory-samples': 64 }
  const server = await startServer({ maxMemory: MEMORY, config })
  onTestFinished(() => server.close())
  const client = await connectRaw(server.port)
  onTestFinished(() => client.close())
  return {
    server,
    client,
    /** Sets keys from a number up to another one, one a second. */
    async fill(from: number, to: number, ...options: string[]): Promise<void> {
      for (let n = from; n < to; n++) {
        server.advance(1_000)
        expect(await client.send('SET', n, VALUE, ...options)).toBe('+OK\r\n')
      }
    },
    async keys(): Promise<number[]> {
      // Room is made before a command runs.
      await client.send('PING')
      const found = readReply(await client.send('KEYS', '*')) as string[]
      return found.map(Number).sort((a, b) => a - b)
    },
  }
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n)

test('allkeys-lru evicts what was used least recently', async () => {
  const { server, client, fill, keys } = await start('allkeys-lru')
  await fill(0, 20)
  server.advance(1_000)
  for (const key of range(0, 5)) await client.send('GET', key)
  await fill(20, 30)
  expect(await keys()).toEqual([...range(0, 5), ...range(15, 30)])
})

test('allkeys-lfu evicts what was used least frequently', async () => {
  const { client, fill, keys } = await start('allkeys-lfu')
  // Frequencies sink at each full minute, which may come at any time of the test.
  expect(await client.send('CONFIG', 'SET', 'lfu-decay-time', 0)).toBe('+OK\r\n')
  await fill(0, 20)
  for (const key of range(0, 5)) for (let n = 0; n < 20; n++) await client.send('GET', key)
  await fill(20, 40)
  const left = await keys()
  expect(left).toHaveLength(20)
  expect(left.slice(0, 5)).toEqual(range(0, 5))
})

test('volatile-ttl evicts what would expire first, and nothing without an expiry', async () => {
  const { client, fill, keys } = await start('volatile-ttl')
  await fill(0, 10)
  for (const key of range(10, 20)) await client.send('SET', key, VALUE, 'EX', 10_000 - key)
  await fill(20, 25)
  expect(await keys()).toEqual([...range(0, 15), ...range(20, 25)])
})

test('volatile-lru evicts keys with an expiry only, and refuses writes when there are none', async () => {
  const { client, fill, keys } = await start('volatile-lru')
  await fill(0, 5, 'EX', '100000')
  await fill(5, 25)
  expect(await keys()).toEqual(range(5, 25))
  await fill(25, 26)
  expect(await client.send('SET', 'more', VALUE)).toBe(OUT_OF_MEMORY)
})

test.each(['allkeys-random', 'volatile-random'])('%s evicts some keys', async (policy) => {
  const { fill, keys } = await start(policy)
  await fill(0, 100, 'EX', '100000')
  expect(await keys()).toHaveLength(20)
})

test('noeviction refuses what may need memory, and runs the rest', async () => {
  const { client, fill, keys } = await start('noeviction')
  await fill(0, 21)
  for (const args of [
    ['SET', 'more', 'x'],
    ['APPEND', '0', 'x'],
    ['RPUSH', 'list', 'x'],
    ['COPY', '0', 'more'],
  ])
    expect(await client.send(...args)).toBe(OUT_OF_MEMORY)
  expect(await client.send('GET', 0)).toContain(VALUE)
  expect(await client.send('EXPIRE', 0, 100)).toBe(':1\r\n')
  expect(await client.send('DEL', 0)).toBe(':1\r\n')
  expect(await client.send('SET', 'more', 'x')).toBe('+OK\r\n')
  expect(await keys()).toHaveLength(21)
})

test('a refused command fails its transaction', async () => {
  const { client, fill } = await start('noeviction')
  await fill(0, 21)
  await client.send('MULTI')
  expect(await client.send('SET', 'more', 'x')).toBe(OUT_OF_MEMORY)
  expect(await client.send('EXEC')).toMatch(/^-EXECABORT/)
})

test('EXEC is refused when memory ran out after its commands were queued', async () => {
  const { server, client } = await start('noeviction')
  await client.send('MULTI')
  await client.send('SET', 'key', 'x')
  const other = await connectRaw(server.port)
  onTestFinished(() => other.close())
  await other.send('CONFIG', 'SET', 'maxmemory', '1')
  expect(await client.send('EXEC')).toMatch(/^-(EXECABORT|OOM)/)
  expect(await other.send('GET', 'key')).toBe('$-1\r\n')
})

test('a lower limit evicts at once, and tells who listens', async () => {
  const { server, client, fill } = await start('allkeys-lru')
  const listener = await connectRaw(server.port)
  onTestFinished(() => listener.close())
  await listener.send('SUBSCRIBE', '__keyevent@0__:evicted')
  await client.send('CONFIG', 'SET', 'notify-keyspace-events', 'Ee')
  await fill(7, 8)
  await client.send('CONFIG', 'SET', 'maxmemory', '1')
  expect(await listener.reply()).toContain('evicted\r\n$')
})

test('a lower limit evicts from all databases', async () => {
  const { client, fill } = await start('allkeys-lru')
  await fill(0, 10)
  await client.send('SELECT', 1)
  await fill(0, 10)
  await client.send('CONFIG', 'SET', 'maxmemory', '1')
  await client.send('PING')
  expect(await client.send('DBSIZE')).toBe(':0\r\n')
  await client.send('SELECT', 0)
  expect(await client.send('DBSIZE')).toBe(':0\r\n')
  expect(await client.send('INFO', 'stats')).toContain('evicted_keys:20\r\n')
  expect(await client.send('SET', 'key', 'x')).toBe(OUT_OF_MEMORY)
})

test('memory follows what values need', async () => {
  const { client } = await start('noeviction')
  const used = async () => Number(/used_memory:(\d+)/.exec(await client.send('INFO', 'memory'))?.[1])
  const before = await used()
  for (const args of [
    ['SET', 'string', VALUE],
    ['RPUSH', 'list', VALUE],
    ['SADD', 'set', VALUE],
    ['ZADD', 'zset', '1', VALUE],
    ['HSET', 'hash', 'field', VALUE],
    ['XADD', 'stream', '1-1', 'field', VALUE],
  ]) {
    await client.send(...args)
    expect(await used()).toBeGreaterThanOrEqual(before + VALUE.length)
    await client.send('RENAME', args[1] as string, 'renamed')
    await client.send('COPY', 'renamed', 'copied')
    await client.send('MOVE', 'copied', '1')
    await client.send('DEL', 'renamed')
    await client.send('SELECT', '1')
    await client.send('DEL', 'copied')
    await client.send('SELECT', '0')
    expect(await used()).toBe(before)
  }
})
