import { OptionError } from '../../errors.ts'
import type { Duration } from '../../options/duration.ts'
import { show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import { namesOf, problemOf } from '../tags/tag-versions.ts'

/** How a value is kept. */
export interface SetOptions {
  /** How long it is fresh; `0`: what was there is deleted; `'forever'`: without end. Default: the cache's ttl. */
  readonly ttl?: Duration | undefined
  /** `invalidate()` of one of them makes it absent. Default: none. */
  readonly tags?: readonly string[] | undefined
}

/** @throws OptionError */
export function readSetOptions(options: SetOptions): { ttl: unknown; tags: readonly string[] } {
  if (typeof options !== 'object' || options === null) {
    throw new OptionError(
      `How a value is kept is said by an object, such as { ttl: '5m' }, not ${show(options)}.`,
    )
  }
  refuseUnknownOptions('A value', options, ['ttl', 'tags'])
  return { ttl: options.ttl, tags: readTagList(options.tags) }
}

/** @throws OptionError */
export function readTagList(tags: unknown = []): readonly string[] {
  if (!Array.isArray(tags)) throw new OptionError(`tags are a list of texts, not ${String(tags)}.`)
  for (const tag of tags) {
    const problem = problemOf(tag)
    if (problem) throw new OptionError(`tags are texts: one ${problem}.`)
  }
  return namesOf(tags)
}

/** @throws OptionError */
export function readKeyList(keys: unknown): readonly unknown[] {
  if (Array.isArray(keys)) return keys
  throw new OptionError(`It takes a list of keys, not ${show(keys)}.`)
}
