import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../helpers/redis-server.ts'
import { type BothClients, type BothServers, startBoth } from './helpers/both-servers.ts'
import { random } from './helpers/random.ts'

const KEYS = ['a', 'b', 'ab', 'user:1', 'user:2']

/** Requests with one reply each, whatever the state of the connection is. */
const REQUESTS: readonly ((key: string) => readonly (string | number)[])[] = [
  (key) => ['GET', key],
  (key) => ['GET', key],
  (key) => ['SET', key, 'text'],
  (key) => ['INCR', key],
  (key) => ['DEL', key],
  (key) => ['EXISTS', key, 'b'],
  (key) => ['MGET', 'a', key],
  (key) => ['MSET', key, 1, 'b', 2],
  (key) => ['RENAME', key, 'a'],
  (key) => ['EXPIRE', key, 100],
  (key) => ['PERSIST', key],
  (key) => ['WATCH', key],
  (key) => ['PUBLISH', key, 'text'],
  (key) => ['SPUBLISH', key, 'text'],
  (key) => ['BLPOP', key, 0.001],
  (key) => ['COPY', key, 'b', 'REPLACE'],
  (key) => ['EVAL', 'return redis.call("GET", KEYS[1])', 1, key],
  (key) => ['EVAL', 'redis.call("SELECT", 1) return redis.call("SET", KEYS[1], ARGV[1])', 1, key, 'a'],
  () => ['UNWATCH'],
  () => ['MULTI'],
  () => ['MULTI'],
  () => ['EXEC'],
  () => ['EXEC'],
  () => ['DISCARD'],
  () => ['EXEC', 'now'],
  () => ['NOSUCH', 'a'],
  () => ['GET'],
  () => ['SELECT', 1],
  () => ['SELECT', 0],
  () => ['FLUSHDB'],
  () => ['SWAPDB', 0, 1],
  () => ['PUBSUB', 'NUMSUB', 'a', 'b'],
  () => ['CLIENT', 'GETREDIR'],
  () => ['CLIENT', 'TRACKINGINFO'],
  () => ['CLIENT', 'CACHING', 'YES'],
]

describeRedis('requests of several connections, as on Redis', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  async function connections(): Promise<BothClients[]> {
    const clients = [
      await both.connect(3),
      await both.connect(3),
      await both.connect(3),
      await both.connect(3),
    ]
    const [tracking, optIn, broadcast, subscriber] = clients as [
      BothClients,
      BothClients,
      BothClients,
      BothClients,
    ]
    await tracking.send('CLIENT', 'TRACKING', 'ON')
    await optIn.send('CLIENT', 'TRACKING', 'ON', 'OPTIN', 'NOLOOP')
    await broadcast.send('CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', 'a', 'PREFIX', 'user:')
    await subscriber.send('CONFIG', 'SET', 'notify-keyspace-events', 'KEA')
    for (const request of [
      ['SUBSCRIBE', 'a'],
      ['SSUBSCRIBE', 'b'],
      ['PSUBSCRIBE', '__key*'],
    ] as const) {
      subscriber.write(...request)
      await subscriber.push()
    }
    return clients
  }

  test.each([1, 2, 3, 4])('seed %i', async (seed) => {
    const next = random(seed)
    const clients = await connections()
    const pick = <T>(of: readonly T[]) => of[next(of.length)] as T
    for (let n = 0; n < 500; n++) {
      // Not the subscriber: Redis 7.0 sends it messages in the middle of the reply to EXEC.
      const client = pick(clients.slice(0, 3))
      const request = pick(REQUESTS)(pick(KEYS))
      await client.send(...request)
      for (const one of clients) {
        // After this reply, all messages that came before it are there.
        await one.send('CLIENT', 'GETNAME')
        expect(one.ours.takeUnread(), `${n}: ${request.join(' ')}`).toEqual(one.redis.takeUnread())
      }
    }
    await clients[0]?.send('CONFIG', 'SET', 'notify-keyspace-events', '')
  })
})
