import { readServerOptions, type ServerOptions } from './options/server-options.ts'
import { RedisServer } from './redis-server.ts'

/**
 * Starts a small Redis-compatible server in this process, for development and tests.
 *
 * @example
 * const server = await startServer()
 * const redis = new Redis(server.url)
 * @throws ServerError if an option is wrong, the port is taken, or the file `save` is damaged
 */
export async function startServer(options: ServerOptions = {}): Promise<RedisServer> {
  const server = new RedisServer(readServerOptions(options))
  await server.open()
  return server
}
