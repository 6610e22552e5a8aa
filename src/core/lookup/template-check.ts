import { LRUCache } from 'lru-cache'
import type { MaybePromise, Place, TemplateEngine } from '../../engines/template-engine.ts'
import { decodeProvenance, type Provenance } from '../entry/entry-fields.ts'

/** The same text stands in all entries of one place: it is taken apart once. */
const MOST_KNOWN = 1_000
const known = new LRUCache<string, Provenance>({ max: MOST_KNOWN })

/** What the text of an entry says that it is made of. */
export function madeOfIn(text: string): Provenance {
  let madeOf = known.get(text)
  if (!madeOf) {
    madeOf = decodeProvenance(text)
    known.set(text, madeOf)
  }
  return madeOf
}

/** What an entry is to a place of the templates as this process has them. */
export type Verdict =
  | 'valid'
  /** Made at this place, of a template that is another now. */
  | 'edited'
  /** Made of other options, or at a place that is gone. */
  | 'changed'
  /** Made at another place that is there too, and gives the same key. */
  | 'foreign'

/**
 * Says whether entries are made of what this process has. Belongs to one render: templates may change between
 * two, and each is asked for once.
 */
export class TemplateCheck {
  readonly #engine: TemplateEngine
  readonly #digest: string
  readonly #verdicts = new Map<Place, Map<string, MaybePromise<Verdict>>>()
  #lastPlace: Place | undefined
  #lastText: string | undefined

  /** @param digest of all that shapes what the engine gives: its options, and the cache's */
  constructor(engine: TemplateEngine, digest: string) {
    this.#engine = engine
    this.#digest = digest
  }

  /** @param text an entry's `madeOf` */
  of(place: Place, text: string): MaybePromise<Verdict> {
    // A list of cards: one place, one text, many entries.
    if (place === this.#lastPlace && text === this.#lastText) return 'valid'
    const verdicts = this.#verdicts.get(place) ?? new Map<string, MaybePromise<Verdict>>()
    this.#verdicts.set(place, verdicts)
    let verdict = verdicts.get(text)
    if (verdict === undefined) {
      verdict = this.#judge(place, madeOfIn(text))
      verdicts.set(text, verdict)
    }
    if (verdict === 'valid') {
      this.#lastPlace = place
      this.#lastText = text
    }
    return verdict
  }

  #judge(place: Place, { engine, ...of }: Provenance): MaybePromise<Verdict> {
    if (engine !== this.#digest) return 'changed'
    if (of.place !== place.id) return this.#judgeForeign(of)
    if (of.placeDigest !== place.digest) return 'edited'
    const current = of.templates.map(([name]) => this.#engine.digestOf(name))
    const compare = (digests: (string | null)[]): Verdict =>
      digests.every((digest, n) => digest === of.templates[n]?.[1]) ? 'valid' : 'edited'
    return current.some((digest) => digest instanceof Promise)
      ? Promise.all(current).then(compare)
      : compare(current as (string | null)[])
  }

  #judgeForeign({ place, placeDigest }: Omit<Provenance, 'engine'>): MaybePromise<Verdict> {
    const template = place.slice(0, place.lastIndexOf('#'))
    const compare = (digest: string | null): Verdict => (digest === placeDigest ? 'foreign' : 'changed')
    const current = this.#engine.digestOf(template)
    return current instanceof Promise ? current.then(compare) : compare(current)
  }
}
