import type { OnetripError } from '../../errors.ts'
import type { TagVersion, TagVersions } from './tag-versions.ts'

/**
 * Compares the tag versions that an entry keeps with those that were read beside it.
 * @param named tags that it must have: one that is missing was computed from something else
 * @returns undefined if all match; an Error if a version was not read
 */
export function mismatchOf(
  kept: readonly TagVersion[],
  named: readonly string[],
  versions: TagVersions,
): 'invalidated' | OnetripError | undefined {
  for (const [tag, stamp] of kept) {
    const version = versions.of(tag)
    if (version instanceof Error) return version
    if (!versions.isKept(tag, stamp)) return 'invalidated'
  }
  return hasAll(kept, named) ? undefined : 'invalidated'
}

function hasAll(kept: readonly TagVersion[], named: readonly string[]): boolean {
  return named.length === 0 || named.every((tag) => kept.some(([known]) => known === tag))
}
