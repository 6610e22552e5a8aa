import { nunjucks } from './nunjucks.ts'

/** The filters and tests that come with nunjucks: all but one give the same for the same, and change nothing. */
const { filters, tests } = new nunjucks.Environment(null)
const PURE = new Set<unknown>([...Object.values(filters), ...Object.values(tests)])
PURE.delete(filters.random)

/** Says whether a filter or a test may be called once more without anybody noticing. */
export function isPure(fn: unknown): boolean {
  return PURE.has(fn)
}

/** Says whether a method is one of the language's that gives the same for the same, and changes nothing. */
export function isPureMethod(object: unknown, name: unknown, args: readonly unknown[]): boolean {
  if (typeof object !== 'object' || object === null) return typeof object !== 'function'
  for (const type of [Array, Map, Set]) {
    if (object instanceof type) {
      const stock = (type.prototype as unknown as Record<string, unknown>)[name as string]
      // What it is given is called.
      return (
        (object as unknown as Record<string, unknown>)[name as string] === stock && !args.some(isFunction)
      )
    }
  }
  return false
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}
