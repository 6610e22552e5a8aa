import type { FragmentAt } from '../../template-engine.ts'
import type { AstNode } from '../nunjucks.ts'
import type { Coverage } from './coverage.ts'
import type { UncoveredRead } from './finding.ts'
import { type Origin, pathOf, type Value } from './origins.ts'

/** A fragment whose body is being read. */
export interface OpenFragment {
  readonly at: FragmentAt
  readonly coverage: Coverage
}

/** Notes what is read, and by which fragments. */
export class Reads {
  /** What fragments read beyond their keys, each once. */
  readonly uncovered: UncoveredRead[] = []
  /** Parts of keys that are objects, by the fragment: its body reads what is in them. */
  readonly objectParts = new Map<FragmentAt, Set<string>>()
  readonly #known = new Set<string>()
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

  note(node: AstNode, value: Value, template: string): void {
    if (value.origins.length === 0) return
    for (const collector of this.#collectors) collector.push(...value.origins)
    for (const { at, coverage } of this.#fragments) {
      if (coverage.hasExpression(node, value)) continue
      for (const origin of value.origins) {
        const part = coverage.objectAround(origin)
        if (part !== undefined) this.#objectParts(at).add(part)
        if (coverage.has(origin)) continue
        const key = JSON.stringify([at, pathOf(origin)])
        if (this.#known.has(key)) continue
        this.#known.add(key)
        this.uncovered.push({ fragment: at, origin, template, line: node.lineno + 1 })
      }
    }
  }

  #objectParts(at: FragmentAt): Set<string> {
    const parts = this.objectParts.get(at) ?? new Set()
    this.objectParts.set(at, parts)
    return parts
  }
}
