import type { DataPolicy } from '../../engines/data-policy.ts'
import type { MaybePromise, Place, TemplateEngine } from '../../engines/template-engine.ts'
import { type Provenance, parseProvenance } from '../entry/entry-fields.ts'

/**
 * How an entry's templates compare with this process's templates:
 * - `valid`: they are the same;
 * - `edited`: it was made at the same place, of a template that has been edited since;
 * - `changed`: it was made with other options, or at a place that is gone;
 * - `foreign`: it was made at another place, which is there too and gives the same key.
 */
export type TemplateVerdict = 'valid' | 'edited' | 'changed' | 'foreign'

/** The difference between an entry and the templates and options that a process has. */
export interface TemplateChanges {
  /** An option that shapes output differs. */
  readonly options: boolean
  /** Names of templates that were edited. */
  readonly templates: readonly string[]
}

/**
 * Returns the digest of all options that shape output: the engine's, and the names that are holes
 * by themselves.
 */
export function outputDigest({ digest }: TemplateEngine, { perRequest }: DataPolicy): string {
  return perRequest.length === 0 ? digest : [digest, ...perRequest].join(' ')
}

/**
 * Compares entries with the templates of one render. Templates may change between two renders, and
 * each is read once.
 */
export class TemplateCheck {
  readonly #engine: TemplateEngine
  readonly #digest: string
  readonly #verdicts = new Map<Place, Map<string, MaybePromise<TemplateVerdict>>>()
  #lastPlace: Place | undefined
  #lastText: string | undefined

  /** @param digest digest of all options that shape output: the engine's, and the cache's */
  constructor(engine: TemplateEngine, digest: string) {
    this.#engine = engine
    this.#digest = digest
  }

  /** @param text the entry's provenance */
  of(place: Place, text: string): MaybePromise<TemplateVerdict> {
    // A list of cards: one place, one text, many entries.
    if (place === this.#lastPlace && text === this.#lastText) return 'valid'
    const verdicts = this.#verdicts.get(place) ?? new Map<string, MaybePromise<TemplateVerdict>>()
    this.#verdicts.set(place, verdicts)
    let verdict = verdicts.get(text)
    if (verdict === undefined) {
      verdict = this.#judge(place, parseProvenance(text))
      verdicts.set(text, verdict)
    }
    if (verdict === 'valid') {
      this.#lastPlace = place
      this.#lastText = text
    }
    return verdict
  }

  /** Returns what has changed since an entry was made, for those who explain a miss. */
  changesIn(place: Place, text: string): TemplateChanges {
    const { engine, placeDigest, templates } = parseProvenance(text)
    const edited = templates.filter(([name, digest]) => {
      const now = this.#engine.digestOf(name)
      return !(now instanceof Promise) && now !== digest
    })
    const names = new Set(edited.map(([name]) => name))
    if (placeDigest !== place.digest) names.add(place.template)
    return { options: engine !== this.#digest, templates: [...names] }
  }

  #judge(place: Place, { engine, ...of }: Provenance): MaybePromise<TemplateVerdict> {
    if (engine !== this.#digest) return 'changed'
    if (of.place !== place.id) return this.#judgeForeign(of)
    if (of.placeDigest !== place.digest) return 'edited'
    const current = of.templates.map(([name]) => this.#engine.digestOf(name))
    const compare = (digests: (string | null)[]): TemplateVerdict =>
      digests.every((digest, n) => digest === of.templates[n]?.[1]) ? 'valid' : 'edited'
    return current.some((digest) => digest instanceof Promise)
      ? Promise.all(current).then(compare)
      : compare(current as (string | null)[])
  }

  #judgeForeign({ place, placeDigest }: Omit<Provenance, 'engine'>): MaybePromise<TemplateVerdict> {
    const template = place.slice(0, place.lastIndexOf('#'))
    const compare = (digest: string | null): TemplateVerdict =>
      digest === placeDigest ? 'foreign' : 'changed'
    const current = this.#engine.digestOf(template)
    return current instanceof Promise ? current.then(compare) : compare(current)
  }
}
