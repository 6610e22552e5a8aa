import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothClients, type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { readReply } from '../../helpers/read-reply.ts'

describeRedis('libraries of functions, as on Redis', () => {
  let both: BothServers
  let client: BothClients
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(async () => {
    await client.send('FUNCTION', 'FLUSH')
    await both.reset()
  })
  afterAll(() => both.stop())

  /** Loads a library whose text begins on line 2. Returns the reply. */
  async function load(text: string, name = 'shop') {
    client = await both.connect()
    return client.send('FUNCTION', 'LOAD', 'REPLACE', `#!lua name=${name}\n${text}`)
  }

  test('a function is given its keys and arguments, and keeps what is local to its library', async () => {
    await load(`local calls = 0
      redis.register_function('pair', function(keys, args)
        calls = calls + 1
        redis.call('SET', keys[1], args[1])
        return {calls, redis.call('GET', keys[1]), #keys, #args, redis.REDIS_VERSION, math.floor(1.5)}
      end)`)
    expect(await client.send('FCALL', 'pair', 1, 'key', 'a', 'b')).toContain(
      '*6\r\n:1\r\n$1\r\na\r\n:1\r\n:2',
    )
    expect(await client.send('FCALL', 'pair', 1, 'key', 'b')).toContain('*6\r\n:2\r\n$1\r\nb\r\n')
    await client.pipeline(['MULTI'], ['FCALL', 'pair', 1, 'key', 'c'], ['EXEC'])
    await client.send('SCRIPT', 'FLUSH')
    expect(await client.send('FCALL', 'pair', 1, 'key', 'd')).toContain('*6\r\n:4\r\n')
  })

  test.each([
    "redis.call('GET', 'key')",
    'undefined()',
    'local text = = 1',
    'new = 1',
    'redis.new = 1',
    'local x = 1',
    'while true do end',
    'redis.register_function()',
    "redis.register_function('a', 'b', 'c')",
    'redis.register_function(1)',
    "redis.register_function('a', 1)",
    "redis.register_function('a b', function() end)",
    "redis.register_function('a', function() end) redis.register_function('a', function() end)",
    "redis.register_function{function_name = 'a'}",
    'redis.register_function{callback = function() end}',
    'redis.register_function{function_name = {}, callback = function() end}',
    "redis.register_function{function_name = 'a', callback = 1}",
    "redis.register_function{function_name = 'a', description = {}, callback = function() end}",
    "redis.register_function{function_name = 'a', callback = function() end, flags = 1}",
    "redis.register_function{function_name = 'a', callback = function() end, flags = {'wrong'}}",
    "redis.register_function{function_name = 'a', callback = function() end, wrong = 1}",
    'redis.register_function{[{}] = 1}',
    'redis.log(1)',
  ])('refuses a library: %s', async (text) => {
    expect(await load(text)).toMatch(/^-ERR /)
    expect(await client.send('FUNCTION', 'LIST')).toBe('*0\r\n')
  })

  test.each([
    "return redis.register_function('b', function() end)",
    "return redis.pcall('NOSUCH')",
    "return redis.call('NOSUCH')",
    "return redis.call('INCR', keys[1])",
    'return undefined',
    'new = 1',
    "error('text')",
    "error({err = 'CODE text'})",
    "return redis.error_reply('CODE text')",
    'return {1, 2, {3}, 1.5, true, false}',
    'return math.floor({})',
  ])('a function whose body is: %s', async (body) => {
    await load(`redis.register_function('fn', function(keys, args)\n ${body} end)`)
    await client.send('SET', 'key', 'text')
    await client.send('FCALL', 'fn', 1, 'key')
  })

  test('a call with wrong arguments, or without the right to write', async () => {
    await load(`redis.register_function('writer', function(keys) return redis.call('SET', keys[1], 1) end)
      redis.register_function{function_name = 'reader', flags = {'No-Writes'},
        callback = function(keys) return redis.call('GET', keys[1]) end}
      redis.register_function{function_name = 'liar', flags = {'no-writes', 'allow-stale'},
        callback = function(keys) return redis.call('SET', keys[1], 1) end}`)
    for (const args of [
      ['FCALL', 'nosuch', 0],
      ['FCALL', 'reader'],
      ['FCALL', 'reader', 'x'],
      ['FCALL', 'reader', 2, 'key'],
      ['FCALL', 'reader', -1],
      ['FCALL_RO', 'writer', 1, 'key'],
      ['FCALL_RO', 'liar', 1, 'key'],
      ['FCALL', 'liar', 1, 'key'],
    ])
      expect(await client.send(...args), args.join(' ')).toMatch(/^-/)
    expect(await client.send('FCALL_RO', 'reader', 1, 'key')).toBe('$-1\r\n')
    await client.send('CONFIG', 'SET', 'maxmemory', 1)
    expect(await client.send('FCALL', 'writer', 1, 'key')).toMatch(/^-OOM/)
    expect(await client.send('FCALL_RO', 'writer', 1, 'key')).toMatch(/^-OOM/)
    expect(await client.send('EVAL_RO', '#!lua\nreturn 1', 0)).toMatch(/^-OOM/)
    await client.send('FCALL', 'reader', 1, 'key')
    // They are refused before their arguments are read, in a transaction, too.
    for (const args of [
      ['FCALL', 'writer', 'x', 'key'],
      ['EVAL', '#!lua\nreturn 1', -1],
    ])
      expect(await client.send(...args)).toMatch(/^-OOM/)
    await client.send('EVAL', '#!lua flags=allow-oom\nreturn 1', -1)
    await client.send('EVAL', '#!lua flags=wrong\nreturn 1', 0)
    await client.send('CONFIG', 'SET', 'maxmemory', 0)
    await client.pipeline(['MULTI'], ['FCALL', 'reader', 1, 'key'], ['FCALL', 'writer', 1, 'key'])
    const admin = await both.connect()
    await admin.send('CONFIG', 'SET', 'maxmemory', 1)
    expect(await client.send('EXEC')).toMatch(/^-EXECABORT .*OOM/)
    await admin.send('CONFIG', 'SET', 'maxmemory', 0)
    expect(await client.send('COMMAND', 'GETKEYS', 'FCALL', 'writer', 2, 'a', 'b', 'c')).toContain('b')
  })

  test('FUNCTION LOAD refuses a wrong first line, and names that are taken', async () => {
    client = await both.connect()
    const fn = "redis.register_function('fn', function() end)"
    for (const text of [
      fn,
      '',
      '#!lua name=a',
      `#!lua\n${fn}`,
      `#!lua name=\n${fn}`,
      `#!lua name=a-b\n${fn}`,
      `#!lua name=a name=b\n${fn}`,
      `#!lua name=a wrong=b\n${fn}`,
      `#!lua name="a\n${fn}`,
      `#!js name=a\n${fn}`,
      `#! name=a\n${fn}`,
    ])
      expect(await client.send('FUNCTION', 'LOAD', text), text).toMatch(/^-ERR /)
    expect(await client.send('FUNCTION', 'LOAD', `#!LUA name=a\n${fn}`)).toBe('$1\r\na\r\n')
    expect(await client.send('FUNCTION', 'LOAD', `#!lua NAME=a\n${fn}`)).toMatch(/^-ERR Library/)
    expect(await client.send('FUNCTION', 'LOAD', `#!lua name=b\n${fn}`)).toMatch(/^-ERR Function/)
    expect(await client.send('FUNCTION', 'LOAD', 'wrong', `#!lua name=b\n${fn}`)).toMatch(/^-ERR Unknown/)
    expect(await client.send('FUNCTION', 'LOAD', 'replace', '#!lua name=a\nwrong()')).toMatch(/^-ERR /)
    expect(await client.send('FCALL', 'fn', 0)).toBe('$-1\r\n')
    expect(await client.send('FUNCTION', 'DELETE', 'a')).toBe('+OK\r\n')
    expect(await client.send('FUNCTION', 'DELETE', 'a')).toMatch(/^-ERR /)
    expect(await client.send('FCALL', 'fn', 0)).toMatch(/^-ERR /)
  })

  test('names of functions are found in any case, those of libraries are not', async () => {
    await load("redis.register_function('Fn', function() return redis.call('NOSUCH') end)")
    expect(await client.send('FCALL', 'fN', 0)).toContain('script: Fn')
    expect(await load("redis.register_function('FN', function() end)", 'other')).toMatch(
      /Function FN already/,
    )
    expect(await load("redis.register_function('another', function() end)", 'SHOP')).toBe('$4\r\nSHOP\r\n')
    expect(await load("redis.register_function('fn', function() end)", 'SHOP')).toMatch(/Function fn already/)
    await client.send('FUNCTION', 'STATS')
    await load(
      "redis.register_function('a', function() end) redis.register_function('A', function() end)",
      'b',
    )
    expect(await client.send('FUNCTION', 'DELETE', 'Shop')).toMatch(/^-ERR /)
  })

  test('CLIENT PAUSE WRITE holds back scripts that may write, by the flags that they declare', async () => {
    await load(`redis.register_function('writer', function() return 1 end)
      redis.register_function{function_name = 'reader', flags = {'no-writes'}, callback = function() end}`)
    expect(await client.send('CLIENT', 'PAUSE', 100_000, 'WRITE')).toBe('+OK\r\n')
    await client.send('FCALL', 'reader', 0)
    await client.send('EVAL', '#!lua flags=no-writes\nreturn 1', 0)
    await client.send('EVAL_RO', 'return 1', 0)
    const waiting: BothClients[] = []
    for (const args of [
      ['FCALL', 'writer', 0],
      ['FCALL_RO', 'writer', 0],
      ['EVAL', 'return 1', 0],
      ['EVALSHA', 'nosuch', 0],
      ['EVAL_RO', '#!lua\nreturn 1', 0],
    ]) {
      const one = await both.connect()
      one.write(...args)
      waiting.push(one)
    }
    await both.untilBlocked(waiting.length)
    expect(waiting.every((one) => one.waits)).toBe(true)
    await client.send('CLIENT', 'UNPAUSE')
    for (const one of waiting) await one.reply()
  })

  test.each([2, 3] as const)('FUNCTION LIST and STATS in RESP%s', async (version) => {
    await load("redis.register_function('one', function() end)", 'first')
    await load(
      `redis.register_function{function_name = 'two', description = 'Second', callback = function() end,
        flags = {'allow-oom', 'no-writes'}}`,
      'second',
    )
    const asking = await both.connect(version)
    for (const args of [
      ['LIST', 'LIBRARYNAME', 'FIR*'],
      ['LIST', 'LIBRARYNAME', 's?cond', 'WITHCODE'],
      ['LIST', 'withcode', 'libraryname', 'nosuch'],
      ['LIST', 'LIBRARYNAME'],
      ['LIST', 'WITHCODE', 'WITHCODE'],
      ['STATS'],
      ['FLUSH', 'LATER'],
      ['FLUSH', 'SYNC', 'x'],
      ['KILL'],
    ])
      await asking.send('FUNCTION', ...args)
    expect(readReply(await asking.ours.send('FUNCTION', 'LIST'))).toHaveLength(2)
  })

  test('FUNCTION DUMP and RESTORE, of the other server, too', async () => {
    await load("redis.register_function('one', function() return 1 end)", 'first')
    const dump = readReply(await client.send('FUNCTION', 'DUMP')) as string
    for (const args of [
      [dump],
      [dump, 'APPEND'],
      [dump, 'WRONG'],
      [dump, 'FLUSH', 'x'],
      [dump.slice(1)],
      [`${dump.slice(0, 3)}x${dump.slice(4)}`],
      ['x'],
    ])
      expect(await client.send('FUNCTION', 'RESTORE', ...args)).toMatch(/^-ERR /)
    expect(await client.send('FUNCTION', 'RESTORE', dump, 'replace')).toBe('+OK\r\n')
    await client.send('FUNCTION', 'FLUSH')
    await load("redis.register_function('two', function() return 2 end)", 'second')
    expect(await client.send('FUNCTION', 'RESTORE', dump)).toBe('+OK\r\n')
    expect(await client.send('FCALL', 'one', 0)).toBe(':1\r\n')
    expect(await client.send('FCALL', 'two', 0)).toBe(':2\r\n')
    expect(await client.send('FUNCTION', 'RESTORE', dump, 'FLUSH')).toBe('+OK\r\n')
    expect(await client.send('FCALL', 'two', 0)).toMatch(/^-ERR /)
    await load("redis.register_function('one', function() return 3 end)", 'first')
    await load("redis.register_function('other', function() return 4 end)", 'third')
    expect(await client.send('FUNCTION', 'RESTORE', dump, 'REPLACE')).toBe('+OK\r\n')
    expect(await client.send('FCALL', 'one', 0)).toBe(':1\r\n')
    expect(await client.send('FCALL', 'other', 0)).toBe(':4\r\n')
  })
})
