import { mkdtempSync, rmSync } from 'node:fs'
import { Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { type ServerOptions, startServer } from 'onetrip/server'
import { expect, onTestFinished, test, vi } from 'vitest'
import { connectRaw, encodeRequest } from './helpers/raw-client.ts'

async function start(options: ServerOptions = {}) {
  const server = await startServer(options)
  onTestFinished(() => server.close())
  return server
}

function connect(url: string): Redis {
  const redis = new Redis(url, { retryStrategy: () => null })
  redis.on('error', () => {})
  onTestFinished(() => redis.disconnect())
  return redis
}

test('takes a free port of the loopback, and says which', async () => {
  const server = await start()
  expect(server.host).toBe('127.0.0.1')
  expect(server.port).toBeGreaterThan(0)
  expect(server.url).toBe(`redis://127.0.0.1:${server.port}`)
  const redis = connect(server.url)
  await redis.set('key', 'value')
  expect(await redis.get('key')).toBe('value')
})

test('two servers share nothing', async () => {
  const one = connect((await start()).url)
  const other = connect((await start()).url)
  await one.set('key', 'value')
  expect(await other.get('key')).toBeNull()
})

test('listens on IPv6', async () => {
  const server = await start({ host: '::1' })
  expect(server.url).toBe(`redis://[::1]:${server.port}`)
  expect(await connect(server.url).ping()).toBe('PONG')
})

test('a password is asked for, and is in the URL', async () => {
  const server = await start({ password: 'a b@c' })
  expect(server.url).toBe(`redis://:a%20b%40c@127.0.0.1:${server.port}`)
  expect(await connect(server.url).ping()).toBe('PONG')
  await expect(connect(`redis://127.0.0.1:${server.port}`).ping()).rejects.toThrow('NOAUTH')
})

test('maxMemory and config are parameters of CONFIG', async () => {
  const server = await start({ maxMemory: '64MB', config: { 'maxmemory-policy': 'allkeys-lru' } })
  const redis = connect(server.url)
  expect(await redis.config('GET', 'maxmemory')).toEqual(['maxmemory', String(64 * 1024 * 1024)])
  expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'allkeys-lru'])
})

test('refuses a port that is taken, and says what to do', async () => {
  const { port } = await start()
  await expect(startServer({ port })).rejects.toMatchObject({
    code: 'ERR_ONETRIP_SERVER_LISTEN',
    message: expect.stringContaining(`Port ${port} of 127.0.0.1 is taken`),
  })
})

test('refuses an address of another machine', async () => {
  // Reserved for documentation.
  await expect(startServer({ host: '192.0.2.1' })).rejects.toMatchObject({
    code: 'ERR_ONETRIP_SERVER_LISTEN',
    message: expect.stringContaining('192.0.2.1 is no address of this machine'),
  })
})

test.each([
  [{ prot: 1 }, 'startServer() has no option "prot": did you mean "port"?'],
  [{ maxmemory: 1 }, 'did you mean "maxMemory"?'],
  [{ elephant: 1 }, 'startServer() has no option "elephant". It takes: port, host,'],
  [{ port: -1 }, 'The option port must be a whole number from 0 to 65535 (0 takes a free port), not -1.'],
  [{ port: '6379' }, "not '6379'."],
  [{ host: '' }, "The option host must be a string, not ''."],
  [{ password: 5 }, 'The option password must be a string, not 5.'],
  [{ maxMemory: '1 elephant' }, "such as '64MB', not '1 elephant'."],
  [{ maxMemory: -1 }, 'not -1.'],
  [{ save: true }, 'The option save must be a string, not true.'],
  [{ log: 'stdout' }, "The option log must be a function, not 'stdout'."],
  [{ config: { port: 7000 } }, 'The option config has "port": use the option port.'],
  [{ config: { Dir: '/data' } }, 'The option config has "Dir": use the option save.'],
  [{ config: { databases: 2 ** 30 } }, 'argument must be between 1 and 65536 inclusive'],
  [{ config: 'x' }, 'The option config must be an object such as'],
  [{ config: { elephant: 1 } }, 'The option config has "elephant", which the server does not know'],
  [{ config: { 'maxmemory-policy': 'oldest' } }, "config: maxmemory-policy is 'oldest': argument(s) must be"],
  [[], 'startServer() takes an object of options, not an array.'],
])('refuses the options %j', async (options, message) => {
  await expect(startServer(options as ServerOptions)).rejects.toMatchObject({
    name: 'ServerError',
    code: 'ERR_ONETRIP_SERVER_OPTION',
    message: expect.stringContaining(message),
  })
})

test('advance() moves the time of expiry and of TIME', async () => {
  const server = await start()
  const redis = connect(server.url)
  await redis.set('key', 'value', 'EX', 60)
  const [before] = (await redis.time()) as unknown as [string, string]
  server.advance(59_000)
  expect(await redis.get('key')).toBe('value')
  server.advance(1_000)
  expect(await redis.get('key')).toBeNull()
  const [after] = (await redis.time()) as unknown as [string, string]
  expect(Number(after) - Number(before)).toBeGreaterThanOrEqual(60)
})

test('advance() ends the waits of commands that block', async () => {
  const server = await start()
  const redis = connect(server.url)
  const waited = redis.blpop('list', 3_600)
  await expect.poll(() => connect(server.url).info('clients')).toContain('blocked_clients:1')
  server.advance(3_600_000)
  expect(await waited).toBeNull()
})

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, '5'])('refuses advance(%s)', async (ms) => {
  const server = await start()
  expect(() => server.advance(ms as number)).toThrow('must be a number of milliseconds, 0 or more')
})

test('refuses a time at which dates end, and stays where it is', async () => {
  const server = await start()
  const redis = connect(server.url)
  server.advance(8.6e15)
  for (const ms of [1e15, 1e300, Number.MAX_VALUE])
    expect(() => server.advance(ms)).toThrow('must be a number of milliseconds up to the year 275760')
  const [seconds, micros] = (await redis.time()) as unknown as [string, string]
  expect(Number(seconds)).toBeGreaterThanOrEqual(8.6e12)
  expect(micros).toMatch(/^\d{1,6}$/)
  expect(await redis.xadd('stream', '*', 'a', 'b')).toMatch(/^86\d{14}-0$/)
  await redis.set('key', 'value', 'PX', 50)
  server.advance(50)
  expect(await redis.get('key')).toBeNull()
})

test('advance() in a custom command: other clients go on after that command', async () => {
  const server = await start()
  server.command('ADVANCE', () => {
    server.advance(10_000)
    return 'done'
  })
  const redis = connect(server.url)
  const waiting = connect(server.url)
  await redis.eval('return 1', 0)
  const waited = Promise.all([waiting.blpop('list', 10), waiting.eval("return redis.call('INCR', 'n')", 0)])
  await expect.poll(() => redis.info('clients')).toContain('blocked_clients:1')
  const script = "redis.call('INCR', 'n') redis.call('ADVANCE') return redis.call('GET', 'n')"
  expect(await redis.eval(script, 0)).toBe('1')
  expect(await waited).toEqual([null, 2])
})

test('close() in a custom command: nothing of its client runs any more', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'onetrip-server-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const save = join(folder, 'keys.rdb')
  const server = await start({ save })
  server.command('CLOSE', () => {
    void server.close()
    return 'closed'
  })
  const client = await connectRaw(server.port)
  for (const args of [['SET', 'a', '1'], ['CLOSE'], ['SET', 'b', '1']]) client.write(encodeRequest(args))
  await client.closed
  await server.closed
  const again = connect((await start({ save })).url)
  expect(await again.keys('*')).toEqual(['a'])
})

test('a connection that cannot be accepted does not end the process', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const listens = vi.spyOn(Server.prototype, 'listen')
  onTestFinished(() => void vi.restoreAllMocks())
  const server = await start()
  const listening = listens.mock.contexts[0] as Server
  listening.emit('error', new Error('accept EMFILE'))
  expect(warned.mock.calls[0]?.[0]).toBe(
    'onetrip/server goes on after a fault in the listening socket: accept EMFILE',
  )
  expect(await connect(server.url).ping()).toBe('PONG')
})

test('close() ends connections and frees the port; more calls do nothing more', async () => {
  const server = await start()
  const redis = connect(server.url)
  await redis.ping()
  const ended = new Promise<void>((resolve) => redis.once('end', resolve))
  await Promise.all([server.close(), server.close()])
  await server.close()
  await server.closed
  await ended
  await start({ port: server.port })
})

test('close() ends a client whose command blocks', async () => {
  const server = await start()
  const waited = connect(server.url).blpop('list', 0)
  waited.catch(() => {})
  await expect.poll(() => connect(server.url).info('clients')).toContain('blocked_clients:1')
  await server.close()
  await expect(waited).rejects.toThrow()
})

test('is closed at the end of a block with await using', async () => {
  const server = await startServer()
  await server[Symbol.asyncDispose]()
  await server.closed
})

test('a closed server refuses calls', async () => {
  const server = await startServer()
  await server.close()
  for (const call of [() => server.advance(1), () => server.command('X', () => 'OK')])
    expect(call).toThrow(expect.objectContaining({ code: 'ERR_ONETRIP_SERVER_CLOSED' }))
})
