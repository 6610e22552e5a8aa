import { processClock } from '../../clock.ts'
import { OptionError } from '../../errors.ts'
import { readString } from '../../options/read-option.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import { CommandClient } from '../../redis/command-client.ts'
import type { RedisSource } from '../../redis/open-client.ts'
import type { MetricsRange, SeriesRange } from '../metrics-reader.ts'
import { readValues } from '../redis/read-values.ts'
import { APPLY, CLAIM, RELEASE, SERVER_TIME } from '../redis/scripts.ts'
import { StreamAggregator } from '../redis/stream-aggregator.ts'
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
export function readNginx(redis: RedisSource, options: ReadNginxOptions = {}): NginxReader {
  if (!isPlainObject(options))
    throw new OptionError(`readNginx takes an object of options; got ${show(options)}`)
  refuseUnknownOptions('readNginx', options, ['prefix', 'onError'])
  const { onError = ignore } = options
  if (typeof onError !== 'function')
    throw new OptionError(`The option onError must be a function, not ${show(onError)}.`)
  const prefix = readString('prefix', options.prefix ?? 'onetrip')
  const client = new CommandClient('The reader of nginx', 'readNginx', redis, SCRIPTS)
  const keys = nginxKeys(prefix, client.isCluster)
  const buckets = new NginxBuckets(keys, (wanted) => readValues(client, wanted))
  const aggregator = new StreamAggregator(client, keys, buckets, processClock, (error) => onError(error))
  const reader = new NginxRedisReader(client, keys)
  return {
    totals: (range) => reader.totals(range),
    series: (range) => reader.series(range),
    misses: (range) => reader.misses(range),
    async close() {
      await aggregator.close()
      await client.close()
    },
  }
}

const SCRIPTS = [CLAIM, APPLY, RELEASE, SERVER_TIME]

function ignore(): void {}
