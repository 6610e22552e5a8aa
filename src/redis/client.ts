/**
 * What the store asks of an ioredis client, declared here: so a client of the user's own ioredis, version 5 or 6,
 * fits whatever version this package was built with.
 */
export interface RedisClient {
  /** `ready` when commands are sent at once. */
  readonly status: string
  readonly options: object
  readonly isCluster?: boolean
  on(event: string, listener: (...args: unknown[]) => void): unknown
  off(event: string, listener: (...args: unknown[]) => void): unknown
  connect(): Promise<unknown>
  disconnect(reconnect?: boolean): void
  getBuffer(key: string): Promise<Buffer | null>
  mgetBuffer(keys: string[]): Promise<(Buffer | null)[]>
  evalsha(sha: string, keyCount: number, ...args: (string | Buffer)[]): Promise<unknown>
  eval(script: string, keyCount: number, ...args: (string | Buffer)[]): Promise<unknown>
  script(subcommand: 'LOAD', script: string): Promise<unknown>
  unlink(keys: string[]): Promise<number>
  scanBuffer(
    cursor: string,
    match: 'MATCH',
    pattern: string,
    count: 'COUNT',
    size: number,
  ): Promise<[cursor: Buffer, keys: Buffer[]]>
  time(): Promise<number[]>
  select?(db: number): Promise<unknown>
  pipeline(): RedisPipeline
}

/** What the store asks of an ioredis `Redis` that is not a `Cluster`, to be told what is written. */
export interface RedisServerClient extends RedisClient {
  /** Another connection to the same server. */
  duplicate(options: object): RedisServerClient
  client(subcommand: string, ...args: string[]): Promise<unknown>
  subscribe(channel: string): Promise<unknown>
  ping(): Promise<unknown>
}

/** Commands that go out together; each has an answer, or an error, of its own. */
export interface RedisPipeline {
  getBuffer(key: string): unknown
  evalsha(sha: string, keyCount: number, ...args: (string | Buffer)[]): unknown
  unlink(key: string): unknown
  exec(): Promise<[error: Error | null, answer: unknown][] | null>
}

/** What the store asks of an ioredis `Cluster` beside that. */
export interface RedisClusterClient extends RedisClient {
  /** For each of the 16,384 slots the nodes that hold it, as `host:port`: first the primary, then its replicas. */
  readonly slots: readonly (readonly string[] | undefined)[]
  nodes(role: 'all'): RedisClient[]
  /** Asks the nodes, one after the other until one answers, which slots they hold. */
  refreshSlotsCache(): void
}

/** The options of a client that the store reads; of any version, so nothing is taken for granted. */
export interface ClientOptions {
  readonly keyPrefix?: string
  readonly host?: string
  readonly port?: number
  readonly path?: string
  readonly db?: number
  readonly tls?: object
  readonly sentinels?: readonly { host?: string; port?: number }[]
  readonly name?: string
  readonly role?: string
}

export function isClusterClient(client: RedisClient): client is RedisClusterClient {
  return client.isCluster === true
}

/** What ioredis puts before every key of a command, but neither into a SCAN pattern nor off its answers. */
export function keyPrefixOf(client: RedisClient): string {
  return (client.options as ClientOptions).keyPrefix ?? ''
}

/** Which server a client talks to, for messages: never a user or a password. */
export function describeServer(client: RedisClient): string {
  if (isClusterClient(client)) return describeCluster(client)
  const {
    host = 'localhost',
    port = 6379,
    path,
    db = 0,
    sentinels,
    name,
    role,
  } = client.options as ClientOptions
  if (sentinels) {
    const which = role === 'slave' ? `a replica of Redis "${name}"` : `Redis "${name}"`
    return `${which} (by ${sentinels.length} sentinels)`
  }
  return `Redis at ${path ?? `${host}:${port}`}${db ? `/${db}` : ''}`
}

function describeCluster(cluster: object): string {
  const [first] = (cluster as { startupNodes?: unknown[] }).startupNodes ?? []
  if (typeof first !== 'object' || first === null) return 'The Redis Cluster' // a url may hold a password
  const { host = 'localhost', port = 6379 } = first as ClientOptions
  return `The Redis Cluster at ${host}:${port}`
}
