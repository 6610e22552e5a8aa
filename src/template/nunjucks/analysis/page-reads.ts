import type { FragmentRead, Rules } from '../../template-engine.ts'
import type { Environment } from '../nunjucks.ts'
import { sourceOf, type TemplateSource } from '../template-code.ts'
import { Analyser } from './analyser.ts'
import { leakOf } from './finding.ts'

interface Known {
  readonly reads: readonly FragmentRead[]
  /** The templates that were read, as they were then. */
  readonly sources: ReadonlyMap<string, TemplateSource>
}

/** What the fragments of pages read beyond their keys; each page is read again only when a template of it changes. */
export class PageReads {
  readonly #env: Environment
  readonly #known = new WeakMap<Rules, Map<string, Known>>()

  constructor(env: Environment) {
    this.#env = env
  }

  of(page: string, rules: Rules): readonly FragmentRead[] {
    let pages = this.#known.get(rules)
    if (!pages) {
      pages = new Map()
      this.#known.set(rules, pages)
    }
    const known = pages.get(page)
    if (known && this.#isCurrent(known)) return known.reads
    const analyser = new Analyser(this.#env, rules)
    analyser.readPage(page)
    const reads = analyser.reads.uncovered.map(
      (read): FragmentRead => ({
        fragment: read.fragment,
        path: read.origin.path,
        describe: () => `${leakOf(read).message} (${read.template}, line ${read.line})`,
      }),
    )
    pages.set(page, { reads, sources: analyser.sources })
    return reads
  }

  #isCurrent({ sources }: Known): boolean {
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
