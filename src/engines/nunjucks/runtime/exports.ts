import type { OwnCode } from '../template-code.ts'
import type { PageContext } from './context.ts'

/** Where an import comes from. */
export interface ExportsOrigin {
  readonly own: OwnCode
  /** The context that its template ran in. */
  readonly made: PageContext
}

/** What an import gives: to a template a plain object, which knows where it comes from. */
export class Exports {
  readonly #origin: ExportsOrigin

  constructor(values: Record<string, unknown>, origin: ExportsOrigin) {
    Object.assign(this, values)
    this.#origin = origin
  }

  static originOf(exported: Exports): ExportsOrigin {
    return exported.#origin
  }
}
