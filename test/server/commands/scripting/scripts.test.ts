import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'
import type { RawClient } from '../../helpers/raw-client.ts'

/** SHA-1 of `return 1`. */
const HASH = 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db'

describeRedis('EVALSHA, SCRIPT and FUNCTION, as on Redis', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  test('a script is found by its hash, in any case, until it is flushed', async () => {
    const client = await both.connect()
    await client.send('SCRIPT', 'FLUSH')
    expect(await client.send('EVALSHA', HASH, 0)).toBe('-NOSCRIPT No matching script. Please use EVAL.\r\n')
    expect(await client.send('SCRIPT', 'LOAD', 'return 1')).toBe(`$40\r\n${HASH}\r\n`)
    expect(await client.send('EVALSHA', HASH, 0)).toBe(':1\r\n')
    expect(await client.send('EVALSHA_RO', HASH.toUpperCase(), 0)).toBe(':1\r\n')
    expect(await client.send('SCRIPT', 'EXISTS', HASH, HASH.toUpperCase(), 'x')).toBe(
      '*3\r\n:1\r\n:1\r\n:0\r\n',
    )
    await client.send('EVALSHA', 'x', 0)
    await client.send('EVALSHA', 'x', 'a')
    await client.send('SCRIPT', 'FLUSH', 'ASYNC')
    expect(await client.send('SCRIPT', 'EXISTS', HASH)).toBe('*1\r\n:0\r\n')
    expect(await client.send('EVALSHA', HASH, 0)).toMatch(/^-NOSCRIPT/)
    await client.send('EVAL', 'return 1', 0)
    expect(await client.send('EVALSHA', HASH, 0)).toBe(':1\r\n')
  })

  test('INFO tells how many there are', async () => {
    const client = await both.connect()
    await client.send('SCRIPT', 'FLUSH')
    await client.send('EVAL', 'return 1', 0)
    await client.send('EVAL', 'return 1', 0)
    await client.send('SCRIPT', 'LOAD', 'return 2')
    for (const one of [client.ours, client.redis])
      expect(await one.send('INFO', 'memory')).toContain('number_of_cached_scripts:2\r\n')
  })

  test('errors are counted once', async () => {
    const client = await both.connect()
    await client.send('SET', 'text', 'a')
    for (const script of [
      'return redis.call("incr", "text")',
      'return redis.pcall("incr", "text")',
      'redis.pcall("incr", "text") return 1',
      'redis.pcall("incr", "text") redis.pcall("nope") return redis.pcall("lpush", "text", 1)',
      'return redis.call("nope")',
      'redis.pcall("get") return 1',
      'return redis.call("subscribe", "a")',
      'error("a")',
      'return {err = "MY a"}',
      'return (',
    ]) {
      await client.send('CONFIG', 'RESETSTAT')
      await client.send('EVAL', script, 0)
      const counts = async (one: RawClient) => {
        const info = `${await one.send('INFO', 'errorstats')}${await one.send('INFO', 'commandstats')}`
        const lines = info.match(/^errorstat.*$|^cmdstat_(?!info).*(?=,usec=)|rejected_calls.*$/gm) ?? []
        return lines.sort()
      }
      expect(await counts(client.ours), script).toEqual(await counts(client.redis))
    }
  })

  test('scripts that may not write', async () => {
    const client = await both.connect()
    for (const script of [
      'return redis.call("set", "a", 1)',
      'return redis.pcall("set", "a", 1)',
      'return redis.call("get", "a")',
      'return redis.call("publish", "a", 1)',
      'return redis.call("pfcount", "a")',
      'return redis.call("sort", "a")',
      '#!lua\nreturn 1',
    ])
      await client.send('EVAL_RO', script, 0)
    expect(await client.send('EVAL_RO', '#!lua flags=no-writes\nreturn redis.call("get", "a")', 0)).toBe(
      '$-1\r\n',
    )
  })

  test('the first line of a script', async () => {
    const client = await both.connect()
    for (const script of [
      '#!lua\nreturn 1',
      '#!lua flags=no-writes\nreturn redis.call("set", "a", 1)',
      '#!lua flags=no-writes,allow-oom,allow-stale,no-cluster\nreturn 1',
      '#!lua flags=\nreturn 1',
      '#!lua flags=nope\nreturn 1',
      '#!lua flags=no-writes flags=nope\nreturn 1',
      '#!lua name=a\nreturn 1',
      '#!python\nreturn 1',
      '#! lua\nreturn 1',
      '#!lua "\nreturn 1',
      '#!lua',
      '#!lua\n\nerror("line 3")',
    ]) {
      await client.send('EVAL', script, 0)
      await client.send('SCRIPT', 'LOAD', script)
    }
  })

  test('subcommands', async () => {
    const client = await both.connect(3)
    for (const request of [
      'SCRIPT',
      'SCRIPT NOPE',
      'SCRIPT HELP',
      'SCRIPT KILL',
      'SCRIPT LOAD',
      'SCRIPT EXISTS',
      'SCRIPT FLUSH never',
      'SCRIPT FLUSH async now',
      'SCRIPT DEBUG no',
      'SCRIPT DEBUG maybe',
      'FUNCTION LIST',
      'FUNCTION LIST nope',
      'FUNCTION STATS',
      'FUNCTION FLUSH',
      'FUNCTION FLUSH never',
      'FUNCTION KILL',
    ])
      await client.send(...request.split(' '))
  })

  test('SELECT in a script is for this script', async () => {
    const client = await both.connect()
    const script = 'redis.call("select", 9) redis.call("set", "key", "9") return redis.call("get", "key")'
    expect(await client.send('EVAL', script, 0)).toBe('$1\r\n9\r\n')
    expect(await client.send('GET', 'key')).toBe('$-1\r\n')
  })

  test('in transactions, and seen by WATCH', async () => {
    const client = await both.connect()
    const other = await both.connect()
    await client.pipeline(['MULTI'], ['EVAL', 'return redis.call("incr", KEYS[1])', 1, 'n'], ['GET', 'n'])
    expect(await client.send('EXEC')).toBe('*2\r\n:1\r\n$1\r\n1\r\n')
    await client.send('WATCH', 'n')
    await other.send('EVAL', 'return redis.call("incr", "n")', 0)
    await client.send('MULTI')
    await client.send('PING')
    expect(await client.send('EXEC')).toBe('*-1\r\n')
  })

  test('wakes clients that wait for a key, after its end', async () => {
    const client = await both.connect()
    const waiting = await both.connect()
    waiting.write('BLPOP', 'list', 0)
    await both.untilBlocked(1)
    await client.send('EVAL', 'redis.call("rpush", "list", "a") return redis.call("rpush", "list", "b")', 0)
    expect(await waiting.reply()).toBe('*2\r\n$4\r\nlist\r\n$1\r\na\r\n')
  })

  test('commands that need memory, when it is full', async () => {
    const client = await both.connect()
    await client.send('CONFIG', 'SET', 'maxmemory', 1)
    for (const script of [
      'return redis.call("set", "a", 1)',
      'return redis.pcall("set", "a", 1)',
      'return redis.call("get", "a")',
      'redis.call("del", "a") return redis.call("set", "a", 1)',
      '#!lua\nreturn 1',
      '#!lua flags=allow-oom\nreturn redis.call("set", "a", 1)',
      '#!lua flags=no-writes\nreturn redis.call("get", "a")',
    ])
      await client.send('EVAL', script, 0)
    await client.send('CONFIG', 'SET', 'maxmemory', 0)
  })
})
