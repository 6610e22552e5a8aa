import type { Environment } from '../nunjucks.ts'
import type { PageContext } from './context.ts'

type Filter = (...args: unknown[]) => unknown

/** Where a filter that notes keeps the one that it calls. */
const NOTES = Symbol('onetrip.notes')

/**
 * A filter that tells its run of the marked values that it shows, for code that nunjucks
 * precompiled.
 */
export function notingFilter(env: Environment, name: string, filter: Filter): Filter {
  const isAsync = env.asyncFilters.includes(name)
  const noting = function (this: Partial<PageContext>, ...args: unknown[]): unknown {
    const note = (result: unknown) => this?.run?.noteShown('filter', name, args, result)
    if (isAsync) {
      const done = args.pop() as (...args: unknown[]) => unknown
      return filter.call(this, ...args, (error: unknown, result: unknown) => {
        note(result)
        return done(error, result)
      })
    }
    const result = filter.apply(this, args)
    note(result)
    return result
  }
  return Object.assign(noting, { [NOTES]: filter })
}

/** The filter itself: the same each time, for code that notes what it is given. */
export function plainFilter(filter: Filter): Filter {
  return (filter as { [NOTES]?: Filter })[NOTES] ?? filter
}
