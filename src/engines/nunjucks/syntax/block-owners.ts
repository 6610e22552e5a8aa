import type { CompiledFunction } from '../nunjucks.ts'

/** The names of the templates that blocks belong to. */
const owners = new WeakMap<CompiledFunction, string>()

export function setOwner(block: CompiledFunction, template: string): void {
  owners.set(block, template)
}

export function ownerOf(block: CompiledFunction): string {
  return owners.get(block) ?? ''
}
