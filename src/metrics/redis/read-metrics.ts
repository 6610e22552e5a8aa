import { OptionError } from '../../errors.ts'
import { readBoolean, readString } from '../../options/read-option.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import { isClient } from '../../redis/client.ts'
import type { RedisSource } from '../../redis/open-client.ts'
import type { MetricsReader } from '../metrics-reader.ts'
import type { MetricsRedis } from '../metrics-redis.ts'
import { readRedisSource } from '../redis-source.ts'
import { metricsKeys } from './keys.ts'
import { RedisReader } from './redis-reader.ts'
import { SERVER_TIME } from './scripts.ts'

export interface ReadMetricsOptions {
  /**
   * The `prefix` that the processes were given.
   *
   * @defaultValue `'onetrip'`
   */
  readonly prefix?: string | undefined
  /**
   * True to disconnect a client that is passed, when the reader is closed. A connection that the
   * reader opened itself is closed in any case.
   *
   * @defaultValue `false`
   */
  readonly owned?: boolean | undefined
}

/**
 * Reads the metrics of all processes of a site from Redis, without a cache: for a program of its
 * own. It writes nothing.
 *
 * @example
 * ```ts
 * const metrics = readMetrics('redis://localhost:6379')
 * const { pages } = await metrics.totals({ from: Date.now() - 3_600_000 })
 * await metrics.close()
 * ```
 *
 * @param redis a client of ioredis, or how to connect
 * @throws OptionError
 */
export function readMetrics(redis: MetricsRedis, options: ReadMetricsOptions = {}): MetricsReader {
  if (!isPlainObject(options))
    throw new OptionError(`readMetrics takes an object of options; got ${show(options)}`)
  refuseUnknownOptions('readMetrics', options, ['prefix', 'owned'])
  const prefix = readString('prefix', options.prefix ?? 'onetrip')
  const owned = readBoolean('owned', options.owned ?? false)
  const source = readRedisSource(redis)
  // Loads ioredis, an optional peer, only where it is used.
  const opening = openReader(source, prefix)
  // Each method throws it.
  opening.catch(() => {})
  return {
    totals: async (range) => (await opening).reader.totals(range),
    series: async (range) => (await opening).reader.series(range),
    processes: async () => (await opening).reader.processes(),
    async close() {
      const opened = await opening.catch(() => undefined)
      await opened?.client.close()
      if (owned && isClient(source)) source.disconnect()
    },
  }
}

async function openReader(redis: RedisSource, prefix: string) {
  const { CommandClient } = await import('../../redis/command-client.ts')
  const client = new CommandClient('The metrics', 'readMetrics', redis, [SERVER_TIME])
  return { client, reader: new RedisReader(client, metricsKeys(prefix, client.isCluster)) }
}
