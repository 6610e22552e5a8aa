import { OptionError } from '../errors.ts'
import { type Duration, toTimer } from '../options/duration.ts'
import { readCount } from '../options/read-option.ts'
import { refuseUnknownOptions } from '../options/unknown-option.ts'
import type { PurgeTarget } from './purge-target.ts'

/** Options of {@link cdn}. */
export interface CdnOptions {
  /**
   * Name for errors.
   * @defaultValue `'the CDN'`
   */
  readonly name?: string | undefined
  /**
   * Most keys of one call.
   * @defaultValue 30
   */
  readonly maxKeys?: number | undefined
  /**
   * Time after which a call has failed.
   * @defaultValue `'5s'`
   */
  readonly timeout?: Duration | undefined
}

/**
 * Purges pages of a CDN by a function that calls its API. It is called with keys as the header of
 * tags has them, one call at a time, and again if it fails.
 * @example
 * purge: cdn((keys, signal) => fastly.purgeKeys(service, keys, { signal }), { maxKeys: 256 })
 * @throws OptionError, DurationError
 */
export function cdn(
  purge: (keys: readonly string[], signal: AbortSignal) => unknown,
  options: CdnOptions = {},
): PurgeTarget {
  if (typeof purge !== 'function') throw new OptionError('cdn() takes a function that purges keys.')
  refuseUnknownOptions('cdn()', options, ['name', 'maxKeys', 'timeout'])
  const { name = 'the CDN', maxKeys = 30, timeout = '5s' } = options
  return {
    name: String(name),
    maxKeys: readCount('maxKeys', maxKeys, 1),
    maxBytes: Number.POSITIVE_INFINITY,
    timeout: toTimer(timeout, 'The option timeout of cdn()'),
    async purge(keys, signal) {
      await purge(keys, signal)
    },
  }
}
