import { isBefore, type ScoredMember } from './scored-member.ts'

/** Most items of a leaf. */
const LEAF_ITEMS = 64
/** Most children of an inner node. */
const CHILDREN = 32
/** A node with fewer entries than this part of the most is joined with, or filled from, another. */
const FEW = 1 / 4

/** The place of an item. */
export interface Place {
  readonly leaf: LeafNode
  readonly index: number
}

/** A node of the tree. All but the root have at least one entry. */
export interface TreeNode {
  /** Number of items in it and below it. */
  readonly size: number
  /** True if it should be joined with a neighbour. */
  readonly hasFew: boolean
  /** The first item. */
  readonly lowest: ScoredMember
  /** Adds an item. Returns a node that follows this one, if it had to be split. */
  insert(item: ScoredMember): TreeNode | undefined
  /** Removes an item that is there. */
  remove(item: ScoredMember): void
  /** Number of items before one. */
  rank(item: ScoredMember): number
  /** Number of items at the begin that pass a test. */
  countLeading(test: (item: ScoredMember) => boolean): number
  /** Finds the item of a rank. */
  find(rank: number): Place
}

/** Items in their order. The leaves are a list. */
export class LeafNode implements TreeNode {
  items: ScoredMember[]
  next: LeafNode | undefined = undefined
  previous: LeafNode | undefined = undefined

  constructor(items: ScoredMember[] = []) {
    this.items = items
  }

  get size(): number {
    return this.items.length
  }

  get hasFew(): boolean {
    return this.items.length < LEAF_ITEMS * FEW
  }

  get lowest(): ScoredMember {
    return this.items[0] as ScoredMember
  }

  insert(item: ScoredMember): LeafNode | undefined {
    const { items } = this
    const at = this.rank(item)
    if (items.length < LEAF_ITEMS) {
      insertAt(items, at, item)
      return undefined
    }
    // What is added in ascending order leaves full leaves behind.
    const appended = at === items.length && this.next === undefined
    const kept = appended ? at : LEAF_ITEMS / 2
    const right = new LeafNode(items.splice(kept))
    this.#follow(right)
    if (appended || at > kept) insertAt(right.items, at - kept, item)
    else insertAt(items, at, item)
    return right
  }

  remove(item: ScoredMember): void {
    removeAt(this.items, this.rank(item))
  }

  rank(item: ScoredMember): number {
    const { items } = this
    let low = 0
    let high = items.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (isBefore(items[middle] as ScoredMember, item)) low = middle + 1
      else high = middle
    }
    return low
  }

  countLeading(test: (item: ScoredMember) => boolean): number {
    return countLeading(this.items, test)
  }

  find(rank: number): Place {
    return { leaf: this, index: rank }
  }

  /** Takes all items of the leaf that follows it, or as many that both have the same number. */
  level(right: LeafNode): boolean {
    const all = this.items.concat(right.items)
    if (all.length <= LEAF_ITEMS) {
      this.items = all
      this.next = right.next
      if (right.next) right.next.previous = this
      return true
    }
    right.items = all.splice(all.length >> 1)
    this.items = all
    return false
  }

  #follow(right: LeafNode): void {
    right.next = this.next
    right.previous = this
    if (this.next) this.next.previous = right
    this.next = right
  }
}

/** Nodes in their order. */
export class InnerNode implements TreeNode {
  children: TreeNode[]
  /** Sizes of the children. */
  #sizes: number[] = []
  /** For each child but the first: not above its items, and above those of the child before it. */
  #bounds: ScoredMember[] = []
  size = 0

  constructor(children: TreeNode[]) {
    this.children = children
    this.#measure()
  }

  get hasFew(): boolean {
    return this.children.length < CHILDREN * FEW
  }

  get lowest(): ScoredMember {
    return (this.children[0] as TreeNode).lowest
  }

  insert(item: ScoredMember): InnerNode | undefined {
    const at = this.#childOf(item)
    const child = this.children[at] as TreeNode
    const split = child.insert(item)
    this.size++
    this.#sizes[at] = child.size
    if (split === undefined) return undefined
    insertAt(this.children, at + 1, split)
    insertAt(this.#sizes, at + 1, split.size)
    insertAt(this.#bounds, at, split.lowest)
    if (this.children.length <= CHILDREN) return undefined
    const right = new InnerNode(this.children.splice(this.children.length >> 1))
    this.#measure()
    return right
  }

  remove(item: ScoredMember): void {
    const at = this.#childOf(item)
    const child = this.children[at] as TreeNode
    child.remove(item)
    this.size--
    this.#sizes[at] = child.size
    if (child.hasFew && this.children.length > 1) this.#fill(Math.min(at, this.children.length - 2))
  }

  rank(item: ScoredMember): number {
    const at = this.#childOf(item)
    return this.#sizeBefore(at) + (this.children[at] as TreeNode).rank(item)
  }

  countLeading(test: (item: ScoredMember) => boolean): number {
    const at = countLeading(this.#bounds, test)
    return this.#sizeBefore(at) + (this.children[at] as TreeNode).countLeading(test)
  }

  find(rank: number): Place {
    let rest = rank
    let at = 0
    while (rest >= (this.#sizes[at] as number)) rest -= this.#sizes[at++] as number
    return (this.children[at] as TreeNode).find(rest)
  }

  level(right: InnerNode): boolean {
    const all = this.children.concat(right.children)
    const joined = all.length <= CHILDREN
    if (!joined) {
      right.children = all.splice(all.length >> 1)
      right.#measure()
    }
    this.children = all
    this.#measure()
    return joined
  }

  /** Joins a child with the one that follows it, or levels their numbers. */
  #fill(at: number): void {
    const left = this.children[at] as TreeNode
    const right = this.children[at + 1] as TreeNode
    if (levelNodes(left, right)) {
      removeAt(this.children, at + 1)
      removeAt(this.#sizes, at + 1)
      removeAt(this.#bounds, at)
    } else {
      this.#sizes[at + 1] = right.size
      this.#bounds[at] = right.lowest
    }
    this.#sizes[at] = left.size
  }

  #measure(): void {
    const { children } = this
    this.#sizes = children.map((child) => child.size)
    this.#bounds = children.slice(1).map((child) => child.lowest)
    this.size = this.#sizeBefore(children.length)
  }

  /** Index of the child where an item is, or belongs. */
  #childOf(item: ScoredMember): number {
    const bounds = this.#bounds
    let low = 0
    let high = bounds.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (isBefore(item, bounds[middle] as ScoredMember)) high = middle
      else low = middle + 1
    }
    return low
  }

  #sizeBefore(child: number): number {
    let size = 0
    for (let n = 0; n < child; n++) size += this.#sizes[n] as number
    return size
  }
}

/** Both are of the same level of the tree, so of the same class. */
function levelNodes(left: TreeNode, right: TreeNode): boolean {
  if (left instanceof LeafNode) return left.level(right as LeafNode)
  return (left as InnerNode).level(right as InnerNode)
}

function countLeading(items: readonly ScoredMember[], test: (item: ScoredMember) => boolean): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (test(items[middle] as ScoredMember)) low = middle + 1
    else high = middle
  }
  return low
}

/** Faster than splice() for short arrays, which makes an array for what it removed. */
function insertAt<T>(items: T[], at: number, item: T): void {
  for (let n = items.length; n > at; n--) items[n] = items[n - 1] as T
  items[at] = item
}

function removeAt<T>(items: T[], at: number): void {
  for (let n = at + 1; n < items.length; n++) items[n - 1] = items[n] as T
  items.pop()
}
