import { OnetripError } from '../../../errors.ts'
import { nunjucks, type TemplateError } from '../nunjucks.ts'
import { CUT } from './cut.ts'

/**
 * Where the code stood that an error came from: a macro of another file is not in the template that
 * called it.
 */
const origins = new WeakMap<object, { path: string | undefined; cause: unknown }>()

/** Gives an error the line that it came from; the innermost that is known stays. */
export function markOrigin(error: unknown, lineno: number, colno: number, path: string | undefined): unknown {
  const thrown = (error ?? new Error(`${error} was thrown`)) as TemplateError
  if (origins.has(thrown)) return thrown
  const marked = thrown.lineno ? thrown : new nunjucks.lib.TemplateError(thrown, lineno, colno)
  origins.set(marked, { path, cause: thrown })
  return marked
}

/**
 * The error as nunjucks shows it, with template and line. Unlike there, the original is kept as its
 * `cause`.
 * @param path of the template that was rendered, unless the error knows better
 * @param internals nunjucks' option `dev`: with the stack of its internals
 */
export function prettify(error: unknown, path: string | undefined, internals: boolean): unknown {
  if (error === CUT || error instanceof OnetripError) return error
  const origin = typeof error === 'object' && error !== null ? origins.get(error) : undefined
  const pretty = nunjucks.lib._prettifyError(origin?.path ?? path, internals, error) as TemplateError
  const cause = origin ? origin.cause : error
  if (!('cause' in pretty))
    Object.defineProperty(pretty, 'cause', { value: cause, configurable: true, writable: true })
  origins.set(pretty, { path: undefined, cause })
  return pretty
}
