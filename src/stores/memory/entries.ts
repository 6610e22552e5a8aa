import { LRUCache } from 'lru-cache'
import type { Copy } from '../store.ts'
import { join, type OnEvicted, Probation, type ProbationEntry } from './probation.ts'

/** Fraction of the bytes for entries that are read again and again. */
const PROTECTED = 0.8
/** The read at which an entry gets a Buffer of its own. Earlier reads copy its bytes. */
const READS = 2
/** Bytes of a protected entry beside value and key, in the heap and around its Buffer (Node 20). */
const OVERHEAD = 900

/** An entry that is read again and again. */
interface ProtectedEntry extends Copy {
  expires: number
}

/**
 * Entries, bounded by bytes, in two segments. New entries are on probation, where the oldest is
 * evicted first. Entries that are read there again are protected, in an LRU of their own, and
 * return to probation when others are read more. So a crawler that reads each page once evicts
 * only entries that were read once. Chosen by measurement: `npm run bench:eviction`.
 *
 * Segmented LRU: Karedla, Love, Wherry 1994, Caching strategies to improve disk system
 * performance; with a FIFO for new entries, as in Yang et al. 2023, FIFO queues are all you need
 * for cache eviction. Times are those of `Clock.now`.
 */
export class Entries {
  readonly #maxBytes: number
  readonly #onEvicted: OnEvicted
  readonly #probation: Probation
  readonly #protected: LRUCache<string, ProtectedEntry>
  readonly #mostProtected: number

  /** @param onEvicted called for each entry that is evicted before it expires */
  constructor(maxBytes: number, onEvicted: OnEvicted = () => {}) {
    this.#maxBytes = maxBytes
    this.#onEvicted = onEvicted
    this.#probation = new Probation(maxBytes, onEvicted)
    this.#mostProtected = Math.floor(maxBytes * PROTECTED)
    this.#protected = new LRUCache({
      maxSize: this.#mostProtected,
      sizeCalculation: ({ bytes }, key) => costOf(key, bytes.length),
      dispose: ({ bytes, expires }, key, reason) => {
        if (reason === 'evict') this.#probation.put(key, [bytes], bytes.length, expires)
      },
    })
  }

  /** Returns true if an entry would fit as the only one. */
  fits(key: string, length: number): boolean {
    return Probation.cost(key, length) <= this.#maxBytes
  }

  /** Bytes of all entries, with their overhead. */
  get bytes(): number {
    return this.#probation.bytes + this.#protected.calculatedSize
  }

  /** Returns bytes that never change and may be kept. The caller must not write to them. */
  get(key: string, now: number): Copy | undefined {
    const own = this.#protected.get(key)
    if (own !== undefined) return now < own.expires ? own : this.#drop(key)
    const entry = this.#probation.find(key)
    if (entry === undefined) return undefined
    if (!(now < entry.expires)) return this.#drop(key)
    const view = this.#probation.view(entry)
    const stays = ++entry.reads < READS || !this.#isProtectable(key, view.length)
    return stays ? { bytes: Buffer.from(view), parsed: undefined } : this.#promote(key, entry, now)
  }

  /** Returns the same for a protected entry; undefined for any other. */
  getOwn(key: string, now: number): Copy | undefined {
    const own = this.#protected.get(key)
    return own !== undefined && now < own.expires ? own : undefined
  }

  /** Returns bytes that are valid until the next write. Does not count as a read. */
  peek(key: string, now: number): Buffer | undefined {
    const own = this.#protected.peek(key)
    if (own !== undefined) return now < own.expires ? own.bytes : this.#drop(key)
    const entry = this.#probation.find(key)
    if (entry === undefined) return undefined
    return now < entry.expires ? this.#probation.view(entry) : this.#drop(key)
  }

  /** Lengthens a TTL. Returns false if the key is absent. */
  touch(key: string, expires: number, now: number): boolean {
    if (this.peek(key, now) === undefined) return false
    const entry = (this.#protected.peek(key) ?? this.#probation.find(key)) as ProtectedEntry | ProbationEntry
    entry.expires = Math.max(entry.expires, expires)
    return true
  }

  /** Stores a copy of the joined parts. Removes the key if they are larger than the bound. */
  set(key: string, parts: readonly Buffer[], expires: number, now: number): void {
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    if (!this.fits(key, length)) this.delete(key)
    else if (this.#protected.has(key) && this.#isProtectable(key, length))
      this.#protect(key, join(parts, length), expires)
    else this.#putOnProbation(key, parts, length, expires)
    this.#makeRoom(now)
  }

  delete(key: string): boolean {
    if (this.#protected.delete(key)) return true
    const entry = this.#probation.find(key)
    if (entry) this.#probation.remove(entry)
    return entry !== undefined
  }

  clear(): void {
    this.#protected.clear()
    this.#probation.clear()
  }

  *keys(): Generator<string, void, void> {
    yield* this.#protected.keys()
    yield* this.#probation.keys()
  }

  /** Returns false for an entry that is larger than the protected segment. */
  #isProtectable(key: string, length: number): boolean {
    return costOf(key, length) <= this.#mostProtected
  }

  #drop(key: string): undefined {
    this.delete(key)
  }

  #putOnProbation(key: string, parts: readonly Buffer[], length: number, expires: number): void {
    this.#protected.delete(key)
    const entry = this.#probation.find(key)
    if (entry && this.#probation.replace(entry, parts, length, expires)) return
    if (entry) this.#probation.remove(entry)
    this.#probation.put(key, parts, length, expires)
  }

  #promote(key: string, entry: ProbationEntry, now: number): Copy {
    const { expires } = entry
    const view = this.#probation.view(entry)
    const bytes = join([view], view.length)
    this.#probation.remove(entry)
    const own = this.#protect(key, bytes, expires)
    this.#makeRoom(now)
    return own
  }

  #protect(key: string, bytes: Buffer, expires: number): ProtectedEntry {
    // All properties from the start: the parsed form is added without a change of shape.
    const own = { bytes, parsed: undefined, expires }
    this.#protected.set(key, own)
    return own
  }

  #makeRoom(now: number): void {
    this.#probation.makeRoom(this.#maxBytes - this.#protected.calculatedSize, now)
    while (this.bytes > this.#maxBytes) {
      const { value: oldest } = this.#protected.rkeys().next()
      if (oldest === undefined) return
      const { bytes, expires } = this.#protected.peek(oldest) as ProtectedEntry
      this.#protected.delete(oldest)
      if (now < expires) this.#onEvicted(bytes, expires)
    }
  }
}

/** Returns the bytes of a protected entry. */
function costOf(key: string, length: number): number {
  // Two bytes a character: the size of a key that is not Latin-1.
  return OVERHEAD + 2 * key.length + length
}
