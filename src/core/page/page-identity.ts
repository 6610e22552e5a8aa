import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { STAMP_LENGTH } from '../../stores/store.ts'
import { Fragment } from '../fragment/fragment.ts'
import { NocacheHole } from '../fragment/nocache-hole.ts'
import { PageNode, type Part } from '../fragment/page-node.ts'

/**
 * Kind of a page by the parts beside its literal text. `entries`: nothing but entries; `holes`:
 * something is rendered for each request; `misses`: something was rendered, and is not known to be
 * stored.
 */
export type PageKind = 'entries' | 'holes' | 'misses'

/**
 * The parts that a page consists of: its literal text, and the entries that stand in it. Two pages
 * with equal identities have equal bytes. It is made without joining or hashing the bytes of
 * entries: a store gives no two writes one stamp, so an entry is known by its key and its stamp.
 *
 * All that a template prints outside of fragments is literal text, and is compared character by
 * character: a page with a visitor's name in its layout equals no other visitor's page.
 */
export class PageIdentity {
  readonly kind: PageKind
  /** Literal text, joined; so is what was rendered for this page alone. */
  readonly text: string
  readonly entries: readonly PlacedEntry[]
  /** Number for a table of pages. Equal identities have equal fingerprints, and rarely others. */
  readonly fingerprint: number
  #digest: string | undefined

  private constructor(
    kind: PageKind,
    text: string,
    entries: readonly PlacedEntry[],
    fingerprint: number | undefined,
  ) {
    this.kind = kind
    this.text = text
    this.entries = entries
    this.fingerprint = fingerprint ?? fingerprintOf(text, entries)
  }

  /** Reads the identity of a page whose nodes are all complete. */
  static of(parts: readonly Part[]): PageIdentity {
    const reader = new PartReader()
    reader.read(parts)
    return new PageIdentity(reader.kind, reader.text, reader.entries, undefined)
  }

  equals(other: PageIdentity): boolean {
    const { text, entries } = this
    if (this.fingerprint !== other.fingerprint || text !== other.text) return false
    if (this.kind !== other.kind || entries.length !== other.entries.length) return false
    for (let n = 0; n < entries.length; n++)
      if (!(entries[n] as PlacedEntry).equals(other.entries[n] as PlacedEntry)) return false
    return true
  }

  /** Returns an identity that may be kept: it refers to nothing of the page. */
  detached(): PageIdentity {
    const entries = this.entries.map((entry) => entry.detached())
    return new PageIdentity(this.kind, this.text, entries, this.fingerprint)
  }

  /** Memory that a detached identity takes at most, in bytes. */
  get cost(): number {
    let cost = OVERHEAD + 2 * this.text.length
    for (const { key } of this.entries) cost += ENTRY_OVERHEAD + 2 * key.length
    return cost
  }

  /**
   * Digest of the identity, the same in all processes that share a store: SHA-256 over the text,
   * and over key, stamp and place of each entry. Each is preceded by its length, so that no two
   * identities are written alike. It is made at its first use.
   */
  get digest(): string {
    this.#digest ??= this.#hash()
    return this.#digest
  }

  #hash(): string {
    let written = `${this.text.length} ${this.text}`
    for (const { key, stamp, at, length } of this.entries)
      written += `${at} ${length} ${key.length} ${key}${stamp.toString('latin1', 0, STAMP_LENGTH)}`
    return hash('sha256', written, 'base64url')
  }
}

/** Memory of an identity and of one entry beside text and keys, in bytes. */
const OVERHEAD = 500
const ENTRY_OVERHEAD = 250

/** An entry where it stands in the literal text of a page. */
class PlacedEntry {
  readonly key: string
  /** Begins with the stamp of the entry. */
  readonly stamp: Buffer
  /** Length of its HTML, in bytes. */
  readonly length: number
  /** Length of the literal text before it. */
  readonly at: number

  constructor(key: string, stamp: Buffer, length: number, at: number) {
    this.key = key
    this.stamp = stamp
    this.length = length
    this.at = at
  }

  equals(other: PlacedEntry): boolean {
    if (this.at !== other.at || this.length !== other.length || this.key !== other.key) return false
    const { stamp } = this
    // 17 bytes: a call of compare() takes longer.
    for (let n = 0; n < STAMP_LENGTH; n++) if (stamp[n] !== other.stamp[n]) return false
    return true
  }

  detached(): PlacedEntry {
    return new PlacedEntry(this.key, Buffer.from(this.stamp.subarray(0, STAMP_LENGTH)), this.length, this.at)
  }
}

/** Marks where a hole begins: the text of two holes that follow one another is divided there. */
const HOLE = Buffer.alloc(STAMP_LENGTH)

/** Collects the literal text and the entries of a page. */
class PartReader {
  text = ''
  readonly entries: PlacedEntry[] = Array.of()
  #hasHole = false
  #hasMiss = false

  get kind(): PageKind {
    if (this.#hasMiss) return 'misses'
    return this.#hasHole ? 'holes' : 'entries'
  }

  read(parts: readonly Part[]): void {
    for (const part of parts) {
      if (typeof part === 'string') this.text += part
      else if (part instanceof Fragment) this.#readFragment(part)
      else if (part instanceof PageNode) this.#readOther(part)
      else this.text += part.toString()
    }
  }

  #readFragment(fragment: Fragment): void {
    const { entry, key } = fragment
    if (!entry || fragment.joined) {
      this.#hasMiss = true
      this.read(fragment.parts)
      return
    }
    this.entries.push(new PlacedEntry(key, entry.stamp, entry.body.length, this.text.length))
    if (entry.holes.length === 0) return
    for (const part of fragment.parts) if (part instanceof PageNode) this.#readOther(part)
  }

  /** Reads a `{% nocache %}`, or another node that is filled for this page alone. */
  #readOther(node: PageNode): void {
    this.#hasHole ||= node instanceof NocacheHole
    this.entries.push(new PlacedEntry('', HOLE, 0, this.text.length))
    this.read(node.parts)
  }
}

/** CRC-32 of the text, and FNV-1a over the entries' places and the random bytes of their stamps. */
function fingerprintOf(text: string, entries: readonly PlacedEntry[]): number {
  let mixed = crc32(text) | 0
  for (const { stamp, at } of entries) {
    mixed = Math.imul(mixed ^ at, FNV_PRIME)
    mixed = Math.imul(mixed ^ stamp.readInt32LE(RANDOM_BYTES), FNV_PRIME)
  }
  return mixed
}

const FNV_PRIME = 0x01000193
/** Where the random bytes of a stamp begin. */
const RANDOM_BYTES = 8
