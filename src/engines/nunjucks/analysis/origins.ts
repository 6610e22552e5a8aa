import type { FragmentAt } from '../../fragment-read.ts'
import type { AstNode } from '../nunjucks.ts'
import type { Scope } from './scope.ts'

/** A step on which a value is passed on: a `{% set %}`, an argument, a loop. */
export interface Step {
  readonly what: string
  readonly template: string
  readonly line: number
}

/**
 * The origin of a value: a path into the page's data. `[]` stands for any item, or a computed name;
 * `("edit")` for the result of a call; `[n]` for a position in a list.
 */
export interface Origin {
  readonly path: readonly string[]
  readonly way: readonly Step[]
  /** True if a condition chose the value, so that only its truthiness matters. */
  readonly tested?: true
}

/** A macro, or the body of a `{% call %}`, with the names that it sees. */
export interface Callable {
  readonly node: AstNode
  readonly scope: Scope<Value>
  readonly template: string
  /** The fragment around a `{% call %}`. */
  readonly madeIn?: FragmentAt | undefined
}

/** The properties of a value that are known without data. */
export interface Value {
  /** Origins of the value and of its members. */
  readonly origins: readonly Origin[]
  /** Macros that the value may be or contain: several where a condition chooses one. */
  readonly callables?: readonly Callable[]
  /** Exports of a template, or members of a dictionary or list literal. */
  readonly members?: ReadonlyMap<string, Value>
  /** True if the value is exactly that of its one origin. */
  readonly exact?: true
  /** Literals that it may be, or was computed from, in source form. */
  readonly constants?: readonly string[]
  /** The fragments that have noted the reads in this output already: printing it is no new read. */
  readonly notedBy?: readonly object[]
}

export const NOTHING: Value = { origins: [] }

export const ITEM = '[]'
export const POSITION = '[n]'
export const LENGTH = 'length'

/** Limit of the origins of a value. */
const MOST_ORIGINS = 100

/** Returns the value at a path into the page's data. */
export function dataAt(path: readonly string[]): Value {
  return { origins: [{ path, way: [] }], exact: true }
}

/** Returns a value that depends on these origins. */
export function valueFrom(origins: readonly Origin[]): Value {
  if (origins.length === 0) return NOTHING
  const seen = new Map<string, Origin>()
  for (const origin of origins) {
    const path = pathOf(origin)
    // A shown value reveals more than a tested one.
    if (!origin.tested || !seen.has(path) || seen.get(path)?.tested) seen.set(path, origin)
  }
  return { origins: [...seen.values()].slice(0, MOST_ORIGINS) }
}

/** Returns the result of an operator or a filter. */
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

/** Returns one of several values. */
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

/** Returns a dictionary or list literal. */
export function collection(members: ReadonlyMap<string, Value>): Value {
  return { ...madeOf([...members.values()]), members }
}

/** Returns a member of a value. */
export function memberOf({ origins, members, exact, callables }: Value, name: string): Value {
  const member = name === ITEM && members ? union([...members.values()]) : members?.get(name)
  if (member) return member
  const of = origins.map((origin) => (origin.tested ? origin : { ...origin, path: [...origin.path, name] }))
  if (exact) return { origins: of, exact }
  // A filter or a function may return a macro out of a list.
  return { ...valueFrom(of), ...(callables && { callables }) }
}

/** Returns the value with the origins that chose it added, also to its members. */
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

/** Returns the origins that a condition reveals: of a single value, whether it is truthy. */
export function tellingOf({ origins, exact }: Value): readonly Origin[] {
  return exact ? origins.map((origin) => ({ ...origin, tested: true as const })) : origins
}

/** Returns the value with a step added to its way. */
export function onward(value: Value, step: Step): Value {
  if (value.origins.length === 0) return { ...value }
  return { ...value, origins: value.origins.map((origin) => ({ ...origin, way: [...origin.way, step] })) }
}

/** Returns a text that is equal for values that are known to be alike. */
export function described({ origins, callables = [], constants = [] }: Value): string {
  const paths = origins.map((origin) => `${origin.tested ? '?' : ''}${pathOf(origin)}`)
  const macros = callables.map(({ node, template }) => `${template}:${node.lineno}:${node.colno}`)
  return JSON.stringify([paths.sort(), macros.sort(), [...constants].sort()])
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/

/** Returns the path in source form. */
export function pathOf({ path }: Pick<Origin, 'path'>): string {
  return path.reduce((text, name) => {
    if (name === ITEM || name === POSITION || name.startsWith('(') || text === '') return text + name
    return IDENTIFIER.test(name) ? `${text}.${name}` : `${text}[${JSON.stringify(name)}]`
  }, '')
}
