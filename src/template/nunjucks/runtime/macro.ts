import { nunjucks } from '../nunjucks.ts'
import { PageContext } from './context.ts'
import type { TemplateRun } from './run.ts'

type MacroBody = (context: PageContext, run: TemplateRun, ...args: unknown[]) => unknown

const macros = new WeakSet<object>()

/** Says whether a function is a macro: it is called with its caller's context, also as a member of an import. */
export function isMacro(fn: object): boolean {
  return macros.has(fn)
}

/**
 * Makes a macro. It belongs to the run that calls it, not to the one that met its definition: a fragment's body
 * calls macros that the page defined, at a time when the page's own run is over.
 */
export function makeMacro(
  argNames: string[],
  keywordNames: string[],
  context: PageContext,
  body: MacroBody,
): (...args: unknown[]) => unknown {
  const macro = nunjucks.runtime.makeMacro(
    argNames,
    keywordNames,
    function (this: unknown, ...args: unknown[]) {
      const scope = this instanceof PageContext ? scopeFor(this, context) : context
      return body(scope, scope.run, ...args)
    },
  )
  macros.add(macro)
  return macro
}

/** The context of a macro that was made in `made` and is called from `caller`. */
function scopeFor(caller: PageContext, made: PageContext): PageContext {
  // Of the same template: it sees what the caller has set since.
  if (caller.origin === made.origin) return caller
  return caller.run === made.run ? made : caller.run.contextFor(made)
}
