import type { FragmentAt } from '../../template-engine.ts'
import type { AstNode } from '../nunjucks.ts'
import type { Scope } from './scope.ts'

/** A step on the way of a value: a `{% set %}`, an argument, a loop. */
export interface Step {
  readonly what: string
  readonly template: string
  readonly line: number
}

/**
 * Where a value comes from: a path into the page's data. `[]` stands for any item, or a computed
 * name; `("edit")` for what a call gave; `[n]` for a position in a list.
 */
export interface Origin {
  readonly path: readonly string[]
  readonly way: readonly Step[]
  /** No more than whether it is truthy: a condition has chosen the value. */
  readonly tested?: true
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
  /** Those of its members, too. */
  readonly origins: readonly Origin[]
  /** Macros that it may be, or hold: several where a condition chooses one. */
  readonly callables?: readonly Callable[]
  /** What a template exports, what a dictionary or a list that a template writes holds. */
  readonly members?: ReadonlyMap<string, Value>
  /** It is what its one origin names, and nothing was made of it. */
  readonly exact?: true
  /** Constants that it may be, or was made of, as they are written. */
  readonly constants?: readonly string[]
  /**
   * The fragments that have noted what it is made of: a macro's text reads nothing more where it is
   * put out.
   */
  readonly notedBy?: readonly object[]
}

export const NOTHING: Value = { origins: [] }

export const ITEM = '[]'
export const POSITION = '[n]'
export const LENGTH = 'length'

/** More origins than these say no more. */
const MOST_ORIGINS = 100

/** A value that a path into the page's data names. */
export function dataAt(path: readonly string[]): Value {
  return { origins: [{ path, way: [] }], exact: true }
}

/** What is made of these origins. */
export function valueFrom(origins: readonly Origin[]): Value {
  if (origins.length === 0) return NOTHING
  const seen = new Map<string, Origin>()
  for (const origin of origins) {
    const path = pathOf(origin)
    // What is shown tells more than what is tested.
    if (!origin.tested || !seen.has(path) || seen.get(path)?.tested) seen.set(path, origin)
  }
  return { origins: [...seen.values()].slice(0, MOST_ORIGINS) }
}

/** What an operator or a filter makes of values. */
export function madeOf(values: readonly Value[]): Value {
  const { origins } = valueFrom(values.flatMap((value) => value.origins))
  const callables = [...new Set(values.flatMap((value) => value.callables ?? []))]
  const constants = [...new Set(values.flatMap((value) => value.constants ?? []))]
  const [notedBy, ...others] = new Set(
    values.filter((one) => one.origins.length > 0).map((one) => one.notedBy),
  )
  return {
    origins,
    ...(notedBy && others.length === 0 && { notedBy }),
    ...(callables.length > 0 && { callables }),
    ...(constants.length > 0 && { constants }),
  }
}

/** One of several values. */
export function union(values: readonly Value[]): Value {
  const [first = NOTHING, ...rest] = [...new Set(values)]
  if (rest.length === 0) return first
  const members = unionOfMembers(values.flatMap((value) => value.members ?? []))
  return { ...madeOf(values), ...(members && { members }) }
}

function unionOfMembers(all: readonly ReadonlyMap<string, Value>[]): ReadonlyMap<string, Value> | undefined {
  if (all.length < 2) return all[0]
  const names = new Set(all.flatMap((members) => [...members.keys()]))
  return new Map([...names].map((name) => [name, union(all.flatMap((one) => one.get(name) ?? []))]))
}

/** A dictionary or a list that a template writes. */
export function collection(members: ReadonlyMap<string, Value>): Value {
  return { ...madeOf([...members.values()]), members }
}

/** A member of a value. */
export function memberOf({ origins, members, exact, callables }: Value, name: string): Value {
  const member = name === ITEM && members ? union([...members.values()]) : members?.get(name)
  if (member) return member
  const of = origins.map((origin) => (origin.tested ? origin : { ...origin, path: [...origin.path, name] }))
  if (exact) return { origins: of, exact }
  // A macro of a list that a filter or a function gave.
  return { ...valueFrom(of), ...(callables && { callables }) }
}

/** The value, chosen by what these are: it tells of them, and so does each of its members. */
export function chosenBy(value: Value, origins: readonly Origin[]): Value {
  if (origins.length === 0) return value
  const { callables, constants } = value
  const members = value.members && new Map([...value.members].map(([k, v]) => [k, chosenBy(v, origins)]))
  return {
    ...valueFrom([...value.origins, ...origins]),
    ...(callables && { callables }),
    ...(constants && { constants }),
    ...(members && { members }),
  }
}

/**
 * What a condition tells of a value that it has chosen: of a single value, whether it is truthy.
 */
export function tellingOf({ origins, exact }: Value): readonly Origin[] {
  return exact ? origins.map((origin) => ({ ...origin, tested: true as const })) : origins
}

/** The same value, one step on. */
export function onward(value: Value, step: Step): Value {
  if (value.origins.length === 0) return { ...value }
  return { ...value, origins: value.origins.map((origin) => ({ ...origin, way: [...origin.way, step] })) }
}

/** A text that is the same for values that are known to be alike. */
export function described({ origins, callables = [], constants = [] }: Value): string {
  const paths = origins.map((origin) => `${origin.tested ? '?' : ''}${pathOf(origin)}`)
  const macros = callables.map(({ node, template }) => `${template}:${node.lineno}:${node.colno}`)
  return JSON.stringify([paths.sort(), macros.sort(), [...constants].sort()])
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/

/** As a template writes it. */
export function pathOf({ path }: Pick<Origin, 'path'>): string {
  return path.reduce((text, name) => {
    if (name === ITEM || name === POSITION || name.startsWith('(') || text === '') return text + name
    return IDENTIFIER.test(name) ? `${text}.${name}` : `${text}[${JSON.stringify(name)}]`
  }, '')
}
