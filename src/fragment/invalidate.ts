import { asStoreError } from './fetch.ts'
import type { Services } from './services.ts'
import { tagKey } from './tags.ts'

/**
 * Leaves a tombstone in place of an entry, which outlives every render that may still be under way: it finds
 * the key changed, and stores nothing.
 *
 * Where the store has no room for a tombstone the entry is removed, and an event says so.
 */
export async function deleteEntry(key: string, name: string, { events, options }: Services): Promise<void> {
  const { store, maxRender } = options
  try {
    const [stamped] = await store.stampMany([{ key, kind: 'deleted', ttl: maxRender }])
    if (stamped instanceof Error) {
      events.emit({ type: 'error', error: asStoreError(stamped), during: 'delete', keys: [key] })
      await store.deleteMany([key])
    }
  } catch (error) {
    const failure = asStoreError(error)
    events.emit({ type: 'error', error: failure, during: 'delete', keys: [key] })
    throw failure
  }
  events.emit({ type: 'delete', key, name })
}

/**
 * Gives tags a new version, in one trip whatever they cover: every entry that has one of them is invalid from then
 * on. Where the store has no room for a version, the old one is removed: absent means invalid, too.
 *
 * @throws StoreError if the store has not applied it: entries may still be served then
 */
export async function invalidateTags(
  tags: readonly string[],
  { events, options, keyPrefix }: Services,
): Promise<void> {
  const { store, maxRender, ttl: life = 0 } = options
  const keys = tags.map((tag) => tagKey(keyPrefix, tag))
  const ttl = Math.max(life, maxRender)
  try {
    const stamped = await store.stampMany(keys.map((key) => ({ key, kind: 'invalidated', ttl })))
    const failed = keys.filter((_, n) => stamped[n] instanceof Error)
    if (failed.length > 0) {
      const error = asStoreError(stamped.find((head) => head instanceof Error))
      events.emit({ type: 'error', error, during: 'invalidate', keys: failed })
      await store.deleteMany(failed)
    }
  } catch (error) {
    const failure = asStoreError(error)
    events.emit({ type: 'error', error: failure, during: 'invalidate', keys })
    throw failure
  }
  events.emit({ type: 'invalidate', tags })
}
