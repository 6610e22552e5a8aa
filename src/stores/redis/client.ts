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
}

/** The options of a client that the store reads; of any version, so nothing is taken for granted. */
export interface ClientOptions {
  readonly keyPrefix?: string
  readonly host?: string
  readonly port?: number
  readonly path?: string
  readonly db?: number
  readonly sentinels?: readonly { host?: string; port?: number }[]
  readonly name?: string
}

/** Which server a client talks to, for messages: never a user or a password. */
export function describeServer(client: RedisClient): string {
  const { host = 'localhost', port = 6379, path, db = 0, sentinels, name } = client.options as ClientOptions
  if (sentinels) return `Redis "${name}" (by ${sentinels.length} sentinels)`
  return `Redis at ${path ?? `${host}:${port}`}${db ? `/${db}` : ''}`
}
