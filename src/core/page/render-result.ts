import type { Fragment } from '../fragment/fragment.ts'
import { type FragmentReport, reportOf } from '../fragment/fragment-report.ts'

/** A rendered page. */
export class RenderResult {
  /** The HTML, UTF-8. */
  readonly body: Buffer
  /** Round trips to the store until the page was ready. */
  readonly trips: number
  /**
   * How often the template ran: once, and again where it read a lazy value or used a fragment's
   * text.
   */
  readonly runs: number
  readonly #fragments: readonly Fragment[]

  /** @internal */
  constructor(body: Buffer, fragments: readonly Fragment[], trips: number, runs: number) {
    this.body = body
    this.#fragments = fragments
    this.trips = trips
    this.runs = runs
  }

  /** The outcome of each fragment, in the order of the page. */
  get fragments(): readonly FragmentReport[] {
    return this.#fragments.map(reportOf)
  }
}
