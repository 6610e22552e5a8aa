import type { MaybePromise, Run, RunHost, TemplateEngine } from '../../engines/template-engine.ts'
import type { GivenData } from '../safety/given-data.ts'

/**
 * Runs a page's template once more before its bodies run, if the caller has changed the page's data
 * since. A class: V8 would pretenure a closure here, which keeps its page alive until the next
 * major collection.
 */
export class RunAgain {
  /** How often it has run. */
  runs = 0
  readonly #template: string
  readonly #engine: TemplateEngine
  readonly #given: GivenData

  constructor(template: string, engine: TemplateEngine, given: GivenData) {
    this.#template = template
    this.#engine = engine
    this.#given = given
  }

  /** @returns undefined if the data has not changed */
  start(host: RunHost): MaybePromise<Run> | undefined {
    const changed = this.#given.restore()
    this.#given.release()
    if (!changed) return undefined
    this.runs++
    return this.#engine.run(this.#template, this.#given.data, host)
  }
}
