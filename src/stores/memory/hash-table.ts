/** An item of a hash table. */
export interface Hashed<T> {
  hash: number
  /** Next item in the same place of the table. */
  next: T | undefined
}

const FEWEST_PLACES = 64

/**
 * A hash table whose chains go through the items, so that items that come and go leave no garbage.
 * A Map is rebuilt each time that a part of it was deleted, and 25,000 entries of it take 1 MB.
 */
export class HashTable<T extends Hashed<T>> {
  #places: (T | undefined)[] = new Array(FEWEST_PLACES).fill(undefined)
  size = 0

  /**
   * Returns the first item in the place of a hash; `next` leads to others, perhaps of another hash.
   */
  first(hash: number): T | undefined {
    return this.#places[hash & (this.#places.length - 1)]
  }

  add(item: T): void {
    if (this.size >= this.#places.length) this.#grow()
    this.#link(item)
    this.size++
  }

  remove(item: T): void {
    const place = item.hash & (this.#places.length - 1)
    let one = this.#places[place] as T
    if (one === item) this.#places[place] = item.next
    else {
      while (one.next !== item) one = one.next as T
      one.next = item.next
    }
    item.next = undefined
    this.size--
  }

  clear(): void {
    this.#places = new Array(FEWEST_PLACES).fill(undefined)
    this.size = 0
  }

  *values(): Generator<T, void, void> {
    for (const first of this.#places) {
      for (let item = first; item; ) {
        const { next } = item
        yield item
        item = next
      }
    }
  }

  #link(item: T): void {
    const place = item.hash & (this.#places.length - 1)
    item.next = this.#places[place]
    this.#places[place] = item
  }

  #grow(): void {
    const items = [...this.values()]
    this.#places = new Array(this.#places.length * 2).fill(undefined)
    for (const item of items) this.#link(item)
  }
}
