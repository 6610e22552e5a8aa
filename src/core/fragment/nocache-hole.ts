import type { NocacheDeclaration, StoredNocache } from '../../engines/template-engine.ts'
import { PageNode } from './page-node.ts'

/**
 * A `{% nocache %}` of one page. It is rendered for each request: an entry stores only which tag it
 * is, and the values that it was given. Two with the same values are one.
 */
export class NocacheHole extends PageNode {
  readonly kept: StoredNocache
  readonly place: { readonly id: string }
  readonly hasNocache = true

  constructor({ template, number, values, body }: NocacheDeclaration, id: string) {
    super(body)
    this.kept = { template, number, values }
    this.place = { id }
  }

  get title(): string {
    return `{% nocache %} (${this.kept.template})`
  }
}

/** The `{% nocache %}` holes of one render, which show the data of its page. */
export class NocacheHoles {
  #holes: Map<string, NocacheHole> | undefined

  of(declaration: NocacheDeclaration): NocacheHole {
    const { template, number, values, body } = declaration
    const id = `${template}!${number}${JSON.stringify(values)}`
    this.#holes ??= new Map()
    const known = this.#holes.get(id)
    if (known) {
      known.run = body
      return known
    }
    const hole = new NocacheHole(declaration, id)
    this.#holes.set(id, hole)
    return hole
  }
}
