import { LRUCache } from 'lru-cache'
import type { Copy } from '../store.ts'
import { type Kept, type OnGivenUp, Probation, write } from './probation.ts'

/** Which part of the bytes belongs to what is read again and again. */
const PROTECTED = 0.8
/** At which read an entry gets bytes of its own. At those before, its bytes are copied. */
const READS = 2
/** What an entry of its own takes beside its bytes and its key, in the heap and around its Buffer; measured on Node 20. */
const OVERHEAD = 900

/** An entry that is read again and again. */
interface Own extends Copy {
  expires: number
}

/**
 * Entries, bounded by bytes, in two segments: what is new is on probation, where the oldest goes first; what is read there again
 * is protected, by an LRU of its own, and goes back on probation when others are read more. So a crawler that reads each
 * page once pushes out nothing but what was read once. Chosen by measurement: `npm run bench:eviction`.
 *
 * Segmented LRU: Karedla, Love, Wherry 1994, Caching strategies to improve disk system performance; with a FIFO for what is new,
 * as in Yang et al. 2023, FIFO queues are all you need for cache eviction. Times are those of {@link Clock.now}.
 */
export class Entries {
  readonly #maxBytes: number
  readonly #onGivenUp: OnGivenUp
  readonly #probation: Probation
  readonly #protected: LRUCache<string, Own>
  readonly #mostProtected: number

  /** @param onGivenUp called for each entry that makes room before its time */
  constructor(maxBytes: number, onGivenUp: OnGivenUp = () => {}) {
    this.#maxBytes = maxBytes
    this.#onGivenUp = onGivenUp
    this.#probation = new Probation(maxBytes, onGivenUp)
    this.#mostProtected = Math.floor(maxBytes * PROTECTED)
    this.#protected = new LRUCache({
      maxSize: this.#mostProtected,
      sizeCalculation: ({ bytes }, key) => costOf(key, bytes.length),
      dispose: ({ bytes, expires }, key, reason) => {
        if (reason === 'evict') this.#probation.put(key, [bytes], bytes.length, expires)
      },
    })
  }

  /** Whether there would be room for an entry if it were the only one. */
  fits(key: string, length: number): boolean {
    return Probation.cost(key, length) <= this.#maxBytes
  }

  /** What all of it takes. */
  get bytes(): number {
    return this.#probation.bytes + this.#protected.calculatedSize
  }

  /** Its bytes, which stay as they are, for as long as anybody wants: nobody may write into them. */
  get(key: string, now: number): Copy | undefined {
    const own = this.#protected.get(key)
    if (own !== undefined) return now < own.expires ? own : this.#drop(key)
    const kept = this.#probation.find(key)
    if (kept === undefined) return undefined
    if (!(now < kept.expires)) return this.#drop(key)
    const view = this.#probation.view(kept)
    const stays = ++kept.reads < READS || !this.#isProtectable(key, view.length)
    return stays ? { bytes: Buffer.from(view), parsed: undefined } : this.#promote(key, kept, now)
  }

  /** The same where it has bytes of its own; undefined where it has not, or is not there. */
  getOwn(key: string, now: number): Copy | undefined {
    const own = this.#protected.get(key)
    return own !== undefined && now < own.expires ? own : undefined
  }

  /** Its bytes, until something is written; it does not count as read. */
  peek(key: string, now: number): Buffer | undefined {
    const own = this.#protected.peek(key)
    if (own !== undefined) return now < own.expires ? own.bytes : this.#drop(key)
    const kept = this.#probation.find(key)
    if (kept === undefined) return undefined
    return now < kept.expires ? this.#probation.view(kept) : this.#drop(key)
  }

  /** Lengthens a life. @returns whether it is there */
  touch(key: string, expires: number, now: number): boolean {
    if (this.peek(key, now) === undefined) return false
    const entry = (this.#protected.peek(key) ?? this.#probation.find(key)) as Own | Kept
    entry.expires = Math.max(entry.expires, expires)
    return true
  }

  /** Keeps the joined parts, of which it takes a copy. What is larger than the whole bound is not kept. */
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
    const kept = this.#probation.find(key)
    if (kept) this.#probation.remove(kept)
    return kept !== undefined
  }

  clear(): void {
    this.#protected.clear()
    this.#probation.clear()
  }

  *keys(): Generator<string, void, void> {
    yield* this.#protected.keys()
    yield* this.#probation.keys()
  }

  /** It may be larger than the part that is protected. */
  #isProtectable(key: string, length: number): boolean {
    return costOf(key, length) <= this.#mostProtected
  }

  #drop(key: string): undefined {
    this.delete(key)
  }

  #putOnProbation(key: string, parts: readonly Buffer[], length: number, expires: number): void {
    this.#protected.delete(key)
    const kept = this.#probation.find(key)
    if (kept && this.#probation.replace(kept, parts, length, expires)) return
    if (kept) this.#probation.remove(kept)
    this.#probation.put(key, parts, length, expires)
  }

  #promote(key: string, kept: Kept, now: number): Copy {
    const { expires } = kept
    const view = this.#probation.view(kept)
    const bytes = join([view], view.length)
    this.#probation.remove(kept)
    const own = this.#protect(key, bytes, expires)
    this.#makeRoom(now)
    return own
  }

  #protect(key: string, bytes: Buffer, expires: number): Own {
    const own = { bytes, parsed: undefined, expires }
    this.#protected.set(key, own)
    return own
  }

  #makeRoom(now: number): void {
    this.#probation.makeRoom(this.#maxBytes - this.#protected.calculatedSize, now)
    while (this.bytes > this.#maxBytes) {
      const { value: oldest } = this.#protected.rkeys().next()
      if (oldest === undefined) return
      const { bytes, expires } = this.#protected.peek(oldest) as Own
      this.#protected.delete(oldest)
      if (now < expires) this.#onGivenUp(bytes, expires)
    }
  }
}

/** What an entry of its own takes. */
function costOf(key: string, length: number): number {
  // Two bytes a character: what a key takes that is not Latin-1.
  return OVERHEAD + 2 * key.length + length
}

function join(parts: readonly Buffer[], length: number): Buffer {
  // Not from Node's pool, of which a small one would keep a whole slab alive, uncounted.
  const bytes = Buffer.allocUnsafeSlow(length)
  write(parts, bytes, 0)
  return bytes
}
