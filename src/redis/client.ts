/**
 * The part of an ioredis client that is used. It is declared here so that a client of ioredis 5 or
 * 6 fits, whichever of them this package was built with.
 */
export interface RedisClient {
  /** `ready` if commands are sent at once. */
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

/** The part of an ioredis client that streams and queues use: any command, binary-safe. */
export interface RedisCommandClient extends RedisClient {
  /** The socket; a Cluster has none. */
  readonly stream?: { readonly writable: boolean } | undefined
  callBuffer(command: string, args: (string | Buffer)[]): Promise<unknown>
  pipeline(): RedisPipeline & RedisCommandPipeline
  /** Begins a transaction, whose commands are sent at its `exec`. */
  multi(): RedisCommandPipeline
}

/** Any commands that are sent together. */
export interface RedisCommandPipeline {
  callBuffer(command: string, args: (string | Buffer)[]): unknown
  exec(): Promise<[error: Error | null, answer: unknown][] | null>
}

/** The part of an ioredis `Redis`, not a `Cluster`, that is used to follow writes. */
export interface RedisServerClient extends RedisClient {
  /** Opens another connection to the same server. */
  duplicate(options: object): RedisServerClient
  client(subcommand: string, ...args: string[]): Promise<unknown>
  subscribe(channel: string): Promise<unknown>
  ping(): Promise<unknown>
  info(section: string): Promise<string>
  xrange(key: string, from: string, to: string, count: 'COUNT', size: number): Promise<unknown>
  /** Waits for entries after an id, on a connection that nothing else uses. */
  xread(
    count: 'COUNT',
    size: number,
    block: 'BLOCK',
    ms: number,
    streams: 'STREAMS',
    key: string,
    after: string,
  ): Promise<unknown>
}

/** Commands that are sent together. Each has a reply, or an error, of its own. */
export interface RedisPipeline {
  callBuffer(command: string, args: (string | Buffer)[]): unknown
  getBuffer(key: string): unknown
  evalsha(sha: string, keyCount: number, ...args: (string | Buffer)[]): unknown
  unlink(key: string): unknown
  exec(): Promise<[error: Error | null, answer: unknown][] | null>
}

/** The part of an ioredis `Cluster` that is used. */
export interface RedisClusterClient extends RedisClient {
  /** For each of the 16,384 slots its nodes, as `host:port`: the primary, then its replicas. */
  readonly slots: readonly (readonly string[] | undefined)[]
  nodes(role: 'all' | 'master'): RedisClient[]
  /** Reads the slot table from the first node that answers. */
  refreshSlotsCache(): void
}

/** The options of a client that are read. Any may be missing, since the version is not known. */
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
  readonly enableAutoPipelining?: boolean
}

export function isClient(value: unknown): value is RedisClient {
  return typeof value === 'object' && value !== null && 'mgetBuffer' in value && 'status' in value
}

export function isClusterClient(client: RedisClient): client is RedisClusterClient {
  return client.isCluster === true
}

/** Returns the prefix that ioredis adds to each key of a command. */
export function keyPrefixOf(client: RedisClient): string {
  return (client.options as ClientOptions).keyPrefix ?? ''
}

/** Returns the name of a client's server for messages, without user and password. */
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
