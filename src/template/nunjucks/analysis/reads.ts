import type { FragmentAt } from '../../template-engine.ts'
import type { AstNode } from '../nunjucks.ts'
import type { Coverage, Use } from './coverage.ts'
import { type Origin, pathOf, type Value } from './origins.ts'

const USES: readonly Use[] = ['shown', 'listed', 'tested']

/** A fragment reads something that its key does not have. Whether that is a leak depends on what it is. */
export interface UncoveredRead {
  readonly fragment: FragmentAt
  /** The arguments of its tag. */
  readonly tag: AstNode
  readonly origin: Origin
  readonly use: Use
  readonly template: string
  readonly line: number
}

/** A fragment whose body is being read. */
export interface OpenFragment {
  readonly at: FragmentAt
  /** Its arguments. */
  readonly tag: AstNode
  readonly coverage: Coverage
}

/** Notes what is read, and by which fragments. */
export class Reads {
  readonly #uncovered = new Map<string, UncoveredRead>()
  /** Parts of keys that are objects, by the fragment: its body reads what is in them. */
  readonly objectParts = new Map<FragmentAt, Set<string>>()
  /** The fragments around what is being read, the outermost first. */
  #fragments: readonly OpenFragment[] = []
  #collectors: Origin[][] = []

  /** The innermost. */
  get fragment(): FragmentAt | undefined {
    return this.#fragments.at(-1)?.at
  }

  within(fragment: OpenFragment, read: () => void): void {
    const around = this.#fragments
    this.#fragments = [...around, fragment]
    read()
    this.#fragments = around
  }

  /** What is read in a hole is nobody's. */
  inHole(read: () => void): void {
    const [fragments, collectors] = [this.#fragments, this.#collectors]
    this.#fragments = []
    this.#collectors = []
    read()
    this.#fragments = fragments
    this.#collectors = collectors
  }

  /** All that a piece of template reads, for what is made of it. */
  collect(read: () => void): readonly Origin[] {
    const collected: Origin[] = []
    this.#collectors.push(collected)
    read()
    this.#collectors.pop()
    return collected
  }

  /** @param use a tested value tells no more than whether it is truthy */
  note(node: AstNode, value: Value, template: string, use: Use = 'shown'): void {
    if (value.origins.length === 0) return
    for (const collector of this.#collectors) collector.push(...value.origins)
    for (const { at, tag, coverage } of this.#fragments) {
      if (coverage.hasExpression(node, value)) continue
      for (const origin of value.origins) {
        const part = coverage.objectAround(origin)
        if (part !== undefined) this.#objectParts(at).add(part)
        if (coverage.has(origin, use)) continue
        this.#addUncovered({ fragment: at, tag, origin, use, template, line: node.lineno + 1 })
      }
    }
  }

  /** What is read in two ways is one read: shown, listed or tested, in this order. */
  #addUncovered(read: UncoveredRead): void {
    const key = JSON.stringify([read.fragment, pathOf(read.origin)])
    const known = this.#uncovered.get(key)
    if (!known || USES.indexOf(read.use) < USES.indexOf(known.use)) this.#uncovered.set(key, read)
  }

  /** What fragments read beyond their keys, each once. */
  get uncovered(): readonly UncoveredRead[] {
    return [...this.#uncovered.values()]
  }

  #objectParts(at: FragmentAt): Set<string> {
    const parts = this.objectParts.get(at) ?? new Set()
    this.objectParts.set(at, parts)
    return parts
  }
}
