import type { DataPolicy } from '../../engines/data-policy.ts'
import type { DefinedCall } from '../../engines/defined-call.ts'
import type { Lazy, LazyCalls, Loaded } from '../../engines/lazy.ts'
import type { Declaration, Hole, NocacheDeclaration, RunHost } from '../../engines/template-engine.ts'
import { Fragment } from '../fragment/fragment.ts'
import type { PageNode } from '../fragment/page-node.ts'
import type { PageHost } from './page-host.ts'
import { endless } from './unsettled.ts'

/** Answers what the body of a fragment, or of a `{% nocache %}`, asks of its page. */
export class BodyHost implements RunHost {
  readonly #host: PageHost
  readonly #around: PageNode

  constructor(host: PageHost, around: PageNode) {
    this.#host = host
    this.#around = around
  }

  get engineState(): unknown {
    return this.#around.body?.engineState
  }

  set engineState(value: unknown) {
    this.#around.startBody().engineState = value
  }

  get dataPolicy(): DataPolicy {
    return this.#host.dataPolicy
  }

  declare(declaration: Declaration): Hole {
    return this.#inside(this.#host.declare(declaration) as PageNode)
  }

  declareDefined(call: DefinedCall): Hole {
    return this.#inside(this.#host.declareDefined(call) as PageNode)
  }

  addNocache(declaration: NocacheDeclaration): Hole {
    return this.#inside(this.#host.addNocache(declaration) as PageNode)
  }

  addToHead(parts: readonly (string | Hole)[]): Hole {
    return this.#host.addToHead(parts)
  }

  #inside(node: PageNode): PageNode {
    const chain = chainTo(node, this.#around)
    if (chain) throw endless(chain)
    node.standsIn(this.#around)
    return node
  }

  textOf(hole: Hole): string | undefined {
    return this.#host.textOf(hole)
  }

  get calls(): LazyCalls {
    return this.#host.calls
  }

  /** Returns a loaded value. What it was made of counts for the fragment that reads it. */
  loaded(lazy: Lazy<unknown>): Loaded | undefined {
    const dependencies = this.#host.dependenciesOf(lazy)
    if (dependencies && this.#around instanceof Fragment) this.#around.dependsOn(dependencies)
    return this.#host.loaded(lazy)
  }
}

/** Returns the nodes from `node` down to `inside`; undefined if it is not around that. */
function chainTo(node: PageNode, inside: PageNode): PageNode[] | undefined {
  if (!node.body) return undefined
  /** The nodes around `inside`, each with the one through which it was reached. */
  const ways = new Map<PageNode, PageNode | undefined>([[inside, undefined]])
  for (const [one, through] of ways) {
    if (one === node) {
      const chain = [one]
      for (let next = through; next; next = ways.get(next)) chain.push(next)
      return chain
    }
    for (const around of one.around) if (!ways.has(around)) ways.set(around, one)
  }
  return undefined
}
