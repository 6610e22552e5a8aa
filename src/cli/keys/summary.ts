import { table } from '../output/table.ts'
import { bytes, number } from '../output/units.ts'
import type { StoredEntry } from './stored-entries.ts'

/** The entries of one name. */
export interface NameSummary {
  readonly kind: string
  readonly name: string
  entries: number
  fresh: number
  bytes: number
}

/** Counts entries by name; a value counts under the first segment of its key. */
export class KeySummary {
  readonly #names = new Map<string, NameSummary>()

  add({ decoded: { kind, name }, state, bytes: size }: StoredEntry): void {
    const counted = kind === 'value' ? (name.split(':', 1)[0] ?? name) : kind === 'tag' ? '' : name
    const id = `${kind} ${counted}`
    const found = this.#names.get(id) ?? { kind, name: counted, entries: 0, fresh: 0, bytes: 0 }
    found.entries++
    found.bytes += size
    if (state === 'fresh') found.fresh++
    this.#names.set(id, found)
  }

  /** Names, those with most bytes first. */
  get rows(): NameSummary[] {
    return [...this.#names.values()].sort((a, b) => b.bytes - a.bytes)
  }

  text(): string {
    return table(
      [
        { title: 'KIND', cell: ({ kind }) => kind },
        { title: 'NAME', cell: ({ name }) => name },
        { title: 'ENTRIES', cell: ({ entries }) => number(entries), align: 'right' },
        { title: 'FRESH', cell: ({ kind, fresh }) => (kind === 'tag' ? '' : number(fresh)), align: 'right' },
        { title: 'SIZE', cell: (row) => bytes(row.bytes), align: 'right' },
      ],
      this.rows,
    )
  }
}
