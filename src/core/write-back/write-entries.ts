import { StoreError } from '../../errors.ts'
import type { Write } from '../../stores/store.ts'
import type { Services } from '../services.ts'
import { asStoreError } from '../store-access/store-failure.ts'
import { touchesOf } from '../tags/tag-versions.ts'

/** An entry to write: a fragment's, or a value's. */
export interface EntryWrite extends Write {
  /** Unsigned, until it is written. */
  value: Buffer
  readonly tags: readonly string[]
}

/**
 * Signs entries and writes them in one round trip, together with the TTLs of their tag versions.
 * Never rejects: events report what failed.
 * @param now the store's time
 * @param during what the events of a failure say
 * @returns for each entry: false if its condition did not hold, an Error if it may not be stored
 */
export async function writeEntries(
  entries: readonly EntryWrite[],
  now: number,
  during: string,
  { store, signer, events, keyPrefix }: Services,
): Promise<readonly (boolean | Error)[]> {
  if (entries.length === 0) return []
  if (signer) for (const entry of entries) entry.value = signer.sign(entry.key, entry.value, now)
  const keys = entries.map(({ key }) => key)
  try {
    const results = await store.write(entries, touchesOf(entries, keyPrefix))
    return keys.map((key, n) => {
      const result = results[n] ?? new StoreError('The store did not say whether it has stored the entry')
      if (typeof result === 'boolean') return result
      const error = asStoreError(result)
      events.emit({ type: 'error', error, during, keys: [key] })
      return error
    })
  } catch (cause) {
    const error = asStoreError(cause)
    events.emit({ type: 'error', error, during, keys })
    return keys.map(() => error)
  }
}
