const FILMS = 20
/** As in site.js, in ms. */
const TTL = 20_000
/** How long the store keeps an entry that has expired, in ms, from its write on. */
const KEPT = 60_000
/** Longer than the TTL; two of them shorter than an entry is kept. */
const STEP = 25_000

/** Something that a test does to a process of the site. */
export type Action =
  | { readonly do: 'get'; readonly id: number; readonly preview: boolean }
  | { readonly do: 'invalidate'; readonly tag: string }
  | { readonly do: 'delete'; readonly id: number }
  | { readonly do: 'later'; readonly ms: number }

/** Numbers that are known beforehand. */
export interface ExpectedNumbers {
  pages: number
  readonly hits: Record<string, number>
  readonly misses: Record<string, Record<string, number>>
  readonly invalidations: Record<string, number>
  deletes: number
}

interface ExpectedEntry {
  readonly writtenAt: number
  gone?: 'deleted' | 'invalidated' | undefined
}

/** Computes what one process of the site has to count, from what is done to it. */
export class ExpectedSite {
  readonly numbers: ExpectedNumbers = { pages: 0, hits: {}, misses: {}, invalidations: {}, deletes: 0 }
  readonly #entries = new Map<string, ExpectedEntry>()
  #now = 0

  /** @param random a number from 0 to below 1 */
  next(random: () => number): Action {
    const kind = random()
    const id = Math.floor(random() * FILMS)
    if (kind < 0.02) return this.#invalidate(random() < 0.1 ? 'side' : `film:${id}`)
    if (kind < 0.03 && this.#outcome(`film ${id}`) === 'hit') return this.#delete(id)
    if (kind < 0.033) return this.#later()
    return this.#get(id, random() < 0.03)
  }

  #get(id: number, preview: boolean): Action {
    this.numbers.pages++
    this.#look('film', `film ${id}`, preview)
    this.#look('side', 'side', preview)
    this.#miss('greeting', 'skipped')
    return { do: 'get', id, preview }
  }

  #look(name: string, key: string, preview: boolean): void {
    const outcome = preview ? 'bypassed' : this.#outcome(key)
    if (outcome === 'hit') {
      this.numbers.hits[name] = (this.numbers.hits[name] ?? 0) + 1
      return
    }
    this.#miss(name, outcome)
    if (!preview) this.#entries.set(key, { writtenAt: this.#now })
  }

  #outcome(key: string): string {
    const entry = this.#entries.get(key)
    if (!entry) return 'absent'
    if (entry.gone === 'deleted') return 'invalidated'
    const age = this.#now - entry.writtenAt
    if (age >= KEPT) return 'absent'
    return age >= TTL ? 'expired' : (entry.gone ?? 'hit')
  }

  #miss(name: string, reason: string): void {
    this.numbers.misses[name] ??= {}
    const misses = this.numbers.misses[name]
    misses[reason] = (misses[reason] ?? 0) + 1
  }

  #invalidate(tag: string): Action {
    const { invalidations } = this.numbers
    invalidations[tag] = (invalidations[tag] ?? 0) + 1
    const entry = this.#entries.get(tag.replace(':', ' '))
    if (entry) entry.gone ??= 'invalidated'
    return { do: 'invalidate', tag }
  }

  #delete(id: number): Action {
    this.numbers.deletes++
    const entry = this.#entries.get(`film ${id}`)
    if (entry) entry.gone = 'deleted'
    return { do: 'delete', id }
  }

  #later(): Action {
    this.#now += STEP
    return { do: 'later', ms: STEP }
  }
}

/** Returns the sum of what several processes have to count. */
export function sumOf(all: readonly ExpectedNumbers[]): ExpectedNumbers {
  const sum: ExpectedNumbers = { pages: 0, hits: {}, misses: {}, invalidations: {}, deletes: 0 }
  for (const { pages, hits, misses, invalidations, deletes } of all) {
    sum.pages += pages
    sum.deletes += deletes
    addCounts(sum.hits, hits)
    addCounts(sum.invalidations, invalidations)
    for (const [name, reasons] of Object.entries(misses)) {
      sum.misses[name] ??= {}
      addCounts(sum.misses[name], reasons)
    }
  }
  return sum
}

function addCounts(into: Record<string, number>, from: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(from)) into[name] = (into[name] ?? 0) + count
}
