import type { TripCounter } from '../store-access/trip-counter.ts'
import type { FoundValue, Wanted } from './found-value.ts'

interface ReadsValues {
  read(wanted: readonly Wanted[], trips?: TripCounter): Promise<FoundValue[]>
}

/**
 * What is read ahead for a while: for one request, or for a function. All keys that are expected are read in one trip, with
 * the first of them that is asked for, or with the page's fragments; from then on each is known, also that it is absent.
 */
export class PreloadScopeState {
  readonly #values: ReadsValues
  readonly #outer: PreloadScopeState | undefined
  readonly #trips: TripCounter | undefined
  readonly #expected = new Map<string, Wanted>()
  /** Each as it was read, or as this process has written it since. */
  readonly #known = new Map<string, FoundValue>()
  readonly #loading = new Set<Promise<void>>()
  /** Keys that are being read, and were not written meanwhile. */
  readonly #asked = new Set<string>()
  #over = false

  /**
   * @param outer where to look for what is not known here
   * @param trips of the page that it belongs to; left out: that of the code which reads
   */
  constructor(values: ReadsValues, outer?: PreloadScopeState, trips?: TripCounter) {
    this.#trips = trips
    this.#values = values
    this.#outer = outer
  }

  /** This scope, and those that it looks into. */
  get withOuter(): readonly PreloadScopeState[] {
    return [this, ...(this.#outer?.withOuter ?? [])]
  }

  /** Reads keys ahead, when the first is needed. */
  expect(wanted: readonly Wanted[]): void {
    for (const one of wanted) if (!this.#known.has(one.key)) this.#expected.set(one.key, one)
  }

  /** Reads what is expected. Never rejects. */
  async load(): Promise<void> {
    if (this.#expected.size > 0) {
      const wanted = [...this.#expected.values()]
      this.#expected.clear()
      const loading = this.#read(wanted)
      this.#loading.add(loading)
      void loading.then(() => this.#loading.delete(loading))
    }
    await Promise.all(this.#loading)
  }

  async #read(wanted: readonly Wanted[]): Promise<void> {
    for (const { key } of wanted) this.#asked.add(key)
    for (const found of await this.#values.read(wanted, this.#trips)) {
      // What was written meanwhile is newer.
      if (this.#asked.delete(found.key)) this.#known.set(found.key, found)
    }
  }

  /** What is known of a key, here or further out. `undefined`: nobody has read it ahead. */
  async find(key: string): Promise<FoundValue | undefined> {
    if (this.#over) return this.#outer?.find(key)
    if (this.#expected.has(key) || this.#asked.has(key)) await this.load()
    return this.#known.get(key) ?? this.#outer?.find(key)
  }

  /** This process has written it: it is to be read anew. */
  changed(key: string): void {
    this.#expected.delete(key)
    this.#asked.delete(key)
    this.#known.delete(key)
  }

  /** Makes a value known here, and nowhere else. */
  put(key: string, found: FoundValue): void {
    if (this.#over) return
    this.changed(key)
    this.#known.set(key, found)
  }

  /** What is over is not looked at any more: code that still runs in it reads from the store. */
  end(): void {
    this.#over = true
    this.#known.clear()
    this.#expected.clear()
    this.#asked.clear()
  }

  /** What has one of these tags is to be read anew, and what is being read: it may have been answered before. */
  invalidated(tags: ReadonlySet<string>): void {
    for (const [key, found] of this.#known)
      if (found.madeWith.some(([tag]) => tags.has(tag))) this.#known.delete(key)
    this.#asked.clear()
  }

  /** All keys that begin so are to be read anew. */
  forget(prefix: string): void {
    for (const key of this.#known.keys()) if (key.startsWith(prefix)) this.#known.delete(key)
    for (const key of this.#asked) if (key.startsWith(prefix)) this.#asked.delete(key)
  }
}
