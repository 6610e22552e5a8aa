import { fragmentKey } from '../key/fragment-key.ts'
import { suffixOfValues } from '../key/vary.ts'
import { withVersions } from '../key/versioned-parts.ts'
import type { Services } from '../services.ts'
import type { FragmentId } from './invalidation-arguments.ts'
import { tagKey } from './tag-versions.ts'

/**
 * Replaces an entry by a tombstone, which outlives every render under way: it finds the key
 * changed, and stores nothing. If the store has no room for one, the entry is removed.
 * @throws StoreError if the store has not applied it in time
 */
export async function deleteEntry(key: string, name: string, services: Services): Promise<void> {
  const { events, options, store, flights } = services
  await store.stamp([{ key, kind: 'deleted', ttl: options.maxRender }], 'delete')
  // Without a tombstone, a page that begins now sees what earlier pages saw.
  flights?.dropDeleted(key)
  events.emit({ type: 'delete', key, name })
}

/** Deletes the entry of a fragment. @throws KeyPartError, OptionError, StoreError */
export function deleteFragment(id: FragmentId, services: Services): Promise<void> {
  return deleteEntry(keyOfId(id, services).key, id.name, services)
}

/** The key of a fragment, and the version of its parts; undefined: no part was given with one. */
interface IdentifiedKey {
  readonly key: string
  readonly version: string | undefined
}

/**
 * Returns the key of a fragment that a program names.
 * @param caller the method that is given it, for messages
 * @throws KeyPartError, OptionError
 */
export function keyOfId(
  { name, parts = [], vary }: FragmentId,
  { options, keyPrefix }: Pick<Services, 'options' | 'keyPrefix'>,
  caller?: string,
): IdentifiedKey {
  const versioned = withVersions(parts, options.versionedParts, name)
  const key = fragmentKey(keyPrefix, name, versioned?.parts ?? parts) + suffixOfValues(vary, options, caller)
  return { key, version: versioned?.version || undefined }
}

/**
 * Gives tags a new version, in one round trip: every entry that has one of them is invalid from
 * then on. If the store has no room for a version, the old one is removed: absent means invalid,
 * too.
 * @throws StoreError if the store has not applied it in time: other processes may still serve
 *   entries
 */
export async function invalidateTags(tags: readonly string[], services: Services): Promise<void> {
  const { events, keyPrefix, store } = services
  await store.invalidate(tags.map((tag) => tagKey(keyPrefix, tag)))
  events.emit({ type: 'invalidate', tags })
}
