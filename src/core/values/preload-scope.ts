import { OptionError } from '../../errors.ts'
import type { TripCounter } from '../store-access/read-batcher.ts'
import type { CachedKey, FoundValue, Wanted } from './found-value.ts'
import { valueKey } from './value-key.ts'

/** Argument of the function of `preload`. */
export interface PreloadScope {
  /** Runs a function in the scope, for callbacks that have lost it. */
  run<T>(fn: () => T): T
}

/** @throws OptionError */
export function refuseWrongPreload(keys: unknown, fn: unknown): void {
  if (Array.isArray(keys) && typeof fn === 'function') return
  throw new OptionError(
    'The arguments of preload() must be an array of keys, and a function to run with them.',
  )
}

/**
 * Returns the keys of `preload`: of values, and of calls of cached functions. @throws OptionError
 */
export function readKeys(keys: readonly (string | CachedKey)[], keyPrefix: string): Wanted[] {
  return keys.map((key) =>
    typeof key === 'object' && key !== null && Array.isArray(key.tags) && typeof key.key === 'string'
      ? key
      : { key: valueKey(keyPrefix, key), tags: [] },
  )
}

interface ReadsValues {
  read(wanted: readonly Wanted[], trips?: TripCounter): Promise<FoundValue[]>
}

/**
 * Values that are read ahead for one request, or for a function. All keys are read in one trip,
 * with the first that is needed, or with the page's fragments; from then on each is known, also if
 * it is absent.
 */
export class PreloadScopeState {
  readonly #values: ReadsValues
  readonly #outer: PreloadScopeState | undefined
  readonly #trips: TripCounter | undefined
  readonly #expected = new Map<string, Wanted>()
  /** Each value as it was read, or as this process has written it since. */
  readonly #known = new Map<string, FoundValue>()
  readonly #loading = new Set<Promise<void>>()
  /** Keys that are being read, and were not written meanwhile. */
  readonly #asked = new Set<string>()
  #over = false

  /**
   * @param outer the scope around this one
   * @param trips counter of its page; undefined: of the code that reads
   */
  constructor(values: ReadsValues, outer?: PreloadScopeState, trips?: TripCounter) {
    this.#trips = trips
    this.#values = values
    this.#outer = outer
  }

  /** This scope, and those around it. */
  get withOuter(): readonly PreloadScopeState[] {
    return [this, ...(this.#outer?.withOuter ?? [])]
  }

  /** Reads keys ahead, with the first that is needed. */
  expect(wanted: readonly Wanted[]): void {
    for (const one of wanted) if (!this.#known.has(one.key)) this.#expected.set(one.key, one)
  }

  /** Reads the expected keys. Never rejects. */
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

  /** Returns a value that was read ahead, here or in a scope around; undefined if it was not. */
  async find(key: string): Promise<FoundValue | undefined> {
    if (this.#over) return this.#outer?.find(key)
    if (this.#expected.has(key) || this.#asked.has(key)) await this.load()
    return this.#known.get(key) ?? this.#outer?.find(key)
  }

  /** Drops a key that this process has changed, so that it is read again. */
  changed(key: string): void {
    this.#expected.delete(key)
    this.#asked.delete(key)
    this.#known.delete(key)
  }

  /** Makes a value known in this scope only. */
  put(key: string, found: FoundValue): void {
    if (this.#over) return
    this.changed(key)
    this.#known.set(key, found)
  }

  /** Ends the scope: code that still runs in it reads from the store. */
  end(): void {
    this.#over = true
    this.#known.clear()
    this.#expected.clear()
    this.#asked.clear()
  }

  /** Drops values with one of these tags, and all that are being read: they may be older. */
  invalidated(tags: ReadonlySet<string>): void {
    for (const [key, found] of this.#known)
      if (found.madeWith.some(([tag]) => tags.has(tag))) this.#known.delete(key)
    this.#asked.clear()
  }

  /** Drops all keys with a prefix. */
  forget(prefix: string): void {
    for (const key of this.#known.keys()) if (key.startsWith(prefix)) this.#known.delete(key)
    for (const key of this.#asked) if (key.startsWith(prefix)) this.#asked.delete(key)
  }
}
