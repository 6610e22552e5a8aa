/** The methods of an array that change it; the last line are those that nunjucks' Jinja compatibility adds. */
const MUTATORS = new Set([
  ...['push', 'pop', 'shift', 'unshift', 'splice', 'sort', 'reverse', 'fill', 'copyWithin'],
  ...['append', 'insert', 'extend', 'remove'],
])

/** Whether a method of this name changes the array that it is called on. */
export function changesLists(method: unknown): boolean {
  return MUTATORS.has(method as string)
}

/** Whether a template that calls this method changes what it is called on. */
export function changesArray(object: unknown, method: unknown): object is unknown[] {
  return Array.isArray(object) && changesLists(method)
}

interface Change {
  array: unknown[]
  /** What was in it before. */
  before: unknown[]
  /** How many tags had been met by then. */
  mark: number
}

/**
 * The arrays that a run of a template changed: `{% set rows = (rows.push(x), rows) %}` is how tables are written.
 *
 * A run that is started again must find the page's data as it was, and a tag's body, which runs later, finds
 * each array as it was at the tag.
 */
export class Journal {
  readonly #changes: Change[] = []
  /** What was in each array when the run was over, where it was put back. */
  readonly #atEnd = new Map<unknown[], unknown[]>()

  /** To be called before an array is changed. @param mark how many tags were met so far */
  note(array: unknown[], mark: number): void {
    const known = this.#changes.findLast((change) => change.array === array)
    if (known?.mark !== mark) this.#changes.push({ array, before: [...array], mark })
  }

  /** Puts arrays back to what they were when `mark` tags had been met, and forgets what came after. */
  undo(mark: number): void {
    const first = this.#changes.findIndex((change) => change.mark >= mark)
    if (first === -1) return
    for (const { array, before } of this.#changes.splice(first).reverse()) replace(array, before)
  }

  /** Puts all arrays back to what they were at the begin of the run; {@link asOf} still knows what became of them. */
  rewind(): void {
    for (const array of this.#arrays()) this.#atEnd.set(array, [...array])
    for (const { array, before } of this.#changes.toReversed()) replace(array, before)
  }

  /** Calls `fn` with all arrays as they were when `mark` tags had been met. */
  asOf<T>(mark: number, fn: () => T): T {
    const now = [...this.#arrays()].map((array) => ({ array, contents: [...array] }))
    for (const { array, contents } of now) {
      const next = this.#changes.find((change) => change.array === array && change.mark >= mark)
      replace(array, next?.before ?? this.#atEnd.get(array) ?? contents)
    }
    try {
      return fn()
    } finally {
      for (const { array, contents } of now) replace(array, contents)
    }
  }

  #arrays(): Set<unknown[]> {
    return new Set(this.#changes.map((change) => change.array))
  }
}

function replace(array: unknown[], contents: readonly unknown[]): void {
  array.length = 0
  for (const item of contents) array.push(item)
}
