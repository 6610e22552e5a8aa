import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import type { MetricsReader } from '../../../src/metrics/metrics-reader.ts'
import { readMetrics } from '../../../src/metrics/redis/read-metrics.ts'
import { RedisMetrics } from '../../../src/metrics/redis/redis-metrics.ts'
import type { RedisSource } from '../../../src/redis/open-client.ts'
import { type RedisServer, startRedis } from '../../helpers/redis-server.ts'
import { TestClock } from '../../helpers/test-clock.ts'
import { Counts } from './counts.ts'

export interface FleetProcess {
  readonly clock: TestClock
  readonly counts: Counts
  readonly metrics: RedisMetrics
  /** Failures that it reported. */
  readonly errors: unknown[]
}

export interface Fleet {
  server(): RedisServer
  /** Closes something after the test. */
  opened<T extends { close(): Promise<unknown> }>(closable: T): T
  /** A process, as far as Redis knows, with a clock of its own. */
  process(name: string, redis?: RedisSource, prefix?: string): FleetProcess
  reader(redis?: RedisSource, prefix?: string): MetricsReader
}

/** A connection that gives up at once, as the tests' outages last. */
export function impatient(url: string) {
  return { url, maxRetriesPerRequest: 0, retryStrategy: () => 5 }
}

/** Starts a server before the tests of a file, and empties it before each. */
export function useFleet(args: readonly string[] = []): Fleet {
  let server: RedisServer
  const open: { close(): Promise<unknown> }[] = []
  beforeAll(async () => {
    server = await startRedis(args)
  })
  beforeEach(() => server.admin.flushall())
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close()
  })
  afterAll(() => server.stop())

  const opened = <T extends { close(): Promise<unknown> }>(closable: T): T => {
    open.push(closable)
    return closable
  }
  return {
    server: () => server,
    opened,
    process(name, redis = server.url, prefix = 'onetrip') {
      const clock = new TestClock()
      const counts = new Counts(() => clock.wall())
      const errors: unknown[] = []
      const onError = (error: unknown) => errors.push(error)
      const options = { redis, prefix, name, interval: 1_000, source: counts, onError }
      const metrics = opened(new RedisMetrics(options, clock))
      return { clock, counts, metrics, errors }
    },
    reader: (redis = server.url, prefix = 'onetrip') => opened(readMetrics(redis, { prefix })),
  }
}
