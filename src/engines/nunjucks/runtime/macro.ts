import { TagError } from '../../../errors.ts'
import { nunjucks } from '../nunjucks.ts'
import type { OwnCode } from '../own-code.ts'
import { type ContextRun, PageContext } from './context.ts'

type Keywords = Record<string, unknown>
const NO_KEYWORDS: Keywords = {}
type MacroBody = (context: PageContext, run: ContextRun, args: unknown[], keywords?: Keywords) => unknown

/** Properties of a macro. */
export interface MacroCode {
  /** The template and the place that it stands at, the same in all processes. */
  readonly id: string
  /** Undefined: nunjucks compiled it, and nothing is known of what it reads. */
  readonly origin: { readonly own: OwnCode; readonly made: PageContext } | undefined
}

/**
 * Of a macro of our code. A class, since each page makes those of all that it imports: most are
 * never asked for.
 */
class TemplateMacro implements MacroCode {
  readonly own: OwnCode
  readonly made: PageContext
  readonly #at: string

  constructor(own: OwnCode, at: string, made: PageContext) {
    this.own = own
    this.#at = at
    this.made = made
  }

  get id(): string {
    return `${this.own.name}:${this.#at}`
  }

  get origin(): this {
    return this
  }
}

/**
 * Where a macro keeps what is known of it. Not a WeakMap: what its values refer to outlives minor
 * collections, and a page's macros refer to the page.
 */
const CODE = Symbol('onetrip.macro')

/** Returns the properties of a macro; undefined for any other function. */
export function macroOf(fn: object): MacroCode | undefined {
  return (fn as { [CODE]?: MacroCode })[CODE]
}

/**
 * Says whether a function is a macro: it is called with its caller's context, also as a member of
 * an import.
 */
export function isMacro(fn: object): boolean {
  return CODE in fn
}

/**
 * Makes a macro. It belongs to the run that calls it, not to the one that met its definition: a
 * fragment's body calls macros that the page defined, at a time when the page's own run is over.
 *
 * @param at line and column of its tag
 * @param isCaller it is what a `{% call %}` encloses
 */
export function makeMacro(
  argNames: string[],
  keywordNames: string[],
  made: PageContext,
  body: MacroBody,
  own: OwnCode,
  at: string,
  isCaller: boolean,
): (...args: unknown[]) => unknown {
  const { depth } = made.run
  const macro = function (this: unknown, ...args: unknown[]): unknown {
    const keywords = arrange(args, argNames, keywordNames)
    if (!(this instanceof PageContext)) return body(made, made.run, args, keywords)
    const { run } = this
    if (isCaller && run.depth > depth) throw callerInside(own, at)
    if (run !== made.run) run.borrow().macros.add(macro)
    const scope = scopeFor(this, made)
    return body(scope, scope.run, args, keywords)
  }
  return withCode(macro, new TemplateMacro(own, at, made))
}

/**
 * Puts what a macro is called with in the order of its parameters, as nunjucks does.
 * @returns what is given by name, beside them
 */
function arrange(
  args: unknown[],
  argNames: readonly string[],
  keywordNames: readonly string[],
): Keywords | undefined {
  const last = args[args.length - 1]
  let keywords = hasKeyword(last, '__keywords') ? (args.pop() as Keywords) : undefined
  if (args.length > argNames.length) {
    keywords ??= {}
    for (let n = argNames.length; n < args.length; n++) {
      const name = keywordNames[n - argNames.length]
      if (name !== undefined) keywords[name] = args[n]
    }
  } else if (args.length < argNames.length) {
    const given = keywords ?? NO_KEYWORDS
    for (let n = args.length; n < argNames.length; n++) {
      const name = argNames[n] as string
      args.push(given[name])
      if (keywords) delete keywords[name]
    }
  }
  return keywords
}

/** Says whether something is given by a name. */
export function hasKeyword(keywords: unknown, name: string): keywords is Keywords {
  return typeof keywords === 'object' && keywords !== null && Object.hasOwn(keywords, name)
}

/**
 * Makes a macro of code that nunjucks precompiled, which knows no run.
 * @param late errors that the template around it was called back with after its own run was over
 */
export function makePrecompiled(
  late: readonly unknown[],
  ...[args, keywords, body]: Parameters<typeof nunjucks.runtime.makeMacro>
) {
  const macro = nunjucks.runtime.makeMacro(args, keywords, function (this: unknown, ...values: unknown[]) {
    const before = late.length
    const text = body.apply(this, values)
    if (late.length > before) throw late[before]
    return text
  })
  return withCode(macro, { id: `precompiled:${body}`, origin: undefined })
}

function withCode<T extends object>(macro: T, code: MacroCode): T {
  ;(macro as { [CODE]?: MacroCode })[CODE] = code
  return macro
}

/** The context of a macro that was made in `made` and is called from `caller`. */
function scopeFor(caller: PageContext, made: PageContext): PageContext {
  // Of the same template: it sees what the caller has set since.
  if (caller.origin === made.origin) return caller
  return caller.run === made.run ? made : caller.run.around.contextFor(made)
}

function callerInside({ name }: OwnCode, at: string): TagError {
  const [line] = at.split(':')
  return new TagError(
    'caller() is called inside a cache tag, by a template that its body includes or under another name: what the {% call %} encloses may ' +
      `differ each time (${name}, line ${line}). Put the cache tag inside the {% call %}`,
  )
}
