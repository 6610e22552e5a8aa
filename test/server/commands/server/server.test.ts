import { startServer } from 'onetrip/server'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { describeRedis, type RedisServer, startRedis } from '../../../helpers/redis-server.ts'
import { BothServers } from '../../helpers/both-servers.ts'
import { connectRaw } from '../../helpers/raw-client.ts'
import { readReply } from '../../helpers/read-reply.ts'

describeRedis('commands of the server, as on Redis', () => {
  let redis: RedisServer
  let both: BothServers
  beforeAll(async () => {
    redis = await startRedis(['--enable-debug-command', 'yes'])
    both = new BothServers(await startServer(), redis)
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  test.each([
    'string',
    'integer',
    'double',
    'null',
    'array',
    'set',
    'map',
    'attrib',
    'bignum',
    'verbatim',
    'true',
    'false',
    'elephant',
  ])('DEBUG PROTOCOL %s', async (type) => {
    for (const version of [2, 3] as const) {
      const { ours, redis } = await both.connect(version)
      const [mine, theirs] = await Promise.all(
        [ours, redis].map((one) => one.send('DEBUG', 'PROTOCOL', type)),
      )
      expect(mine).toBe(theirs)
    }
  })

  test.each([
    [['DEBUG']],
    [['DEBUG', 'ELEPHANT']],
    [['DEBUG', 'SLEEP']],
    [['DEBUG', 'SLEEP', '0']],
    [['DEBUG', 'SLEEP', 'inf']],
    [['DEBUG', 'SLEEP', '9223372036854775807']],
    [['DEBUG', 'ERROR', 'WRONGPASS no']],
    [['DEBUG', 'OBJECT', 'absent']],
    [['DEBUG', 'SET-ACTIVE-EXPIRE', '1']],
    [['DEBUG', 'QUICKLIST-PACKED-THRESHOLD', '100b']],
    [['ACL', 'WHOAMI']],
    [['ACL', 'LIST']],
    [['ACL', 'USERS']],
    [['ACL', 'CAT']],
    [['ACL', 'CAT', 'elephant']],
    [['ACL', 'GETUSER', 'default']],
    [['ACL', 'GETUSER', 'nobody']],
    [['ACL', 'GENPASS', '0']],
    [['ACL', 'GENPASS', 'x']],
    [['ACL', 'LOG']],
    [['ACL', 'LOG', 'RESET']],
    [['ACL', 'DRYRUN', 'default', 'GET', 'x']],
    [['ACL', 'DRYRUN', 'nobody', 'GET', 'x']],
    [['ACL', 'DRYRUN', 'default', 'ELEPHANT']],
    [['LATENCY', 'LATEST']],
    [['LATENCY', 'HISTORY', 'x']],
    [['LATENCY', 'RESET']],
    [['LATENCY', 'GRAPH', 'x']],
    [['LATENCY', 'HISTOGRAM', 'elephant']],
    [['LATENCY', 'HELP']],
    [['MEMORY', 'USAGE', 'absent']],
    [['MEMORY', 'USAGE', 'absent', 'SAMPLES', 'x']],
    [['MEMORY', 'USAGE', 'absent', 'SAMPLES', '-1']],
    [['MEMORY', 'USAGE', 'absent', 'ELEPHANT']],
    [['MEMORY', 'PURGE']],
    [['MEMORY', 'HELP']],
    [['MODULE', 'LIST']],
    [['ROLE']],
    [['REPLICAOF', 'NO', 'ONE']],
    [['FAILOVER']],
    [['CLUSTER', 'INFO']],
    [['CLUSTER', 'ELEPHANT']],
    [['READONLY']],
    [['LOLWUT']],
    [['LOLWUT', 'VERSION', 'x']],
    [['TIME', 'x']],
    [['BGSAVE', 'x']],
    [['SHUTDOWN', 'ELEPHANT']],
    [['SHUTDOWN', 'SAVE', 'NOSAVE']],
    [['SHUTDOWN', 'ABORT']],
  ])('%j', async (args) => {
    const client = await both.connect()
    await client.send(...args)
    await (await both.connect(3)).send(...args)
  })

  test('TIME is seconds and microseconds', async () => {
    const { ours, redis } = await both.connect()
    const [[mine], [theirs]] = (await Promise.all(
      [ours, redis].map(async (one) => readReply(await one.send('TIME'))),
    )) as [string[], string[]]
    expect(Math.abs(Number(mine) - Number(theirs))).toBeLessThan(60)
  })

  test('DEBUG OBJECT has the encoding', async () => {
    const client = await both.connect()
    await client.send('SET', 'a', 'text')
    for (const one of [client.ours, client.redis])
      expect(await one.send('DEBUG', 'OBJECT', 'a')).toMatch(/^\+Value at:.* refcount:1 encoding:embstr /)
  })

  test('MEMORY USAGE grows with the value', async () => {
    const { ours } = await both.connect()
    await ours.send('SET', 'a', 'x')
    const small = readReply(await ours.send('MEMORY', 'USAGE', 'a')) as number
    await ours.send('SET', 'a', 'x'.repeat(10_000))
    const large = readReply(await ours.send('MEMORY', 'USAGE', 'a', 'SAMPLES', 0)) as number
    expect(small).toBeGreaterThan(0)
    // V8 lays strings out in words.
    expect(large - small).toBeGreaterThan(9_990)
    expect(large - small).toBeLessThan(10_100)
  })

  test('LATENCY HISTOGRAM counts calls by their duration', async () => {
    const client = await both.connect()
    await client.send('CONFIG', 'RESETSTAT')
    await client.send('ECHO', 'a')
    await client.send('ECHO', 'a')
    for (const one of [client.ours, client.redis]) {
      const [name, [, calls, , steps]] = readReply(await one.send('LATENCY', 'HISTOGRAM', 'echo')) as [
        string,
        [string, number, string, number[]],
      ]
      expect([name, calls, steps.at(-1)]).toEqual(['echo', 2, 2])
    }
  })
})

describe('what this server does not have', () => {
  test.each([
    [['ACL', 'SETUSER', 'anna'], 'one user'],
    [['REPLICAOF', 'localhost', 6379], 'no replication'],
    [['MODULE', 'LOAD', 'x.so'], 'no modules'],
    [['SAVE'], 'the option save'],
    [['BGREWRITEAOF'], 'no append-only file'],
    [['CONFIG', 'REWRITE'], 'without a config file'],
  ])('%j is an error that says so', async (args, message) => {
    const server = await startServer()
    onTestFinished(() => server.close())
    const client = await connectRaw(server.port)
    expect(await client.send(...args)).toMatch(new RegExp(`^-ERR .*${message}`))
    client.close()
  })

  test('DEBUG is refused where the option says so', async () => {
    const server = await startServer({ config: { 'enable-debug-command': 'no' } })
    onTestFinished(() => server.close())
    const client = await connectRaw(server.port)
    expect(await client.send('DEBUG', 'SLEEP', 0)).toMatch(/^-ERR DEBUG command not allowed/)
    client.close()
  })
})

test('SHUTDOWN ends the server', async () => {
  const server = await startServer()
  const client = await connectRaw(server.port)
  client.write('SHUTDOWN NOSAVE\r\n')
  await client.closed
  await server.closed
  expect(client.unread).toEqual([])
})

test('a client beyond maxclients is refused', async () => {
  const server = await startServer({ config: { maxclients: 1 } })
  onTestFinished(() => server.close())
  const client = await connectRaw(server.port)
  await client.send('PING')
  const second = await connectRaw(server.port)
  second.write('PING\r\n')
  await second.closed
  expect(second.unread).toEqual(['-ERR max number of clients reached\r\n'])
  expect(await client.send('INFO', 'stats')).toContain('rejected_connections:1\r\n')
  client.close()
})
