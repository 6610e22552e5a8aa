import type { Cluster, Redis, RedisOptions } from 'ioredis'
import { OptionError } from '../../errors.ts'
import type { ByteSize } from '../../options/byte-size.ts'
import { type Duration, toMilliseconds, toTimer } from '../../options/duration.ts'
import { readBytes, readCount, readNumber, refuseOption } from '../../options/read-option.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import type { RedisClient } from '../../redis/client.ts'
import { checkName } from '../keys.ts'

/** A limit on how many tasks of a queue begin, over all workers. */
export interface RateLimit {
  /** Most tasks that begin within `per`, on average. */
  readonly max: number
  /**
   * The interval of `max`.
   * @defaultValue `'1s'`
   */
  readonly per?: Duration | undefined
  /**
   * Most tasks that begin at once after a time without any. With 1, tasks begin evenly spaced. At
   * least those of 10 ms: timers are not fine enough for less.
   *
   * @defaultValue 1
   */
  readonly burst?: number | undefined
}

/** A client of ioredis 5 or 6, its options, or the URL of a server. */
export type QueueRedis = Redis | Cluster | RedisClient | RedisOptions | string

/** Options of a {@link TaskQueue}. */
export interface TaskQueueOptions {
  /**
   * A client, which you close yourself; or a URL or options of ioredis, by which the queue opens
   * and closes one of its own. Several queues share their connections if they get the same client.
   */
  readonly redis: QueueRedis
  /**
   * The beginning of all keys in Redis.
   *
   * @defaultValue `'onetrip'`
   */
  readonly prefix?: string | undefined
  /**
   * How long a worker may be silent before its tasks are given to others. A worker renews its
   * lease each quarter of it.
   *
   * @defaultValue `'30s'`
   */
  readonly lease?: Duration | undefined
  /**
   * Most bytes of the arguments of a task, and of its result.
   *
   * @defaultValue `'1mb'`
   */
  readonly maxBytes?: ByteSize | undefined
  /**
   * How long results are kept, from the end of a task on.
   *
   * @defaultValue `'1h'`
   */
  readonly resultTtl?: Duration | undefined
  /**
   * Most results that are kept. Beyond it, results only go to the clients that wait for them.
   *
   * @defaultValue 100,000
   */
  readonly maxResults?: number | undefined
  /**
   * Most dead letters that are kept. The oldest go first.
   *
   * @defaultValue 10,000
   */
  readonly maxDead?: number | undefined
  /**
   * Most workers that may die while they run one task, before it goes to the dead letters.
   *
   * @defaultValue 5
   */
  readonly maxCrashes?: number | undefined
  /**
   * How long a call waits for Redis before it fails, during an outage too.
   *
   * @defaultValue `'5s'`
   */
  readonly timeout?: Duration | undefined
  /**
   * Limits how many tasks begin. It is kept in Redis and holds for all workers of the queue, also
   * for those of processes that do not set it. `false` removes it.
   *
   * @defaultValue none: a limit that is set stays
   */
  readonly rateLimit?: RateLimit | false | undefined
}

/** Checked options of a queue, with their defaults. Durations are in ms. */
export interface ResolvedQueueOptions {
  readonly redis: QueueRedis
  readonly prefix: string
  readonly lease: number
  readonly maxBytes: number
  readonly resultTtl: number
  readonly maxResults: number
  readonly maxDead: number
  readonly maxCrashes: number
  readonly timeout: number
  /** As the scripts read it: `interval:burst`, `off`, or an empty string to keep what is set. */
  readonly rate: string
}

const NAMES = [
  'redis',
  'prefix',
  'lease',
  'maxBytes',
  'resultTtl',
  'maxResults',
  'maxDead',
  'maxCrashes',
  'timeout',
  'rateLimit',
] as const

/** Names by which other packages call these options. */
const HINTS = {
  connection: 'redis',
  client: 'redis',
  url: 'redis',
  lockDuration: 'lease',
  visibilityTimeout: 'lease',
  limiter: 'rateLimit',
  maxStalledCount: 'maxCrashes',
  removeOnComplete: 'resultTtl',
  concurrency: 'concurrency is an option of queue.worker().',
}

/** Time whose tasks may begin at once under any rate limit, in ms. */
const LEAST_BURST = 10
/** Shortest lease, in ms: a busy machine must be able to renew it in time. */
const LEAST_LEASE = 500

/** @throws OptionError, DurationError */
export function resolveQueueOptions(options: unknown): ResolvedQueueOptions {
  if (!isPlainObject(options))
    throw new OptionError(
      `TaskQueue takes options, such as { redis: 'redis://localhost:6379' }, not ${show(options)}.`,
    )
  refuseUnknownOptions('TaskQueue', options, NAMES, HINTS)
  const { redis, prefix, maxBytes, resultTtl, maxResults, maxDead, maxCrashes, timeout, rateLimit } =
    options as Partial<TaskQueueOptions>
  if (redis === undefined)
    throw new OptionError('The option redis of TaskQueue is missing: a URL, a client, or options of ioredis.')
  return {
    redis,
    prefix: checkName('The option prefix', prefix ?? 'onetrip'),
    lease: readLease(options.lease ?? '30s'),
    maxBytes: readBytes('maxBytes', maxBytes ?? '1mb'),
    resultTtl: toMilliseconds(resultTtl ?? '1h', 'The option resultTtl'),
    maxResults: readFinite('maxResults', maxResults ?? 100_000, 0),
    maxDead: readFinite('maxDead', maxDead ?? 10_000, 0),
    maxCrashes: readFinite('maxCrashes', maxCrashes ?? 5, 0),
    timeout: toTimer(timeout ?? '5s', 'The option timeout'),
    rate: rateLimit === undefined ? '' : rateLimit === false ? 'off' : readRate(rateLimit),
  }
}

/** Reads a lease, in ms. @throws OptionError, DurationError */
export function readLease(value: unknown): number {
  const lease = toTimer(value, 'The option lease')
  return lease >= LEAST_LEASE ? lease : refuseOption('lease', `at least ${LEAST_LEASE} ms`, value)
}

function readFinite(option: string, value: unknown, least: number): number {
  const count = readCount(option, value, least)
  return count === Infinity ? refuseOption(option, 'a finite number', value) : count
}

function readRate(value: unknown): string {
  if (!isPlainObject(value))
    refuseOption('rateLimit', "an object such as { max: 100, per: '1s' }, or false", value)
  refuseUnknownOptions('rateLimit', value, ['max', 'per', 'burst'], { duration: 'per', limit: 'max' })
  const max = readNumber('rateLimit.max', value.max, Number.MIN_VALUE)
  const per = toMilliseconds(value.per ?? '1s', 'The option rateLimit.per')
  const burst = readFinite('rateLimit.burst', value.burst ?? 1, 1)
  const interval = per / max
  return `${interval}:${Math.max(burst, Math.ceil(LEAST_BURST / interval))}`
}
