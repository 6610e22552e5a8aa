import { types } from 'node:util'
import { Lazy } from '../../lazy.ts'
import { Text } from './text.ts'

/**
 * Objects with more properties are tables, and are not watched: that would take longer than most
 * calls.
 */
const MOST_PROPERTIES = 100

/** A list with more items shares what was in it before among the calls that are given it. */
const LONG_LIST = 32

/** How many kinds of objects are known by the names of their properties. */
const MOST_KINDS = 8

/** A getter is not called. */
export const GETTER = Symbol('getter')

/** A list, or an object, that a call is given, with what was in it before. */
export interface Given {
  readonly value: object
  /** The items of a list; the values of the properties that are named. */
  readonly before: readonly unknown[]
  readonly names: readonly string[] | undefined
  /** None of its properties is a getter. */
  readonly plain: boolean
}

/** One change of a list or an object by a call. */
export interface GivenChange {
  /** Which one, counted from 0. */
  readonly at: number
  /** The property; undefined: it is a list. */
  readonly name: string | undefined
  /** The items of a list; a property's value, or nothing where there is no such property. */
  readonly before: readonly unknown[]
  readonly after: readonly unknown[]
}

const NOTHING: readonly Given[] = []
export const UNCHANGED: readonly GivenChange[] = []

/**
 * Looks at what calls are given. One page gives objects of few kinds, so that a kind is looked at
 * once for getters.
 */
export class Watch {
  /** Names of properties, of which no object that has just these has a getter. */
  readonly #plain: (readonly string[])[] = Array.of()
  /** Long lists as they were last: a loop may hand one to a call for each of its items. */
  #long: Map<object, Given> | undefined

  /**
   * Returns the values that a call may change, with their contents: its arguments, those that are
   * given by name, and the object whose method it is.
   */
  before(target: unknown, args: readonly unknown[]): readonly Given[] {
    let all = this.#with(NOTHING, target)
    for (let n = 0; n < args.length; n++) all = this.#with(all, args[n])
    const last = args[args.length - 1]
    if (typeof last === 'object' && last !== null && '__keywords' in last) {
      for (const value of Object.values(last)) all = this.#with(all, value)
    }
    return all
  }

  #with(all: readonly Given[], value: unknown): readonly Given[] {
    if (typeof value !== 'object' || value === null) return all
    if (Array.isArray(value))
      return [...all, value.length > LONG_LIST ? this.#longList(value) : givenList(value)]
    if (types.isProxy(value) || value instanceof Lazy || value instanceof Text || ArrayBuffer.isView(value)) {
      return all
    }
    const names = Object.keys(value)
    if (names.length > MOST_PROPERTIES) return all
    if (this.#isPlain(names)) return [...all, { value, before: Object.values(value), names, plain: true }]
    const given = givenNow(value)
    if (given.plain && this.#plain.length < MOST_KINDS) this.#plain.push(names)
    return [...all, given]
  }

  #longList(list: readonly unknown[]): Given {
    this.#long ??= new Map()
    const last = this.#long.get(list)
    if (last && areSame(list, last.before)) return last
    const given = givenList(list)
    this.#long.set(list, given)
    return given
  }

  #isPlain(names: readonly string[]): boolean {
    return this.#plain.some(
      (known) => known.length === names.length && known.every((name, n) => name === names[n]),
    )
  }
}

function givenList(list: readonly unknown[]): Given {
  return { value: list, before: list.slice(), names: undefined, plain: true }
}

/** A list, or an object, with what is in it now. */
export function givenNow(value: object): Given {
  if (Array.isArray(value)) return givenList(value)
  const names = Object.keys(value)
  const before = names.map((name) => dataOf(value, name))
  return { value, before, names, plain: !before.includes(GETTER) }
}

/** Returns the changes of all that is given since then. */
export function changesOf(all: readonly Given[]): readonly GivenChange[] {
  let changes = UNCHANGED
  for (const [at, given] of all.entries()) {
    const found = given.names ? changedProperties(given, given.names, at) : changedList(given, at)
    if (found.length > 0) changes = [...changes, ...found]
  }
  return changes
}

export function dataOf(object: object, name: string): unknown {
  const property = Object.getOwnPropertyDescriptor(object, name)
  return property && !property.get && !property.set ? property.value : GETTER
}

function changedList({ value, before }: Given, at: number): readonly GivenChange[] {
  const list = value as unknown[]
  if (areSame(list, before)) return UNCHANGED
  return [{ at, name: undefined, before, after: list.slice() }]
}

function changedProperties(
  { value, before, plain }: Given,
  names: readonly string[],
  at: number,
): readonly GivenChange[] {
  const now = Object.keys(value)
  if (plain && areSame(now, names) && areSame(Object.values(value), before)) return UNCHANGED
  const changed = names.filter((name, n) => !isSame(value, name, before[n]))
  if (changed.length === 0 && now.length === names.length) return UNCHANGED
  const added = now.filter((name) => !names.includes(name) && dataOf(value, name) !== GETTER)
  return [
    ...changed.map((name) => ({
      at,
      name,
      before: [before[names.indexOf(name)]],
      after: contentOf(value, name),
    })),
    ...added.map((name) => ({ at, name, before: [], after: contentOf(value, name) })),
  ]
}

function areSame(some: readonly unknown[], others: readonly unknown[]): boolean {
  if (some.length !== others.length) return false
  for (let n = 0; n < some.length; n++) {
    if (some[n] !== others[n] && !Object.is(some[n], others[n])) return false
  }
  return true
}

function isSame(object: object, name: string, before: unknown): boolean {
  if (before === GETTER) return true
  return Object.is(object[name as never], before) && (before !== undefined || Object.hasOwn(object, name))
}

function contentOf(object: object, name: string): unknown[] {
  return Object.hasOwn(object, name) ? [object[name as never]] : []
}
