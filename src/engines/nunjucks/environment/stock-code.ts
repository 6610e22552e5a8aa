import { type Environment, nunjucks } from '../nunjucks.ts'
import { CONVERTING } from '../runtime/conversion.ts'

const { filters, tests } = new nunjucks.Environment(null)

/**
 * The filters and tests that come with nunjucks: all but one give the same for the same, and change
 * nothing.
 */
const PURE = new Set<unknown>([...Object.values(filters), ...Object.values(tests)])
PURE.delete(filters.random)

/** The filters among them that call nothing of what they are given, either, by name. */
export const PURE_FILTERS: Readonly<Record<string, unknown>> = Object.assign(
  Object.create(null),
  Object.fromEntries(Object.entries(filters).filter(([name, fn]) => PURE.has(fn) && !CONVERTING.has(name))),
)

/** The method of nunjucks that finds a filter: it reads `filters`. */
const { getFilter } = nunjucks.Environment.prototype

/** Methods of environments that do the same, while nothing else is asked of them. */
const sameLookups = new WeakSet<object>()

/**
 * Puts a method in the place of `getFilter` for code of others; ours may look at `filters` itself.
 */
export function replaceLookup(env: Environment, lookup: Environment['getFilter']): void {
  if (env.getFilter === getFilter) sameLookups.add(lookup)
  env.getFilter = lookup
}

/** Says whether a filter of an environment is found as nunjucks finds it. */
export function filtersAreStock(env: Environment): boolean {
  return sameLookups.has(env.getFilter)
}

/** Says whether a filter or a test may be called once more without anybody noticing. */
export function isPure(fn: unknown): boolean {
  return PURE.has(fn)
}

/**
 * Says whether a method is one of the language's that gives the same for the same, and changes
 * nothing.
 */
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
