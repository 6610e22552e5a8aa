import { LRUCache } from 'lru-cache'
import type { DataPolicy } from '../../data-policy.ts'
import type { FragmentRead } from '../../template-engine.ts'
import type { Environment, Template } from '../nunjucks.ts'
import { sourceOf, type TemplateSource } from '../template-code.ts'
import { digestOfText } from '../template-names.ts'
import { Analyser } from './analyser.ts'
import { leakOf } from './finding.ts'
import { syntaxOf } from './tag-text.ts'

/** The result of analysing one page. */
export class KnownPage {
  readonly reads: readonly FragmentRead[]
  /** The templates that were analysed, in their versions of then. */
  readonly sources: ReadonlyMap<string, TemplateSource>

  constructor(reads: readonly FragmentRead[], sources: ReadonlyMap<string, TemplateSource>) {
    this.reads = reads
    this.sources = sources
  }
}

/**
 * Limit of the pages that are kept: visitors may choose names, and each text of `renderString` is
 * one.
 */
export const MOST_PAGES = 1_000

/**
 * The reads of pages' fragments beyond their keys. A page is analysed again when a template
 * changes.
 */
export class PageReads {
  readonly #env: Environment
  readonly #known = new WeakMap<DataPolicy, LRUCache<string, KnownPage>>()

  constructor(env: Environment) {
    this.#env = env
  }

  of(page: string, dataPolicy: DataPolicy): readonly FragmentRead[] {
    return this.#of(`name ${page}`, dataPolicy, (analyser) => analyser.readPage(page))
  }

  /** Returns the reads of a template that may have no name; it is identified by its text. */
  ofTemplate(template: Template, dataPolicy: DataPolicy): readonly FragmentRead[] {
    const { text = '' } = sourceOf(template)
    return this.#of(`text ${template.path}\n${text}`, dataPolicy, (analyser) =>
      analyser.readTemplate(template),
    )
  }

  #of(page: string, dataPolicy: DataPolicy, read: (analyser: Analyser) => void): readonly FragmentRead[] {
    let pages = this.#known.get(dataPolicy)
    if (!pages) {
      pages = new LRUCache({ max: MOST_PAGES })
      this.#known.set(dataPolicy, pages)
    }
    const known = pages.get(page)
    if (known && this.#isCurrent(known)) return known.reads
    const analyser = new Analyser(this.#env, dataPolicy)
    read(analyser)
    const syntax = syntaxOf(this.#env)
    const reads = analyser.reads.uncovered.map(
      (read): FragmentRead => ({
        fragment: read.fragment,
        path: read.origin.path,
        describe: (reason) => `${leakOf(read, syntax, reason).message} (${read.template}, line ${read.line})`,
      }),
    )
    // A text is identified by its digest: it cannot have changed.
    const files = [...analyser.sources].filter(([name]) => digestOfText(name) === undefined)
    pages.set(page, new KnownPage(reads, new Map(files)))
    return reads
  }

  #isCurrent({ sources }: KnownPage): boolean {
    for (const [name, source] of sources) {
      try {
        const template = this.#env.getTemplate(name, false, null, true)
        if (!template || sourceOf(template) !== source) return false
      } catch {
        return false
      }
    }
    return true
  }
}
