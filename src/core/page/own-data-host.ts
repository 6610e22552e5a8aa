import type { DataPolicy } from '../../engines/data-policy.ts'
import type { DefinedCall } from '../../engines/defined-call.ts'
import type { Lazy, LazyCalls, Loaded } from '../../engines/lazy.ts'
import type {
  Declaration,
  Hole,
  MaybePromise,
  NocacheDeclaration,
  Run,
  RunHost,
  StoredNocache,
} from '../../engines/template-engine.ts'
import { TagError } from '../../errors.ts'
import type { LeakCheck } from '../safety/leak-check.ts'

/** A page, which renders holes with its data. */
export interface RendersHoles {
  renderHole(hole: StoredNocache, host: RunHost): MaybePromise<Run>
}

type ChecksParameters = Pick<LeakCheck, 'hasPerVisitorParameter'>

/**
 * The host of a template whose data is its own, and not the page's. Its `{% nocache %}` holes show
 * the page's data all the same: as they do on a hit.
 */
export class OwnDataHost implements RunHost {
  readonly ownData = true
  readonly #host: RunHost
  readonly #page: RendersHoles
  readonly #data: object
  readonly #title: string
  readonly #check: ChecksParameters

  /**
   * @param title names the fragment in messages
   * @param check of its template
   */
  constructor(host: RunHost, page: RendersHoles, data: object, title: string, check: ChecksParameters) {
    this.#check = check
    this.#host = host
    this.#page = page
    this.#data = data
    this.#title = title
  }

  get dataPolicy(): DataPolicy {
    return this.#host.dataPolicy
  }

  get engineState(): unknown {
    return this.#host.engineState
  }

  set engineState(value: unknown) {
    this.#host.engineState = value
  }

  /** Declares a fragment inside, whose holes are the page's too. */
  declare(declaration: Declaration): Hole {
    const body: Declaration['body'] = (host) =>
      declaration.body(new OwnDataHost(host, this.#page, this.#data, this.#title, this.#check))
    return this.#host.declare({ ...declaration, body })
  }

  declareDefined(call: DefinedCall): Hole {
    const perVisitor = call.perVisitor || this.#check.hasPerVisitorParameter(call.name, call.place)
    return this.#host.declareDefined(perVisitor ? { ...call, perVisitor } : call)
  }

  /** @throws TagError for a hole that reads data of the fragment, which is not there on a hit */
  addNocache({ template, number, values, reads = [] }: NocacheDeclaration): Hole {
    const own = reads.find((name) => !Object.hasOwn(values, name) && Object.hasOwn(this.#data, name))
    if (own !== undefined) {
      throw new TagError(
        `A {% nocache %} (${template}) reads "${own}", which is data of ${this.#title}: it is not there on a hit. ` +
          `Pass it by name: {% nocache ${own}=${own} %}`,
      )
    }
    return this.#host.addNocache({
      template,
      number,
      values,
      body: (host) => this.#page.renderHole({ template, number, values }, host),
    })
  }

  addToHead(parts: readonly (string | Hole)[]): Hole {
    return this.#host.addToHead(parts)
  }

  textOf(hole: Hole): string | undefined {
    return this.#host.textOf(hole)
  }

  get calls(): LazyCalls {
    return this.#host.calls
  }

  loaded(lazy: Lazy<unknown>): Loaded | undefined {
    return this.#host.loaded(lazy)
  }
}
