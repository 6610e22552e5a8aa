import type { Fragment } from '../fragment/fragment.ts'
import type { KnownTags, TagVersions } from '../tags/tag-versions.ts'

// Most pages have few tags, and these are asked of every fragment: loops, and no list for nothing.

/** Tags that the places name, and those that the entries had from inside. */
export function expectedTags(fragments: readonly Fragment[], carried: KnownTags): string[] {
  const tags: string[] = []
  for (const fragment of fragments) {
    if (fragment.tags.length > 0) tags.push(...fragment.tags)
    if (!carried.empty) tags.push(...carried.of(fragment.key))
  }
  return tags
}

export function tagsInside(fragments: readonly Fragment[]): string[] {
  const tags: string[] = []
  for (const { entry } of fragments) {
    if (entry) for (const [tag] of entry.tags) tags.push(tag)
  }
  return tags
}

/** Tags of misses that have no version yet. */
export function absentTags(fragments: readonly Fragment[], versions: TagVersions): string[] {
  const absent = new Set<string>()
  for (const { filled, unshared, tags } of fragments) {
    if (filled || unshared !== undefined) continue
    for (const tag of tags) if (versions.of(tag) === null) absent.add(tag)
  }
  return [...absent]
}

/**
 * Remembers the tags that entries had from inside, so that the next page reads their versions in its first trip, also in
 * a process that did not render the fragment.
 */
export function rememberInside(fragments: readonly Fragment[], carried: KnownTags): void {
  for (const { key, entry, tags } of fragments) {
    if (!entry || entry.tags.length <= tags.length) continue
    const inside = entry.tags.map(([tag]) => tag).filter((tag) => !tags.includes(tag))
    carried.remember(key, inside)
  }
}
