import type { FragmentEvent } from '../core/events.ts'

/** Findings that are kept: those that were seen least recently go first. */
const MOST_FINDINGS = 200

/** Something about a fragment that its authors should look at. */
export interface Finding {
  /**
   * `leak`: it has what belongs to one visitor; `conflict`: two places have one key; `not stored`:
   * why it was rendered and not stored.
   */
  readonly kind: 'leak' | 'conflict' | 'not stored'
  readonly name: string
  /** Template and line, or both places of a conflict. */
  readonly place: string
  readonly text: string
  /** How often it was seen. */
  readonly count: number
  /** When it was last seen, in ms since 1970. */
  readonly last: number
}

/** Findings of the leak check and their like, of this process. */
export class Findings {
  readonly #now: () => number
  /** By kind, place and text, in the order in which they were last seen. */
  readonly #found = new Map<string, Finding>()
  /** Message of the leak that was reported last. */
  #leak: string | undefined

  constructor(now: () => number) {
    this.#now = now
  }

  /** Returns all, leaks first, then those that were seen last. */
  get list(): readonly Finding[] {
    const all = [...this.#found.values()].reverse()
    return KINDS.flatMap((kind) => all.filter((finding) => finding.kind === kind))
  }

  note(event: FragmentEvent): void {
    // The cache reports a leak, and right after it that the fragment is not stored.
    const leak = this.#leak
    this.#leak =
      event.type === 'error' && event.error.code === 'ERR_ONETRIP_LEAK' ? event.error.message : undefined
    const found = findingOf(event, leak)
    if (!found) return
    const key = JSON.stringify([found.kind, found.name, found.place, found.text])
    const count = (this.#found.get(key)?.count ?? 0) + 1
    this.#found.delete(key)
    this.#found.set(key, { ...found, count, last: this.#now() })
    if (this.#found.size <= MOST_FINDINGS) return
    const [oldest] = this.#found.keys()
    if (oldest !== undefined) this.#found.delete(oldest)
  }
}

const KINDS = ['leak', 'conflict', 'not stored'] as const

function findingOf(
  event: FragmentEvent,
  leak: string | undefined,
): Omit<Finding, 'count' | 'last'> | undefined {
  switch (event.type) {
    case 'skip': {
      const { name, template, line, reason } = event
      const kind = leak === undefined ? 'not stored' : 'leak'
      return { kind, name, place: `${template}:${line}`, text: leak ?? reason }
    }
    case 'conflict':
      return {
        kind: 'conflict',
        name: event.name,
        place: event.places.toSorted().join(' and '),
        text: 'Two places have the same key: each page shows its own content, and only one of them is stored.',
      }
    default:
      return undefined
  }
}
