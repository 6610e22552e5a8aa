import { LRUCache } from 'lru-cache'
import type { Place } from '../../engines/template-engine.ts'
import { type OnetripError, TagError } from '../../errors.ts'
import { FOREVER, STAMP_LENGTH, type Touch, type Ttl } from '../../stores/store.ts'
import { nameOfText } from '../key/digested-text.ts'
import type { ResolvedOptions } from '../options/cache-options.ts'
import type { Found } from '../store-access/read-batcher.ts'

/**
 * A tag's version as an entry keeps it: the stamp of the tag's key when the page read it first, or
 * what {@link VersionSeals.seal} makes of it.
 */
export type TagVersion = readonly [tag: string, kept: Buffer]

/** Seals the versions of tags in signed entries. */
interface VersionSeals {
  seal(tag: string, version: Buffer): Buffer
  isSealOf(tag: string, version: Buffer, sealed: Buffer): boolean
}

/** Returns the key of a tag's version. Keys of fragments go on with a length instead. */
export function tagKey(keyPrefix: string, tag: string): string {
  return `${keyPrefix}#${tag.length}:${tag}`
}

/** TTL of a tag version key, in ms. Writing a longer-lived entry extends it. */
export function versionTtl({ ttl = 0, maxRender }: Pick<ResolvedOptions, 'ttl' | 'maxRender'>): number {
  return Math.max(Number.isFinite(ttl) ? ttl : 0, maxRender)
}

/** Returns the TTLs of versions: each lives at least as long as the longest entry with its tag. */
export function touchesOf(
  entries: Iterable<{ readonly tags: readonly string[]; readonly ttl: Ttl }>,
  keyPrefix: string,
): Touch[] {
  const lives = new Map<string, Ttl>()
  for (const { tags, ttl } of entries) for (const tag of tags) lives.set(tag, longer(lives.get(tag), ttl))
  return [...lives].map(([tag, ttl]) => ({ key: tagKey(keyPrefix, tag), ttl }))
}

function longer(a: Ttl | undefined, b: Ttl): Ttl {
  return a === FOREVER || b === FOREVER ? FOREVER : Math.max(a ?? 0, b)
}

/** Returns the names of a `tags=`, a string or an array of strings, each once. @throws TagError */
export function readTags(value: unknown, name: string, place: Place): readonly string[] {
  if (value === undefined) return NO_TAGS
  const list = Array.isArray(value) ? value : [value]
  for (const tag of list) {
    const problem = problemOf(tag)
    if (problem) {
      const written = place.tags?.[list.indexOf(tag)]
      throw new TagError(
        `${written === undefined ? 'A tag' : `The tag ${written}`} of the fragment "${name}" ${problem} (${place.template}, line ${place.line}): tags must be strings, such as ` +
          'tags=["films", "film:" ~ film.id].',
      )
    }
  }
  return namesOf(list)
}

const NO_TAGS: readonly string[] = []

/** Returns the names by which tags are known from here on, each once: a long one by its digest. */
export function namesOf(tags: readonly unknown[]): readonly string[] {
  return [...new Set(tags.map((tag) => nameOfText(String(tag))))]
}

/** Returns what is wrong with the name of a tag. */
export function problemOf(tag: unknown): string | undefined {
  const text = typeof tag === 'object' && tag !== null ? tag.valueOf() : tag
  if (Array.isArray(tag)) return 'is an array'
  if (typeof text !== 'string') return `is ${tag === null ? 'null' : typeof tag}`
  return text === '' ? 'is an empty string' : undefined
}

/**
 * Tag versions that one page has read. The first read counts: what a body loads later may be newer
 * than that, never older.
 */
export class TagVersions {
  readonly #found = new Map<string, Found[number]>()
  readonly #signer: VersionSeals | undefined

  constructor(signer: VersionSeals | undefined) {
    this.#signer = signer
  }

  /** Returns the tags that were not read yet, each once. */
  unread(tags: readonly string[]): readonly string[] {
    return tags.length === 0 ? tags : [...new Set(tags)].filter((tag) => !this.#found.has(tag))
  }

  note(tag: string, found: Found[number]): void {
    if (this.#found.has(tag)) return
    // A copy: what the store returned may be a view into all that its socket has read.
    this.#found.set(tag, Buffer.isBuffer(found) ? Buffer.from(found.subarray(0, STAMP_LENGTH)) : found)
  }

  /** All versions as one string. */
  get digest(): string {
    return [...this.#found]
      .map(
        ([tag, stamp]) =>
          `${tag.length}:${tag}${Buffer.isBuffer(stamp) ? stamp.toString('latin1') : stamp === null}`,
      )
      .join('\n')
  }

  /** Drops versions, so that they are read again. */
  forget(tags: readonly string[]): void {
    for (const tag of tags) this.#found.delete(tag)
  }

  /** Notes the version that an absent tag has now. */
  created(tag: string, stamp: Found[number]): void {
    if (this.#found.get(tag) === null) this.#found.set(tag, stamp)
  }

  /** Returns a version as an entry keeps it; undefined if it was absent, or not read. */
  kept(tag: string): Buffer | undefined {
    const version = this.#found.get(tag)
    if (!Buffer.isBuffer(version)) return undefined
    return this.#signer ? this.#signer.seal(tag, version) : version
  }

  /** Returns true if an entry keeps the version that was read. */
  isKept(tag: string, kept: Buffer): boolean {
    const version = this.#found.get(tag)
    if (!Buffer.isBuffer(version)) return false
    return this.#signer ? this.#signer.isSealOf(tag, version, kept) : version.equals(kept)
  }

  /**
   * Compares the versions that an entry keeps with those that were read beside it.
   * @param named tags that it must have: one that is missing was computed from something else
   * @returns undefined if all match; an Error if a version was not read
   */
  mismatch(kept: readonly TagVersion[], named: readonly string[]): 'invalidated' | OnetripError | undefined {
    for (const [tag, stamp] of kept) {
      const version = this.#found.get(tag)
      if (version instanceof Error) return version
      if (!this.isKept(tag, stamp)) return 'invalidated'
    }
    for (const tag of named) if (!kept.some(([known]) => known === tag)) return 'invalidated'
    return undefined
  }

  /**
   * Returns `null` for an absent tag, an Error if it was not read, undefined if it was not asked
   * for.
   */
  of(tag: string): Found[number] | undefined {
    return this.#found.get(tag)
  }
}

/** Most fragments whose tags from inside are remembered. */
const MAX_REMEMBERED = 10_000

/**
 * Tags that entries had from fragments inside them, which the template does not name. They are read
 * with the entry the next time; a tag that is not known costs one more trip, never a wrong page.
 */
export class KnownTags {
  readonly #tags = new LRUCache<string, readonly string[]>({ max: MAX_REMEMBERED })

  get empty(): boolean {
    return this.#tags.size === 0
  }

  of(key: string): readonly string[] {
    return this.#tags.get(key) ?? []
  }

  remember(key: string, tags: readonly string[]): void {
    if (tags.length > 0) this.#tags.set(key, tags)
    else this.#tags.delete(key)
  }
}
