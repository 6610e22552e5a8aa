import { OptionError } from '../../errors.ts'
import type { CachedKey } from './call.ts'
import type { Wanted } from './found-value.ts'
import { valueKey } from './value-key.ts'

/** Argument of the function of `preload`. */
export interface PreloadScope {
  /** Runs a function in the scope, for callbacks that have lost it. */
  run<T>(fn: () => T): T
}

/** @throws OptionError */
export function refuseWrongPreload(keys: unknown, fn: unknown): void {
  if (Array.isArray(keys) && typeof fn === 'function') return
  throw new OptionError(
    'The arguments of preload() must be an array of keys, and a function to run with them.',
  )
}

/**
 * Returns the keys of `preload`: of values, and of calls of cached functions. @throws OptionError
 */
export function readKeys(keys: readonly (string | CachedKey)[], keyPrefix: string): Wanted[] {
  return keys.map((key) =>
    typeof key === 'object' && key !== null && Array.isArray(key.tags) && typeof key.key === 'string'
      ? key
      : { key: valueKey(keyPrefix, key), tags: [] },
  )
}
