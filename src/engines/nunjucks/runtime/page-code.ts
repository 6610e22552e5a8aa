import type { Bindings } from '../../bindings.ts'
import type { Environment, Template } from '../nunjucks.ts'
import { sourceOf } from '../template-code.ts'
import { digestOfText } from '../template-names.ts'
import { called } from './callback.ts'

type Templates = Iterable<readonly [name: string, digest: unknown]>

/** Names that were chosen when the page had so many for code. */
interface Chosen<R> {
  readonly size: number
  readonly handedOn: boolean
  readonly names: R
}

/** Bindings, and all that they were made of. */
export interface LastBindings {
  readonly run: object
  readonly ctx: object
  readonly names: readonly string[]
  readonly values: readonly unknown[]
  readonly bindings: Bindings
}

/**
 * The code that the templates of one page make: macros, imports, what a `{% call %}` encloses.
 * Shared by all its runs.
 */
export class PageCode {
  /** The names that tags give to code. */
  #names: Set<string> | undefined
  /**
   * Code was read as a value: as an argument or in a list, say. Any name may stand for it since.
   */
  handedOn = false
  /** The bindings that were made last: tags of a loop see the same. */
  last: LastBindings | undefined
  #data: ReadonlySet<unknown> | undefined
  // Made where something asks: most pages make no code.
  #reads: Map<string, readonly string[] | null> | undefined
  #chosen: Map<readonly string[], Chosen<readonly string[]>> | undefined
  #unions: Map<Templates, Map<readonly string[], Chosen<readonly string[] | undefined>>> | undefined

  /** Returns true if a value stands in the page's data: no template has put code there. */
  isOfPage(value: object, data: object): boolean {
    this.#data ??= new Set(
      Object.values(Object.getOwnPropertyDescriptors(data)).map((property) => property.value as unknown),
    )
    return this.#data.has(value)
  }

  get any(): boolean {
    return this.#names !== undefined || this.handedOn
  }

  /** Notes that a tag has given a name to code. */
  addName(name: string): void {
    this.#names ??= new Set()
    this.#names.add(name)
  }

  /** Those names that may stand for code on this page, sorted. */
  among(names: readonly string[]): readonly string[] {
    this.#chosen ??= new Map()
    return this.#choose(this.#chosen, names, () => names)
  }

  /**
   * The same for a body and the templates that it runs; undefined: nobody can tell what they read.
   */
  namesOf(body: readonly string[], templates: Templates, env: Environment): readonly string[] | undefined {
    this.#unions ??= new Map()
    let known = this.#unions.get(templates)
    if (!known) {
      known = new Map()
      this.#unions.set(templates, known)
    }
    return this.#choose(known, body, () => this.#unionOf(body, templates, env))
  }

  #choose<R extends readonly string[] | undefined>(
    known: Map<readonly string[], Chosen<R>>,
    key: readonly string[],
    names: () => R,
  ): R {
    const size = this.#names?.size ?? 0
    const before = known.get(key)
    if (before?.size === size && before.handedOn === this.handedOn) return before.names
    const chosen = names()
      ?.filter((name) => this.handedOn || this.#names?.has(name))
      .sort() as R
    known.set(key, { size, handedOn: this.handedOn, names: chosen })
    return chosen
  }

  #unionOf(body: readonly string[], templates: Templates, env: Environment): readonly string[] | undefined {
    const union = new Set(body)
    for (const [template] of templates) {
      // One of no name is run by nobody else.
      if (digestOfText(template) !== undefined) continue
      const reads = this.#readsOf(env, template)
      if (reads === null) return undefined
      for (const name of reads) union.add(name)
    }
    return [...union]
  }

  /** The names that a template may read; null: nobody can tell. */
  #readsOf(env: Environment, template: string): readonly string[] | null {
    this.#reads ??= new Map()
    let reads = this.#reads.get(template)
    if (reads === undefined) {
      const found = called<Template>((callback) => env.getTemplate(template, false, null, false, callback))
      reads = found instanceof Promise || found.error ? null : sourceOf(found.result).reads
      this.#reads.set(template, reads)
    }
    return reads
  }
}
