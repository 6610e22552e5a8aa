import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'

/** Scripts that fail, or that catch an error. The key `text` is a string. */
const SCRIPTS = [
  'return redis.call()',
  'return redis.pcall()',
  'return redis.call({})',
  'return redis.call("echo", true)',
  'return redis.pcall(nil)',
  'return redis.call("nope")',
  'return redis.call("get")',
  'return redis.call("get", "a", "b")',
  'return redis.call("client")',
  'return redis.call("config", "nope")',
  'return redis.call("subscribe", "a")',
  'return redis.pcall("subscribe", "a")',
  'return redis.call("multi")',
  'return redis.call("watch", "a")',
  'return redis.call("eval", "return 1", 0)',
  'return redis.call("xread", "block", 0, "streams", "s", "$")',
  'local reply = redis.call("lpush", "text", "v")',
  '\n\nredis.call("lpush", "text", "v")',
  '\nlocal a = 1\nreturn redis.call("lpush", "text", "v")',
  'return redis.pcall("lpush", "text", "v")',
  'return redis.pcall("lpush", "text", "v").err',
  'local ok, e = pcall(redis.call, "lpush", "text", "v") return {tostring(ok), e}',
  'local ok, e = pcall(function() redis.call("lpush", "text", "v") end) return e',
  'local ok, e = xpcall(function() redis.call("lpush", "text", "v") end, function(e) return e.err end) return e',
  'local e = redis.pcall("lpush", "text", "v")\nerror(e)',
  'local ok, e = pcall(redis.call, "lpush", "text", "v")\nerror(e)',
  'error("abc")',
  '\nerror("abc")',
  'error("abc", 0)',
  'error({err = "MY text"})',
  'error(nil)',
  'error(12)',
  'error()',
  'return 1 + nil',
  'return nothing',
  'nothing = 1',
  'local y = 1 y()',
  'string.x = 1',
  'redis.x = 1',
  'return _G.foo',
  'setmetatable(_G, {})',
  'rawset(_G, "a", 1)',
  'KEYS[1] = "z" return KEYS[1]',
  'return tostring(print)',
  'return type(os)',
  'return getfenv',
  'return dofile',
  'newproxy()',
  'loadstring("error(1)")()',
  'return cjson.decode("{bad")',
  'return redis.error_reply("x y")',
  'return redis.error_reply("-X y")',
  'return redis.error_reply("XX")',
  'return redis.error_reply(1)',
  'return redis.error_reply()',
  'return redis.status_reply("a")',
  'return redis.status_reply()',
  'return redis.sha1hex("")',
  'return redis.sha1hex(12)',
  'return redis.sha1hex("a", "b")',
  'return redis.sha1hex()',
  'redis.log(1)',
  'redis.log("x", "y")',
  'redis.log(9, "y")',
  'return redis.log(redis.LOG_DEBUG, "y", 1)',
  'return redis.setresp()',
  'return redis.setresp(4)',
  'return redis.setresp(2, 3)',
  'return redis.set_repl()',
  'return redis.set_repl(9)',
  'return redis.set_repl(redis.REPL_ALL)',
  'return redis.replicate_commands()',
  'return redis.breakpoint()',
  'return {redis.REDIS_VERSION, redis.REDIS_VERSION_NUM, redis.REPL_ALL, redis.REPL_SLAVE}',
  'return redis.acl_check_cmd("get", "x")',
  'return redis.acl_check_cmd("nope")',
  'return redis.acl_check_cmd()',
  'return math.random(0)',
  'return math.random(5, 1)',
  'return math.random(1, 2, 3)',
  'return math.random("x")',
  'math.randomseed("x")',
  'local c = coroutine.wrap(function() coroutine.yield(5) error("in") end) c() c()',
  'return {coroutine.resume(coroutine.create(function() error("x") end))}',
  'return pcall(error, "x")',
  'return {pcall(error, {err = "T x"})}',
  'return {pcall(error, {1, 2})}',
  'return {pcall(error)}',
  'return {pcall()}',
  'local function f() return 1 + f() end return f()',
  'for i = 1, 3 do local r = redis.pcall("incr", "text") if r.err then return r end end',
  'local t = {} for name in pairs(redis) do t[#t + 1] = name end table.sort(t) return t',
  'local t = {} for name in pairs(math) do t[#t + 1] = name end table.sort(t) return t',
]

const WRONG_SCRIPTS = ['return syntax error', 'return (', 'if true then', 'local a = [[x', 'end', '\n\nx x']

describeRedis('errors of scripts, as on Redis', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  test.each([2, 3] as const)('of running scripts, in RESP%i', async (version) => {
    const client = await both.connect(version)
    await client.send('SET', 'text', 'v')
    for (const script of SCRIPTS) await client.send('EVAL', script, 0)
  })

  test('of scripts that are no Lua', async () => {
    const client = await both.connect()
    for (const script of WRONG_SCRIPTS) {
      await client.send('EVAL', script, 0)
      await client.send('SCRIPT', 'LOAD', script)
    }
    expect(await client.send('EVAL', 'return (', 0)).toBe(
      "-ERR Error compiling script (new function): user_script:1: unexpected symbol near '<eof>'\r\n",
    )
  })

  test('with the line of a call, also in the place of the result', async () => {
    const client = await both.connect()
    await client.send('SET', 'text', 'v')
    const script = '\n\nif true then\n  return redis.call("incr", "text")\nend\nreturn 1'
    expect(await client.send('EVAL', script, 0)).toMatch(/, on @user_script:4\.\r\n$/)
  })

  test('of numbers of keys', async () => {
    const client = await both.connect()
    for (const count of [-1, 1, 'a', '', '99999999999999999999']) await client.send('EVAL', 'return 1', count)
    await client.send('EVAL', 'return 1')
    await client.send('EVALSHA', 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db')
  })
})
