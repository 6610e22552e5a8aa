import type { Fragment } from '../fragment/fragment.ts'
import { type FragmentReport, reportOf } from '../fragment/fragment-report.ts'
import type { PageContent } from './page-content.ts'

/** A rendered page. */
export class RenderResult {
  /** @internal */
  readonly content: PageContent
  /** Round trips to the store until the page was ready. */
  readonly trips: number
  /**
   * How often the template ran: once, and again where it read a lazy value or used a fragment's
   * text.
   */
  readonly runs: number
  readonly #fragments: readonly Fragment[]

  /** @internal */
  constructor(content: PageContent, fragments: readonly Fragment[], trips: number, runs: number) {
    this.content = content
    this.#fragments = fragments
    this.trips = trips
    this.runs = runs
  }

  /** The HTML, UTF-8. */
  get body(): Buffer {
    return this.content.body
  }

  /** Joins its bytes. @internal */
  join(): this {
    void this.content.body
    return this
  }

  /** @internal */
  get shown(): readonly Fragment[] {
    return this.#fragments
  }

  /** The outcome of each fragment, in the order of the page. */
  get fragments(): readonly FragmentReport[] {
    return this.#fragments.map(reportOf)
  }
}
