import { OptionError } from '../errors.ts'
import { type ClientOptions, isClient, keyPrefixOf, type RedisClient } from './client.ts'

/** In ms: 50, doubled up to 1 s, with jitter, so that the processes of a site reconnect apart. */
export const retryDelay = (times: number) =>
  Math.min(50 * 2 ** (times - 1), 1_000) * (0.75 + Math.random() / 2)

/** Defaults for every connection that this package opens. Options of the user replace them. */
export const CONNECT_OPTIONS = {
  // A command is never sent twice unasked. The caller decides, who knows if that is harmless.
  autoResendUnfulfilledCommands: false,
  connectTimeout: 5_000,
  keepAlive: 10_000,
  // close() does not wait for a silent server.
  disconnectTimeout: 500,
}

/** Likely mistakes: ioredis accepts any option, and ignores those that it does not know. */
export const CONNECT_HINTS: Readonly<Record<string, string>> = {
  uri: 'url',
  server: 'url',
  address: 'url',
  connectionUrl: 'url',
  URL: 'url',
  URI: 'url',
  Url: 'url',
  redisUrl: 'url',
  connection: 'url',
  connectionString: 'url',
  socket: 'host and port',
  hostname: 'host',
  user: 'username',
  pass: 'password',
  database: 'db',
  prefix: 'keyPrefix',
}

/**
 * Refuses names that stand for another option.
 *
 * @param owner the function or class that takes the options
 * @throws OptionError
 */
export function refuseHinted(owner: string, options: object, hints: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(options)) {
    const hint = Object.hasOwn(hints, name) ? hints[name] : undefined
    if (hint) throw new OptionError(`${owner} has no option "${name}": use ${hint}`)
  }
}

/** @param option for the message, such as `redisStore: client` @throws OptionError */
export function checkClient(option: string, client: unknown): RedisClient {
  if (isClient(client)) return client
  const other = typeof client === 'object' && client !== null && 'mGet' in client
  throw new OptionError(
    `${option} must be an ioredis client${other ? '; this one looks like the package "redis"' : ''}`,
  )
}

/**
 * Checks a URL. Never shows it, since it may contain a password.
 *
 * @param option for the message, such as `redisStore: url`
 * @throws OptionError
 */
export function checkUrl(option: string, url: unknown): string | undefined {
  if (url === undefined) return undefined
  const allowed = 'redis://user:password@host:port/db, rediss://..., or the path of a socket'
  if (typeof url !== 'string') throw new OptionError(`${option} must be ${allowed}; got a ${typeof url}`)
  if (url.startsWith('/')) return url
  const given = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]
  if (given !== 'redis' && given !== 'rediss') {
    throw new OptionError(
      `${option} must be ${allowed}; got ${url === '' ? 'an empty string' : given ? `one of ${given}://` : 'one without redis://'}`,
    )
  }
  if (!URL.canParse(url)) {
    throw new OptionError(
      `${option} cannot be read; it must be ${allowed} (in a password, / ? # @ are written %2F %3F %23 %40)`,
    )
  }
  const { pathname } = new URL(url)
  if (!/^(\/\d*)?$/.test(pathname)) {
    const [owner] = option.split(':')
    throw new OptionError(
      `${owner}: the path of the url is the number of a database, such as redis://host:6379/2; got ${JSON.stringify(pathname.slice(1))}`,
    )
  }
  return url
}

/**
 * Refuses two different keyPrefixes: ioredis accepts one for the cluster and one for its nodes, and
 * uses either.
 *
 * @throws OptionError
 */
export function checkKeyPrefix(owner: string, cluster: RedisClient): void {
  const { redisOptions } = cluster.options as { redisOptions?: ClientOptions }
  const ofNodes = redisOptions?.keyPrefix
  if (ofNodes && ofNodes !== keyPrefixOf(cluster)) {
    throw new OptionError(`${owner}: the client has two keyPrefixes, the other one in its redisOptions`)
  }
}
