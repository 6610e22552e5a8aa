/**
 * The names of a scope and of those around it that a `{% set %}` reaches, as they were at one
 * point.
 */
export type SavedNames<T> = ReadonlyMap<Scope<T>, ReadonlyMap<string, T>>

/** The names of a scope, with their values. Unknown names are looked up in the page's data. */
export class Scope<T> {
  #names = new Map<string, T>()
  readonly #around: Scope<T> | undefined
  /** True where `{% set %}` does not reach out: a macro, an include, a block, a fragment. */
  readonly #isolated: boolean
  /** True if the page's data is visible. An import without context sees none of it. */
  readonly seesData: boolean

  constructor(around?: Scope<T>, { isolated = false, seesData = around?.seesData ?? true } = {}) {
    this.#around = around
    this.#isolated = isolated
    this.seesData = seesData
  }

  lookup(name: string): T | undefined {
    return this.#names.get(name) ?? this.#around?.lookup(name)
  }

  set(name: string, value: T): void {
    this.#names.set(name, value)
  }

  /** Assigns a name as `{% set %}` does: in the scope that has it, or here. */
  assign(name: string, value: T): void {
    const owner = this.#reach().find((scope) => scope.#names.has(name)) ?? this
    owner.set(name, value)
  }

  /** Returns this scope, and those around it that a `{% set %}` reaches. */
  #reach(): Scope<T>[] {
    return this.#isolated || !this.#around ? [this] : [this, ...this.#around.#reach()]
  }

  save(): SavedNames<T> {
    return new Map(this.#reach().map((scope) => [scope, new Map(scope.#names)]))
  }

  static restore<T>(saved: SavedNames<T>): void {
    for (const [scope, names] of saved) scope.#names = new Map(names)
  }

  /** The exports of a template that has run. */
  get names(): ReadonlyMap<string, T> {
    return this.#names
  }

  /** Returns all names that are visible here, the nearest first. */
  *visible(): Generator<readonly [name: string, value: T]> {
    const seen = new Set<string>()
    for (let scope: Scope<T> | undefined = this; scope; scope = scope.#around) {
      for (const [name, value] of scope.#names) {
        if (!seen.has(name)) yield [name, value]
        seen.add(name)
      }
    }
  }
}
