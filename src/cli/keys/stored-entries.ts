import { type Entry, readEntry } from '../../core/entry/entry.ts'
import { type EntrySigner, SIGNATURE_LENGTH } from '../../core/entry/entry-signer.ts'
import { tagKey } from '../../core/tags/tag-versions.ts'
import { STAMP_LENGTH, type Store, stampKind, stampTime } from '../../stores/store.ts'
import { type DecodedKey, decodeKey } from '../key/decode-key.ts'
import type { OpenedCache } from '../store/open-cache.ts'
import { pagesOfKeys } from '../store/pages-of-keys.ts'

/** Keys that are read at once. */
const PAGE = 200

export type EntryState = 'fresh' | 'stale' | 'expired' | 'invalidated' | 'deleted' | 'damaged'

/** An entry or a tag's version, as the store has it under one key. */
export interface StoredEntry {
  readonly key: string
  readonly decoded: DecodedKey
  /** Undefined for a tag. */
  readonly state: EntryState | undefined
  /** Time since it was written, in ms; of a tag since it was created or invalidated. */
  readonly age: number
  /** Time until it is stale or expired, in ms; below 0 afterwards. */
  readonly freshFor: number | undefined
  readonly bytes: number
  /** Time that it took to make, in ms. */
  readonly cost: number | undefined
  readonly tags: readonly string[]
}

/** Yields what a cache has stored, in no order. */
export async function* storedEntries(
  { cache, store, keyPrefix }: OpenedCache,
  choose: (decoded: DecodedKey) => boolean,
): AsyncGenerator<StoredEntry, void, void> {
  const versions = new TagVersions(keyPrefix, cache.host.services.signer, (keys) => store.getMany(keys))
  for await (const page of pagesOfKeys(store, keyPrefix, PAGE)) {
    const chosen = page.flatMap((key) => {
      const decoded = decodeKey(keyPrefix, key)
      return decoded && choose(decoded) ? [{ key, decoded }] : []
    })
    if (chosen.length === 0) continue
    const now = await store.clock()
    const values = await store.getMany(chosen.map(({ key }) => key))
    // What is gone since its key was listed, is left out.
    const found = chosen.flatMap((one, n) => {
      const value = values[n]
      if (!Buffer.isBuffer(value) || value.length < STAMP_LENGTH) return []
      return [{ ...one, value, ...parse(one.key, value) }]
    })
    await versions.read(found.flatMap(({ entry }) => entry?.tags.map(([tag]) => tag) ?? []))
    for (const { key, decoded, value, entry, signed } of found)
      yield {
        key,
        decoded,
        state: decoded.kind === 'tag' ? undefined : stateOf(value, entry, signed, versions, now),
        age: Math.max(0, now - stampTime(value)),
        freshFor: entry && entry.freshUntil - now,
        bytes: value.length,
        cost: entry?.cost,
        tags: entry?.tags.map(([tag]) => tag) ?? [],
      }
  }
}

/** Parses an entry, which may have a signature behind its body. */
function parse(key: string, value: Buffer): { entry: Entry | undefined; signed: boolean } {
  const entry = readEntry(key, value, {})
  return entry
    ? { entry, signed: false }
    : { entry: readEntry(key, value.subarray(0, -SIGNATURE_LENGTH), {}), signed: true }
}

function stateOf(
  value: Buffer,
  entry: Entry | undefined,
  signed: boolean,
  versions: TagVersions,
  now: number,
): EntryState {
  if (!entry) return stampKind(value) === 'deleted' ? 'deleted' : 'damaged'
  if (Math.max(entry.revalidateUntil, entry.errorUntil) <= now) return 'expired'
  if (entry.tags.some(([tag, kept]) => !versions.isCurrent(tag, kept, signed))) return 'invalidated'
  return entry.freshUntil > now ? 'fresh' : 'stale'
}

/** The versions of tags, each read once. */
class TagVersions {
  readonly #keyPrefix: string
  readonly #signer: EntrySigner | undefined
  readonly #getMany: Store['getMany']
  readonly #known = new Map<string, Buffer | null>()

  constructor(keyPrefix: string, signer: EntrySigner | undefined, getMany: Store['getMany']) {
    this.#keyPrefix = keyPrefix
    this.#signer = signer
    this.#getMany = getMany
  }

  async read(tags: readonly string[]): Promise<void> {
    const unknown = [...new Set(tags)].filter((tag) => !this.#known.has(tag))
    const values = await this.#getMany(unknown.map((tag) => tagKey(this.#keyPrefix, tag)))
    for (const [n, tag] of unknown.entries()) {
      const value = values[n]
      this.#known.set(tag, Buffer.isBuffer(value) ? Buffer.from(value.subarray(0, STAMP_LENGTH)) : null)
    }
  }

  /** @param kept the version of an entry; of a signed one its seal, which a signer can compare */
  isCurrent(tag: string, kept: Buffer, signed: boolean): boolean {
    const version = this.#known.get(tag)
    if (!version) return false
    if (!signed) return version.equals(kept)
    return this.#signer?.isSealOf(tag, version, kept) ?? true
  }
}
