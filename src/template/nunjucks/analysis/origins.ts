import type { FragmentAt } from '../../template-engine.ts'
import type { AstNode } from '../nunjucks.ts'

/** A step on the way of a value: a `{% set %}`, an argument, a loop. */
export interface Step {
  readonly what: string
  readonly template: string
  readonly line: number
}

/**
 * Where a value comes from: a path into the page's data. `[]` stands for any item, or a computed name; `("edit")` for
 * what a call gave.
 */
export interface Origin {
  readonly path: readonly string[]
  readonly way: readonly Step[]
}

/** A macro, or what a `{% call %}` encloses, with the names that it sees. */
export interface Callable {
  readonly node: AstNode
  readonly scope: Scope
  readonly template: string
  /** The fragment around a `{% call %}`. */
  readonly madeIn?: FragmentAt | undefined
}

/** What is known of a value without data. */
export interface Value {
  readonly origins: readonly Origin[]
  /** Macros that it may be: several where a condition chooses one. */
  readonly callables?: readonly Callable[]
  /** What a template exports, or a dictionary holds. */
  readonly members?: ReadonlyMap<string, Value>
}

export const NOTHING: Value = { origins: [] }

export const ITEM = '[]'

/** More origins than these say no more. */
const MOST_ORIGINS = 100

export function valueFrom(origins: readonly Origin[]): Value {
  if (origins.length === 0) return NOTHING
  const seen = new Map(origins.map((origin) => [pathOf(origin), origin]))
  return { origins: [...seen.values()].slice(0, MOST_ORIGINS) }
}

export function union(values: readonly Value[]): Value {
  const [first] = values
  if (values.length === 1 && first) return first
  const { origins } = valueFrom(values.flatMap((value) => value.origins))
  const callables = [...new Set(values.flatMap((value) => value.callables ?? []))]
  const members = unionOfMembers(values.flatMap((value) => value.members ?? []))
  return { origins, ...(callables.length > 0 && { callables }), ...(members && { members }) }
}

function unionOfMembers(all: readonly ReadonlyMap<string, Value>[]): ReadonlyMap<string, Value> | undefined {
  if (all.length < 2) return all[0]
  const names = new Set(all.flatMap((members) => [...members.keys()]))
  return new Map([...names].map((name) => [name, union(all.flatMap((one) => one.get(name) ?? []))]))
}

/** A member of a value. */
export function memberOf({ origins, members }: Value, name: string): Value {
  const member = name === ITEM && members ? union([...members.values()]) : members?.get(name)
  if (member) return member
  return valueFrom(origins.map(({ path, way }) => ({ path: [...path, name], way })))
}

/** The same value, one step on. */
export function onward(value: Value, step: Step): Value {
  if (value.origins.length === 0) return { ...value }
  return { ...value, origins: value.origins.map(({ path, way }) => ({ path, way: [...way, step] })) }
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/

/** As a template writes it. */
export function pathOf({ path }: Pick<Origin, 'path'>): string {
  return path.reduce((text, name) => {
    if (name === ITEM || name.startsWith('(') || text === '') return text + name
    return IDENTIFIER.test(name) ? `${text}.${name}` : `${text}[${JSON.stringify(name)}]`
  }, '')
}

/** Names and what they stand for; those that are not known are looked up in the page's data. */
export class Scope {
  readonly #names = new Map<string, Value>()
  readonly #around: Scope | undefined
  /** Whether the page's data is seen from here: an import without context sees none of it. */
  readonly seesData: boolean

  constructor(around?: Scope, seesData = around?.seesData ?? true) {
    this.#around = around
    this.seesData = seesData
  }

  lookup(name: string): Value | undefined {
    return this.#names.get(name) ?? this.#around?.lookup(name)
  }

  set(name: string, value: Value): void {
    this.#names.set(name, value)
  }

  /** As a `{% set %}` does: a name that is known further out is changed there. */
  assign(name: string, value: Value): void {
    const owner = this.#ownerOf(name) ?? this
    owner.#names.set(name, value)
  }

  #ownerOf(name: string): Scope | undefined {
    if (this.#names.has(name)) return this
    return this.#around === undefined ? undefined : this.#around.#ownerOf(name)
  }

  /** What a template that has run exports. */
  get names(): ReadonlyMap<string, Value> {
    return this.#names
  }
}
