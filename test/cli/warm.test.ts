import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startProgram } from '../helpers/child-process.ts'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'

const CLI = join(import.meta.dirname, '../../dist/cli/onetrip.js')
const CACHE = join(import.meta.dirname, 'warm/cache.js')
const NO_CACHE = join(import.meta.dirname, 'warm/no-cache.js')
let env = process.env

const onetrip = (...args: string[]) =>
  promisify(execFile)(process.execPath, [CLI, 'warm', ...args], { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      stdout,
      stderr,
    }),
  )

describeRedis('onetrip warm', () => {
  let server: RedisServer
  let folder: string
  beforeAll(async () => {
    server = await startRedis()
    env = { ...process.env, TEST_REDIS_URL: server.url }
    folder = mkdtempSync(join(tmpdir(), 'onetrip-warm-'))
  })
  afterAll(async () => {
    await server.stop()
    rmSync(folder, { recursive: true })
  })

  test('renders what the module exports, once for each value of vary, and says what it did', async () => {
    const vary = ['--vary', '{"locale":"de"}', '--vary', '{"locale":"en"}']
    const first = await onetrip(CACHE, '--fragment', 'card', ...vary)
    expect(first).toEqual({
      code: 0,
      stdout: 'card: 6 fragments: 6 stored, 0 fresh, 0 not stored, 0 failed\n',
      stderr: '',
    })
    const second = await onetrip(CACHE, '--fragment', 'card', ...vary)
    expect(second.stdout).toBe('card: 6 fragments: 0 stored, 6 fresh, 0 not stored, 0 failed\n')
  })

  test('names what failed, goes on, and exits with 1', async () => {
    const file = join(folder, 'params.jsonl')
    writeFileSync(file, '{"id":11}\n\n{"id":-1}\n{"id":12}\n')
    const { code, stdout } = await onetrip(
      ...[CACHE, '--fragment', 'card', '--params', file, '--vary', '{"locale":"de"}', '--rate', '100/s'],
    )
    expect([code, stdout]).toEqual([
      1,
      'card: 3 fragments: 2 stored, 0 fresh, 0 not stored, 1 failed\n' +
        '  {"id":-1}, vary {"locale":"de"}: load() of the fragment "card" failed (warm()): no such film\n',
    ])
  })

  test('--json prints the outcome for other programs', async () => {
    const file = join(folder, 'some.jsonl')
    writeFileSync(file, '{"id":31}\n{"id":-1}\n')
    const { code, stdout } = await onetrip(
      ...[CACHE, '--fragment', 'card', '--params', file, '--vary', '{"locale":"de"}', '--json'],
    )
    expect([code, JSON.parse(stdout)]).toEqual([
      1,
      {
        fragments: [
          {
            ...{ name: 'card', done: 2, stored: 1, fresh: 0, skipped: 0, failed: 1, notStored: {} },
            errors: [
              {
                params: { id: -1 },
                vary: { locale: 'de' },
                message: expect.stringContaining('no such film'),
              },
            ],
          },
        ],
      },
    ])
  })

  test('all fragments of params are rendered; a value of vary that is missing fails', async () => {
    const { code, stdout } = await onetrip(CACHE)
    expect(code).toBe(1)
    expect(stdout).toContain('menu: 1 fragments: 1 stored')
    expect(stdout).toContain('varies by "locale" (warm()), and it is rendered without a request')
  })

  test('a line that is not JSON is named', async () => {
    const file = join(folder, 'wrong.jsonl')
    writeFileSync(file, '{"id":21}\n{"id":\n')
    const { code, stderr } = await onetrip(
      ...[CACHE, '--fragment', 'card', '--params', file, '--vary', '{"locale":"de"}'],
    )
    expect(code).toBe(2)
    expect(stderr).toContain('wrong.jsonl, line 2: a line must be a JSON object')
  })

  test('an empty file warms nothing', async () => {
    const file = join(folder, 'empty.jsonl')
    writeFileSync(file, '')
    const { code, stdout, stderr } = await onetrip(CACHE, '--fragment', 'card', '--params', file)
    expect([code, stdout, stderr]).toEqual([
      0,
      'card: 0 fragments: 0 stored, 0 fresh, 0 not stored, 0 failed\n',
      '',
    ])
  })

  test('a file of 100,000 lines is read as it is needed: Ctrl-C ends it soon, and what is done is stored', async () => {
    const file = join(folder, 'many.jsonl')
    writeFileSync(file, Array.from({ length: 100_000 }, (_, id) => `{"id":${1_000 + id}}\n`).join(''))
    await server.admin.flushall()
    const args = ['--fragment', 'card', '--params', file, '--vary', '{"locale":"de"}']
    const child = startProgram(process.execPath, [CLI, 'warm', CACHE, ...args], { env })
    let told = ''
    child.stderr.on('data', (chunk) => {
      told += chunk
    })
    await expect.poll(() => server.admin.dbsize()).toBeGreaterThan(100)
    child.kill('SIGINT')
    const [code] = await once(child, 'exit')
    expect([code, told]).toEqual([1, 'It was ended by a signal\n'])
    expect(await server.admin.dbsize()).toBeLessThan(100_000)
  })

  test('Ctrl-C does not wait for the rate', async () => {
    const args = ['--fragment', 'card', '--vary', '{"locale":"fr"}', '--rate', '1/h']
    await server.admin.flushall()
    const child = startProgram(process.execPath, [CLI, 'warm', CACHE, ...args], { env })
    await expect.poll(() => server.admin.dbsize()).toBe(1)
    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([1, null])
  })

  test('what the store does not take is named, and the code is 1', async () => {
    await server.admin.flushall()
    await server.admin.config('SET', 'maxmemory', '1')
    try {
      const { code, stdout } = await onetrip(CACHE, '--fragment', 'card', '--vary', '{"locale":"de"}')
      expect(code).toBe(1)
      expect(stdout).toContain('card: 3 fragments: 0 stored, 0 fresh, 3 not stored, 0 failed\n')
      expect(stdout).toMatch(/not stored, 3 times: .*OOM/)
    } finally {
      await server.admin.config('SET', 'maxmemory', '0')
    }
  })

  test('hot needs a counter', async () => {
    const { code, stderr } = await onetrip(CACHE, '--hot', '10')
    expect(code).toBe(1)
    expect(stderr).toContain('needs the option fragments.hot')
  })
})

describe('a wrong command line exits with 2 and says what is wrong', () => {
  test.each<[string, string[], string]>([
    ['no module', [], 'needs a module that exports a cache'],
    ['a module that is not there', ['./nowhere.js'], 'There is no file'],
    ['a module without a cache', [NO_CACHE], 'exports no cache, as "cache" or by default: it is \'none\''],
    ['an unknown fragment', [CACHE, '--fragment', 'kard'], 'has no fragment "kard". Did you mean "card"?'],
    ['params without a fragment', [CACHE, '--params', 'x'], '--params needs --fragment'],
    ['params and hot', [CACHE, '--params', 'x', '--hot', '1'], 'either --params or --hot'],
    ['a file that is not there', [CACHE, '--fragment', 'card', '--params', 'x'], 'there is no file x'],
    ['a wrong rate', [CACHE, '--rate', 'fast'], '--rate must be a rate such as 50/s'],
    ['a wrong vary', [CACHE, '--vary', 'de'], '--vary must be an object in JSON'],
    ['a wrong concurrency', [CACHE, '--concurrency', '0'], '--concurrency must be a whole number'],
    ['an unknown option', [CACHE, '--ratio', '1'], 'See onetrip warm --help'],
  ])('%s', async (_, args, message) => {
    const { code, stderr } = await onetrip(...args)
    expect(stderr).toContain(message)
    expect(code).toBe(2)
  })

  test('--help prints the options', async () => {
    const { code, stdout } = await onetrip('--help')
    expect([code, stdout.startsWith('onetrip warm <module>')]).toEqual([0, true])
  })
})
