import { LRUCache } from 'lru-cache'
import type { PageIdentity } from '../../core/page/page-identity.ts'
import type { ContentEncoding } from './encodings.ts'

/** Pages that were met once, by fingerprint: some hundred kilobytes. */
const MOST_SEEN = 10_000
/** Largest fraction of the memory that one page may take. */
const LARGEST = 1 / 8
/** Bytes of a copy beside its own, in the heap. */
const OVERHEAD = 300

/** A page whose compressed copies are kept. */
export interface KnownPage {
  readonly identity: PageIdentity
  /** By coding; a promise while it is compressed. */
  readonly copies: Map<ContentEncoding, Buffer | Promise<Buffer>>
}

/**
 * Compressed copies of pages, bounded by bytes; those that were used last stay. A page is found by
 * the fingerprint of its identity, and used only if the identities are equal in full.
 *
 * A page is admitted when it is met for the second time, so that pages of one visitor, and those
 * that a crawler reads once, evict nothing.
 */
export class PageCopies {
  readonly #pages: LRUCache<number, KnownPage>
  readonly #seen = new LRUCache<number, true>({ max: MOST_SEEN })
  readonly #largest: number

  /** @param maxBytes may be Infinity */
  constructor(maxBytes: number) {
    const maxSize = Math.min(maxBytes, Number.MAX_SAFE_INTEGER)
    this.#largest = Math.floor(maxSize * LARGEST)
    this.#pages = new LRUCache({ maxSize, sizeCalculation: costOf })
  }

  /** Memory that all copies take, in bytes. */
  get bytes(): number {
    return this.#pages.calculatedSize
  }

  /** Returns the page of an identity; undefined where none is kept, and none should be yet. */
  of(identity: PageIdentity): KnownPage | undefined {
    const { fingerprint } = identity
    const known = this.#pages.get(fingerprint)
    if (known?.identity.equals(identity)) return known
    if (!this.#seen.has(fingerprint)) {
      this.#seen.set(fingerprint, true)
      return undefined
    }
    if (identity.cost > this.#largest) return undefined
    const page = { identity: identity.detached(), copies: new Map() }
    this.#pages.set(fingerprint, page)
    return page
  }

  /** Keeps a copy of a page, unless the page was evicted, or is too large with it. */
  keep(page: KnownPage, encoding: ContentEncoding, bytes: Buffer): void {
    const { fingerprint } = page.identity
    // The memory of zlib's own Buffer is up to 16 KB larger.
    const own = Buffer.allocUnsafeSlow(bytes.length)
    bytes.copy(own)
    page.copies.set(encoding, own)
    if (this.#pages.peek(fingerprint) !== page) return
    // A value that is set again is not measured again.
    this.#pages.delete(fingerprint)
    if (costOf(page) > this.#largest) page.copies.delete(encoding)
    this.#pages.set(fingerprint, page)
  }
}

function costOf({ identity, copies }: KnownPage): number {
  let cost = identity.cost
  for (const copy of copies.values()) cost += OVERHEAD + (Buffer.isBuffer(copy) ? copy.length : 0)
  return cost
}
