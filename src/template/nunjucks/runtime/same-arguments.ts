import { nunjucks } from '../nunjucks.ts'
import { changesOf, dataOf, GETTER, type Given } from './given.ts'
import type { Call } from './run-record.ts'
import { Text } from './text.ts'

/** A template builds lists of lists at most. */
const DEEPEST = 4

/**
 * Says whether a call that was made has these arguments, and its object is as it was then. Of lists and objects the contents
 * count: those that a template makes are made anew by each run, and others may have been changed.
 */
export function sameArguments({ target, args, given }: Call, others: readonly unknown[]): boolean {
  if (args.length !== others.length) return false
  const identical = args.every((arg, n) => Object.is(arg, others[n]))
  // Most calls are made with the same objects once more, and nothing has changed those.
  if (identical && changesOf(given).length === 0) return true
  return (
    args.every((arg, n) => same(arg, others[n], DEEPEST, given)) && isAsThen(target, target, DEEPEST, given)
  )
}

function same(one: unknown, other: unknown, depth: number, given: readonly Given[]): boolean {
  if (Object.is(one, other)) return isAsThen(one, other, depth, given)
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  const kind: unknown = Object.getPrototypeOf(one)
  if (kind !== Object.getPrototypeOf(other) || depth === 0 || one instanceof Text) return false
  if (one instanceof nunjucks.runtime.SafeString || one instanceof RegExp) return `${one}` === `${other}`
  if (Array.isArray(one) || kind === Object.prototype || kind === null)
    return sameContents(one, other, depth, given)
  return false
}

/** The same object, or list, may have been changed since. */
function isAsThen(one: unknown, other: unknown, depth: number, given: readonly Given[]): boolean {
  if (typeof one !== 'object' || one === null || depth <= 0 || !given.some(({ value }) => value === one))
    return true
  return sameContents(one, other as object, depth, given)
}

/** A getter is not called: two objects that have one are two. */
function sameContents(one: object, other: object, depth: number, given: readonly Given[]): boolean {
  const then = given.find(({ value }) => value === one)
  const names = then?.names ?? Object.keys(one)
  if (Array.isArray(one)) {
    const items = then?.before ?? one
    const others = other as unknown[]
    return items.length === others.length && items.every((item, n) => same(item, others[n], depth - 1, given))
  }
  if (names.length !== Object.keys(other).length) return false
  return names.every((name, n) => {
    const [mine, its] = [then ? then.before[n] : dataOf(one, name), dataOf(other, name)]
    if (mine === GETTER || its === GETTER) return mine === its && one === other
    return Object.hasOwn(other, name) && same(mine, its, depth - 1, given)
  })
}
