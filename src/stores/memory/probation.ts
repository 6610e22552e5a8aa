import { randomInt } from 'node:crypto'
import { type Hashed, HashTable } from './hash-table.ts'
import { type Chunk, type Placed, Ring } from './ring.ts'

/** What is there is moved rather than given up, while all of it is at most this part of the bytes. */
const SPARSE = 0.75
const LARGEST_CHUNK = 1024 * 1024
/** Into how many chunks the bytes are divided, where that makes them no larger. */
const CHUNKS = 64
/** What an entry takes beside its bytes and its key: 150 of its own, and what the heap grows by as entries come. Measured on Node 20. */
const OVERHEAD = 360

/** @param bytes until something is put */
export type OnGivenUp = (bytes: Buffer, expires: number) => void

/** An entry that was not read often yet. Its key lies before its bytes. */
export interface Kept extends Placed, Hashed<Kept> {
  keyLength: number
  /** How many bytes its place has. */
  room: number
  expires: number
  reads: number
}

/**
 * Entries in the order in which they came: the oldest make room for the newest. Their keys lie in the ring with them, and their
 * objects are used again: an entry that comes and goes leaves no garbage that has grown old, which V8 collects late.
 */
export class Probation {
  readonly #ring: Ring
  readonly #kept = new HashTable<Kept>()
  readonly #free: Kept[] = []
  readonly #onGivenUp: OnGivenUp

  constructor(maxBytes: number, onGivenUp: OnGivenUp) {
    this.#onGivenUp = onGivenUp
    this.#ring = new Ring(Math.min(LARGEST_CHUNK, Math.floor(maxBytes / CHUNKS)))
  }

  /** What an entry takes. */
  static cost(key: string, length: number): number {
    return OVERHEAD + 2 * key.length + length
  }

  /** What all of it takes, holes included. */
  get bytes(): number {
    return this.#ring.bytes + this.#index
  }

  /** What is there takes, without the holes. */
  get live(): number {
    return this.#ring.live + this.#index
  }

  get #index(): number {
    return this.#kept.size * OVERHEAD
  }

  find(key: string): Kept | undefined {
    const hash = hashOf(key)
    let kept = this.#kept.first(hash)
    while (kept && (kept.hash !== hash || kept.keyLength !== key.length || this.#keyOf(kept) !== key))
      kept = kept.next
    return kept
  }

  /** The bytes of an entry, until something is put. */
  view(kept: Kept): Buffer {
    const { bytes } = kept.chunk as Chunk
    return bytes.subarray(kept.at + 2 * kept.keyLength, kept.at + kept.length)
  }

  /** Keeps the joined parts under a key that is not there. */
  put(key: string, parts: readonly Buffer[], length: number, expires: number): void {
    const kept = this.#free.pop() ?? newKept()
    const room = 2 * key.length + length
    const target = this.#ring.place(kept, room)
    kept.hash = hashOf(key)
    kept.keyLength = key.length
    kept.room = room
    kept.expires = expires
    kept.reads = 0
    target.write(key, 0, 'utf16le')
    write(parts, target, 2 * key.length)
    this.#kept.add(kept)
  }

  /** Puts other bytes in the place of an entry's own. @returns false: there is no room for them */
  replace(kept: Kept, parts: readonly Buffer[], length: number, expires: number): boolean {
    const whole = 2 * kept.keyLength + length
    if (whole > kept.room) return false
    this.#ring.resize(kept, whole)
    kept.expires = expires
    write(parts, this.view(kept), 0)
    return true
  }

  remove(kept: Kept): void {
    this.#kept.remove(kept)
    this.#ring.remove(kept)
    this.#free.push(kept)
  }

  clear(): void {
    this.#kept.clear()
    this.#free.length = 0
    this.#ring.clear()
  }

  *keys(): Generator<string, void, void> {
    for (const kept of this.#kept.values()) yield this.#keyOf(kept)
  }

  /**
   * Gives up the oldest until no more than `most` bytes are taken. Where there is room enough but for holes, what is there is
   * moved together instead.
   */
  makeRoom(most: number, now: number): void {
    // Each is moved once at most.
    let moves = this.live <= SPARSE * most ? this.#ring.chunks : 0
    while (this.bytes > most) {
      const chunk = this.#ring.shift()
      if (!chunk) return
      if (moves-- > 0) this.#move(chunk, now)
      else for (const kept of placedIn(chunk)) this.#giveUp(kept, now)
      this.#ring.giveBack(chunk)
    }
  }

  #giveUp(kept: Kept, now: number): void {
    if (now < kept.expires) this.#onGivenUp(this.view(kept), kept.expires)
    this.remove(kept)
  }

  #move(chunk: Chunk, now: number): void {
    for (const kept of placedIn(chunk)) {
      if (!(now < kept.expires)) {
        this.remove(kept)
        continue
      }
      const bytes = chunk.bytes.subarray(kept.at, kept.at + kept.length)
      this.#ring.remove(kept)
      bytes.copy(this.#ring.place(kept, kept.length))
      kept.room = kept.length
    }
  }

  #keyOf({ chunk, at, keyLength }: Kept): string {
    return (chunk as Chunk).bytes.toString('utf16le', at, at + 2 * keyLength)
  }
}

/** Some that were put there lie elsewhere by now. */
function* placedIn(chunk: Chunk): Generator<Kept, void, void> {
  for (const item of chunk.placed) if (item.chunk === chunk) yield item as Kept
}

function newKept(): Kept {
  return {
    chunk: undefined,
    at: 0,
    length: 0,
    hash: 0,
    next: undefined,
    keyLength: 0,
    room: 0,
    expires: 0.5,
    reads: 0,
  }
}

/** Another one in each process: nobody can choose keys that all come to one place of the table. */
const SEED = randomInt(2 ** 32)

/** FNV-1a (draft-eastlake-fnv) from a seed, as a small integer. */
function hashOf(key: string): number {
  let hash = SEED
  for (let n = 0; n < key.length; n++) hash = Math.imul(hash ^ key.charCodeAt(n), 0x01000193)
  return hash >>> 2
}

/** Joins parts. */
export function write(parts: readonly Buffer[], target: Buffer, begin: number): void {
  let at = begin
  for (const part of parts) {
    target.set(part, at)
    at += part.length
  }
}
