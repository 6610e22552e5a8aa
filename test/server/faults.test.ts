import { type RedisServer, startServer } from 'onetrip/server'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { List } from '../../src/server/commands/lists/list.ts'
import { Database } from '../../src/server/data/database.ts'
import { RequestParser } from '../../src/server/protocol/request-parser.ts'
import { TrackedPrefixes } from '../../src/server/tracking/tracked-prefixes.ts'
import { collectWarnings } from '../helpers/warnings.ts'
import { connectRaw, type RawClient } from './helpers/raw-client.ts'

/** A fault is anything that is thrown and is no reply: a bug, or what a user's function throws. */
const warnings = collectWarnings()

let server: RedisServer
let client: RawClient
let other: RawClient

beforeEach(async () => {
  server = await startServer()
  client = await connectRaw(server.port)
  other = await connectRaw(server.port)
})

afterEach(async () => {
  client.close()
  other.close()
  await server.close()
})

/** A bug in what all commands of lists use. */
function breakLists(): void {
  vi.spyOn(List.prototype, 'push').mockImplementation(() => {
    throw new TypeError('a bug')
  })
}

const ofPush = '-ERR internal error of the server in lpush: a bug\r\n'

describe('a fault in a command', () => {
  test('is answered to its client, and is warned about once', async () => {
    breakLists()
    expect(await client.send('LPUSH', 'list', 'a')).toBe(ofPush)
    expect(await client.pipeline([['LPUSH', 'list', 'a'], ['PING']])).toEqual([ofPush, '+PONG\r\n'])
    expect(await other.send('PING')).toBe('+PONG\r\n')
    expect(warnings).toEqual(['onetrip/server goes on after a fault in the command lpush: a bug'])
  })

  test('in a transaction is the reply of its request: the others run', async () => {
    breakLists()
    await client.pipeline([['MULTI'], ['INCR', 'n'], ['LPUSH', 'list', 'a'], ['INCR', 'n']])
    expect(await client.send('EXEC')).toBe(`*3\r\n:1\r\n${ofPush}:2\r\n`)
  })

  test('that a script calls is an error that the script can catch', async () => {
    breakLists()
    const script = (call: string) => `return redis.${call}('LPUSH', 'list', 'a')`
    expect(await client.send('EVAL', script('call'), 0)).toMatch(/^-ERR internal error .* a bug script: /)
    expect(await client.send('EVAL', script('pcall'), 0)).toBe(ofPush)
    expect(await client.send('EVAL', 'return 1', 0)).toBe(':1\r\n')
  })

  test('that had waited is answered to its client', async () => {
    client.write('*3\r\n$5\r\nBLPOP\r\n$4\r\nlist\r\n$1\r\n0\r\n')
    await expect.poll(() => other.send('INFO', 'clients')).toContain('blocked_clients:1')
    vi.spyOn(List.prototype, 'pop').mockImplementation(() => {
      throw new TypeError('a bug')
    })
    expect(await other.send('LPUSH', 'list', 'a')).toBe(':1\r\n')
    expect(await client.reply()).toBe('-ERR internal error of the server in blpop: a bug\r\n')
    expect(await client.send('PING')).toBe('+PONG\r\n')
    expect(await other.send('INFO', 'clients')).toContain('blocked_clients:0')
  })
})

test('before a command runs it is answered, and a transaction fails', async () => {
  await client.send('MULTI')
  await other.send('CONFIG', 'SET', 'maxmemory', '100kb', 'maxmemory-policy', 'allkeys-lru')
  await other.send('SET', 'key', 'a'.repeat(100_000))
  const broken = vi.spyOn(Database.prototype, 'evict').mockImplementation(() => {
    throw new TypeError('a bug')
  })
  expect(await client.send('GET', 'key')).toBe('-ERR internal error of the server in get: a bug\r\n')
  broken.mockRestore()
  expect(await client.send('EXEC')).toBe('-EXECABORT Transaction discarded because of previous errors.\r\n')
})

test('in a timer ends neither the others nor advance()', async () => {
  await client.pipeline([
    ['SET', 'broken', 'a', 'PX', 1_000],
    ['SET', 'other', 'a', 'PX', 5_000],
  ])
  other.write('*3\r\n$5\r\nBLPOP\r\n$4\r\nlist\r\n$1\r\n9\r\n')
  await expect.poll(() => client.send('INFO', 'clients')).toContain('blocked_clients:1')
  const { expire } = Database.prototype
  vi.spyOn(Database.prototype, 'expire').mockImplementation(function (this: Database, key) {
    if (key === 'broken') throw new TypeError('a bug')
    expire.call(this, key)
  })
  server.advance(9_000)
  expect(await other.reply()).toBe('*-1\r\n')
  expect(await client.send('GET', 'other')).toBe('$-1\r\n')
  expect(warnings).toEqual(['onetrip/server goes on after a fault in a timer: a bug'])
})

test('in a connection ends that one only', async () => {
  vi.spyOn(RequestParser.prototype, 'next').mockImplementationOnce(() => {
    throw new TypeError('a bug')
  })
  client.write('PING\r\n')
  await client.closed
  expect(await other.send('PING')).toBe('+PONG\r\n')
  expect(warnings).toEqual(['onetrip/server goes on after a fault in a connection: a bug'])
})

test('messages differ each time: only some are warned about', async () => {
  let n = 0
  vi.spyOn(List.prototype, 'push').mockImplementation(() => {
    throw new TypeError(`bug ${n++}`)
  })
  for (let times = 0; times < 200; times++)
    expect(await client.send('LPUSH', 'list', 'a')).toContain(`bug ${times}\r\n`)
  expect(warnings).toHaveLength(100)
})

test('in what is sent to some does not keep the replies of others', async () => {
  await other.pipeline([
    ['HELLO', 3],
    ['CLIENT', 'TRACKING', 'ON', 'BCAST'],
  ])
  vi.spyOn(TrackedPrefixes.prototype, 'broadcast').mockImplementation(() => {
    throw new TypeError('a bug')
  })
  expect(await client.send('SET', 'key', 'value')).toBe('+OK\r\n')
  expect(await client.send('SET', 'key', 'value')).toBe('+OK\r\n')
  expect(warnings).toEqual(['onetrip/server goes on after a fault in output: a bug'])
})

describe('the option log', () => {
  const full = new Error('the disk is full')
  test.each([
    [
      'throws',
      () => {
        throw full
      },
    ],
    ['rejects', async () => Promise.reject(full)],
  ])('that %s is warned about once, and changes nothing', async (_, log) => {
    const logging = await startServer({ log })
    const logged = await connectRaw(logging.port)
    expect(await logged.pipeline([['PING'], ['ECHO', 'a']])).toEqual(['+PONG\r\n', '$1\r\na\r\n'])
    logged.close()
    await logging.close()
    expect(warnings).toEqual(['onetrip/server goes on after a fault in the option log: the disk is full'])
  })
})

const odd: readonly [string, unknown][] = [
  ['an object without a prototype', Object.create(null)],
  ['undefined', undefined],
  ['a symbol', Symbol('x')],
  ['an Error whose message is no string', Object.assign(new Error(), { message: 5 })],
  [
    'an Error whose message cannot be read',
    Object.defineProperty(new Error(), 'message', {
      get: () => {
        throw new Error('no')
      },
    }),
  ],
]

test.each(odd)('a custom command that throws, or rejects with, %s', async (_, thrown) => {
  server.command('THROWS', () => {
    throw thrown
  })
  server.command('REJECTS', () => Promise.reject(thrown))
  server.command('RETURNS', async () => ({
    get value(): string {
      throw thrown
    },
  }))
  for (const name of ['THROWS', 'REJECTS', 'RETURNS']) expect(await client.send(name)).toMatch(/^-ERR /)
  expect(await client.send('PING')).toBe('+PONG\r\n')
})

test('an array with gaps is an array with nil', async () => {
  const gaps = [1]
  gaps[2] = 3
  server.command('GAPS', () => gaps)
  expect(await client.send('GAPS')).toBe('*3\r\n:1\r\n$-1\r\n:3\r\n')
})
