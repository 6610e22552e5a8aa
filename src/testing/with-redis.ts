import { type RedisServer, ServerError, type ServerOptions, startServer } from '../server/index.ts'

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
 * @throws ServerError if the arguments are wrong, or the server cannot start; what `fn` throws
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
  if (typeof fn !== 'function')
    throw new ServerError(
      'ERR_ONETRIP_SERVER_OPTION',
      'withRedis() takes a function, and then options of startServer().',
    )
  const server = await startServer(options)
  try {
    // Loading takes a part of the 100 ms that a page waits for its store: the first would time out.
    await server.loadScripts()
    return await fn({ url: server.url, server })
  } finally {
    await server.close()
  }
}
