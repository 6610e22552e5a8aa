import { type Given, givenNow } from './given.ts'

/** A property of an object: a collection of one value, or none. */
class Property {
  readonly object: Record<string, unknown>
  readonly #name: string

  constructor(object: object, name: string) {
    this.object = object as Record<string, unknown>
    this.#name = name
  }

  get contents(): unknown[] {
    return Object.hasOwn(this.object, this.#name) ? [this.object[this.#name]] : []
  }

  replace(contents: readonly unknown[]): void {
    if (contents.length > 0) Reflect.set(this.object, this.#name, contents[0])
    else Reflect.deleteProperty(this.object, this.#name)
  }
}

/** A value that a template may change by a call. */
export type Collection = unknown[] | Map<unknown, unknown> | Set<unknown> | Property

/**
 * The methods of an array that change it; the last line are those that nunjucks' Jinja
 * compatibility adds.
 */
const OF_ARRAYS = new Set([
  ...['push', 'pop', 'shift', 'unshift', 'splice', 'sort', 'reverse', 'fill', 'copyWithin'],
  ...['append', 'insert', 'extend', 'remove'],
])

/** Says whether a method of this name changes the array that it is called on. */
export function changesLists(method: unknown): boolean {
  return OF_ARRAYS.has(method as string)
}

const OF_MAPS_AND_SETS = new Set(['set', 'add', 'delete', 'clear'])

/** Says whether a template that calls this method changes what it is called on. */
export function changes(
  object: unknown,
  method: unknown,
): object is unknown[] | Map<unknown, unknown> | Set<unknown> {
  if (typeof object !== 'object') return false
  if (Array.isArray(object)) return changesLists(method)
  return (object instanceof Map || object instanceof Set) && OF_MAPS_AND_SETS.has(method as string)
}

interface Change {
  collection: Collection
  /** Contents of the collection before. */
  before: readonly unknown[]
  /** How many tags had been met by then. */
  mark: number
}

/**
 * The collections that a run of a template changed: `{% set rows = (rows.push(x), rows) %}` is how
 * tables are written.
 *
 * A run that is started again must find the page's data as it was, and a tag's body, which runs
 * later, finds each collection as it was at the tag.
 */
export class Journal {
  readonly #changes: Change[] = []
  readonly #properties = new Map<object, Map<string, Property>>()
  /** Contents of each collection at the end of the run, where it was put back. */
  readonly #atEnd = new Map<Collection, readonly unknown[]>()
  /** The lists and objects that hold other contents than {@link #found} has. */
  readonly #touched = new Set<object>()
  #found: ReadonlyMap<object, Given> = new Map()

  /**
   * To be called before a collection is changed, or with what was in it before.
   * @param mark how many tags were met so far
   */
  note(collection: Collection, mark: number, before: readonly unknown[] = contentsOf(collection)): void {
    this.#touch(collection)
    const known = this.#changes.findLast((change) => change.collection === collection)
    if (known?.mark !== mark) this.#changes.push({ collection, before, mark })
  }

  /**
   * Puts collections back to what they were when `mark` tags had been met, and forgets what came
   * after.
   */
  undo(mark: number): void {
    const first = this.#changes.findIndex((change) => change.mark >= mark)
    if (first === -1) return
    for (const { collection, before } of this.#changes.splice(first).reverse()) {
      replace(collection, before)
      this.#touch(collection)
    }
  }

  /** The lists and objects that were changed so far, with what is in them now. */
  get found(): ReadonlyMap<object, Given> {
    if (this.#touched.size > 0) {
      const found = new Map(this.#found)
      for (const object of this.#touched) found.set(object, givenNow(object))
      this.#touched.clear()
      this.#found = found
    }
    return this.#found
  }

  /**
   * Puts all back to what they were at the begin of the run; {@link asOf} still knows what became
   * of them.
   */
  rewind(): void {
    for (const collection of this.#collections()) {
      this.#atEnd.set(collection, contentsOf(collection))
      this.#touch(collection)
    }
    for (const { collection, before } of this.#changes.toReversed()) replace(collection, before)
  }

  /** Calls `fn` with all collections as they were when `mark` tags had been met. */
  asOf<T>(mark: number, fn: () => T): T {
    const now = [...this.#collections()].map((collection) => ({
      collection,
      contents: contentsOf(collection),
    }))
    for (const { collection, contents } of now) {
      const next = this.#changes.find((change) => change.collection === collection && change.mark >= mark)
      replace(collection, next?.before ?? this.#atEnd.get(collection) ?? contents)
      this.#touch(collection)
    }
    try {
      return fn()
    } finally {
      for (const { collection, contents } of now) {
        replace(collection, contents)
        this.#touch(collection)
      }
    }
  }

  /** A property as a collection, the same each time. */
  property(object: object, name: string): Collection {
    let known = this.#properties.get(object)
    if (!known) {
      known = new Map()
      this.#properties.set(object, known)
    }
    const property = known.get(name) ?? new Property(object, name)
    known.set(name, property)
    return property
  }

  #touch(collection: Collection): void {
    this.#touched.add(collection instanceof Property ? collection.object : collection)
  }

  #collections(): Set<Collection> {
    return new Set(this.#changes.map((change) => change.collection))
  }
}

function contentsOf(collection: Collection): unknown[] {
  return collection instanceof Property ? collection.contents : [...collection]
}

/** Puts contents into a collection, as iterating over it gave them. */
export function replace(collection: Collection, contents: readonly unknown[]): void {
  if (collection instanceof Property) return collection.replace(contents)
  if (Array.isArray(collection)) {
    collection.length = 0
    for (const item of contents) collection.push(item)
    return
  }
  collection.clear()
  if (collection instanceof Set) for (const item of contents) collection.add(item)
  else for (const [key, value] of contents as [unknown, unknown][]) collection.set(key, value)
}
