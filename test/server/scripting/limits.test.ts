import { startServer } from 'onetrip/server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectRaw, type RawClient } from '../helpers/raw-client.ts'

type Server = Awaited<ReturnType<typeof startServer>>

let server: Server
let client: RawClient
beforeAll(async () => {
  server = await startServer()
  client = await connectRaw(server.port)
})
afterAll(() => server.close())

test.each([
  'while true do end',
  'while true do pcall(function() while true do end end) end',
  'while true do xpcall(function() while true do end end, function() return 1 end) end',
  'while true do coroutine.wrap(function() while true do end end)() end',
  'while true do coroutine.resume(coroutine.create(function() while true do end end)) end',
  'while true do redis.call("ping") end',
  'while true do pcall(redis.call, "ping") end',
  'while true do redis.pcall("nope") end',
])('a script without an end is ended: %s', async (script) => {
  await client.send('CONFIG', 'SET', 'busy-reply-threshold', 20)
  // In a transaction nothing waits to be killed.
  const [, , exec] = await client.pipeline([['MULTI'], ['EVAL', script, 0], ['EXEC']])
  expect(exec).toMatch(/^\*1\r\n-ERR Script killed: it ran for longer than/)
  const running = client.send('EVAL', script, 0)
  const other = await connectRaw(server.port)
  expect(await other.send('PING')).toMatch(/^-BUSY /)
  expect(await other.send('SCRIPT', 'KILL')).toBe('+OK\r\n')
  expect(await running).toMatch(/^-ERR Script killed by user with SCRIPT KILL\.\.\. script: /)
  other.close()
  await client.send('CONFIG', 'SET', 'busy-reply-threshold', 5_000)
  expect(await client.send('EVAL', 'return 1', 0)).toBe(':1\r\n')
})

test('a script that nobody kills is ended after a minute', async () => {
  await client.send('CONFIG', 'SET', 'busy-reply-threshold', 20)
  const running = client.send('EVAL', 'redis.call("SET", "key", "1") while true do end', 0)
  const other = await connectRaw(server.port)
  expect(await other.send('SCRIPT', 'KILL')).toMatch(/^-UNKILLABLE /)
  server.advance(59_000)
  expect(await other.send('PING')).toMatch(/^-BUSY /)
  server.advance(1_000)
  expect(await running).toMatch(/^-ERR Script killed: it ran for longer than/)
  expect(await other.send('GET', 'key')).toBe('$1\r\n1\r\n')
  other.close()
  await client.send('CONFIG', 'SET', 'busy-reply-threshold', 5_000)
})

/** Text of 128 MB in a script: rep() would take seconds. */
const LARGE = 'local x = "x" for i = 1, 27 do x = x .. x end '

test.each([
  'local t, x = {}, ("x"):rep(1e6) for i = 1, 1e9 do t[i] = x .. i end',
  'local t, x = {}, ("x"):rep(1e6) while true do local ok = pcall(function() t[#t + 1] = x .. #t end) if not ok then error("not enough memory") end end',
  `${LARGE} return redis.call("echo", x)`,
  `${LARGE} return x .. "a"`,
  'redis.call("setrange", "large", 2e8, "x") return #(redis.call("get", "large") .. "a")',
])('a script that needs more than 512 MB fails, and the next one runs: %s', async (script) => {
  expect(await client.send('EVAL', script, 0)).toMatch(
    /^-ERR .*not enough memory \(scripts have 512 MB, in which a value takes several times its size\)/,
  )
  await client.send('DEL', 'large')
  expect(await client.send('EVAL', 'return 1', 0)).toBe(':1\r\n')
})

test('arguments that do not fit are an error, and scripts are kept', async () => {
  await client.send('SCRIPT', 'LOAD', 'return #ARGV[1]')
  expect(await client.send('EVAL', 'return #ARGV[1]', 0, 'x'.repeat(10_000_000))).toBe(':10000000\r\n')
  // Equal texts would be one text of Lua.
  const all = Array.from({ length: 27 }, (_, n) => `${n}${'x'.repeat(10_000_000)}`)
  expect(await client.send('EVAL', 'return #ARGV[1]', 0, ...all)).toContain('not enough memory (scripts')
  await expect.poll(() => client.send('EVAL', 'return 1', 0)).toBe(':1\r\n')
  expect(await client.send('EVAL', 'return #ARGV[1]', 0, 'abc')).toBe(':3\r\n')
})

test('a value of 12 MB goes through a script that packs it', async () => {
  const text = 'x'.repeat(12_000_000)
  const script =
    'local p = cmsgpack.pack({ARGV[1]}) redis.call("set", KEYS[1], p) return cmsgpack.unpack(p)[1]'
  expect(await client.send('EVAL', script, 1, 'key', text)).toBe(`$12000000\r\n${text}\r\n`)
})

test('results that contain themselves, and deep ones', async () => {
  const reply = await client.send('EVAL', 'local a = {} a[1] = a return a', 0)
  expect(reply).toMatch(/^(\*1\r\n){90}-ERR reached lua stack limit\r\n$/)
  expect(await client.send('EVAL', 'local t = {} for i = 1, 50 do t = {t} end return t', 0)).toBe(
    `${'*1\r\n'.repeat(50)}*0\r\n`,
  )
})

test('servers of one process have scripts of their own', async () => {
  const other = await startServer()
  const otherClient = await connectRaw(other.port)
  const hash = (await client.send('SCRIPT', 'LOAD', 'return "mine"')).slice(5, 45)
  expect(await otherClient.send('EVALSHA', hash, 0)).toMatch(/^-NOSCRIPT/)
  expect(await otherClient.send('EVAL', 'return redis.call("incr", "n")', 0)).toBe(':1\r\n')
  expect(await client.send('EXISTS', 'n')).toBe(':0\r\n')
  await other.close()
})
