import type { FragmentAt } from '../../fragment-read.ts'
import type { AstNode } from '../nunjucks.ts'
import type { Coverage, KeyPart, Use } from './coverage.ts'
import type { Facts } from './facts.ts'
import { described, type Origin, pathOf, type Value, valueFrom } from './origins.ts'
import type { Scope } from './scope.ts'
import { type Written, writtenAt } from './written.ts'

const USES: readonly Use[] = ['shown', 'listed', 'tested']

/**
 * A read of a value that the fragment's key does not have. The data policy decides if it is a leak.
 */
export interface UncoveredRead {
  readonly fragment: FragmentAt
  /** The arguments of the fragment's tag. */
  readonly tag: AstNode
  readonly origin: Origin
  readonly use: Use
  /** An expression for the value that is valid in the tag. */
  readonly written: Written | undefined
  readonly template: string
  readonly line: number
}

/** Parts of one key that are objects, by path, in source form. */
export interface ObjectParts {
  readonly tag: AstNode
  readonly parts: Map<string, string>
}

/** A fragment whose body is being read. */
export interface OpenFragment {
  readonly at: FragmentAt
  /** The arguments of its tag. */
  readonly tag: AstNode
  /** The names that its tag sees. */
  readonly scope: Scope<Value>
  readonly coverage: Coverage
  /**
   * Facts that hold wherever its body runs: from conditions in its own template around the tag,
   * from its `if=`, and from conditions in its body. Conditions further out do not count, since the
   * tag may be reached by another way.
   */
  facts: Facts
  /**
   * The operations of its body on values, in order: bodies with the same operations give the same
   * HTML.
   */
  readonly trace: string[]
}

/** Collects reads, and the fragments that make them. */
export class Reads {
  readonly #uncovered = new Map<string, UncoveredRead>()
  /** Parts of keys that are objects, by fragment, where the body reads their members. */
  readonly objectParts = new Map<FragmentAt, ObjectParts>()
  /** Origins of the parameters of defined fragments, by tag and path. */
  readonly parameters = new Map<string, { readonly fragment: FragmentAt; readonly origin: Origin }>()
  /** The fragments around what is being read, the outermost first. */
  #fragments: readonly OpenFragment[] = []
  #collectors: Origin[][] = []

  /** The innermost of them. */
  get fragment(): FragmentAt | undefined {
    return this.#fragments.at(-1)?.at
  }

  within(fragment: OpenFragment, read: () => void): void {
    const around = this.#fragments
    this.#fragments = [...around, fragment]
    read()
    this.#fragments = around
  }

  /** Reads with changed facts of all open fragments. */
  withFacts(change: (facts: Facts) => Facts, read: () => void): void {
    const before = this.#fragments.map(({ facts }) => facts)
    for (const fragment of this.#fragments) fragment.facts = change(fragment.facts)
    read()
    this.#fragments.forEach((fragment, n) => {
      fragment.facts = before[n] as Facts
    })
  }

  /** Reads the body of a nocache tag, which belongs to no fragment. */
  inHole(read: () => void): void {
    const [fragments, collectors] = [this.#fragments, this.#collectors]
    this.#fragments = []
    this.#collectors = []
    read()
    this.#fragments = fragments
    this.#collectors = collectors
  }

  /** Reads a piece of template. @returns a value that depends on all that it reads */
  collect(read: () => void): Value {
    const collected: Origin[] = []
    this.#collectors.push(collected)
    read()
    this.#collectors.pop()
    return { ...valueFrom(collected), notedBy: this.#fragments }
  }

  /** Notes what a parameter of a defined fragment is made of. */
  noteParameter(fragment: FragmentAt, { origins }: Value): void {
    for (const origin of origins)
      this.parameters.set(JSON.stringify([fragment, pathOf(origin)]), { fragment, origin })
  }

  /** Notes an operation of the open fragments that reads no data. */
  trace(step: string): void {
    for (const { trace } of this.#fragments) trace.push(step)
  }

  /**
   * @param use a tested value only reveals whether it is truthy
   * @param isDecided returns true if facts know the outcome of the condition
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

  /** Notes that the HTML of a fragment depends on this. */
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
    // A value that is read in two ways is one read: shown, listed or tested, in this order.
    const key = JSON.stringify([at, pathOf(origin)])
    const known = this.#uncovered.get(key)
    if (known && USES.indexOf(use) >= USES.indexOf(known.use)) return
    const written = writtenAt(scope, origin, value, use)
    this.#uncovered.set(key, { fragment: at, tag, origin, use, written, template, line })
  }

  /** The reads of fragments beyond their keys, each once. */
  get uncovered(): readonly UncoveredRead[] {
    return [...this.#uncovered.values()]
  }

  #addObjectPart(at: FragmentAt, tag: AstNode, { path, written }: KeyPart): void {
    const known = this.objectParts.get(at) ?? { tag, parts: new Map() }
    known.parts.set(pathOf({ path }), written)
    this.objectParts.set(at, known)
  }
}
