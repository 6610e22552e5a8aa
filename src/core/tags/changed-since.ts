import { stampKind, stampTime } from '../../stores/store.ts'
import type { Clears } from './clears.ts'
import type { TagVersions } from './tag-versions.ts'

/** Returns true if a key was written or deleted at or after `start`. Foreign bytes have no time. */
function isChanged(start: number, stamp: Buffer | null): boolean {
  return stamp !== null && stampKind(stamp) !== undefined && stampTime(stamp) >= start
}

/**
 * Returns true if a tag was invalidated at or after `start`. A version that was only created does
 * not count.
 */
function isInvalidated(start: number, version: Buffer): boolean {
  return stampKind(version) === 'invalidated' && stampTime(version) >= start
}

/**
 * Returns why data that was loaded since `start` may be older than what is under a key; undefined:
 * it is not.
 */
export function keyChangedSince(start: number, stamp: Buffer | null, clears: Clears): string | undefined {
  const cleared = clears.refusal(start)
  if (cleared !== undefined) return cleared
  return isChanged(start, stamp) ? 'it was deleted or stored after the page began' : undefined
}

/**
 * Returns why data that was loaded since `start` may be older than the versions of its tags;
 * undefined: it is not.
 */
export function tagsChangedSince(
  start: number,
  tags: readonly string[],
  versions: TagVersions,
): string | undefined {
  for (const tag of tags) {
    const version = versions.of(tag)
    if (!Buffer.isBuffer(version)) return `the version of its tag "${tag}" could not be read`
    if (isInvalidated(start, version)) return `its tag "${tag}" was invalidated after the page began`
  }
  return undefined
}
