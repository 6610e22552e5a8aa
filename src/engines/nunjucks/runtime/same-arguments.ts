import { nunjucks } from '../nunjucks.ts'
import { changesOf, dataOf, GETTER } from './given.ts'
import type { Call } from './made-call.ts'
import { Text } from './text.ts'

/** A template builds lists of lists at most. */
const DEEPEST = 4

/**
 * Says whether a call that was made has these arguments, and its object is as it was then. Of lists
 * and objects the contents count: those that a template makes are made anew by each run, and others
 * may have been changed.
 */
export function sameArguments(call: Call, others: readonly unknown[]): boolean {
  const { target, args } = call
  if (args.length !== others.length) return false
  const identical = args.every((arg, n) => Object.is(arg, others[n]))
  // Most calls are made with the same objects once more, and nothing has changed those.
  if (identical && !call.changedBefore && changesOf(call.given).length === 0) return true
  return (
    args.every((arg, n) => same(arg, others[n], DEEPEST, call)) && isAsThen(target, target, DEEPEST, call)
  )
}

function same(one: unknown, other: unknown, depth: number, call: Call): boolean {
  if (Object.is(one, other)) return isAsThen(one, other, depth, call)
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  const kind: unknown = Object.getPrototypeOf(one)
  if (kind !== Object.getPrototypeOf(other) || depth === 0 || one instanceof Text) return false
  if (one instanceof nunjucks.runtime.SafeString || one instanceof RegExp) return `${one}` === `${other}`
  if (isMade(one)) return sameContents(one, other, depth, call)
  return false
}

/** Says whether a value is a list or an object as a template makes them. */
function isMade(value: object): boolean {
  const kind: unknown = Object.getPrototypeOf(value)
  return Array.isArray(value) || kind === Object.prototype || kind === null
}

/** The same object, or list, may have been changed since. */
function isAsThen(one: unknown, other: unknown, depth: number, call: Call): boolean {
  if (typeof one !== 'object' || one === null || depth <= 0 || !call.foundIn(one)) return true
  return sameContents(one, other as object, depth, call)
}

/** A getter is not called: two objects that have one are two. */
function sameContents(one: object, other: object, depth: number, call: Call): boolean {
  const then = call.foundIn(one)
  const names = then?.names ?? Object.keys(one)
  if (Array.isArray(one)) {
    const items = then?.before ?? one
    const others = other as unknown[]
    return items.length === others.length && items.every((item, n) => same(item, others[n], depth - 1, call))
  }
  if (names.length !== Object.keys(other).length) return false
  return names.every((name, n) => {
    const [mine, its] = [then ? then.before[n] : dataOf(one, name), dataOf(other, name)]
    if (mine === GETTER || its === GETTER) return mine === its && one === other
    return Object.hasOwn(other, name) && same(mine, its, depth - 1, call)
  })
}

/**
 * Returns the result of a call, with the lists and objects of these arguments in place of its own
 * at the same places: each run makes a template's lists anew, and a run that is over puts them
 * back.
 */
export function withArguments(call: Call, others: readonly unknown[]): unknown {
  if (typeof call.value !== 'object' || call.value === null) return call.value
  const made = new Map<object, object>()
  call.args.forEach((arg, n) => {
    pair(arg, others[n], DEEPEST, call, made)
  })
  return made.size > 0 ? replaced(call.value, made, DEEPEST) : call.value
}

function pair(one: unknown, other: unknown, depth: number, call: Call, made: Map<object, object>): void {
  if (typeof one !== 'object' || one === null || one === other || depth === 0 || made.has(one)) return
  if (typeof other !== 'object' || other === null || !isMade(one)) return
  made.set(one, other)
  const then = call.foundIn(one)
  const names = then?.names ?? Object.keys(then?.before ?? one)
  names.forEach((name, n) => {
    pair(then ? then.before[n] : dataOf(one, name), dataOf(other, name), depth - 1, call, made)
  })
}

function replaced(value: unknown, made: ReadonlyMap<object, object>, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  const other = made.get(value)
  if (other || depth === 0 || !isMade(value)) return other ?? value
  let copy: object | undefined
  for (const name of Object.keys(value)) {
    const item = dataOf(value, name)
    const now = item === GETTER ? item : replaced(item, made, depth - 1)
    if (now === item) continue
    copy ??= Array.isArray(value) ? value.slice() : { ...value }
    Reflect.set(copy, name, now)
  }
  return copy ?? value
}
