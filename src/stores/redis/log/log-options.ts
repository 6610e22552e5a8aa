import { OptionError } from '../../../errors.ts'
import { isPlainObject, show } from '../../../options/show.ts'
import { checkNumber, checkOptions } from '../../store-options.ts'

/** A log of the keys that are written, in a stream. */
export interface LogOptions {
  /**
   * Key of the log, after the `keyPrefix`: the same in every process.
   *
   * @defaultValue `'onetrip:log'`
   */
  readonly key?: string | undefined
  /**
   * Number of writes that the log keeps, about (`MAXLEN ~`). One entry names at most 64 keys. A
   * process that was away for more than these drops all its copies.
   *
   * @defaultValue 10000
   */
  readonly maxLength?: number | undefined
}

/** Checked options of a log, with their defaults. */
export type ResolvedLogOptions = { readonly key: string; readonly maxLength: number }

const DEFAULT_KEY = 'onetrip:log'
const DEFAULT_MAX_LENGTH = 10_000
/** Redis removes about this many entries at once. */
const MIN_LENGTH = 100

/**
 * Reads the option `log` of redisStore; undefined for no log.
 *
 * @throws OptionError
 */
export function readLog(value: unknown): ResolvedLogOptions | undefined {
  if (value === undefined || value === false) return undefined
  if (value !== true && !isPlainObject(value)) {
    throw new OptionError(
      `redisStore: log must be true, false, or an object such as { maxLength: 10000 }; got ${show(value)}`,
    )
  }
  const options: LogOptions = value === true ? {} : (value as LogOptions)
  checkOptions('redisStore: log', options, ['key', 'maxLength'], '{ maxLength: 10000 }')
  const { key = DEFAULT_KEY, maxLength = DEFAULT_MAX_LENGTH } = options
  if (typeof key !== 'string' || key === '')
    throw new OptionError(`redisStore: log.key must be a string that is not empty; got ${show(key)}`)
  return { key, maxLength: checkNumber('redisStore', 'log.maxLength', maxLength, MIN_LENGTH) }
}
