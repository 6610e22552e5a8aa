import type { Fragment } from '../fragment/fragment.ts'
import { boundTo } from '../lookup/bound-code.ts'
import type { TagVersions } from '../tags/tag-versions.ts'

/**
 * Snapshot of what a page has seen of a fragment that it missed. Pages that have seen the same may
 * share a render: the same key, place, code (its own, and that of the page), options and versions
 * of key parts, the same stamp under its key, and the same versions of its tags.
 */
export class LookupSnapshot {
  readonly key: string
  /** The stamp under its key; `null` if there was nothing. */
  readonly stamp: Buffer | null
  readonly #seen: readonly string[]
  #id: string | undefined

  private constructor(fragment: Fragment, stamp: Buffer | null, versions: readonly Buffer[]) {
    const { key, version, place, engine, tags } = fragment
    this.key = key
    this.stamp = stamp
    this.#seen = [version, place.id, place.digest, engine, boundTo(fragment), textOf(stamp)].concat(
      tags.flatMap((tag, n) => [tag, textOf(versions[n] as Buffer)]),
    )
  }

  /** Returns undefined if it is not known what was seen, or the fragment is not shared. */
  static of(fragment: Fragment, versions: TagVersions): LookupSnapshot | undefined {
    const { unshared, stamp, tags, found } = fragment
    if (unshared !== undefined || stamp instanceof Error || found?.conflictsWith !== undefined)
      return undefined
    const known = tags.map((tag) => versions.of(tag))
    return known.every(Buffer.isBuffer) ? new LookupSnapshot(fragment, stamp, known as Buffer[]) : undefined
  }

  /** Returns true if another page, with the same key, has seen the same. */
  equals(other: LookupSnapshot): boolean {
    const seen = other.#seen
    return this.#seen.length === seen.length && this.#seen.every((text, n) => text === seen[n])
  }

  /** Snapshot as one string, for other processes. */
  get id(): string {
    this.#id ??= `${this.key} ${this.#seen.join('\n')}`
    return this.#id
  }
}

function textOf(stamp: Buffer | null): string {
  return stamp?.toString('latin1') ?? ''
}
