import { Cluster as Cluster6, Redis as Redis6 } from 'ioredis'
import { Redis as Redis5 } from 'ioredis5'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { keyPrefixOf, type RedisClient } from '../../src/redis/client.ts'
import { startRedisCluster } from '../helpers/redis-cluster.ts'
import { describeCluster, describeRedis, startRedis } from '../helpers/redis-server.ts'

/** The part of a client by which tests of streams look at the server themselves. */
export interface RawClient extends RedisClient {
  call(command: string, args: (string | Buffer)[]): Promise<unknown>
  callBuffer(command: string, args: (string | Buffer)[]): Promise<unknown>
}

export interface Opened {
  readonly redis: RawClient
  /** Of the client. */
  readonly keyPrefix: string
  /** Registers what is closed after the test, before the client. */
  opened<T extends { close(): Promise<void> }>(closable: T): T
  /** Sends a command by a script: ioredis 5 adds no keyPrefix after a subcommand. */
  container(command: string, subcommand: string, key: string, ...args: string[]): Promise<unknown>
  /** Removes all keys. */
  flush(): Promise<unknown>
  /** Returns the number of clients that block, of all servers. */
  blocked(): Promise<number>
  /** Ends all blocked commands, as when their time is over. */
  unblock(): Promise<unknown>
  /** Cuts all connections but those of the tests' own look at the servers. */
  cut(): Promise<unknown>
}

/** Clients of one server, each with options that change commands or replies, and of a cluster. */
const SERVERS: Record<string, (port: number) => unknown> = {
  'ioredis 6': (port) => new Redis6({ port }),
  'ioredis 6 with replies of protocol 3': (port) => new Redis6({ port, replyMapping: 'resp3' }),
  'ioredis 5 with a keyPrefix': (port) => new Redis5({ port, keyPrefix: 'shop:', stringNumbers: true }),
}

/** Describes tests that hold for every kind of client. */
export function describeEveryClient(name: string, fn: (at: Opened) => void): void {
  for (const [client, open] of Object.entries(SERVERS)) {
    describeWith(describeRedis, `${name}, ${client}`, fn, async () => {
      const server = await startRedis()
      const client = open(server.port) as RawClient
      client.on('error', () => {}) // its connection is cut by tests
      return { client, servers: [server], stop: () => server.stop() }
    })
  }
  describeWith(describeCluster, `${name}, a cluster with a keyPrefix`, fn, async () => {
    const cluster = await startRedisCluster()
    const client = new Cluster6([...cluster.addresses], { keyPrefix: '{shop}' }) as unknown as RawClient
    return { client, servers: cluster.nodes, stop: () => cluster.stop() }
  })
}

interface Started {
  readonly client: RawClient
  readonly servers: readonly { admin: Redis6 }[]
  stop(): Promise<void>
}

function describeWith(
  describe: typeof describeRedis,
  name: string,
  fn: (at: Opened) => void,
  start: () => Promise<Started>,
): void {
  describe(name, () => {
    let started: Started
    const closables: { close(): Promise<void> }[] = []
    beforeAll(async () => {
      started = await start()
    })
    const flush = () =>
      // Replicas refuse it, and follow.
      Promise.all(started.servers.map(({ admin }) => admin.flushall().catch(() => {})))
    beforeEach(flush)
    afterEach(async () => {
      for (const closable of closables.splice(0)) await closable.close()
    })
    afterAll(async () => {
      started.client.disconnect()
      await started.stop()
    })
    fn({
      get redis() {
        return started.client
      },
      get keyPrefix() {
        return keyPrefixOf(started.client)
      },
      opened(closable) {
        closables.push(closable)
        return closable
      },
      container: (command, subcommand, key, ...args) =>
        started.client.eval(
          'return redis.call(ARGV[1], ARGV[2], KEYS[1], unpack(ARGV, 3))',
          1,
          key,
          command,
          subcommand,
          ...args,
        ),
      flush,
      unblock: () => Promise.all(started.servers.map(({ admin }) => unblock(admin))),
      cut: () =>
        Promise.all(
          started.servers.map(({ admin }) => admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')),
        ),
      async blocked() {
        const infos = await Promise.all(started.servers.map(({ admin }) => admin.info('clients')))
        return infos.reduce((sum, info) => sum + Number(/blocked_clients:(\d+)/.exec(info)?.[1]), 0)
      },
    })
  })
}

async function unblock(admin: Redis6): Promise<void> {
  const list = String(await admin.call('CLIENT', 'LIST', 'TYPE', 'normal'))
  for (const [, id = ''] of list.matchAll(/^id=(\d+) .* flags=b /gm))
    await admin.call('CLIENT', 'UNBLOCK', id)
}

/** Returns ids for comparisons. */
export const ids = (messages: readonly { id: string }[]) => messages.map(({ id }) => id)
