import type { Borrowed } from '../../bindings.ts'
import type { CompiledFunction } from '../nunjucks.ts'
import { ownerOf } from '../syntax/block-owners.ts'
import type { BlockChains } from './block-chains.ts'

/** Code that a body takes from the page around it, noted while it runs. */
export class BorrowedCode implements Borrowed {
  readonly blocks = new Set<string>()
  readonly macros = new Set<object>()
  unsure: string | undefined
}

/** The question which block is run for a name; by `super()`, which one after that of a template. */
export function askBlock(name: string, after?: CompiledFunction): string {
  return after ? `#${name} ${ownerOf(after)}` : `#${name}`
}

/** The template of the block that the answer is. @returns '' where there is none */
export function answerBlock(question: string, blocks: BlockChains): string {
  const [name, ...after] = question.slice(1).split(' ')
  const owners = (blocks[name as string] ?? []).map(ownerOf)
  const at = after.length > 0 ? owners.indexOf(after.join(' ')) + 1 : 0
  return (at === 0 && after.length > 0 ? undefined : owners[at]) ?? ''
}
