import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../helpers/both-servers.ts'

describeRedis('client tracking, as on Redis', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  const invalidation = (...keys: string[]) =>
    `>2\r\n$10\r\ninvalidate\r\n*${keys.length}\r\n${keys.map((key) => `$${key.length}\r\n${key}\r\n`).join('')}`

  async function tracking(...options: readonly (string | number)[]) {
    const client = await both.connect(3)
    expect(await client.send('CLIENT', 'TRACKING', 'ON', ...options)).toBe('+OK\r\n')
    return client
  }

  /** Returns true if the client has been sent nothing until now. */
  async function isSilent(client: Awaited<ReturnType<typeof tracking>>) {
    await client.send('PING')
    return client.waits
  }

  test('a client is told once of each key that it has read and that is changed', async () => {
    const client = await tracking()
    const other = await both.connect()
    await client.send('GET', 'key')
    await client.send('HGET', 'hash', 'a')
    await other.send('SET', 'key', '1')
    expect(await client.push()).toBe(invalidation('key'))
    await other.pipeline(['SET', 'key', '2'], ['SET', 'never read', '1'])
    expect(await isSilent(client)).toBe(true)
    await other.send('HSET', 'hash', 'a', '1')
    expect(await client.push()).toBe(invalidation('hash'))
  })

  test('its own changes count, after their replies; not with NOLOOP', async () => {
    const client = await tracking()
    client.write('GET', 'key')
    client.write('SET', 'key', '1')
    client.write('GET', 'key')
    expect([await client.reply(), await client.reply(), await client.reply()]).toEqual([
      '_\r\n',
      '+OK\r\n',
      '$1\r\n1\r\n',
    ])
    expect(await client.push()).toBe(invalidation('key'))
    const silent = await tracking('NOLOOP')
    await silent.pipeline(['GET', 'key'], ['SET', 'key', '2'])
    expect(await isSilent(silent)).toBe(true)
  })

  test('keys of databases that are emptied, or that are changed in a transaction', async () => {
    const client = await tracking()
    const other = await both.connect()
    await client.send('GET', 'key')
    await other.send('FLUSHDB')
    expect(await client.push()).toBe('>2\r\n$10\r\ninvalidate\r\n_\r\n')
    await client.pipeline(['MULTI'], ['GET', 'first'], ['MGET', 'second', 'third'], ['EXEC'])
    await other.pipeline(['MULTI'], ['SET', 'first', '1'], ['SET', 'third', '1'], ['EXEC'])
    expect([await client.push(), await client.push()]).toEqual([invalidation('first'), invalidation('third')])
  })

  test('BCAST tells of all keys with a prefix, those of one chunk of requests together', async () => {
    const client = await tracking('BCAST', 'PREFIX', 'user:', 'PREFIX', 'a:')
    const other = await both.connect()
    await other.pipeline(
      ['SET', 'user:2', '1'],
      ['SET', 'other', '1'],
      ['SET', 'user:1', '1'],
      ['SET', 'a:1', '1'],
      ['DEL', 'user:2'],
    )
    expect(await client.push()).toBe(invalidation('a:1'))
    expect(await client.push()).toBe(invalidation('user:1', 'user:2'))
    await client.send('CLIENT', 'TRACKING', 'OFF')
    await other.send('SET', 'user:1', '2')
    expect(await isSilent(client)).toBe(true)
  })

  test('a key that expires is told of, also to a client with NOLOOP', async () => {
    const client = await tracking('BCAST', 'NOLOOP')
    await client.send('SET', 'key', '1')
    await client.send('PEXPIRE', 'key', 1)
    expect(await client.push()).toBe(invalidation('key'))
    expect(await client.send('EXISTS', 'key')).toBe(':0\r\n')
  })

  test('BCAST without a prefix is of all keys; with NOLOOP of those of others', async () => {
    const client = await tracking('BCAST', 'NOLOOP')
    const other = await both.connect()
    await client.send('SET', 'own', '1')
    await other.send('SET', 'key', '1')
    expect(await client.push()).toBe(invalidation('key'))
    expect(await isSilent(client)).toBe(true)
  })

  test('REDIRECT sends the invalidations to another connection, in RESP2 as messages', async () => {
    const receiver = await both.connect()
    const client = await both.connect()
    const other = await both.connect()
    await client.sendWithId(receiver, 'CLIENT', 'TRACKING', 'ON', 'REDIRECT', '$ID')
    await client.send('GET', 'key')
    await receiver.send('SUBSCRIBE', '__redis__:invalidate')
    await other.send('SET', 'key', '1')
    const message = '*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n'
    expect(await receiver.reply()).toBe(`${message}*1\r\n$3\r\nkey\r\n`)
    await other.send('FLUSHALL')
    expect(await receiver.reply()).toBe(`${message}$-1\r\n`)
  })

  test('BCAST with REDIRECT to a connection of RESP3', async () => {
    const receiver = await both.connect(3)
    const client = await both.connect()
    const other = await both.connect()
    await client.sendWithId(receiver, 'CLIENT', 'TRACKING', 'ON', 'BCAST', 'REDIRECT', '$ID')
    await other.send('SET', 'key', '1')
    expect(await receiver.push()).toBe(invalidation('key'))
  })

  test('without the connection that REDIRECT names, a client of RESP3 is told so', async () => {
    const receiver = await both.connect()
    const client = await both.connect(3)
    const other = await both.connect()
    await client.sendWithId(receiver, 'CLIENT', 'TRACKING', 'ON', 'REDIRECT', '$ID')
    await client.send('GET', 'key')
    receiver.write('QUIT')
    await receiver.closed
    await other.send('SET', 'key', '1')
    const broken = /^>2\r\n\$21\r\ntracking-redir-broken\r\n:\d+\r\n$/
    expect(await client.ours.push()).toMatch(broken)
    expect(await client.redis.push()).toMatch(broken)
    expect(await client.ours.send('CLIENT', 'TRACKINGINFO')).toContain('broken_redirect')
  })

  test('OPTIN and OPTOUT: CLIENT CACHING is for the next request, or the next transaction', async () => {
    const other = await both.connect()
    const client = await tracking('OPTIN')
    await client.send('GET', 'key')
    await client.pipeline(['CLIENT', 'CACHING', 'YES'], ['GET', 'chosen'], ['GET', 'key'])
    await client.pipeline(['CLIENT', 'CACHING', 'YES'], ['MULTI'], ['GET', 'a'], ['GET', 'b'], ['EXEC'])
    await other.pipeline(['SET', 'key', '1'], ['SET', 'chosen', '1'], ['SET', 'b', '1'], ['SET', 'a', '1'])
    expect([await client.push(), await client.push(), await client.push()]).toEqual(
      ['chosen', 'b', 'a'].map((key) => invalidation(key)),
    )
    const optOut = await tracking('OPTOUT')
    await optOut.pipeline(['GET', 'key'], ['CLIENT', 'CACHING', 'NO'], ['GET', 'chosen'])
    await other.pipeline(['SET', 'chosen', '2'], ['SET', 'key', '2'])
    expect(await optOut.push()).toBe(invalidation('key'))
    expect(await isSilent(optOut)).toBe(true)
  })

  test('CLIENT TRACKINGINFO and GETREDIR tell what is on', async () => {
    const client = await both.connect(3)
    const states = [
      ['OFF'],
      ['ON', 'OPTIN', 'NOLOOP'],
      ['OFF'],
      ['ON', 'BCAST', 'PREFIX', 'b', 'PREFIX', 'a'],
      ['ON', 'BCAST', 'PREFIX', 'c'],
      ['OFF'],
      ['ON', 'OPTOUT'],
    ]
    expect(await client.send('CLIENT', 'GETREDIR')).toBe(':-1\r\n')
    for (const state of states) {
      expect(await client.send('CLIENT', 'TRACKING', ...state)).toBe('+OK\r\n')
      await client.send('CLIENT', 'TRACKINGINFO')
    }
    await client.pipeline(['CLIENT', 'CACHING', 'NO'], ['CLIENT', 'TRACKINGINFO'], ['PING'])
    expect(await client.send('CLIENT', 'TRACKINGINFO')).not.toContain('caching-no')
    expect(await client.send('CLIENT', 'GETREDIR')).toBe(':0\r\n')
  })

  test('a script that reads any key tracks the keys that its request declares', async () => {
    const client = await tracking()
    const other = await both.connect()
    await client.send('EVAL', "redis.call('SET', 'written', '1')", 2, 'first', 'second')
    await other.send('MSET', 'first', '1', 'second', '1')
    await client.send('EVAL', "redis.call('GET', 'inner')", 2, 'first', 'second')
    await other.send('MSET', 'inner', '1', 'second', '2', 'first', '2')
    expect([await client.push(), await client.push()]).toEqual([
      invalidation('second'),
      invalidation('first'),
    ])
    await client.send('EVAL_RO', "redis.call('PING')", 1, 'first')
    await other.send('SET', 'first', '3')
    expect(await isSilent(client)).toBe(true)
    await client.pipeline(['MULTI'], ['EVAL_RO', "redis.call('GET', 'inner')", 1, 'first'], ['EXEC'])
    await other.send('SET', 'first', '4')
    expect(await client.push()).toBe(invalidation('first'))
  })

  test('options that do not fit each other are refused', async () => {
    const client = await both.connect()
    for (const options of [
      ['MAYBE'],
      ['ON', 'WRONG'],
      ['ON', 'REDIRECT'],
      ['ON', 'REDIRECT', 'x'],
      ['ON', 'REDIRECT', '999999'],
      ['ON', 'PREFIX', 'a'],
      ['ON', 'BCAST', 'OPTIN'],
      ['ON', 'OPTIN', 'OPTOUT'],
      ['ON', 'BCAST', 'PREFIX', 'ab', 'PREFIX', 'abc'],
    ])
      expect(await client.send('CLIENT', 'TRACKING', ...options)).toMatch(/^-ERR /)
    expect(await client.send('CLIENT', 'CACHING', 'YES')).toMatch(/^-ERR /)
    await client.send('CLIENT', 'TRACKING', 'ON', 'OPTIN')
    expect(await client.send('CLIENT', 'TRACKING', 'ON', 'BCAST')).toMatch(/^-ERR /)
    expect(await client.send('CLIENT', 'TRACKING', 'ON', 'OPTOUT')).toMatch(/^-ERR /)
    expect(await client.send('CLIENT', 'CACHING', 'NO')).toMatch(/^-ERR /)
    expect(await client.send('CLIENT', 'CACHING', 'maybe')).toMatch(/^-ERR /)
  })

  test('beyond tracking-table-max-keys the oldest keys are invalidated', async () => {
    const client = await tracking()
    const { ours } = client
    await ours.send('CONFIG', 'SET', 'tracking-table-max-keys', 2)
    await ours.pipeline([
      ['GET', 'a'],
      ['GET', 'b'],
      ['GET', 'c'],
    ])
    expect(await ours.push()).toBe(invalidation('a'))
    expect(await ours.send('INFO', 'stats')).toContain('tracking_total_keys:2\r\n')
    await ours.send('CONFIG', 'SET', 'tracking-table-max-keys', 1_000_000)
  })

  test('RESET ends tracking', async () => {
    const client = await tracking('BCAST')
    const other = await both.connect()
    await client.send('RESET')
    await client.send('HELLO', 3).catch(() => {})
    await other.send('SET', 'key', '1')
    expect(await isSilent(client)).toBe(true)
    expect(await other.send('CLIENT', 'GETREDIR')).toBe(':-1\r\n')
  })
})
