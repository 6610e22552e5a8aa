import type { Services } from '../services.ts'
import { tagKey } from './tag-versions.ts'

/**
 * Leaves a tombstone in place of an entry, which outlives every render that may still be under way: it finds
 * the key changed, and stores nothing.
 *
 * Where the store has no room for a tombstone the entry is removed, and an event says so.
 *
 * @throws StoreError if the store has not applied it in time
 */
export async function deleteEntry(key: string, name: string, services: Services): Promise<void> {
  const { events, options, store, flights } = services
  await store.stamp([{ key, kind: 'deleted', ttl: options.maxRender }], 'delete')
  // Where there is no room for it, a page that begins now sees what those saw that were there before.
  flights?.dropDeleted(key)
  events.emit({ type: 'delete', key, name })
}

/**
 * Gives tags a new version, in one trip whatever they cover: every entry that has one of them is invalid from then
 * on. Where the store has no room for a version, the old one is removed: absent means invalid, too.
 *
 * @throws StoreError if the store has not applied it in time: on other processes entries may still be served then
 */
export async function invalidateTags(tags: readonly string[], services: Services): Promise<void> {
  const { events, keyPrefix, store } = services
  await store.invalidate(tags.map((tag) => tagKey(keyPrefix, tag)))
  events.emit({ type: 'invalidate', tags })
}
