import { type RedisServer, type ServerOptions, startServer } from '../server/index.ts'

/** A server for one test. */
export interface TestRedis {
  /** For clients: `new Redis(url)`, `redisStore({ url })`. */
  readonly url: string
  /** To move its time, or to add commands. */
  readonly server: RedisServer
}

/**
 * Runs a function with an empty Redis-compatible server, and ends the server afterwards, whatever
 * happens. Close clients before the function ends: they would look for the server again and again.
 *
 * @returns what the function returns
 * @example
 * test('a session ends after an hour', () =>
 *   withRedis(async ({ url, server }) => {
 *     const redis = new Redis(url)
 *     await startSession(redis, 'anna')
 *     server.advance(3_600_000)
 *     expect(await readSession(redis, 'anna')).toBeUndefined()
 *     redis.disconnect()
 *   }))
 */
export async function withRedis<T>(
  fn: (redis: TestRedis) => T | Promise<T>,
  options: ServerOptions = {},
): Promise<T> {
  const server = await startServer(options)
  try {
    // Loading takes a part of the 100 ms that a page waits for its store: the first would time out.
    await server.loadScripts()
    return await fn({ url: server.url, server })
  } finally {
    await server.close()
  }
}
