import type { ScoredMember } from './scored-member.ts'
import { InnerNode, LeafNode, type TreeNode } from './tree-nodes.ts'

/** True for the items at the begin of the order, false for all that follow them. */
export type LeadingTest = (item: ScoredMember) => boolean

/**
 * Items in the order of their scores: a B+ tree whose inner nodes count the items below them, so
 * that an item is found by its rank, and a rank by its item, in O(log n). A small set is one leaf:
 * an ordered array.
 *
 * Source: Bayer and McCreight, "Organization and maintenance of large ordered indexes", 1972;
 * counts as in Knuth, "The Art of Computer Programming", volume 3, 6.2.3.
 */
export class ScoreTree {
  #root: TreeNode = new LeafNode()

  get size(): number {
    return this.#root.size
  }

  /** Adds an item. An equal item must not be there. */
  insert(item: ScoredMember): void {
    const split = this.#root.insert(item)
    if (split) this.#root = new InnerNode([this.#root, split])
  }

  /** Removes the item that is equal, which must be there. */
  remove(item: ScoredMember): void {
    this.#root.remove(item)
    const root = this.#root
    if (root instanceof InnerNode && root.children.length === 1) this.#root = root.children[0] as TreeNode
  }

  /** Number of items before one. */
  rank(item: ScoredMember): number {
    return this.#root.rank(item)
  }

  /** Number of items at the begin that pass the test. */
  countLeading(test: LeadingTest): number {
    return this.#root.countLeading(test)
  }

  /** Returns the item of a rank, which must be one. */
  at(rank: number): ScoredMember {
    const { leaf, index } = this.#root.find(rank)
    return leaf.items[index] as ScoredMember
  }

  /** Returns up to `count` items from a rank on. */
  slice(rank: number, count: number): ScoredMember[] {
    const found: ScoredMember[] = []
    if (rank < 0 || rank >= this.size) return found
    const place = this.#root.find(rank)
    let leaf: LeafNode | undefined = place.leaf
    for (let at = place.index; leaf !== undefined; leaf = leaf.next, at = 0) {
      const { items } = leaf
      for (; at < items.length; at++) {
        if (found.length >= count) return found
        found.push(items[at] as ScoredMember)
      }
    }
    return found
  }

  /** Returns up to `count` items from a rank on backwards. */
  sliceBackwards(rank: number, count: number): ScoredMember[] {
    const found: ScoredMember[] = []
    if (rank < 0 || rank >= this.size) return found
    const place = this.#root.find(rank)
    let leaf: LeafNode | undefined = place.leaf
    let at = place.index
    while (leaf !== undefined) {
      const { items } = leaf
      for (; at >= 0; at--) {
        if (found.length >= count) return found
        found.push(items[at] as ScoredMember)
      }
      leaf = leaf.previous
      at = (leaf?.items.length ?? 0) - 1
    }
    return found
  }
}
