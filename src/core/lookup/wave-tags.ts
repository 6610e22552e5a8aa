import type { Fragment } from '../fragment/fragment.ts'
import type { KnownTags } from '../tags/tag-versions.ts'

// Most pages have few tags, and these are asked of every fragment: loops, and no list for nothing.

/** Tags that the places name, and those that the entries had from inside. */
export function expectedTags(fragments: readonly Fragment[], carried: KnownTags): string[] {
  const tags: string[] = Array.of()
  for (const fragment of fragments) {
    if (fragment.tags.length > 0) tags.push(...fragment.tags)
    if (!carried.empty) tags.push(...carried.of(fragment.key))
  }
  return tags
}

export function tagsInside(fragments: readonly Fragment[]): string[] {
  const tags: string[] = Array.of()
  for (const { found } of fragments) {
    if (found?.entry) for (const [tag] of found.entry.tags) tags.push(tag)
  }
  return tags
}

/** Returns the tags of misses that may be stored, each once. */
export function tagsOfMisses(fragments: readonly Fragment[]): readonly string[] {
  const tags: string[] = []
  for (const { filled, unshared, tags: own } of fragments)
    if (own.length > 0 && !filled && unshared === undefined) tags.push(...own)
  return tags.length === 0 ? tags : [...new Set(tags)]
}

/**
 * Remembers the tags that entries had from inside, so that the next page reads their versions in its first trip, also in
 * a process that did not render the fragment.
 */
export function rememberInside(fragments: readonly Fragment[], carried: KnownTags): void {
  for (const { key, found, tags } of fragments) {
    const entry = found?.entry
    if (!entry || entry.tags.length <= tags.length) continue
    const inside = entry.tags.map(([tag]) => tag).filter((tag) => !tags.includes(tag))
    carried.remember(key, inside)
  }
}
