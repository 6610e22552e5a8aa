import { FOREVER, type Ttl, type Write } from '../../stores/store.ts'
import { writeEntry } from '../entry/entry.ts'
import type { Expirations } from '../entry/lifetime.ts'
import type { Services } from '../services.ts'
import { asStoreError } from '../store-access/store-failure.ts'
import { type TagVersion, touchesOf } from '../tags/tag-versions.ts'
import { VALUE_PROVENANCE } from './found-value.ts'

/** A value to store. */
export interface StoredValue {
  readonly key: string
  /** What {@link Codec} has made of it. */
  readonly body: Buffer
  readonly ends: Expirations
  /** Milliseconds that it took to make. */
  readonly cost: number
  readonly tags: readonly TagVersion[]
  /** As in `Write`: what must stand at the key for it to be written, and until when. Left out: in any case. */
  readonly ifStamp?: Buffer | null
  readonly notAfter?: number
}

/** Writes values as entries, in one trip. */
export class ValueWriter {
  readonly #services: Services

  constructor(services: Services) {
    this.#services = services
  }

  /**
   * Never rejects: an event says what was not stored.
   * @returns for each whether it was stored; an Error: it is not known, or it is refused
   */
  async write(values: readonly StoredValue[], during: string): Promise<(boolean | Error)[]> {
    const { options, store, signer, events, knownTags, keyPrefix } = this.#services
    if (signer && Number.isNaN(store.now())) await store.syncClock()
    const now = store.now()
    const lives: { readonly tags: readonly string[]; readonly ttl: Ttl }[] = []
    const entries = values.map(({ key, body, ends, cost, tags, ifStamp, notAfter }): Write => {
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
      const lifetime = Math.ceil(Math.max(ends.revalidate, ends.onError, options.maxRender))
      const ttl = Number.isSafeInteger(lifetime) ? lifetime : FOREVER
      const names = tags.map(([tag]) => tag)
      lives.push({ tags: names, ttl })
      knownTags.remember(key, names)
      const value = signer ? signer.sign(key, entry, now) : entry
      return {
        key,
        value,
        ttl,
        ...(ifStamp !== undefined && { ifStamp }),
        ...(notAfter !== undefined && { notAfter }),
      }
    })
    const failed = new Map<string, Error>()
    const fail = (cause: unknown, keys: readonly string[]) => {
      const error = asStoreError(cause)
      for (const key of keys) failed.set(key, error)
      events.emit({ type: 'error', error, during, keys })
    }
    const small = entries.filter(({ value }) => value.length <= options.maxEntryBytes)
    for (const { key, value } of entries) {
      if (value.length > options.maxEntryBytes) {
        fail(`a value of ${value.length} bytes is larger than maxEntryBytes (${options.maxEntryBytes})`, [
          key,
        ])
      }
    }
    const stored = new Set<string>()
    if (small.length > 0) {
      const keys = small.map(({ key }) => key)
      try {
        const results = await store.write(small, touchesOf(lives, keyPrefix))
        results.forEach((result, n) => {
          if (result === true) stored.add(keys[n] as string)
          else if (result instanceof Error) fail(result, [keys[n] as string])
        })
      } catch (error) {
        fail(error, keys)
      }
    }
    return values.map(({ key }) => failed.get(key) ?? stored.has(key))
  }
}

function asBody(bytes: Buffer) {
  return { size: bytes.length, writeTo: (target: Buffer, at: number) => bytes.copy(target, at) }
}
