import { writeEntry } from '../entry/entry.ts'
import { type Expirations, keyTtl } from '../entry/lifetime.ts'
import type { Services } from '../services.ts'
import { asStoreError } from '../store-access/store-failure.ts'
import type { TagVersion } from '../tags/tag-versions.ts'
import { type UnsignedEntry, writeEntries } from '../write-back/write-entries.ts'
import { VALUE_PROVENANCE } from './found-value.ts'

/** A value to store. */
export interface StoredValue extends Pick<UnsignedEntry, 'key' | 'ifStamp' | 'notAfter'> {
  /** The encoded value. */
  readonly body: Buffer
  readonly ends: Expirations
  /** What its function took, in ms. */
  readonly cost: number
  readonly tags: readonly TagVersion[]
}

/** Writes values as entries, in one round trip. */
export class ValueWriter {
  readonly #services: Services

  constructor(services: Services) {
    this.#services = services
  }

  /**
   * Never rejects: events report what was not stored.
   *
   * @returns for each: false if its condition did not hold, an Error if it may not be stored, or is
   *   refused
   */
  async write(values: readonly StoredValue[], during: string): Promise<(boolean | Error)[]> {
    const { store, signer, knownTags } = this.#services
    if (signer && Number.isNaN(store.now())) await store.syncClock()
    const results = new Map<string, boolean | Error>()
    const entries: UnsignedEntry[] = []
    for (const value of values) {
      const entry = this.#entryOf(value)
      const refusal = this.#tooLarge(entry, during)
      if (refusal) results.set(value.key, refusal)
      else entries.push(entry)
      knownTags.remember(value.key, entry.tags)
    }
    const written = await writeEntries(entries, store.now(), during, this.#services)
    for (const [n, { key }] of entries.entries()) results.set(key, written[n] as boolean | Error)
    return values.map(({ key }) => results.get(key) as boolean | Error)
  }

  #entryOf({ key, body, ends, cost, tags, ...condition }: StoredValue): UnsignedEntry {
    const entry = writeEntry(key, asBody(body), {
      ends,
      cost,
      madeOf: VALUE_PROVENANCE,
      tags,
      holes: [],
      version: '',
      heads: [],
      bindings: '',
    })
    const ttl = keyTtl(ends, this.#services.options.maxRender)
    return { key, entry, ttl, tags: tags.map(([tag]) => tag), ...condition }
  }

  #tooLarge({ key, entry }: UnsignedEntry, during: string): Error | undefined {
    const { events, options } = this.#services
    const { maxEntryBytes } = options
    if (entry.length <= maxEntryBytes) return undefined
    const error = asStoreError(
      `a value of ${entry.length} bytes is larger than maxEntryBytes (${maxEntryBytes})`,
    )
    events.emit({ type: 'error', error, during, keys: [key] })
    return error
  }
}

function asBody(bytes: Buffer) {
  return { size: bytes.length, writeTo: (target: Buffer, at: number) => bytes.copy(target, at) }
}
