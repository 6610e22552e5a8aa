import type { RedisOptions } from 'ioredis'
import { OptionError } from '../errors.ts'
import { show } from '../options/show.ts'
import { isClient, isClusterClient, type RedisClient, type RedisCommandClient } from './client.ts'
import {
  CONNECT_HINTS,
  CONNECT_OPTIONS,
  checkClient,
  checkKeyPrefix,
  checkUrl,
  refuseHinted,
  retryDelay,
} from './connect-options.ts'
import { OURS, type Ownership, THEIRS } from './connection.ts'
import { newServerClient } from './ioredis.ts'

/** Options of ioredis for a connection that is opened for its owner, and closed with it. */
export interface RedisSourceOptions extends RedisOptions {
  /**
   * `redis://user:password@host:port/db`, `rediss://` for TLS, or the path of a socket.
   *
   * @defaultValue `redis://localhost:6379`
   */
  readonly url?: string | undefined
}

/**
 * How streams and queues reach Redis: a `Redis` or a `Cluster` of ioredis 5 or 6, which they
 * neither close nor change; or a URL, or options, by which they open a connection of their own.
 */
export type RedisSource = RedisClient | string | RedisSourceOptions

/** A checked client, and the rights over it. */
export interface OpenedClient {
  readonly client: RedisCommandClient
  readonly may: Ownership
}

/**
 * Defaults for a connection of a stream or a queue. Unlike a page, which does without a cache that
 * does not answer, their commands wait for a connection, for about 7 s.
 */
const OPTIONS = {
  ...CONNECT_OPTIONS,
  // Reconnects after 50, 100, 200, 400, 800 ms, then each second.
  maxRetriesPerRequest: 10,
  // Longer than a command waits for its connection, so that none that timed out is sent later.
  commandTimeout: 15_000,
  retryStrategy: retryDelay,
  failoverDetector: true,
}

/**
 * Opens what `redis` names, or checks the client that it is.
 *
 * @param owner what the client is for, such as `Stream`, for messages
 * @throws OptionError
 */
export function openClient(owner: string, redis: RedisSource): OpenedClient {
  if (redis === undefined || redis === null) {
    throw new OptionError(
      `${owner}: redis is ${redis}: pass an ioredis client, a url or options (is the environment variable set?)`,
    )
  }
  if (isClient(redis) || (typeof redis === 'object' && 'mGet' in redis)) return theirs(owner, redis)
  if (typeof redis === 'string') return ours(checkUrl(`${owner}: redis`, redis), {})
  if (typeof redis !== 'object' || Array.isArray(redis)) {
    throw new OptionError(`${owner}: redis must be an ioredis client, a url or options; got ${show(redis)}`)
  }
  refuseHinted(owner, redis, CONNECT_HINTS)
  refuseOthers(owner, redis)
  const { url, ...connect } = redis
  if ('url' in redis && url === undefined && connect.host === undefined && connect.path === undefined) {
    throw new OptionError(`${owner}: url is undefined: is the environment variable set?`)
  }
  return ours(checkUrl(`${owner}: url`, url), connect)
}

function theirs(owner: string, redis: unknown): OpenedClient {
  const client = checkClient(`${owner}: redis`, redis) as RedisCommandClient
  if (isClusterClient(client)) checkKeyPrefix(owner, client)
  return { client, may: THEIRS }
}

function ours(url: string | undefined, connect: RedisOptions): OpenedClient {
  // Types of one version of ioredis, used by what both have.
  const client = newServerClient(url, { ...OPTIONS, ...connect }) as unknown as RedisCommandClient
  return { client, may: OURS }
}

/** Refuses options that `redisStore` has and a connection for commands has not. */
function refuseOthers(owner: string, options: object): void {
  if ('client' in options) throw new OptionError(`${owner}: pass the client itself, not { client }`)
  if ('nodes' in options) {
    throw new OptionError(`${owner}: for a Redis Cluster pass a client: new Cluster(nodes) of ioredis`)
  }
}
