import type { Value } from './origins.ts'

type Names = Map<string, Value>

/**
 * The names of a scope and of those around it that a `{% set %}` reaches, as they were at one
 * point.
 */
export type SavedNames = ReadonlyMap<Scope, ReadonlyMap<string, Value>>

/** The names of a scope, with their values. Unknown names are looked up in the page's data. */
export class Scope {
  #names: Names = new Map()
  readonly #around: Scope | undefined
  /** True where `{% set %}` does not reach out: a macro, an include, a block, a fragment. */
  readonly #isolated: boolean
  /** True if the page's data is visible. An import without context sees none of it. */
  readonly seesData: boolean

  constructor(around?: Scope, { isolated = false, seesData = around?.seesData ?? true } = {}) {
    this.#around = around
    this.#isolated = isolated
    this.seesData = seesData
  }

  lookup(name: string): Value | undefined {
    return this.#names.get(name) ?? this.#around?.lookup(name)
  }

  set(name: string, value: Value): void {
    this.#names.set(name, value)
  }

  /** Assigns a name as `{% set %}` does: in the scope that has it, or here. */
  assign(name: string, value: Value): void {
    const owner = this.#reach().find((scope) => scope.#names.has(name)) ?? this
    owner.set(name, value)
  }

  /** Returns this scope, and those around it that a `{% set %}` reaches. */
  #reach(): Scope[] {
    return this.#isolated || !this.#around ? [this] : [this, ...this.#around.#reach()]
  }

  save(): SavedNames {
    return new Map(this.#reach().map((scope) => [scope, new Map(scope.#names)]))
  }

  static restore(saved: SavedNames): void {
    for (const [scope, names] of saved) scope.#names = new Map(names)
  }

  /** The exports of a template that has run. */
  get names(): ReadonlyMap<string, Value> {
    return this.#names
  }

  /** Returns all names that are visible here, the nearest first. */
  *visible(): Generator<readonly [name: string, value: Value]> {
    const seen = new Set<string>()
    for (let scope: Scope | undefined = this; scope; scope = scope.#around) {
      for (const [name, value] of scope.#names) {
        if (!seen.has(name)) yield [name, value]
        seen.add(name)
      }
    }
  }
}
