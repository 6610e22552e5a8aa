import { type Clock, processClock, type Timer } from '../clock.ts'
import { messageOf, OptionError } from '../errors.ts'
import { show } from '../options/show.ts'
import { Collector, type ObservedCache } from './collector.ts'
import { LocalHistory } from './local-history.ts'
import { type MetricsOptions, type ResolvedMetricsOptions, resolveMetricsOptions } from './metrics-options.ts'
import type { MetricsProcess, MetricsRange, MetricsReader, SeriesRange } from './metrics-reader.ts'
import type { MetricsRedis } from './metrics-redis.ts'
import { type ProcessIdentity, processIdentity } from './redis/process-identity.ts'
import type { RedisMetrics } from './redis/redis-metrics.ts'
import type { Snapshot } from './snapshot.ts'

/** The numbers of one cache, and with `redis` those of all processes of its site. */
export class Metrics implements MetricsReader {
  readonly #collector: Collector
  readonly #identity: ProcessIdentity
  readonly #clock: Clock
  /** Undefined where Redis has the numbers by time. */
  readonly #history: LocalHistory | undefined
  readonly #shared: Promise<RedisMetrics> | undefined
  readonly #timer: Timer | undefined
  #closing: Promise<void> | undefined

  /** @internal */
  constructor(cache: ObservedCache, options: ResolvedMetricsOptions, clock: Clock) {
    const { redis, name, interval, history } = options
    this.#clock = clock
    this.#identity = processIdentity(name)
    this.#collector = new Collector(cache, clock)
    if (redis !== undefined) {
      this.#shared = this.#share(redis, options)
      // It is reported already; who reads numbers gets it, and nobody else may fail by it.
      this.#shared.catch(() => {})
      return
    }
    this.#history = new LocalHistory(history, clock)
    this.#timer = clock.setInterval(() => this.#collect(), interval).unref()
  }

  /** Loads ioredis, an optional peer, only where it is used. */
  async #share(
    redis: MetricsRedis,
    { prefix, name, interval }: ResolvedMetricsOptions,
  ): Promise<RedisMetrics> {
    const source = this.#collector
    try {
      const { RedisMetrics } = await import('./redis/redis-metrics.ts')
      return new RedisMetrics({ redis, prefix, name, interval, source, onError: warnOfOutage }, this.#clock)
    } catch (error) {
      warnOfOutage(error)
      throw error
    }
  }

  /** Returns all that this process has counted since `metrics()` was called. */
  snapshot(): Snapshot {
    return this.#collector.snapshot()
  }

  /**
   * Returns the sum of a span of time, over all processes where there is Redis. Without Redis, at
   * most the `history` of this process.
   *
   * @example await numbers.totals({ from: Date.now() - 3_600_000 })
   * @throws OptionError; with Redis also ClosedError, StoreError
   */
  async totals(range?: MetricsRange): Promise<Snapshot> {
    if (this.#shared) return (await this.#shared).totals(range)
    this.#collect()
    return (this.#history as LocalHistory).totals(range)
  }

  /**
   * Returns a snapshot for each step of a span of time, also for those in which nothing was
   * counted.
   *
   * @example await numbers.series({ step: 'minute' })
   * @throws OptionError; with Redis also ClosedError, StoreError
   */
  async series(range: SeriesRange): Promise<Snapshot[]> {
    if (this.#shared) return (await this.#shared).series(range)
    this.#collect()
    return (this.#history as LocalHistory).series(range)
  }

  /**
   * Returns the processes that count: without Redis this one.
   *
   * @throws ClosedError, StoreError
   */
  async processes(): Promise<MetricsProcess[]> {
    if (this.#shared) return (await this.#shared).processes()
    const { id, about } = this.#identity
    return [{ id, ...about, seen: this.#clock.wall(), pages: this.#collector.pages }]
  }

  /**
   * Sends what was counted until now to Redis. A page is counted when its response is over:
   * `cache.settled()` waits for that. Never rejects: after a failure it is kept.
   */
  async flush(): Promise<void> {
    this.#collect()
    const shared = await this.#shared?.catch(() => undefined)
    await shared?.flush()
  }

  /**
   * Counts nothing any more, and sends the rest to Redis, for at most a second. The numbers of this
   * process can still be read. A second call waits for the first.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#collector.close()
    this.#clock.clearInterval(this.#timer)
    this.#collect()
    const shared = await this.#shared?.catch(() => undefined)
    await shared?.close()
  }

  /** Adds what was counted since the last call to the history of this process. */
  #collect(): void {
    const delta = this.#history && this.#collector.take()
    if (delta) this.#history?.add(delta)
  }
}

function warnOfOutage(error: unknown): void {
  process.emitWarning(`The metrics do not reach Redis; they are counted on: ${messageOf(error)}`, {
    type: 'OnetripWarning',
    code: 'ONETRIP_METRICS',
  })
}

/**
 * Counts what a cache does: hits, misses by reason, time saved and lost, round trips, by fragment,
 * template and route. A cache without metrics measures nothing.
 *
 * @example
 * ```ts
 * const numbers = metrics(cache, { redis: 'redis://localhost:6379' })
 * const lastHour = await numbers.totals({ from: Date.now() - 3_600_000 })
 * ```
 * @throws OptionError, DurationError
 */
export function metrics(cache: ObservedCache, options?: MetricsOptions): Metrics
/** @internal */
export function metrics(cache: ObservedCache, options: MetricsOptions | undefined, clock: Clock): Metrics
export function metrics(cache: ObservedCache, options: MetricsOptions = {}, clock = processClock): Metrics {
  if (typeof cache?.observe !== 'function')
    throw new OptionError(`metrics() must be given a cache, metrics(cache, { redis }), not ${show(cache)}.`)
  return new Metrics(cache, resolveMetricsOptions(options), clock)
}
