import { StoreError } from '../../errors.ts'
import { PLAIN, writeEntry } from '../entry/entry.ts'
import { type Expirations, keyTtl } from '../entry/lifetime.ts'
import type { Services } from '../services.ts'
import type { TagVersion } from '../tags/tag-versions.ts'
import { type EntryWrite, writeEntries } from '../write-back/write-entries.ts'
import { VALUE_PROVENANCE } from './found-value.ts'

/** A value to store. */
export interface StoredValue extends Pick<EntryWrite, 'key' | 'ifStamp' | 'notAfter'> {
  /** The encoded value. */
  readonly body: Buffer
  readonly ends: Expirations
  /** Time that its function took, in ms. */
  readonly cost: number
  readonly tags: readonly TagVersion[]
}

/**
 * Writes values as entries, in one round trip. Never rejects: events report what was not stored.
 * @returns for each: false if its condition did not hold, an Error if it is refused or not stored
 */
export async function writeValues(
  values: readonly StoredValue[],
  during: string,
  services: Services,
): Promise<(boolean | Error)[]> {
  const { store, signer, knownTags, events, options } = services
  if (signer && Number.isNaN(store.now())) await store.syncClock()
  /** By key: of one that is given twice, nothing is known to be stored if one write failed. */
  const failed = new Map<string, Error>()
  const stored = new Set<string>()
  const entries: EntryWrite[] = []
  for (const value of values) {
    const entry = entryOf(value, options.maxRender)
    const { key, value: bytes, tags } = entry
    knownTags.remember(key, tags)
    if (bytes.length <= options.maxEntryBytes) entries.push(entry)
    else {
      const limit = `maxEntryBytes (${options.maxEntryBytes})`
      const error = new StoreError(`A value of ${bytes.length} bytes is larger than ${limit}`)
      events.emit({ type: 'error', error, during, keys: [key] })
      failed.set(key, error)
    }
  }
  const written = await writeEntries(entries, store.now(), during, services)
  for (const [n, { key }] of entries.entries()) {
    const result = written[n]
    if (result instanceof Error) failed.set(key, result)
    else if (result) stored.add(key)
  }
  return values.map(({ key }) => failed.get(key) ?? stored.has(key))
}

function entryOf({ key, body, ends, cost, tags, ...condition }: StoredValue, maxRender: number): EntryWrite {
  const value = writeEntry(key, asBody(body), {
    ...PLAIN,
    provenance: VALUE_PROVENANCE,
    ends,
    cost,
    tags,
  })
  return { key, value, ttl: keyTtl(ends, maxRender), tags: tags.map(([tag]) => tag), ...condition }
}

function asBody(bytes: Buffer) {
  return { size: bytes.length, writeTo: (target: Buffer, at: number) => bytes.copy(target, at) }
}
