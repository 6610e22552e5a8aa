import { type RedisServer as OurServer, startServer } from 'onetrip/server'
import { expect } from 'vitest'
import { type RedisServer, startRedis } from '../../helpers/redis-server.ts'
import { connectRaw, encodeRequest, type RawClient } from './raw-client.ts'
import { type ReplyValue, readReply } from './read-reply.ts'

type Argument = string | number

/**
 * A server of ours, and a real Redis, that are asked the same. A test that uses it says what it
 * expects, and Redis agrees with it.
 *
 * @example
 * const both = await startBoth()
 * const client = await both.connect()
 * expect(await client.send('LPUSH', 'list', 'a')).toBe(':1\r\n')
 */
export class BothServers {
  readonly ours: OurServer
  readonly redis: RedisServer
  readonly #clients: RawClient[] = []

  /** @internal Use {@link startBoth}. */
  constructor(ours: OurServer, redis: RedisServer) {
    this.ours = ours
    this.redis = redis
  }

  /** Opens a connection to each, which uses this version of the protocol. */
  async connect(version: 2 | 3 = 2): Promise<BothClients> {
    const ours = await connectRaw(this.ours.port)
    const redis = await connectRaw(this.redis.port)
    this.#clients.push(ours, redis)
    // The replies differ: they tell the servers' versions.
    if (version === 3) await Promise.all([ours.send('HELLO', 3), redis.send('HELLO', 3)])
    return new BothClients(ours, redis)
  }

  /** Removes all keys, and closes all connections. */
  async reset(): Promise<void> {
    const client = await this.connect()
    await client.send('FLUSHALL')
    for (const one of this.#clients.splice(0)) one.close()
  }

  /** Waits until both have this many clients that wait for keys. */
  async untilBlocked(count: number): Promise<void> {
    const { ours, redis } = await this.connect()
    for (const one of [ours, redis])
      await expect.poll(() => one.send('INFO', 'clients')).toContain(`blocked_clients:${count}\r\n`)
  }

  /** Returns the keyspace notifications of what is done meanwhile, such as `lpush list`. */
  async eventsOf(done: () => Promise<unknown>): Promise<string[]> {
    const client = await this.connect()
    const subscriber = await this.connect()
    await client.send('CONFIG', 'SET', 'notify-keyspace-events', 'EA')
    await subscriber.send('PSUBSCRIBE', '__keyevent@0__:*', 'end')
    // The answer to the second pattern.
    await subscriber.reply()
    await done()
    await client.send('PUBLISH', 'end', '')
    const events: string[] = []
    for (;;) {
      const [, , channel = '', key = ''] = readReply(await subscriber.reply()) as string[]
      if (channel === 'end') break
      events.push(`${channel.slice('__keyevent@0__:'.length)} ${key}`)
    }
    await client.send('CONFIG', 'SET', 'notify-keyspace-events', '')
    return events
  }

  async stop(): Promise<void> {
    for (const one of this.#clients.splice(0)) one.close()
    await Promise.all([this.ours.close(), this.redis.stop()])
  }
}

/** A connection to each of two servers. Their replies must be the same bytes. */
export class BothClients {
  readonly ours: RawClient
  readonly redis: RawClient

  constructor(ours: RawClient, redis: RawClient) {
    this.ours = ours
    this.redis = redis
  }

  /** Sends a request. Returns the reply. */
  async send(...args: readonly Argument[]): Promise<string> {
    const [ours, redis] = await Promise.all([this.ours.send(...args), this.redis.send(...args)])
    expect(ours, args.join(' ').slice(0, 200)).toBe(redis)
    return ours
  }

  /** Sends a request whose reply is a set, or an array in no order. Returns its items, sorted. */
  async sendUnordered(...args: readonly Argument[]): Promise<ReplyValue[]> {
    const replies = await Promise.all([this.ours.send(...args), this.redis.send(...args)])
    const [ours, redis] = replies.map((reply) => [...(readReply(reply) as ReplyValue[])].sort())
    expect(ours, args.join(' ').slice(0, 200)).toEqual(redis)
    return ours as ReplyValue[]
  }

  /** Sends a request that is not answered yet. */
  write(...args: readonly Argument[]): void {
    const request = encodeRequest(args)
    this.ours.write(request)
    this.redis.write(request)
  }

  /** Returns the next reply, or in RESP2 the next message. */
  async reply(): Promise<string> {
    const [ours, redis] = await Promise.all([this.ours.reply(), this.redis.reply()])
    expect(ours).toBe(redis)
    return ours
  }

  /** Returns the next push message of RESP3. */
  async push(): Promise<string> {
    const [ours, redis] = await Promise.all([this.ours.push(), this.redis.push()])
    expect(ours).toBe(redis)
    return ours
  }

  /** Sends requests in one write. Returns their replies. */
  async pipeline(...requests: readonly (readonly Argument[])[]): Promise<string[]> {
    const [ours, redis] = await Promise.all([this.ours.pipeline(requests), this.redis.pipeline(requests)])
    expect(ours).toEqual(redis)
    return ours
  }

  /** Asks for the id of this client, before it waits or subscribes and cannot be asked. */
  async rememberId(): Promise<void> {
    await Promise.all([idOf(this.ours), idOf(this.redis)])
  }

  /** Sends a request that has the id of another client where `$ID` is. Returns the reply. */
  async sendWithId(other: BothClients, ...args: readonly Argument[]): Promise<string> {
    const [ours, redis] = await Promise.all([
      sendWithId(this.ours, other.ours, args),
      sendWithId(this.redis, other.redis, args),
    ])
    expect(ours, args.join(' ')).toBe(redis)
    return ours
  }

  /** Settles when both servers have closed the connection. */
  get closed(): Promise<unknown> {
    return Promise.all([this.ours.closed, this.redis.closed])
  }

  /** True if neither has answered what was sent. */
  get waits(): boolean {
    return this.ours.unread.length === 0 && this.redis.unread.length === 0
  }
}

const ids = new WeakMap<RawClient, string>()

async function idOf(client: RawClient): Promise<string> {
  const known = ids.get(client)
  if (known !== undefined) return known
  const id = String(readReply(await client.send('CLIENT', 'ID')))
  ids.set(client, id)
  return id
}

async function sendWithId(client: RawClient, other: RawClient, args: readonly Argument[]): Promise<string> {
  const id = await idOf(other)
  return client.send(...args.map((arg) => (arg === '$ID' ? id : arg)))
}

/** Starts a server of ours and a real Redis. */
export async function startBoth(): Promise<BothServers> {
  const [ours, redis] = await Promise.all([startServer(), startRedis()])
  // Its admin client asks INFO when it connects: a test must not see that in MONITOR or the counts.
  await redis.admin.ping()
  return new BothServers(ours, redis)
}
