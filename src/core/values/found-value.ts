import { StoreError } from '../../errors.ts'
import { STAMP_LENGTH } from '../../stores/store.ts'
import { type Entry, expirationsOf, PLAIN } from '../entry/entry.ts'
import { type Expirations, lasting } from '../entry/lifetime.ts'
import { LookupResult } from '../fragment/lookup-result.ts'
import type { LookupRules, LookupTarget } from '../lookup/judge-entry.ts'
import type { TagVersion, TagVersions } from '../tags/tag-versions.ts'

/** Stands in the provenance of a value's entry: no template's code shapes a value. */
export const VALUE_PROVENANCE = 'value'

/** Entries of values have headers of one form, which is parsed once. */
const VALUES = {}
const ABSENT = LookupResult.miss('absent', null)
const EXPIRED = lasting(Number.NEGATIVE_INFINITY)
/** In place of the stamp of what this process has written: the store has made that. */
const WRITTEN = new StoreError('It was written by this process')

/** A value to read. */
export interface Wanted {
  readonly key: string
  /** The tags that it is known to have. */
  readonly tags: readonly string[]
}

/** Key of one call of a cached function, for `preload`. */
export interface CachedKey {
  /** Name of the cached function. */
  readonly name: string
  /** Key of its entry in the store. */
  readonly key: string
  /** Tags of the result. */
  readonly tags: readonly string[]
}

/** A value that this process has written. */
export interface Written {
  readonly tags: readonly TagVersion[]
  /** By the store's clock. */
  readonly until: Expirations
}

/** A value that was looked up, or that this process has written. */
export class FoundValue implements LookupTarget {
  readonly place = VALUES
  readonly key: string
  /** The tags that it is known to have. */
  readonly tags: readonly string[]
  /** The tag versions that were read with it, or before. */
  readonly versions: TagVersions
  found: LookupResult | undefined
  readonly #isWritten: boolean

  constructor(key: string, tags: readonly string[], versions: TagVersions, isWritten = false) {
    this.key = key
    this.tags = tags
    this.versions = versions
    this.#isWritten = isWritten
  }

  /** Returns what this process has written, as if it had been looked up. */
  static written(key: string, body: Buffer, { tags, until }: Written, versions: TagVersions): FoundValue {
    const value = new FoundValue(key, [], versions, true)
    value.found = LookupResult.hit(
      {
        freshUntil: until.fresh,
        revalidateUntil: until.revalidate,
        errorUntil: until.onError,
        ...PLAIN,
        provenance: VALUE_PROVENANCE,
        tags,
        cost: 0,
        writtenAt: Number.NaN,
        stamp: body,
        body,
      },
      false,
      false,
    )
    return value
  }

  /** Values are taken from the entry when they are used. */
  get filled(): boolean {
    return false
  }

  get #result(): LookupResult {
    return this.found ?? ABSENT
  }

  /** The entry of a hit, or one that is given if its function fails. */
  get entry(): Entry | undefined {
    return this.#result.entry
  }

  /** It is given, although it may have expired. */
  get isGiven(): boolean {
    return this.#result.reason === undefined
  }

  /** It is given, and has not expired. */
  get isFresh(): boolean {
    return this.isGiven && !this.#result.stale
  }

  /** It is given, and to be refreshed: it has expired, or soon will. */
  get isDue(): boolean {
    return this.#result.refresh
  }

  /** The stamp under its key: `null` if there was nothing, an Error if it is not known. */
  get stamp(): Buffer | null | Error {
    if (this.#isWritten) return WRITTEN
    const { entry, stamp } = this.#result
    return entry ? Buffer.from(entry.stamp.subarray(0, STAMP_LENGTH)) : stamp
  }

  /** Until when it may be given, by the store's clock. */
  get until(): Expirations {
    return this.entry ? expirationsOf(this.entry, 0) : EXPIRED
  }

  /** Its tags, with the versions that it was made with. */
  get madeWith(): readonly TagVersion[] {
    return this.entry?.tags ?? []
  }

  /** Returns it as a miss, for a request that reads nothing, or because it cannot be decoded. */
  asAbsent(): FoundValue {
    return this.#with(this.#result.asBypassed())
  }

  /**
   * Returns the expired value as one that is given, since its function has failed; undefined if
   * there is none.
   */
  asFallback(): FoundValue | undefined {
    const result = this.#result.asFallback()
    return result && this.#with(result)
  }

  #with(result: LookupResult): FoundValue {
    const value = new FoundValue(this.key, this.tags, this.versions, this.#isWritten)
    value.found = result
    return value
  }
}

/** How values are looked up: any entry that holds a value is one. */
export const VALUE_LOOKUP: LookupRules<FoundValue> = {
  showsStale: true,
  check: (_, entry) =>
    entry.provenance === VALUE_PROVENANCE ? 'valid' : LookupResult.miss('damaged', entry.stamp),
  accept: () => {},
}
