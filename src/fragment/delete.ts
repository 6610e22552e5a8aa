import { asStoreError } from './fetch.ts'
import type { Services } from './services.ts'

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
