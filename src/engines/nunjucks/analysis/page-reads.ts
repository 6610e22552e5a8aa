import { LRUCache } from 'lru-cache'
import type { DataPolicy } from '../../data-policy.ts'
import type { FragmentRead, ParameterRead } from '../../fragment-read.ts'
import type { Environment, Template } from '../nunjucks.ts'
import { sourceOf, type TemplateSource } from '../template-code.ts'
import { digestOfText } from '../template-names.ts'
import { Analyser } from './analyser.ts'
import { leakOf } from './finding.ts'
import { pathOf } from './origins.ts'
import type { UncoveredRead } from './reads.ts'
import { type Syntax, syntaxOf } from './tag-text.ts'

/** The result of analysing one page. */
export class KnownPage {
  readonly reads: readonly FragmentRead[]
  readonly parameters: readonly ParameterRead[]
  /** The templates that were analysed, in their versions of then. */
  readonly sources: ReadonlyMap<string, TemplateSource>

  constructor(
    reads: readonly FragmentRead[],
    parameters: readonly ParameterRead[],
    sources: ReadonlyMap<string, TemplateSource>,
  ) {
    this.reads = reads
    this.parameters = parameters
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
    return this.#page(page, dataPolicy).reads
  }

  /** Returns what the parameters of defined fragments are made of, where a page has their tags. */
  ofParameters(page: string, dataPolicy: DataPolicy): readonly ParameterRead[] {
    return this.#page(page, dataPolicy).parameters
  }

  #page(page: string, dataPolicy: DataPolicy): KnownPage {
    return this.#of(`name ${page}`, dataPolicy, (analyser) => analyser.readPage(page))
  }

  /** Returns the reads of a template that may have no name; it is identified by its text. */
  ofTemplate(template: Template, dataPolicy: DataPolicy): readonly FragmentRead[] {
    return this.#text(template, dataPolicy).reads
  }

  parametersOfTemplate(template: Template, dataPolicy: DataPolicy): readonly ParameterRead[] {
    return this.#text(template, dataPolicy).parameters
  }

  #text(template: Template, dataPolicy: DataPolicy): KnownPage {
    const { text = '' } = sourceOf(template)
    return this.#of(`text ${template.path}\n${text}`, dataPolicy, (analyser) =>
      analyser.readTemplate(template),
    )
  }

  /** Returns what a template that is a fragment by itself reads of its data. */
  ofWhole(name: string, fragment: string, dataPolicy: DataPolicy): readonly FragmentRead[] {
    const { reads } = this.#of(
      `fragment ${fragment} ${name}`,
      dataPolicy,
      (analyser) => analyser.readWhole(name, fragment),
      absentOf,
    )
    return reads.filter((read) => read.fragment.name === fragment && read.fragment.line === 1)
  }

  #of(
    page: string,
    dataPolicy: DataPolicy,
    analyse: (analyser: Analyser) => void,
    messageOf: (read: UncoveredRead, syntax: Syntax, reason?: string) => string = leakMessage,
  ): KnownPage {
    let pages = this.#known.get(dataPolicy)
    if (!pages) {
      pages = new LRUCache({ max: MOST_PAGES })
      this.#known.set(dataPolicy, pages)
    }
    const known = pages.get(page)
    if (known && this.#isCurrent(known)) return known
    const analyser = new Analyser(this.#env, dataPolicy)
    analyse(analyser)
    const syntax = syntaxOf(this.#env)
    const reads = analyser.reads.uncovered.map(
      (read): FragmentRead => ({
        fragment: read.fragment,
        path: read.origin.path,
        describe: (reason) => `${messageOf(read, syntax, reason)} (${read.template}, line ${read.line})`,
      }),
    )
    // A text is identified by its digest: it cannot have changed.
    const files = [...analyser.sources].filter(([name]) => digestOfText(name) === undefined)
    const parameters = [...analyser.reads.parameters.values()].map(
      ({ fragment, origin }): ParameterRead => ({ fragment, path: origin.path }),
    )
    const found = new KnownPage(reads, parameters, new Map(files))
    pages.set(page, found)
    return found
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

function leakMessage(read: UncoveredRead, syntax: Syntax, reason?: string): string {
  return leakOf(read, syntax, reason).message
}

/** Returns the message about a value that a fragment with data of its own does not have. */
function absentOf({ fragment, origin }: UncoveredRead): string {
  const value = pathOf(origin)
  const [root = ''] = origin.path
  return (
    `The fragment "${fragment.name}" (${fragment.template}) reads ${value}, which is neither a parameter of it nor returned by its ` +
    `load(): nothing of the page's data is there. Pass it, {% fragment "${fragment.name}", ${root}=... %}; print it for each ` +
    `request, {% nocache %}{{ ${value} }}{% endnocache %}; or if it is a global, say so: safety: { shared: ['${root}'] }.`
  )
}
