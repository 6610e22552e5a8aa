import { OptionError } from '../../errors.ts'
import type { CachedKey } from './cached.ts'
import type { Wanted } from './found-value.ts'
import { valueKey } from './value-key.ts'

/** What preload's function is given. */
export interface PreloadScope {
  /** Runs a function, and all that it starts, in the scope: for callbacks that have lost it. */
  run<T>(fn: () => T): T
}

/** @throws OptionError */
export function refuseWrongPreload(keys: unknown, fn: unknown): void {
  if (Array.isArray(keys) && typeof fn === 'function') return
  throw new OptionError('preload() takes a list of keys, and a function that is run with them.')
}

/** Keys of `cache.values`, and `key(...)` of cached functions. @throws OptionError */
export function readKeys(keys: readonly (string | CachedKey)[], keyPrefix: string): Wanted[] {
  return keys.map((key) =>
    typeof key === 'object' && key !== null && Array.isArray(key.tags) && typeof key.key === 'string'
      ? key
      : { key: valueKey(keyPrefix, key), tags: [] },
  )
}
