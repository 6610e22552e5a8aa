import { type Clock, processClock, type Timer } from '../../clock.ts'
import { CommandClient } from '../../redis/command-client.ts'
import type { MetricsProcess, MetricsRange, MetricsReader, SeriesRange } from '../metrics-reader.ts'
import type { MetricsRedis } from '../metrics-redis.ts'
import type { Snapshot } from '../snapshot.ts'
import { Aggregator } from './aggregator.ts'
import { metricsKeys } from './keys.ts'
import { processIdentity } from './process-identity.ts'
import { type DeltaSource, Pusher } from './pusher.ts'
import { RedisReader } from './redis-reader.ts'
import { SCRIPTS } from './scripts.ts'

/** Longest wait of `flush` for Redis, in ms. */
const FLUSH_WAIT = 5_000
/** Longest wait of `close` for Redis, in ms. */
const CLOSE_WAIT = 1_000

/** Checked options. */
export interface RedisMetricsOptions {
  readonly redis: MetricsRedis
  readonly prefix: string
  /** Name of this process; by default its host and pid. */
  readonly name: string | undefined
  /** Interval of pushes, in ms. */
  readonly interval: number
  readonly source: DeltaSource
  /** Called with the first failure of each outage of Redis. Counting goes on meanwhile. */
  readonly onError?: ((error: unknown) => void) | undefined
}

/** Pushes the numbers of this process to Redis, and reads those of all processes. */
export class RedisMetrics implements MetricsReader {
  readonly #client: CommandClient
  readonly #clock: Clock
  readonly #pusher: Pusher
  readonly #aggregator: Aggregator
  readonly #reader: RedisReader
  #closing: Promise<void> | undefined

  /** @throws OptionError */
  constructor(options: RedisMetricsOptions, clock = processClock) {
    const { redis, prefix, name, interval, source, onError } = options
    this.#clock = clock
    this.#client = new CommandClient('The metrics', 'metrics', redis, SCRIPTS, clock)
    const keys = metricsKeys(prefix, this.#client.isCluster)
    const report = (error: unknown) => {
      if (!this.#closing) onError?.(error)
    }
    this.#pusher = new Pusher(this.#client, keys, source, processIdentity(name), interval, clock, report)
    this.#aggregator = new Aggregator(this.#client, keys, clock, (error) => {
      if (!this.#pusher.fails) report(error)
    })
    this.#reader = new RedisReader(this.#client, keys, clock)
  }

  totals(range?: MetricsRange): Promise<Snapshot> {
    return this.#reader.totals(range)
  }

  series(range: SeriesRange): Promise<Snapshot[]> {
    return this.#reader.series(range)
  }

  processes(): Promise<MetricsProcess[]> {
    return this.#reader.processes()
  }

  /** Pushes what was counted until now, for at most 5 s. Never rejects. */
  flush(): Promise<void> {
    return this.#within(FLUSH_WAIT, this.#pusher.flush())
  }

  /** Pushes the rest, for at most a second, and closes a connection of its own. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#within(CLOSE_WAIT, Promise.all([this.#pusher.close(), this.#aggregator.close()]))
    await this.#client.close()
  }

  /** Settles like `work`, or after a time. */
  async #within(ms: number, work: Promise<unknown>): Promise<void> {
    let timer: Timer | undefined
    const late = new Promise<void>((resolve) => {
      timer = this.#clock.setTimeout(resolve, ms).unref()
    })
    await Promise.race([work, late])
    this.#clock.clearTimeout(timer)
  }
}
