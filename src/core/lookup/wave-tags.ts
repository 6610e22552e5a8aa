import type { Services } from '../services.ts'
import { type ReadContext, readKeys } from '../tags/read-keys.ts'
import type { KnownTags } from '../tags/tag-versions.ts'
import type { LookupTarget } from './judge-entry.ts'

// Most pages have few tags, and these run for every fragment: loops, and no list for nothing.

/**
 * Returns the tags that targets name, and those that their entries had from inside the last time.
 */
export function expectedTags(targets: readonly LookupTarget[], known: KnownTags): string[] {
  const tags: string[] = Array.of()
  for (const { key, tags: named } of targets) {
    if (named.length > 0) tags.push(...named)
    if (!known.empty) tags.push(...known.of(key))
  }
  return tags
}

/** Returns the tags of the entries that were found. */
export function tagsInside(targets: readonly LookupTarget[]): string[] {
  const tags: string[] = Array.of()
  for (const { found } of targets) {
    if (found?.entry) for (const [tag] of found.entry.tags) tags.push(tag)
  }
  return tags
}

/** Reads the versions of tags that entries have, and that were not expected. */
export async function readTagsInside(
  targets: readonly LookupTarget[],
  context: ReadContext,
  services: Pick<Services, 'store' | 'keyPrefix' | 'events' | 'knownTags'>,
): Promise<void> {
  const inside = context.versions.unread(tagsInside(targets))
  if (inside.length === 0) return
  rememberInside(targets, services.knownTags)
  await readKeys([], inside, context, services)
}

/**
 * Remembers the tags that entries had from inside, so that the next lookup reads their versions in
 * its first trip, also in a process that did not render the fragment.
 */
export function rememberInside(targets: readonly LookupTarget[], known: KnownTags): void {
  for (const { key, found, tags } of targets) {
    const entry = found?.entry
    if (!entry || entry.tags.length <= tags.length) continue
    const inside = entry.tags.map(([tag]) => tag).filter((tag) => !tags.includes(tag))
    known.remember(key, inside)
  }
}
