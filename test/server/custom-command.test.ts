import { Redis } from 'ioredis'
import { type CustomCommandReply, type RedisServer, startServer } from 'onetrip/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectRaw } from './helpers/raw-client.ts'

let server: RedisServer
let redis: Redis
let other: Redis

beforeAll(async () => {
  server = await startServer()
  redis = new Redis(server.url)
  other = new Redis(server.url)
})

afterAll(async () => {
  redis.disconnect()
  other.disconnect()
  await server.close()
})

test('a handler gets the arguments as strings', async () => {
  server.command('GREET', (args) => args.join('+'))
  expect(await redis.call('greet', 'Ada', 'Ünïcode', '')).toBe('Ada+Ünïcode+')
})

test('with buffers, arguments are the bytes that were sent', async () => {
  const bytes = Buffer.from([0, 255, 13, 10])
  server.command('BYTES', ([bytes]) => bytes, { buffers: true })
  expect(await redis.callBuffer('BYTES', bytes)).toEqual(bytes)
})

test('a handler is told who calls, and the time of the server', async () => {
  server.command('WHO', (_, { clientId, database, now }) => [clientId, database, now])
  const [id, database, now] = (await redis.call('WHO')) as number[]
  expect([id, database]).toEqual([await redis.client('ID'), 0])
  server.advance(5_000)
  expect(((await redis.call('WHO')) as number[])[2]).toBeGreaterThanOrEqual((now as number) + 5_000)
})

describe('a result becomes a reply of the protocol', () => {
  test.each<[string, CustomCommandReply, resp2: string, resp3: string]>([
    ['a string', 'ü', '$2\r\n\xc3\xbc\r\n', '$2\r\n\xc3\xbc\r\n'],
    ['bytes', new Uint8Array([0, 255]), '$2\r\n\x00\xff\r\n', '$2\r\n\x00\xff\r\n'],
    ['a whole number', 5, ':5\r\n', ':5\r\n'],
    ['another number', 1.5, '$3\r\n1.5\r\n', ',1.5\r\n'],
    ['a bigint', 2n ** 62n, ':4611686018427387904\r\n', ':4611686018427387904\r\n'],
    ['true', true, ':1\r\n', '#t\r\n'],
    ['null', null, '$-1\r\n', '_\r\n'],
    ['undefined', undefined, '$-1\r\n', '_\r\n'],
    ['an array', [1, [null]], '*2\r\n:1\r\n*1\r\n$-1\r\n', '*2\r\n:1\r\n*1\r\n_\r\n'],
    ['a Set', new Set([1, 2]), '*2\r\n:1\r\n:2\r\n', '~2\r\n:1\r\n:2\r\n'],
    ['a Map', new Map([['a', 1]]), '*2\r\n$1\r\na\r\n:1\r\n', '%1\r\n$1\r\na\r\n:1\r\n'],
    ['an object', { a: 1 }, '*2\r\n$1\r\na\r\n:1\r\n', '%1\r\n$1\r\na\r\n:1\r\n'],
    ['an Error in an array', [new Error('no')], '*1\r\n-ERR no\r\n', '*1\r\n-ERR no\r\n'],
  ])('%s', async (_, result, resp2, resp3) => {
    server.command('RESULT', () => result)
    const client = await connectRaw(server.port)
    expect(await client.send('RESULT')).toBe(resp2)
    await client.send('HELLO', 3)
    expect(await client.send('RESULT')).toBe(resp3)
    client.close()
  })
})

describe('errors', () => {
  test.each([
    ['no luck', 'ERR no luck'],
    ['WRONGTYPE of another kind', 'WRONGTYPE of another kind'],
    ['two\r\nlines', 'ERR two  lines'],
  ])('%j, thrown or returned, is %j', async (message, reply) => {
    server.command('THROWS', () => {
      throw new Error(message)
    })
    server.command('RETURNS', () => new Error(message))
    server.command('REJECTS', async () => Promise.reject(new Error(message)))
    for (const name of ['THROWS', 'RETURNS', 'REJECTS'])
      await expect(redis.call(name)).rejects.toMatchObject({ message: reply })
    expect(await redis.ping()).toBe('PONG')
  })

  test('a result that is no reply', async () => {
    const circular: unknown[] = []
    circular.push(circular)
    for (const result of [circular, () => 1, Symbol('x'), new Date(0), 2n ** 64n]) {
      server.command('ODD', () => result as never)
      await expect(redis.call('ODD')).rejects.toThrow(/^ERR /)
    }
  })
})

describe('a promise', () => {
  test('lets commands of the same client wait, and those of others not', async () => {
    let resolve: (value: string) => void = () => {}
    server.command('LATER', () => new Promise<string>((fn) => (resolve = fn)))
    const done: string[] = []
    const later = redis.call('LATER').then(() => done.push('later'))
    const after = redis.ping().then(() => done.push('after'))
    await expect.poll(() => other.info('clients')).toContain('blocked_clients:1')
    expect(done).toEqual([])
    resolve('x')
    await Promise.all([later, after])
    expect(done).toEqual(['later', 'after'])
  })

  test('in a transaction is an error, and its rejection does not end the process', async () => {
    server.command('FAILS', () => Promise.reject(new Error('no')))
    const replies = await redis.multi().call('FAILS').ping().exec()
    expect(replies?.[0]?.[0]?.message).toBe(
      'ERR a command that answers by a promise cannot run in a transaction or a script',
    )
    expect(replies?.[1]).toEqual([null, 'PONG'])
  })

  test('of a client that has gone is dropped', async () => {
    let resolve: (value: string) => void = () => {}
    server.command('GONE', () => new Promise<string>((fn) => (resolve = fn)))
    const client = new Redis(server.url, { retryStrategy: () => null })
    client.call('GONE').catch(() => {})
    await expect.poll(() => redis.info('clients')).toContain('blocked_clients:1')
    client.disconnect()
    await expect.poll(() => redis.info('clients')).toContain('blocked_clients:0')
    resolve('x')
    expect(await redis.ping()).toBe('PONG')
  })
})

test('a command of the same name is replaced', async () => {
  server.command('TWICE', () => 1)
  server.command('twice', () => 2)
  expect(await redis.call('TWICE')).toBe(2)
})

test('in the place of a command of Redis it keeps its arity', async () => {
  server.command('STRLEN', ([key]) => `length of ${key}`)
  expect(await redis.call('STRLEN', 'k')).toBe('length of k')
  await expect(redis.call('STRLEN')).rejects.toThrow("wrong number of arguments for 'strlen' command")
})

const answerOne = (): number => 1

test.each([
  ['', answerOne, undefined, 'command() takes a name of letters'],
  ['a b', answerOne, undefined, "not 'a b'."],
  [5, answerOne, undefined, 'not 5.'],
  ['X', 'x', undefined, "the handler is not a function, but 'x'."],
  ['X', answerOne, { buffer: true }, 'command() has no option "buffer": did you mean "buffers"?'],
  ['X', answerOne, { buffers: 1 }, 'The option buffers must be true or false, not 1.'],
])('refuses command(%j, %s, %j)', (name, handler, options, message) => {
  expect(() => server.command(name as string, handler as never, options as never)).toThrow(
    expect.objectContaining({
      code: 'ERR_ONETRIP_SERVER_OPTION',
      message: expect.stringContaining(message),
    }),
  )
})
