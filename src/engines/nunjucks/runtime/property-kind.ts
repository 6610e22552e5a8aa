import { types } from 'node:util'

/**
 * Kinds of members that a place of a template has read so far. A number between them counts reads
 * of members that were not there.
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

/** Returns the kind of members that a place reads, now that it reads one more. */
export function foundAt(before: number, object: unknown, name: string): number {
  if (before === GETTER) return GETTER
  if (typeof object !== 'object' || object === null) return DATA
  if (callsCode(object, name)) return GETTER
  // One that is not there today may be a getter tomorrow.
  return name in object ? DATA : Math.min(before + 1, DATA)
}
