import { CUT } from './cut.ts'
import { asKeyPart } from './tag-arguments.ts'

/**
 * Evaluates the parts of a key once more.
 * @param before the parts as they were
 * @returns undefined where they are as they were, or where something that they read is not there;
 *   none at all where one of them cannot be a part
 */
export function readAgain(evaluate: () => unknown[], before: readonly unknown[]): unknown[] | undefined {
  try {
    const parts = evaluate()
    return parts.every((part, n) => isPlain(part) && part === before[n])
      ? undefined
      : parts.map(asKeyPart).map(withOwnLists)
  } catch (error) {
    return error === CUT ? undefined : []
  }
}

/** Says whether a part is nothing that may hold something else than before. */
function isPlain(part: unknown): boolean {
  return typeof part === 'string' || typeof part === 'number' || typeof part === 'boolean'
}

/**
 * Copies lists: a template may have changed them since, and they are as they were only for a
 * moment.
 */
function withOwnLists(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(withOwnLists)
  if (typeof part !== 'object' || part === null || Object.getPrototypeOf(part) !== Object.prototype)
    return part
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, withOwnLists(value)]))
}
