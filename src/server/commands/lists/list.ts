import { Container } from '../../data/entry.ts'
import { stringBytes } from '../../data/memory-size.ts'

/** Estimated memory of a list besides its items and their places, in bytes. */
const LIST_BYTES = 110
const PLACE_BYTES = 8
const SMALLEST_RING = 8

/** Either end of a list. */
export type End = 'left' | 'right'

/**
 * A list in a ring: O(1) at both ends and by index; inserting moves the items of the shorter side.
 */
export class List extends Container {
  readonly type = 'list'
  /** Its length is a power of two. Places without an item hold an empty string. */
  #ring: string[] = emptyRing(SMALLEST_RING)
  /** Place of the first item. */
  #head = 0
  #size = 0
  /** Estimated memory of the items, in bytes. */
  #itemBytes = 0

  get size(): number {
    return this.#size
  }

  get bytes(): number {
    return LIST_BYTES + PLACE_BYTES * this.#ring.length + this.#itemBytes
  }

  push(end: End, item: string): void {
    if (this.#size === this.#ring.length) this.#resize(2 * this.#size)
    const mask = this.#ring.length - 1
    if (end === 'left') {
      this.#head = (this.#head - 1) & mask
      this.#ring[this.#head] = item
    } else this.#ring[(this.#head + this.#size) & mask] = item
    this.#size++
    this.#itemBytes += stringBytes(item.length)
  }

  /** Removes an item at an end. Returns undefined if there is none. */
  pop(end: End): string | undefined {
    if (this.#size === 0) return undefined
    const mask = this.#ring.length - 1
    const place = end === 'left' ? this.#head : (this.#head + this.#size - 1) & mask
    const item = this.#ring[place] as string
    this.#ring[place] = ''
    if (end === 'left') this.#head = (this.#head + 1) & mask
    this.#size--
    this.#itemBytes -= stringBytes(item.length)
    if (this.#size * 4 < this.#ring.length && this.#ring.length > SMALLEST_RING)
      this.#resize(this.#ring.length / 2)
    return item
  }

  /** Returns an item by its index from the left, which must be in the list. */
  at(index: number): string {
    return this.#ring[this.#placeOf(index)] as string
  }

  /** Replaces an item, whose index must be in the list. */
  set(index: number, item: string): void {
    const place = this.#placeOf(index)
    this.#itemBytes += stringBytes(item.length) - stringBytes((this.#ring[place] as string).length)
    this.#ring[place] = item
  }

  /** Inserts an item before that of the index, which may be the size. */
  insert(index: number, item: string): void {
    const left = index * 2 < this.#size
    this.push(left ? 'left' : 'right', item)
    const ring = this.#ring
    const mask = ring.length - 1
    const step = left ? 1 : -1
    let place = left ? this.#head : (this.#head + this.#size - 1) & mask
    for (let moves = left ? index : this.#size - 1 - index; moves > 0; moves--) {
      const next = (place + step) & mask
      ring[place] = ring[next] as string
      place = next
    }
    ring[place] = item
  }

  /**
   * Removes items that equal a text. Returns how many.
   *
   * @param from the end at which it begins
   * @param most how many are removed at most
   */
  remove(item: string, from: End, most: number): number {
    const size = this.#size
    const at = (n: number) => (from === 'left' ? n : size - 1 - n)
    let removed = 0
    let scanned = 0
    while (scanned < size && removed < most) if (this.at(at(scanned++)) === item) removed++
    if (removed === 0) return 0
    // Of the items that were scanned, those that stay move away from the end.
    let free = scanned - 1
    for (let n = scanned - 1; n >= 0; n--) {
      const found = this.at(at(n))
      if (found !== item) this.#ring[this.#placeOf(at(free--))] = found
    }
    const bytes = this.#itemBytes - removed * stringBytes(item.length)
    this.drop(from, removed)
    this.#itemBytes = bytes
    return removed
  }

  /** Removes items at an end. */
  drop(end: End, count: number): void {
    for (let n = 0; n < count; n++) this.pop(end)
  }

  *[Symbol.iterator](): IterableIterator<string> {
    for (let index = 0; index < this.#size; index++) yield this.at(index)
  }

  encoding(): 'quicklist' {
    return 'quicklist'
  }

  copy(): List {
    const copy = new List()
    copy.#ring = this.#ring.slice()
    copy.#head = this.#head
    copy.#size = this.#size
    copy.#itemBytes = this.#itemBytes
    return copy
  }

  #placeOf(index: number): number {
    return (this.#head + index) & (this.#ring.length - 1)
  }

  #resize(length: number): void {
    const ring = emptyRing(0)
    for (let index = 0; index < this.#size; index++) ring.push(this.at(index))
    while (ring.length < length) ring.push('')
    this.#ring = ring
    this.#head = 0
  }
}

function emptyRing(length: number): string[] {
  return new Array<string>(length).fill('')
}
