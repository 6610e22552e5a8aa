import { OptionError } from '../errors.ts'
import { type Duration, toMilliseconds, toTimer } from '../options/duration.ts'
import { readString, refuseOption } from '../options/read-option.ts'
import { isPlainObject, show } from '../options/show.ts'
import { refuseUnknownOptions } from '../options/unknown-option.ts'
import type { MetricsRedis } from './metrics-redis.ts'
import { readRedisSource } from './redis-source.ts'

/** Options of `metrics()`. */
export interface MetricsOptions {
  /**
   * Where the numbers of all processes are added up: a client of ioredis, or how to connect.
   * @defaultValue none: the numbers are those of this process
   */
  readonly redis?: MetricsRedis | undefined
  /**
   * Begin of all keys in Redis. Processes of one site have the same.
   * @defaultValue `'onetrip'`
   */
  readonly prefix?: string | undefined
  /**
   * Name of this process, such as that of its container.
   * @defaultValue its host and process id
   */
  readonly name?: string | undefined
  /**
   * How often numbers are sent to Redis, or added to the history of this process: from 100 ms to a
   * minute.
   * @defaultValue `'1s'`
   */
  readonly interval?: Duration | undefined
  /**
   * How long minutes are kept in the memory of this process, where there is no `redis`: at most a
   * day.
   * @defaultValue `'1h'`
   */
  readonly history?: Duration | undefined
}

/** All names of {@link MetricsOptions}. */
export const METRICS_OPTIONS = [
  'redis',
  'prefix',
  'name',
  'interval',
  'history',
] as const satisfies readonly (keyof MetricsOptions)[]

/** Checked options. Durations are in ms. */
export interface ResolvedMetricsOptions {
  readonly redis: MetricsRedis | undefined
  readonly prefix: string
  readonly name: string | undefined
  readonly interval: number
  readonly history: number
}

const SHORTEST_INTERVAL = 100
const LONGEST_INTERVAL = 60_000
const LONGEST_HISTORY = 86_400_000
const MAX_NAME = 200

/**
 * @param owner begin of the names of options in messages, such as `metrics.`
 * @throws OptionError, DurationError
 */
export function resolveMetricsOptions(options: unknown, owner = ''): ResolvedMetricsOptions {
  if (!isPlainObject(options))
    throw new OptionError(
      `The options of metrics() must be an object such as { redis }, not ${show(options)}.`,
    )
  refuseUnknownOptions('metrics()', options, METRICS_OPTIONS, {
    store: 'redis',
    url: 'it belongs to redis: pass { redis: url }.',
    client: 'redis',
    flushInterval: 'interval',
  })
  const { redis, prefix = 'onetrip', name, interval = '1s', history = '1h' } = options
  return {
    redis: redis === undefined ? undefined : readRedisSource(redis),
    prefix: readPrefix(`${owner}prefix`, prefix),
    name: name === undefined ? undefined : readName(`${owner}name`, name),
    interval: readInterval(`${owner}interval`, interval),
    history: readHistory(`${owner}history`, history),
  }
}

function readPrefix(option: string, prefix: unknown): string {
  return readString(option, prefix) || refuseOption(option, 'a string that is not empty', prefix)
}

function readName(option: string, name: unknown): string {
  if (typeof name === 'string' && name !== '' && name.length <= MAX_NAME) return name
  return refuseOption(option, `a string of 1 to ${MAX_NAME} characters`, name)
}

function readInterval(option: string, value: unknown): number {
  const interval = toTimer(value, `The option ${option}`)
  if (interval >= SHORTEST_INTERVAL && interval <= LONGEST_INTERVAL) return interval
  return refuseOption(option, 'from 100 ms to a minute', value)
}

function readHistory(option: string, value: unknown): number {
  const history = toMilliseconds(value, `The option ${option}`)
  return history <= LONGEST_HISTORY ? history : refuseOption(option, 'at most a day', value)
}
