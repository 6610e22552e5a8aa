import type { Fragment } from '../fragment/fragment.ts'
import { codeSeen } from '../lookup/bound-code.ts'
import type { TagVersions } from '../tags/tag-versions.ts'

/**
 * What a page has seen of a fragment that it missed. Pages that have seen the same may share a render: the same key, place,
 * code (its own, and what it takes from the page), options and versions of its parts, the same found under its key, the same versions of its tags.
 */
export class LookupSnapshot {
  readonly key: string
  /** What was found under it. */
  readonly stamp: Buffer | null
  readonly #version: string
  readonly #place: string
  readonly #digest: string
  readonly #engine: string
  readonly #code: string
  readonly #tags: readonly string[]
  readonly #versions: readonly Buffer[]
  #id: string | undefined

  private constructor(fragment: Fragment, head: Buffer | null, versions: readonly Buffer[]) {
    const { key, version, place, engine, tags } = fragment
    this.key = key
    this.stamp = head
    this.#version = version
    this.#place = place.id
    this.#digest = place.digest
    this.#engine = engine
    this.#code = codeSeen(fragment)
    this.#tags = tags
    this.#versions = versions
  }

  /** @returns undefined: nobody can tell, or it is shared with nobody */
  static of(fragment: Fragment, versions: TagVersions): LookupSnapshot | undefined {
    const { unshared, stamp, tags, found } = fragment
    if (unshared !== undefined || stamp instanceof Error || found?.conflictsWith !== undefined)
      return undefined
    const known = tags.map((tag) => versions.of(tag))
    return known.every(Buffer.isBuffer) ? new LookupSnapshot(fragment, stamp, known as Buffer[]) : undefined
  }

  /** Whether another page, with the same key, has seen the same. */
  equals(other: LookupSnapshot): boolean {
    return (
      this.#version === other.#version &&
      this.#place === other.#place &&
      this.#digest === other.#digest &&
      this.#engine === other.#engine &&
      this.#code === other.#code &&
      isSame(this.stamp, other.stamp) &&
      this.#tags.length === other.#tags.length &&
      this.#tags.every((tag, n) => tag === other.#tags[n]) &&
      this.#versions.every((version, n) => isSame(version, other.#versions[n] as Buffer))
    )
  }

  /** The same as one text, for other processes. */
  get id(): string {
    this.#id ??= this.#makeId()
    return this.#id
  }

  #makeId(): string {
    const { key, stamp } = this
    let id = `${key} ${this.#version}\n${this.#place}\n${this.#digest}\n${this.#engine}\n${this.#code}\n${stamp?.toString('latin1') ?? ''}`
    for (const [n, tag] of this.#tags.entries())
      id += `\n${tag}\n${(this.#versions[n] as Buffer).toString('latin1')}`
    return id
  }
}

function isSame(one: Buffer | null, other: Buffer | null): boolean {
  return one === null || other === null ? one === other : one.equals(other)
}
