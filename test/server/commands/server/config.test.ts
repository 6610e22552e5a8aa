import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { random } from '../../helpers/random.ts'
import { readReply } from '../../helpers/read-reply.ts'

describeRedis('CONFIG, as on Redis', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  test.each([
    [['hz', 'x']],
    [['maxmemory', '-1']],
    [['maxmemory', '10%']],
    [['maxmemory-policy', 'oldest']],
    [['appendonly', 'maybe']],
    [['timeout', '-1']],
    [['maxclients', '0']],
    [['proto-max-bulk-len', '5']],
    [['databases', '4']],
    [['elephant', '1']],
    [['hz', '10', 'hz', '20']],
    [['hz', '10', 'elephant', '20']],
    [['hz', '10', 'timeout']],
    [['hz']],
    [['notify-keyspace-events', 'Q']],
    [['save', 'x']],
    [['save', '3600']],
    [['client-output-buffer-limit', 'foo 1 2 3']],
    [['latency-tracking-info-percentiles', 'x']],
  ])('CONFIG SET %j is refused', async (pairs) => {
    const client = await both.connect()
    expect(await client.send('CONFIG', 'SET', ...pairs)).toMatch(/^-ERR /)
    await client.send('CONFIG', 'GET', 'hz')
  })

  test.each([
    ['maxmemory', '100mb', '104857600'],
    ['maxmemory', '0', '0'],
    ['maxmemory-policy', 'ALLKEYS-LRU', 'allkeys-lru'],
    ['maxmemory-policy', 'noeviction', 'noeviction'],
    ['notify-keyspace-events', 'KEA', 'AKE'],
    ['notify-keyspace-events', 'KEmng', 'gnKEm'],
    ['notify-keyspace-events', 'g$lshzxetd', 'A'],
    ['notify-keyspace-events', '', ''],
    ['save', '3600 1', '3600 1'],
    ['save', '', ''],
    [
      'client-output-buffer-limit',
      'pubsub 1mb 2 3',
      'normal 0 0 0 slave 268435456 67108864 60 pubsub 1048576 2 3',
    ],
    ['latency-tracking-info-percentiles', '50.0 100', '50 100'],
    ['HASH-MAX-LISTPACK-ENTRIES', '7', '7'],
  ])('CONFIG SET %s %j is kept as %j', async (name, value, kept) => {
    const client = await both.connect()
    expect(await client.send('CONFIG', 'SET', name, value)).toBe('+OK\r\n')
    expect(readReply(await client.send('CONFIG', 'GET', name))).toEqual([name, kept])
  })

  test('any letters of notify-keyspace-events are listed alike', async () => {
    const client = await both.connect()
    const next = random(1)
    for (let n = 0; n < 300; n++) {
      const letters = [...'KEAg$lshzxetdnm'].filter(() => next(2) === 0)
      if (next(3) === 0) letters.push(...'g$lshzxetd')
      const classes = letters.sort(() => next(3) - 1).join('')
      await client.pipeline(
        ['CONFIG', 'SET', 'notify-keyspace-events', classes],
        ['CONFIG', 'GET', 'notify-keyspace-events'],
      )
    }
  })

  test('a former name stands for the new one', async () => {
    const client = await both.connect()
    await client.send('CONFIG', 'SET', 'hash-max-ziplist-entries', 33)
    expect(readReply(await client.send('CONFIG', 'GET', 'hash-max-listpack-entries'))).toContain('33')
    await client.send('CONFIG', 'SET', 'lua-time-limit', 4_000)
    await client.send('CONFIG', 'GET', 'busy-reply-threshold')
  })

  test('if one parameter is refused, none is set', async () => {
    const client = await both.connect()
    await client.send('CONFIG', 'SET', 'timeout', 0, 'tcp-keepalive', 5)
    await client.send('CONFIG', 'SET', 'timeout', 7, 'tcp-keepalive', 'x')
    expect(readReply(await client.send('CONFIG', 'GET', 'timeout'))).toEqual(['timeout', '0'])
  })

  test('GET takes several patterns, in any case, and answers each parameter once', async () => {
    const client = await both.connect()
    expect(await client.sendUnordered('CONFIG', 'GET', 'TIMEOUT', 'time*', 'tcp-keep?live')).toHaveLength(4)
  })

  test('maxmemory-clients takes a part of maxmemory', async () => {
    const client = await both.connect()
    for (const value of ['5%', '101%', '-5%', 'x%', '%', '1mb']) {
      await client.send('CONFIG', 'SET', 'maxmemory-clients', value)
      await client.send('CONFIG', 'GET', 'maxmemory-clients')
    }
    await client.send('CONFIG', 'SET', 'maxmemory-clients', 0)
  })

  test('patterns do not find hidden parameters, and replicaof is found by both names', async () => {
    const client = await both.connect()
    expect(await client.send('CONFIG', 'GET', 'key-load-del?y')).toBe('*0\r\n')
    expect(readReply(await client.send('CONFIG', 'GET', 'key-load-delay'))).toEqual(['key-load-delay', '0'])
    expect(await client.sendUnordered('CONFIG', 'GET', '*aveof', 'replicaof')).toHaveLength(4)
    expect(await client.send('CONFIG', 'SET', 'slaveof', 'x')).toMatch(/^-ERR .*immutable/)
  })

  test('another port is refused, with all else that is set with it', async () => {
    const { ours } = await both.connect()
    const taken = both.redis.port
    expect(await ours.send('CONFIG', 'SET', 'timeout', 7, 'port', taken)).toMatch(/^-ERR .*Unable to listen/)
    expect(readReply(await ours.send('CONFIG', 'GET', 'timeout'))).toEqual(['timeout', '0'])
  })

  test('in RESP3 the answer is a map', async () => {
    const client = await both.connect(3)
    expect(await client.send('CONFIG', 'GET', 'timeout')).toBe('%1\r\n$7\r\ntimeout\r\n$1\r\n0\r\n')
  })

  test('what ours lists can be set to the value that is listed, but for what is set at the start', async () => {
    const { ours, redis } = await both.connect()
    const listed = readReply(await ours.send('CONFIG', 'GET', '*')) as string[]
    expect(listed.length).toBeGreaterThan(150)
    for (let n = 0; n < listed.length; n += 2) {
      const [name = '', value = ''] = listed.slice(n, n + 2)
      const reply = await ours.send('CONFIG', 'SET', name, value)
      expect(reply === '+OK\r\n' || /immutable|protected/.test(reply), `${name}: ${reply}`).toBe(true)
      if (reply === '+OK\r\n') await redis.send('CONFIG', 'SET', name, value)
    }
  })

  test('RESETSTAT forgets counts', async () => {
    const client = await both.connect()
    await client.send('GET', 'absent')
    await client.send('NO')
    await client.send('CONFIG', 'RESETSTAT')
    for (const one of [client.ours, client.redis]) {
      expect(await one.send('INFO', 'stats')).toContain('keyspace_misses:0\r\n')
      expect(await one.send('INFO', 'commandstats')).not.toContain('cmdstat_get')
      expect(await one.send('INFO', 'errorstats')).not.toContain('errorstat')
    }
  })

  test.each([[['REWRITE']], [['GET']], [['ELEPHANT']], [[]], [['HELP']]])('CONFIG %j', async (args) => {
    const client = await both.connect()
    await client.send('CONFIG', ...args)
  })
})
