import { types } from 'node:util'

/**
 * What a place of a template that reads a member has found so far; anything between: nothing, that
 * often.
 */
export const GETTER = -1
export const DATA = 100

/** Says whether reading a property calls code. */
export function callsCode(object: object, name: string): boolean {
  for (let holder: object | null = object; holder; holder = Object.getPrototypeOf(holder) as object | null) {
    if (types.isProxy(holder)) return true
    const property = Object.getOwnPropertyDescriptor(holder, name)
    if (property) return property.get !== undefined
  }
  return false
}

/** What a place of a template is known to find, now that it reads this once more. */
export function foundAt(before: number, object: unknown, name: string): number {
  if (before === GETTER) return GETTER
  if (typeof object !== 'object' || object === null) return DATA
  if (callsCode(object, name)) return GETTER
  // One that is not there today may be a getter tomorrow.
  return name in object ? DATA : Math.min(before + 1, DATA)
}
