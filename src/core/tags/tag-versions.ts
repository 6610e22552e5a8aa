import { LRUCache } from 'lru-cache'
import type { Place } from '../../engines/template-engine.ts'
import { TagError } from '../../errors.ts'
import { FOREVER, STAMP_LENGTH, type Touch, type Ttl } from '../../stores/store.ts'
import type { EntrySigner } from '../entry/entry-signer.ts'
import { nameOfText } from '../key/digested-text.ts'
import type { ResolvedOptions } from '../options/cache-options.ts'
import type { Found } from '../store-access/read-batcher.ts'

/**
 * A tag's version as an entry keeps it: the head of the tag's key when the page read it first, or what {@link EntrySigner.seal}
 * makes of that.
 */
export type TagVersion = readonly [tag: string, kept: Buffer]

/** Where a tag's version lies. No fragment's key looks like it: those go on with a length. */
export function tagKey(keyPrefix: string, tag: string): string {
  return `${keyPrefix}#${tag.length}:${tag}`
}

/** How long a version lives, in milliseconds. Entries that live longer lengthen its life themselves. */
export function versionTtl({ ttl = 0, maxRender }: Pick<ResolvedOptions, 'ttl' | 'maxRender'>): number {
  return Math.max(Number.isFinite(ttl) ? ttl : 0, maxRender)
}

/** What lengthens the lives of versions: each lives at least as long as the longest entry that names it. */
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

/**
 * What a tag says as `tags=`: a text or a list of texts.
 * @returns their names, each once
 * @throws TagError
 */
export function readTags(value: unknown, name: string, place: Place): readonly string[] {
  if (value === undefined) return NO_TAGS
  const list = Array.isArray(value) ? value : [value]
  for (const tag of list) {
    const problem = problemOf(tag)
    if (problem) {
      const written = place.tags?.[list.indexOf(tag)]
      throw new TagError(
        `${written === undefined ? 'A tag' : `The tag ${written}`} of the fragment "${name}" ${problem} (${place.template}, line ${place.line}): tags are texts, such as ` +
          'tags=["films", "film:" ~ film.id].',
      )
    }
  }
  return namesOf(list)
}

const NO_TAGS: readonly string[] = []

/** The names by which tags are known from here on, each once: a long one by its digest. */
export function namesOf(tags: readonly unknown[]): readonly string[] {
  return [...new Set(tags.map((tag) => nameOfText(String(tag))))]
}

/** @returns what is wrong with a tag's name */
export function problemOf(tag: unknown): string | undefined {
  const text = typeof tag === 'object' && tag !== null ? tag.valueOf() : tag
  if (Array.isArray(tag)) return 'is a list'
  if (typeof text !== 'string') return `is ${tag === null ? 'null' : typeof tag}`
  return text === '' ? 'is an empty text' : undefined
}

/**
 * The versions of tags that one page has read. The first read counts: what a body loads later may be newer than
 * that, never older.
 */
export class TagVersions {
  readonly #found = new Map<string, Found[number]>()
  readonly #signer: EntrySigner | undefined

  constructor(signer: EntrySigner | undefined) {
    this.#signer = signer
  }

  /** Those that were not read yet, each once. */
  unread(tags: readonly string[]): readonly string[] {
    return tags.length === 0 ? tags : [...new Set(tags)].filter((tag) => !this.#found.has(tag))
  }

  note(tag: string, found: Found[number]): void {
    if (this.#found.has(tag)) return
    // A copy: what the store gave may be a view into all that the socket delivered.
    this.#found.set(tag, Buffer.isBuffer(found) ? Buffer.from(found.subarray(0, STAMP_LENGTH)) : found)
  }

  /** All that was read, as one text. */
  get digest(): string {
    return [...this.#found]
      .map(
        ([tag, head]) =>
          `${tag.length}:${tag}${Buffer.isBuffer(head) ? head.toString('latin1') : head === null}`,
      )
      .join('\n')
  }

  /** They are to be read again. */
  forget(tags: readonly string[]): void {
    for (const tag of tags) this.#found.delete(tag)
  }

  /** A version that was absent has been made. */
  created(tag: string, head: Found[number]): void {
    if (this.#found.get(tag) === null) this.#found.set(tag, head)
  }

  /** Returns the version of a tag as an entry keeps it; `undefined` where it is absent, or was not read. */
  kept(tag: string): Buffer | undefined {
    const version = this.#found.get(tag)
    if (!Buffer.isBuffer(version)) return undefined
    return this.#signer ? this.#signer.seal(tag, version) : version
  }

  /** Says whether what an entry keeps is the version of a tag. */
  isKept(tag: string, kept: Buffer): boolean {
    const version = this.#found.get(tag)
    if (!Buffer.isBuffer(version)) return false
    return this.#signer ? this.#signer.isSealOf(tag, version, kept) : version.equals(kept)
  }

  /** `null`: it was absent; an Error: it was not read; `undefined`: nobody has asked. */
  of(tag: string): Found[number] | undefined {
    return this.#found.get(tag)
  }
}

/** For how many fragments a process remembers which tags they had from inside. */
const MOST_REMEMBERED = 10_000

/**
 * Tags that come from inner fragments are not in the template at the outer place. What an entry had is remembered
 * and fetched beside it the next time; a surprise costs one more trip, never a wrong page.
 */
export class KnownTags {
  readonly #tags = new LRUCache<string, readonly string[]>({ max: MOST_REMEMBERED })

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
