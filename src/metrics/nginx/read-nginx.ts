import { processClock } from '../../clock.ts'
import { OptionError } from '../../errors.ts'
import { readString } from '../../options/read-option.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import type { RedisSource } from '../../redis/open-client.ts'
import type { MetricsRange, SeriesRange } from '../metrics-reader.ts'
import type { MetricsRedis } from '../metrics-redis.ts'
import { readValues } from '../redis/read-values.ts'
import { APPLY, CLAIM, RELEASE, SERVER_TIME } from '../redis/scripts.ts'
import { StreamAggregator } from '../redis/stream-aggregator.ts'
import { readRedisSource } from '../redis-source.ts'
import type { NginxMiss } from './miss-lines.ts'
import { NginxBuckets } from './nginx-buckets.ts'
import { nginxKeys } from './nginx-keys.ts'
import type { NginxNumbers } from './nginx-numbers.ts'
import { NginxRedisReader } from './nginx-redis-reader.ts'

/** Options of {@link readNginx}. */
export interface ReadNginxOptions {
  /**
   * The `prefix` that the Lua module was given.
   *
   * @defaultValue `'onetrip'`
   */
  readonly prefix?: string | undefined
  /**
   * Called with the first of several failures to fill minutes, hours and days.
   *
   * @defaultValue none: they stay in the stream, and are added later
   */
  readonly onError?: ((error: unknown) => void) | undefined
}

/** Reads what nginx counted. */
export interface NginxReader {
  /**
   * Returns the sum of a span of time, which is widened to whole steps; `from` and `to` of the
   * result say what it covers.
   *
   * @throws OptionError, ClosedError, StoreError
   */
  totals(range?: MetricsRange): Promise<NginxNumbers>
  /**
   * Returns numbers for each step of a span, also for those in which nothing was counted.
   *
   * @throws OptionError, ClosedError, StoreError
   */
  series(range: SeriesRange): Promise<NginxNumbers[]>
  /**
   * Returns the lines of misses in a span of time, the newest first: some 500 entries are kept, of
   * up to 500 lines.
   *
   * @throws OptionError, ClosedError, StoreError
   */
  misses(range?: MetricsRange): Promise<NginxMiss[]>
  /** Closes a connection of its own, but not a client of the application. */
  close(): Promise<void>
}

/**
 * Reads what the Lua module of nginx counted. While the reader is open, it also adds the seconds to
 * minutes, hours and days; of several readers one does so at a time.
 *
 * @example
 * ```ts
 * const nginx = readNginx('redis://localhost:6379')
 * const { hitRatio } = nginxReport(await nginx.totals({ from: Date.now() - 3_600_000 }))
 * await nginx.close()
 * ```
 *
 * @param redis a client of ioredis, or how to connect
 * @throws OptionError
 */
export function readNginx(redis: MetricsRedis, options: ReadNginxOptions = {}): NginxReader {
  if (!isPlainObject(options))
    throw new OptionError(`readNginx takes an object of options; got ${show(options)}`)
  refuseUnknownOptions('readNginx', options, ['prefix', 'onError'])
  const onError = options.onError ?? ignore
  if (typeof onError !== 'function')
    throw new OptionError(`The option onError must be a function, not ${show(onError)}.`)
  const prefix = readString('prefix', options.prefix ?? 'onetrip')
  // Loads ioredis, an optional peer, only where it is used.
  const opening = openReader(readRedisSource(redis), prefix, (error) => onError(error))
  // Each method throws it.
  opening.catch(() => {})
  return {
    totals: async (range) => (await opening).reader.totals(range),
    series: async (range) => (await opening).reader.series(range),
    misses: async (range) => (await opening).reader.misses(range),
    async close() {
      const opened = await opening.catch(() => undefined)
      await opened?.aggregator.close()
      await opened?.client.close()
    },
  }
}

async function openReader(redis: RedisSource, prefix: string, onError: (error: unknown) => void) {
  const { CommandClient } = await import('../../redis/command-client.ts')
  const client = new CommandClient('The reader of nginx', 'readNginx', redis, SCRIPTS)
  const keys = nginxKeys(prefix, client.isCluster)
  const buckets = new NginxBuckets(keys, (wanted) => readValues(client, wanted))
  const aggregator = new StreamAggregator(client, keys, buckets, processClock, onError)
  return { client, aggregator, reader: new NginxRedisReader(client, keys) }
}

const SCRIPTS = [CLAIM, APPLY, RELEASE, SERVER_TIME]

function ignore(): void {}
