import type { ContextRun, PageContext } from './context.ts'
import type { Given } from './given.ts'
import type { MetTag } from './met-tag.ts'
import type { TemplateRun } from './run.ts'

/**
 * The runs around a run: a body or a hole is run when the run that met its tag has gone on, and
 * sees variables and lists as they were at the tag.
 */
export class Surroundings {
  readonly #run: TemplateRun
  readonly #madeBy: TemplateRun | undefined
  readonly #tag: MetTag | undefined
  /** Contexts of other runs, whose macros are called in this one. */
  #contexts: Map<PageContext, PageContext> | undefined

  /**
   * @param madeBy the run that met the tag whose body, or whose hole, the run is
   * @param tag the tag whose body it is
   */
  constructor(run: TemplateRun, madeBy?: TemplateRun, tag?: MetTag) {
    this.#run = run
    this.#madeBy = madeBy
    this.#tag = tag
  }

  /** The run that met the tag whose body this is. Texts that it made may be asked for here. */
  get outer(): TemplateRun | undefined {
    return this.#tag?.run
  }

  /** The tag whose body this is. */
  get tag(): MetTag | undefined {
    return this.#tag
  }

  /** Returns true if a run is this one, or one that this one was met in. */
  isInside(run: ContextRun): boolean {
    return run === this.#run || this.#madeBy?.around.isInside(run) === true
  }

  /** Returns the changes of this run, and of those around it, so far. */
  changed(): ReadonlyMap<object, Given> | undefined {
    const around = this.#madeBy?.around.changed()
    const own = this.#run.changes?.found
    return around && own ? new Map([...around, ...own]) : (own ?? around)
  }

  /**
   * Calls a function with all arrays as they were at the tag whose body, or whose hole, this is.
   */
  asAtTag<T>(fn: () => T): T {
    if (this.#tag) return this.#tag.run.around.#asAt(this.#tag.mark, fn)
    return this.#madeBy ? this.#madeBy.around.asAtStart(fn) : fn()
  }

  /** The same for a tag that this run has met. */
  #asAt<T>(mark: number, fn: () => T): T {
    const { changes } = this.#run
    return this.asAtTag(changes ? () => changes.asOf(mark, fn) : fn)
  }

  /**
   * Calls a function with all arrays as the page's data had them: on a hit nothing has changed
   * them.
   */
  asAtStart<T>(fn: () => T): T {
    const { changes } = this.#run
    const inner = () => (changes ? changes.asOf(0, fn) : fn())
    return this.#madeBy ? this.#madeBy.around.asAtStart(inner) : inner()
  }

  /** Returns a context of another run, in this one. */
  contextFor(made: PageContext): PageContext {
    this.#contexts ??= new Map()
    let scope = this.#contexts.get(made)
    if (!scope) {
      scope = made.fork(this.#run, this.#asSeen(made))
      this.#contexts.set(made, scope)
    }
    return scope
  }

  /**
   * Returns the variables of a context, of this run or of one around it, as a tag of this run sees
   * them.
   */
  seenAt(mark: number, made: PageContext): Record<string, unknown> {
    return made.run === this.#run ? made.asOf(mark) : this.#asSeen(made)
  }

  /**
   * The variables of another run's context, as they were at the tag in that run by which this one
   * came about.
   */
  #asSeen(made: PageContext): Record<string, unknown> {
    if (!this.#tag) return made.share()
    return this.#tag.run.around.seenAt(this.#tag.mark, made)
  }
}
