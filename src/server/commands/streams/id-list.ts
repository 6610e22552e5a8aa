import { compareIds, type StreamId } from './stream-id.ts'

/** Most items of a block that `insert` fills. */
const MAX_INSERTED = 128

/** Items of neighbouring ids. */
export class IdBlock<T extends StreamId> {
  /** Ordered by id. */
  items: T[] = []
  /** The first id that the block ever had. */
  readonly begin: StreamId
  /** The last id that the block ever had: no item of it is above. */
  end: StreamId
  /** Number of items that were removed. */
  removed = 0
  /** Bytes that the items, removed ones included, need in Redis: they decide when it is full. */
  bytes = 0
  /** Estimated memory of the items, in bytes. */
  memory = 0
  /** Fields and values of the first item that the block ever had, where items have some. */
  fields: readonly string[] = []

  constructor(first: StreamId) {
    const id = { ms: first.ms, seq: first.seq }
    this.begin = id
    this.end = id
  }
}

/**
 * Items ordered by id, in blocks: an item is found in O(log n), added at the end in O(1), and a
 * whole block at the begin is removed at once.
 */
export class IdList<T extends StreamId> {
  /** Ordered by id. A block may be without items. */
  readonly blocks: IdBlock<T>[] = []
  size = 0
  /** Estimated memory of all items, in bytes. */
  memory = 0
  readonly #memoryOf: (item: T) => number

  /** @param memoryOf estimates the memory of an item, in bytes */
  constructor(memoryOf: (item: T) => number = () => 0) {
    this.#memoryOf = memoryOf
  }

  /** Returns the item of an id. */
  get(id: StreamId): T | undefined {
    const block = this.blocks[this.#blockOf(id)]
    if (!block) return undefined
    const item = block.items[indexOf(block.items, id)]
    return item && item.ms === id.ms && item.seq === id.seq ? item : undefined
  }

  /** Adds an item after all others, to the last block or to a new one. Returns its block. */
  append(item: T, newBlock: boolean): IdBlock<T> {
    let block = this.blocks.at(-1)
    if (newBlock || !block) {
      block = new IdBlock<T>(item)
      this.blocks.push(block)
    }
    block.end = { ms: item.ms, seq: item.seq }
    block.items.push(item)
    this.size++
    this.#grow(block, item, 1)
    return block
  }

  /** Adds an item at its place. The list must have none of this id. */
  insert(item: T): void {
    const { blocks } = this
    const index = this.#blockOf(item)
    const block = blocks[index]
    if (!block) {
      this.append(item, (blocks.at(-1)?.items.length ?? 0) >= MAX_INSERTED)
      return
    }
    block.items.splice(indexOf(block.items, item), 0, item)
    this.size++
    this.#grow(block, item, 1)
    if (block.items.length > MAX_INSERTED) this.#split(index)
  }

  /** Removes the item of an id. Returns false if there is none. */
  delete(id: StreamId): boolean {
    const blockIndex = this.#blockOf(id)
    const block = this.blocks[blockIndex]
    if (!block) return false
    const index = indexOf(block.items, id)
    const item = block.items[index]
    if (!item || item.ms !== id.ms || item.seq !== id.seq) return false
    if (block.items.length === 1) {
      this.removeBlocks(blockIndex, 1)
      return true
    }
    if (index === 0) block.items.shift()
    else block.items.splice(index, 1)
    block.removed++
    this.size--
    this.#grow(block, item, -1)
    return true
  }

  /** Removes items at the begin of a block, which stays even without items. */
  removeFirst(block: IdBlock<T>, count: number): void {
    for (const item of block.items.splice(0, count)) this.#grow(block, item, -1)
    block.removed += count
    this.size -= count
  }

  /** Removes blocks with all that is in them. */
  removeBlocks(index: number, count: number): void {
    for (const block of this.blocks.splice(index, count)) {
      this.size -= block.items.length
      this.memory -= block.memory
    }
  }

  /** Returns a list with the same items. */
  copy(copyItem: (item: T) => T): IdList<T> {
    const copied = new IdList<T>(this.#memoryOf)
    for (const block of this.blocks) {
      const to = new IdBlock<T>(block.begin)
      to.items = block.items.map(copyItem)
      to.end = block.end
      to.removed = block.removed
      to.bytes = block.bytes
      to.memory = block.memory
      to.fields = block.fields
      copied.blocks.push(to)
    }
    copied.size = this.size
    copied.memory = this.memory
    return copied
  }

  get first(): T | undefined {
    for (const { items } of this.blocks) if (items.length > 0) return items[0]
    return undefined
  }

  get last(): T | undefined {
    for (let n = this.blocks.length - 1; n >= 0; n--) {
      const item = this.blocks[n]?.items.at(-1)
      if (item) return item
    }
    return undefined
  }

  /** Returns a cursor whose `next()` begins with the first item that is not before an id. */
  from(id: StreamId): IdCursor<T> {
    const index = this.#blockOf(id)
    const block = this.blocks[index]
    return new IdCursor(this, index, block ? indexOf(block.items, id) : 0)
  }

  /** Returns a cursor whose `previous()` begins with the last item that is not after an id. */
  upTo(id: StreamId): IdCursor<T> {
    const cursor = this.from(id)
    const item = cursor.peek()
    if (item && item.ms === id.ms && item.seq === id.seq) cursor.next()
    return cursor
  }

  /** Iterates over all items. The list must not be changed meanwhile. */
  *[Symbol.iterator](): Generator<T> {
    for (const { items } of this.blocks) yield* items
  }

  /** Returns the index of the first block that does not end before an id. */
  #blockOf(id: StreamId): number {
    const { blocks } = this
    let low = 0
    let high = blocks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareIds((blocks[middle] as IdBlock<T>).end, id) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Counts the memory of an item that was added or removed. */
  #grow(block: IdBlock<T>, item: T, sign: 1 | -1): void {
    const memory = sign * this.#memoryOf(item)
    block.memory += memory
    this.memory += memory
  }

  #split(index: number): void {
    const block = this.blocks[index] as IdBlock<T>
    const upper = block.items.splice(MAX_INSERTED / 2)
    const added = new IdBlock<T>(upper[0] as T)
    added.items = upper
    for (const item of upper) added.memory += this.#memoryOf(item)
    block.memory -= added.memory
    added.end = block.end
    const end = block.items.at(-1) as T
    block.end = { ms: end.ms, seq: end.seq }
    this.blocks.splice(index + 1, 0, added)
  }
}

/** A place between two items of a list, which must not be changed while the cursor is used. */
export class IdCursor<T extends StreamId> {
  readonly #list: IdList<T>
  #block: number
  /** Index within the block of the item that `next()` returns. */
  #index: number

  constructor(list: IdList<T>, block: number, index: number) {
    this.#list = list
    this.#block = block
    this.#index = index
  }

  /** Returns the item that `next()` returns. */
  peek(): T | undefined {
    const { blocks } = this.#list
    for (;;) {
      const block = blocks[this.#block]
      if (!block) return undefined
      if (this.#index < block.items.length) return block.items[this.#index]
      this.#block++
      this.#index = 0
    }
  }

  /** Returns the item after the cursor, and moves behind it. */
  next(): T | undefined {
    const item = this.peek()
    if (item !== undefined) this.#index++
    return item
  }

  /** Returns the item before the cursor, and moves in front of it. */
  previous(): T | undefined {
    const { blocks } = this.#list
    for (;;) {
      if (this.#index > 0) return blocks[this.#block]?.items[--this.#index]
      if (this.#block === 0) return undefined
      this.#block--
      this.#index = blocks[this.#block]?.items.length ?? 0
    }
  }
}

/** Returns the index of the first item that is not before an id. */
function indexOf(items: readonly StreamId[], id: StreamId): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareIds(items[middle] as StreamId, id) < 0) low = middle + 1
    else high = middle
  }
  return low
}
