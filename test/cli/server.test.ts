import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { startServer } from 'onetrip/server'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { startProgram } from '../helpers/child-process.ts'
import { CLI, onetrip } from './run-cli.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onetrip-cli-server-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
})

/** Starts the command on a free port. Resolves when it listens. */
async function start(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = startProgram(process.execPath, [CLI, 'server', '--port', '0', ...args], {
    env: { PATH: process.env.PATH, ...env },
  })
  const ran = { child, url: '', stderr: '', exited: once(child, 'exit') }
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  child.stdout.on('data', (text) => {
    ran.url += text
  })
  child.stderr.on('data', (text) => {
    ran.stderr += text
  })
  await expect.poll(() => ran.url).toContain('\n')
  ran.url = ran.url.trim()
  return ran
}

async function withClient<T>(url: string, fn: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { retryStrategy: () => null })
  redis.on('error', () => {})
  try {
    return await fn(redis)
  } finally {
    redis.disconnect()
  }
}

test('prints its URL, serves clients, and ends by SIGTERM', async () => {
  const ran = await start([])
  expect(ran.url).toMatch(/^redis:\/\/127\.0\.0\.1:\d+$/)
  await expect.poll(() => ran.stderr).toContain('for development and tests')
  expect(await withClient(ran.url, (redis) => redis.set('a', '1'))).toBe('OK')
  ran.child.kill('SIGTERM')
  expect((await ran.exited)[0]).toBe(0)
})

test('says that clients of other machines are refused, where they are', async () => {
  const note = 'Clients of other machines are refused: start it with --password to let them in.\n'
  const refuses = await start(['--host', '0.0.0.0'])
  await expect.poll(() => refuses.stderr).toContain(note)
  for (const args of [[], ['--host', '0.0.0.0', '--password', 'secret']]) {
    const ran = await start(args)
    ran.child.kill('SIGTERM')
    await ran.exited
    expect(ran.stderr).toContain('for development and tests')
    expect(ran.stderr).not.toContain(note)
  }
})

test('--json prints the address on one line', async () => {
  const { url } = await start(['--json'])
  const { port, ...rest } = JSON.parse(url)
  expect(rest).toEqual({ url: `redis://127.0.0.1:${port}`, host: '127.0.0.1' })
})

test('ends by SHUTDOWN', async () => {
  const { exited, url } = await start([])
  await withClient(url, (redis) => redis.shutdown().catch(() => {}))
  expect((await exited)[0]).toBe(0)
})

test('--save keeps the keys until the next start', async () => {
  const save = join(folder, 'keys.rdb')
  const first = await start(['--save', save])
  await withClient(first.url, (redis) => redis.set('a', '1'))
  first.child.kill('SIGINT')
  expect((await first.exited)[0]).toBe(0)
  const second = await start(['--save', save])
  expect(await withClient(second.url, (redis) => redis.get('a'))).toBe('1')
})

test('--password, or the environment, asks clients for it, and it is not printed', async () => {
  for (const ran of [
    await start(['--password', 'secret', '--verbose']),
    await start(['--verbose'], { ONETRIP_SERVER_PASSWORD: 'secret' }),
  ]) {
    const { url } = ran
    expect(url).toMatch(/^redis:\/\/:?\*\*\*@127\.0\.0\.1:\d+$/)
    await expect(withClient(url.replace(/:?\*\*\*@/, ''), (redis) => redis.ping())).rejects.toThrow('NOAUTH')
    expect(await withClient(url.replace(/:?\*\*\*@/, ':secret@'), (redis) => redis.ping())).toBe('PONG')
    await expect.poll(() => ran.stderr).toContain('"ping"')
    expect(ran.stderr).not.toContain('secret')
  }
})

test('--max-memory and --config are parameters', async () => {
  const args = ['--max-memory', '64MB', '--config', 'maxmemory-policy=allkeys-lru', '--config', 'hz=20']
  const { url } = await start(args)
  await withClient(url, async (redis) => {
    expect(await redis.config('GET', 'maxmemory')).toEqual(['maxmemory', '67108864'])
    expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'allkeys-lru'])
    expect(await redis.config('GET', 'hz')).toEqual(['hz', '20'])
  })
})

test('--verbose prints connections and commands', async () => {
  const ran = await start(['--verbose'])
  await withClient(ran.url, (redis) => redis.set('key', 'a "value"\n'))
  await expect.poll(() => ran.stderr).toContain('[0] "set" "key" "a \\"value\\"\\n"\n')
  await expect.poll(() => ran.stderr).toMatch(/127\.0\.0\.1:\d+ connected\n[\s\S]* disconnected\n/)
})

test('a taken port is said in a sentence, with exit code 2', async () => {
  const server = await startServer()
  onTestFinished(() => server.close())
  const { code, stdout, stderr } = await onetrip(['server', '--port', String(server.port)])
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toMatch(/^Port \d+ of 127\.0\.0\.1 is taken: another program listens on it, maybe a Redis\./)
  expect(stderr.trim().split('\n')).toHaveLength(1)
})

test.each([
  [['--port', '70000'], '--port must be a whole number from 0 to 65535 (0 takes a free port), not 70000.'],
  [['--port', 'x'], 'not x.'],
  [
    ['--max-memory', 'much'],
    "The option maxMemory must be a number of bytes, or a string such as '64MB', not 'much'.",
  ],
  [['--config', 'hz'], '--config takes name=value, such as maxmemory-policy=allkeys-lru, not hz.'],
  [['--config', 'elephant=1'], 'The option config has "elephant", which the server does not know'],
  [['--save', '/nowhere/keys.rdb'], 'there is no folder /nowhere'],
  [['--maxmemory', '1'], "Unknown option '--maxmemory'"],
  [['6379'], 'onetrip server takes no arguments, not also 6379.'],
])('refuses %j', async (args, message) => {
  const { code, stdout, stderr } = await onetrip(['server', ...args])
  expect(stderr).toContain(message)
  expect(stderr).not.toContain('    at ')
  expect([code, stdout]).toEqual([2, ''])
})

test('a damaged file is left alone, with exit code 2', async () => {
  const save = join(folder, 'keys.rdb')
  writeFileSync(save, 'no keys')
  const { code, stderr } = await onetrip(['server', '--save', save])
  expect(code).toBe(2)
  expect(stderr).toContain('is damaged, or is no file of Redis')
  expect(readFileSync(save, 'utf8')).toBe('no keys')
})
