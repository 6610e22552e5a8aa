import type { FragmentAt } from '../../template-engine.ts'
import type { AstNode } from '../nunjucks.ts'
import type { Coverage, KeyPart, Use } from './coverage.ts'
import type { Facts } from './facts.ts'
import { described, type Origin, pathOf, type Value, valueFrom } from './origins.ts'
import type { Scope } from './scope.ts'
import { type Written, writtenAt } from './written.ts'

const USES: readonly Use[] = ['shown', 'listed', 'tested']

/**
 * A fragment reads something that its key does not have. Whether that is a leak depends on what it
 * is.
 */
export interface UncoveredRead {
  readonly fragment: FragmentAt
  /** The arguments of its tag. */
  readonly tag: AstNode
  readonly origin: Origin
  readonly use: Use
  /** How the tag can write it. */
  readonly written: Written | undefined
  readonly template: string
  readonly line: number
}

/** Parts of one key that are objects, by their paths, each as the tag writes it. */
export interface ObjectParts {
  readonly tag: AstNode
  readonly parts: Map<string, string>
}

/** A fragment whose body is being read. */
export interface OpenFragment {
  readonly at: FragmentAt
  /** Its arguments. */
  readonly tag: AstNode
  /** The names that its tag sees. */
  readonly scope: Scope
  readonly coverage: Coverage
  /**
   * What is known wherever its body runs: by conditions of its own template around the tag, by its
   * `if=`, and by conditions in its body. Conditions further out are not among them: its place may
   * be reached by another way.
   */
  facts: Facts
  /**
   * What its body does with values, in order: two readings that have the same give the same text.
   */
  readonly trace: string[]
}

/** Notes what is read, and by which fragments. */
export class Reads {
  readonly #uncovered = new Map<string, UncoveredRead>()
  /** Parts of keys that are objects, by the fragment: its body reads what is in them. */
  readonly objectParts = new Map<FragmentAt, ObjectParts>()
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

  /** Reads with what all open fragments know changed. */
  withFacts(change: (facts: Facts) => Facts, read: () => void): void {
    const before = this.#fragments.map(({ facts }) => facts)
    for (const fragment of this.#fragments) fragment.facts = change(fragment.facts)
    read()
    this.#fragments.forEach((fragment, n) => {
      fragment.facts = before[n] as Facts
    })
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

  /** Reads a piece of template. @returns what is made of all that it reads */
  collect(read: () => void): Value {
    const collected: Origin[] = []
    this.#collectors.push(collected)
    read()
    this.#collectors.pop()
    return { ...valueFrom(collected), notedBy: this.#fragments }
  }

  /** Notes what fragments around do beside reading the page's data. */
  trace(step: string): void {
    for (const { trace } of this.#fragments) trace.push(step)
  }

  /**
   * @param use a tested value tells no more than whether it is truthy
   * @param isDecided says whether facts know the outcome of what is read as a condition
   */
  note(
    node: AstNode,
    value: Value,
    template: string,
    use: Use = 'shown',
    isDecided?: (facts: Facts) => boolean,
  ): void {
    this.trace(described(value))
    if (value.origins.length === 0) return
    const noted =
      use === 'tested' ? value.origins.map((one) => ({ ...one, tested: true as const })) : value.origins
    for (const collector of this.#collectors) collector.push(...noted)
    if (value.notedBy === this.#fragments) return
    for (const fragment of this.#fragments) {
      const { facts, coverage } = fragment
      if (facts.impossible || isDecided?.(facts) || coverage.hasExpression(node, value)) continue
      for (const origin of value.origins) {
        const how = origin.tested ? 'tested' : use
        if (!facts.fixes(pathOf(origin), how === 'tested'))
          this.noteOrigin(fragment, origin, how, value, template, node.lineno + 1)
      }
    }
  }

  /** Notes that what a fragment shows depends on this. */
  noteOrigin(
    { at, tag, scope, coverage }: OpenFragment,
    origin: Origin,
    use: Use,
    value: Value,
    template: string,
    line: number,
  ): void {
    const part = coverage.objectAround(origin)
    if (part !== undefined) this.#addObjectPart(at, tag, part)
    if (coverage.has(origin, use)) return
    // What is read in two ways is one read: shown, listed or tested, in this order.
    const key = JSON.stringify([at, pathOf(origin)])
    const known = this.#uncovered.get(key)
    if (known && USES.indexOf(use) >= USES.indexOf(known.use)) return
    const written = writtenAt(scope, origin, value, use)
    this.#uncovered.set(key, { fragment: at, tag, origin, use, written, template, line })
  }

  /** What fragments read beyond their keys, each once. */
  get uncovered(): readonly UncoveredRead[] {
    return [...this.#uncovered.values()]
  }

  #addObjectPart(at: FragmentAt, tag: AstNode, { path, written }: KeyPart): void {
    const known = this.objectParts.get(at) ?? { tag, parts: new Map() }
    known.parts.set(pathOf({ path }), written)
    this.objectParts.set(at, known)
  }
}
