import { Redis } from 'ioredis'
import { TaskQueue, type TaskQueueOptions } from 'onetrip/queue'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { type RedisServer, startRedis } from '../helpers/redis-server.ts'

/** A server for the tests of a file, and queues that are closed after each test. */
export interface QueueFixture {
  readonly server: () => RedisServer
  /** Makes a queue, with a client of its own. */
  queue(options?: Partial<TaskQueueOptions>, name?: string): TaskQueue
  /** A client that is closed after the test. */
  client(): Redis
}

/** Starts a server before the tests of a file, and empties it after each. */
export function useQueues(args: readonly string[] = []): QueueFixture {
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
    queue(options = {}, name = 'work') {
      const queue = new TaskQueue(name, { redis: server.url, ...options })
      open.push(queue)
      return queue
    },
    client() {
      const client = new Redis(server.url)
      open.push({ close: async () => client.disconnect() })
      return client
    },
  }
}
