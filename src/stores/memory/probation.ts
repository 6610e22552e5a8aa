import { randomInt } from 'node:crypto'
import { fnv1a } from '../fnv1a.ts'
import { type Hashed, HashTable } from './hash-table.ts'
import { type Chunk, type Placed, Ring } from './ring.ts'

/** Entries are moved rather than evicted while they fill at most this fraction of the bytes. */
const SPARSE = 0.75
/** Bytes. */
const LARGEST_CHUNK = 1024 * 1024
/** Number of chunks, unless {@link LARGEST_CHUNK} asks for more. */
const CHUNKS = 64
/** Bytes of an entry beside value and key: 150, and the growth of the heap (Node 20). */
const OVERHEAD = 360

/** @param bytes valid until the next write */
export type OnEvicted = (bytes: Buffer, expires: number) => void

/** An entry that was not read often yet. Its key is stored before its bytes. */
export interface ProbationEntry extends Placed, Hashed<ProbationEntry> {
  keyLength: number
  /** Bytes of its place in the ring. */
  room: number
  expires: number
  reads: number
}

/**
 * Entries in order of arrival: the oldest are evicted for the newest. Their keys are in the ring
 * too, and their objects are reused: an entry that comes and goes leaves no old garbage, which V8
 * collects late.
 */
export class Probation {
  readonly #ring: Ring
  readonly #entries = new HashTable<ProbationEntry>()
  readonly #free: ProbationEntry[] = []
  readonly #onEvicted: OnEvicted

  constructor(maxBytes: number, onEvicted: OnEvicted) {
    this.#onEvicted = onEvicted
    this.#ring = new Ring(Math.min(LARGEST_CHUNK, Math.floor(maxBytes / CHUNKS)))
  }

  /** Returns the bytes of an entry, with its overhead. */
  static cost(key: string, length: number): number {
    return OVERHEAD + 2 * key.length + length
  }

  /** Bytes of all entries, with the holes between them. */
  get bytes(): number {
    return this.#ring.bytes + this.#index
  }

  /** Bytes of all entries, without holes. */
  get live(): number {
    return this.#ring.live + this.#index
  }

  get #index(): number {
    return this.#entries.size * OVERHEAD
  }

  find(key: string): ProbationEntry | undefined {
    const hash = hashOf(key)
    let entry = this.#entries.first(hash)
    while (entry && (entry.hash !== hash || entry.keyLength !== key.length || this.#keyOf(entry) !== key))
      entry = entry.next
    return entry
  }

  /** Returns the bytes of an entry, valid until the next write. */
  view(entry: ProbationEntry): Buffer {
    const { bytes } = entry.chunk as Chunk
    return bytes.subarray(entry.at + 2 * entry.keyLength, entry.at + entry.length)
  }

  /** Adds the joined parts under a key that is absent. */
  put(key: string, parts: readonly Buffer[], length: number, expires: number): void {
    const entry = this.#free.pop() ?? newEntry()
    const room = 2 * key.length + length
    const target = this.#ring.place(entry, room)
    entry.hash = hashOf(key)
    entry.keyLength = key.length
    entry.room = room
    entry.expires = expires
    entry.reads = 0
    target.write(key, 0, 'utf16le')
    write(parts, target, 2 * key.length)
    this.#entries.add(entry)
  }

  /** Overwrites an entry in place. Returns false if its place is too small. */
  replace(entry: ProbationEntry, parts: readonly Buffer[], length: number, expires: number): boolean {
    const whole = 2 * entry.keyLength + length
    if (whole > entry.room) return false
    this.#ring.resize(entry, whole)
    entry.expires = expires
    write(parts, this.view(entry), 0)
    return true
  }

  remove(entry: ProbationEntry): void {
    this.#entries.remove(entry)
    this.#ring.remove(entry)
    this.#free.push(entry)
  }

  clear(): void {
    this.#entries.clear()
    this.#free.length = 0
    this.#ring.clear()
  }

  *keys(): Generator<string, void, void> {
    for (const entry of this.#entries.values()) yield this.#keyOf(entry)
  }

  /**
   * Evicts the oldest entries until no more than `most` bytes are taken. If it is the holes that
   * take them, entries are moved together instead.
   */
  makeRoom(most: number, now: number): void {
    // Each entry is moved at most once.
    let moves = this.live <= SPARSE * most ? this.#ring.chunks : 0
    while (this.bytes > most) {
      const chunk = this.#ring.shift()
      if (!chunk) return
      if (moves-- > 0) this.#move(chunk, now)
      else for (const entry of placedIn(chunk)) this.#evict(entry, now)
      this.#ring.giveBack(chunk)
    }
  }

  #evict(entry: ProbationEntry, now: number): void {
    if (now < entry.expires) this.#onEvicted(this.view(entry), entry.expires)
    this.remove(entry)
  }

  #move(chunk: Chunk, now: number): void {
    for (const entry of placedIn(chunk)) {
      if (!(now < entry.expires)) {
        this.remove(entry)
        continue
      }
      const bytes = chunk.bytes.subarray(entry.at, entry.at + entry.length)
      this.#ring.remove(entry)
      bytes.copy(this.#ring.place(entry, entry.length))
      entry.room = entry.length
    }
  }

  #keyOf({ chunk, at, keyLength }: ProbationEntry): string {
    return (chunk as Chunk).bytes.toString('utf16le', at, at + 2 * keyLength)
  }
}

/** Yields the entries of a chunk that were not moved elsewhere. */
function* placedIn(chunk: Chunk): Generator<ProbationEntry, void, void> {
  for (const item of chunk.placed) if (item.chunk === chunk) yield item as ProbationEntry
}

function newEntry(): ProbationEntry {
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

/** Differs in each process, so that no one can choose keys that all share a place of the table. */
const SEED = randomInt(2 ** 32)

/** Returns a hash that V8 stores as a small integer. */
function hashOf(key: string): number {
  return fnv1a(key, SEED) >>> 2
}

/** Joins parts in a Buffer of their own. */
export function join(parts: readonly Buffer[], length: number): Buffer {
  // Not from Node's pool: a small one would keep a whole slab alive, uncounted.
  const bytes = Buffer.allocUnsafeSlow(length)
  write(parts, bytes, 0)
  return bytes
}

function write(parts: readonly Buffer[], target: Buffer, begin: number): void {
  let at = begin
  for (const part of parts) {
    target.set(part, at)
    at += part.length
  }
}
