import type { OwnCode } from '../own-code.ts'
import type { PageContext } from './context.ts'

/** Where an import comes from. */
export interface ExportsOrigin {
  readonly own: OwnCode
  /** The context that its template ran in. */
  readonly made: PageContext
}

/** Exports of a template that is imported: a plain object, which knows where it comes from. */
export class Exports {
  readonly #origin: ExportsOrigin

  constructor(origin: ExportsOrigin) {
    this.#origin = origin
    origin.made.exportTo(this)
  }

  static originOf(exported: Exports): ExportsOrigin {
    return exported.#origin
  }
}
