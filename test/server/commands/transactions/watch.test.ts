import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'

describeRedis('watched keys, as on Redis', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  const DONE = '*1\r\n+PONG\r\n'
  const FAILED = '*-1\r\n'

  /** Watches keys, lets another client change something, and returns the reply of EXEC. */
  async function exec(keys: readonly string[], ...changes: readonly (readonly (string | number)[])[]) {
    const client = await both.connect()
    const other = await both.connect()
    await client.send('WATCH', ...keys)
    await other.pipeline(...changes)
    await client.pipeline(['MULTI'], ['PING'])
    return client.send('EXEC')
  }

  test('EXEC does nothing if a watched key was changed, created or removed', async () => {
    const client = await both.connect()
    await client.pipeline(['SET', 'key', '1'], ['RPUSH', 'list', 'a'])
    expect(await exec(['key'], ['SET', 'key', '1'])).toBe(FAILED)
    expect(await exec(['other', 'new'], ['SADD', 'new', 'a'])).toBe(FAILED)
    expect(await exec(['list'], ['LPOP', 'list'])).toBe(FAILED)
    expect(await exec(['key'], ['EXPIRE', 'key', 100])).toBe(FAILED)
    expect(await exec(['key'], ['RENAME', 'key', 'moved'])).toBe(FAILED)
  })

  test('what changes no watched key does not matter', async () => {
    const client = await both.connect()
    await client.pipeline(['SET', 'key', '1'], ['SADD', 'set', 'a'])
    expect(await exec(['key'], ['SET', 'other', '1'])).toBe(DONE)
    expect(await exec(['absent'], ['DEL', 'absent'])).toBe(DONE)
    expect(await exec(['set'], ['SADD', 'set', 'a'])).toBe(DONE)
    expect(await exec(['key'], ['SELECT', 1], ['SET', 'key', '1'])).toBe(DONE)
    expect(await exec(['key'], ['GET', 'key'], ['TTL', 'key'])).toBe(DONE)
  })

  test('in RESP3 the reply is a null', async () => {
    const client = await both.connect(3)
    await client.pipeline(['WATCH', 'key'], ['SET', 'key', '1'], ['MULTI'])
    expect(await client.send('EXEC')).toBe('_\r\n')
  })

  test('UNWATCH, DISCARD and EXEC forget what was watched', async () => {
    const client = await both.connect()
    await client.pipeline(['WATCH', 'key'], ['SET', 'key', '1'], ['UNWATCH'], ['MULTI'], ['PING'])
    expect(await client.send('EXEC')).toBe(DONE)
    await client.pipeline(['WATCH', 'key'], ['SET', 'key', '1'], ['MULTI'], ['DISCARD'], ['MULTI'], ['PING'])
    expect(await client.send('EXEC')).toBe(DONE)
    await client.pipeline(['WATCH', 'key'], ['SET', 'key', '1'], ['MULTI'], ['PING'])
    expect(await client.send('EXEC')).toBe(FAILED)
    await client.pipeline(['MULTI'], ['PING'])
    expect(await client.send('EXEC')).toBe(DONE)
  })

  test('emptying databases changes the keys that exist', async () => {
    const client = await both.connect()
    await client.send('SET', 'key', '1')
    expect(await exec(['key'], ['FLUSHALL'])).toBe(FAILED)
    expect(await exec(['key'], ['FLUSHALL'])).toBe(DONE)
    await client.send('SET', 'key', '1')
    expect(await exec(['key'], ['FLUSHDB'])).toBe(FAILED)
  })

  test('SWAPDB changes the keys that either database has', async () => {
    const client = await both.connect()
    await client.pipeline(['SELECT', 1], ['SET', 'key', '1'])
    expect(await exec(['key'], ['SWAPDB', 0, 1])).toBe(FAILED)
    expect(await exec(['key'], ['SWAPDB', 0, 1])).toBe(FAILED)
    expect(await exec(['absent'], ['SWAPDB', 0, 1])).toBe(DONE)
  })

  test('a key that expires meanwhile has changed; one that had expired before has not', async () => {
    const client = await both.connect()
    const other = await both.connect()
    await client.send('SET', 'key', '1', 'PX', 100_000)
    await client.send('WATCH', 'key')
    await other.send('PEXPIRE', 'key', 100_000)
    await client.pipeline(['MULTI'], ['PING'])
    expect(await client.send('EXEC')).toBe(FAILED)
    await client.pipeline(['WATCH', 'gone'], ['MULTI'], ['PING'])
    expect(await client.send('EXEC')).toBe(DONE)
  })

  test('a client that disconnects is forgotten', async () => {
    const client = await both.connect()
    await client.send('WATCH', 'key')
    client.ours.close()
    client.redis.close()
    const other = await both.connect()
    await expect.poll(() => other.ours.send('CLIENT', 'LIST')).not.toContain('cmd=watch')
    expect(await other.send('SET', 'key', '1')).toBe('+OK\r\n')
  })
})
