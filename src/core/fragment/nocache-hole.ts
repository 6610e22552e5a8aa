import type { KeptHole, LiveDeclaration } from '../../engines/template-engine.ts'
import { Piece } from './page-node.ts'

/**
 * A `{% nocache %}` of one page: it is rendered for each request, and an entry keeps only which one it is and what
 * it was given. Two with the same values are one.
 */
export class LiveHole extends Piece {
  readonly kept: KeptHole
  readonly place: { readonly id: string }
  readonly live = true

  constructor({ template, number, values, body }: LiveDeclaration, id: string) {
    super(body)
    this.kept = { template, number, values }
    this.place = { id }
  }

  get title(): string {
    return `{% nocache %} (${this.kept.template})`
  }
}

/** The live holes of one render: they show its data, and nobody else's. */
export class LiveHoles {
  readonly #holes = new Map<string, LiveHole>()

  of(declaration: LiveDeclaration): LiveHole {
    const { template, number, values, body } = declaration
    const id = `${template}!${number}${JSON.stringify(values)}`
    const known = this.#holes.get(id)
    if (known) {
      known.run = body
      return known
    }
    const hole = new LiveHole(declaration, id)
    this.#holes.set(id, hole)
    return hole
  }
}
