import { Redis } from 'ioredis'
import { type Toolkit, type ToolkitOptions, toolkit } from 'onetrip/toolkit'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { type RedisServer, startRedis } from '../helpers/redis-server.ts'

/** A server for the tests of a file, and toolkits that are closed after each test. */
export interface KitFixture {
  readonly server: () => RedisServer
  /** Makes a toolkit, with a connection of its own. */
  kit(options?: ToolkitOptions): Toolkit
  /** A client that is closed after the test. */
  client(): Redis
}

/** Starts a server before the tests of a file, and empties it after each. */
export function useKits(args: readonly string[] = []): KitFixture {
  let server: RedisServer
  const open: { close(): Promise<void> }[] = []
  beforeAll(async () => {
    server = await startRedis(args)
  })
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()))
    await server.admin.flushall()
  })
  afterAll(() => server.stop())
  return {
    server: () => server,
    kit(options) {
      const kit = toolkit(server.url, options)
      open.push(kit)
      return kit
    },
    client() {
      const client = new Redis(server.url)
      open.push({ close: async () => client.disconnect() })
      return client
    },
  }
}
