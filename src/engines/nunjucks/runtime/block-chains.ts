import type { CompiledFunction } from '../nunjucks.ts'

/** The blocks of one template by name. */
export type OwnBlocks = Readonly<Record<string, CompiledFunction>>

/** Of each name, the block of the innermost child first, then those that its `super()` runs. */
export type BlockChains = Readonly<Record<string, readonly CompiledFunction[]>>

const NONE: BlockChains = {}

/** Pages are made of few templates, so that each combination is put together once. */
const known = new WeakMap<BlockChains, WeakMap<OwnBlocks, BlockChains>>()

/** Returns the chains of a template that extends no other one. */
export function chainsOf(blocks: OwnBlocks): BlockChains {
  return withParent(NONE, blocks)
}

/** Returns the chains of a child with the blocks of its parent behind its own. */
export function withParent(chains: BlockChains, parent: OwnBlocks): BlockChains {
  let parents = known.get(chains)
  if (!parents) {
    parents = new WeakMap()
    known.set(chains, parents)
  }
  let all = parents.get(parent)
  if (!all) {
    all = Object.keys(parent).reduce(
      (before, name) => withBlock(before, name, parent[name] as CompiledFunction),
      chains,
    )
    parents.set(parent, all)
  }
  return all
}

/** Returns the chains with one more block at the end of its own. */
export function withBlock(chains: BlockChains, name: string, block: CompiledFunction): BlockChains {
  return { ...chains, [name]: [...(chains[name] ?? []), block] }
}
