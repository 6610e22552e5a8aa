import { StoreError } from '../../errors.ts'
import type { Ttl, Write } from '../../stores/store.ts'
import type { Services } from '../services.ts'
import { asStoreError } from '../store-access/store-failure.ts'
import { touchesOf } from '../tags/tag-versions.ts'

/** An entry to write: a fragment's, or a value's. */
export interface UnsignedEntry {
  readonly key: string
  readonly entry: Buffer
  readonly ttl: Ttl
  readonly tags: readonly string[]
  /** See `Write#ifStamp`. */
  readonly ifStamp?: Buffer | null
  /** See `Write#notAfter`. */
  readonly notAfter?: number
}

/** A class, not a literal: see `Values#holes` of the runtime of nunjucks. */
class EntryWrite implements Write {
  readonly key: string
  readonly value: Buffer
  readonly ttl: Ttl
  declare readonly ifStamp?: Buffer | null
  declare readonly notAfter?: number

  constructor({ key, entry, ttl, ifStamp, notAfter }: UnsignedEntry, signed: Buffer | undefined) {
    this.key = key
    this.value = signed ?? entry
    this.ttl = ttl
    if (ifStamp !== undefined) this.ifStamp = ifStamp
    if (notAfter !== undefined) this.notAfter = notAfter
  }
}

/**
 * Signs entries and writes them in one round trip, together with the TTLs of their tag versions.
 * Never rejects: events report what failed.
 *
 * @param now the store's time
 * @param during what the events of a failure say
 * @returns for each entry: false if its condition did not hold, an Error if it may not be stored
 */
export async function writeEntries(
  entries: readonly UnsignedEntry[],
  now: number,
  during: string,
  { store, signer, events, keyPrefix }: Services,
): Promise<readonly (boolean | Error)[]> {
  if (entries.length === 0) return []
  const writes = entries.map((one) => new EntryWrite(one, signer?.sign(one.key, one.entry, now)))
  const keys = writes.map(({ key }) => key)
  try {
    const results = await store.write(writes, touchesOf(entries, keyPrefix))
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
