import { OptionError } from '../../errors.ts'
import type { Duration } from '../../options/duration.ts'
import { show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import { namesOf, problemOf } from '../tags/tag-versions.ts'

/** Options of `set()`. */
export interface SetOptions {
  /**
   * How long the value is fresh. `0`: what was there is deleted; `'forever'`: it does not expire.
   * @defaultValue the cache's `ttl`
   */
  readonly ttl?: Duration | undefined
  /** Tags of the value. `invalidate()` of one of them makes it absent. @defaultValue none */
  readonly tags?: readonly string[] | undefined
}

/** @throws OptionError */
export function readSetOptions(options: SetOptions): { ttl: unknown; tags: readonly string[] } {
  if (typeof options !== 'object' || options === null) {
    throw new OptionError(
      `The options of a value must be an object, such as { ttl: '5m' }, not ${show(options)}.`,
    )
  }
  refuseUnknownOptions('A value', options, ['ttl', 'tags'])
  return { ttl: options.ttl, tags: readTagList(options.tags) }
}

/** @throws OptionError */
export function readTagList(tags: unknown = []): readonly string[] {
  if (!Array.isArray(tags)) throw new OptionError(`tags must be an array of strings, not ${show(tags)}.`)
  for (const tag of tags) {
    const problem = problemOf(tag)
    if (problem) throw new OptionError(`tags must be strings: one ${problem}.`)
  }
  return namesOf(tags)
}

/** @throws OptionError */
export function readKeyList(keys: unknown): readonly unknown[] {
  if (Array.isArray(keys)) return keys
  throw new OptionError(`The argument must be an array of keys, not ${show(keys)}.`)
}
