import { UnsettledError } from '../../../errors.ts'
import { insertInHead } from '../../../html/head.ts'
import { NO_POLICY } from '../../data-policy.ts'
import { hasLazies, LazyCalls } from '../../lazy.ts'
import { isCut, type MaybePromise, type RunHost } from '../../template-engine.ts'
import type { Context, RenderCallback, Template } from '../nunjucks.ts'
import type { PageContext } from '../runtime/context.ts'
import { OnceRun } from '../runtime/once-run.ts'
import { TemplateRun } from '../runtime/run.ts'
import { recordOf } from '../runtime/run-record.ts'
import { PlainLoads } from './plain-loads.ts'

/** The template reads a lazy value that a lazy value gave, and so on: this deep, and no deeper. */
const MOST_RUNS = 50

/**
 * Renders a template without a page: nothing is cached, each body runs at its place. As in
 * nunjucks, the result is the text where there is no callback, and all on the way must be
 * synchronous then.
 */
export function renderPlain(template: Template, data: object, callback: RenderCallback | undefined): unknown {
  if (!callback) {
    const text = plainText(template, data, false)
    // As nunjucks has it for an asynchronous filter where nobody waits.
    return text instanceof Promise ? null : text
  }
  // The callback is called from outside of the promise: what it throws is its caller's.
  new Promise<string>((resolve) => resolve(plainText(template, data, true))).then(
    (text) => process.nextTick(callback, null, text),
    (error) => process.nextTick(callback, error),
  )
  return undefined
}

/**
 * Renders in place of a root function that nunjucks' own `Template#render` or `#getExported` has
 * called. Neither tells whether it was given a callback, so the text is there at once wherever it
 * can be.
 */
export function renderAsRoot(template: Template, context: Context, callback: RenderCallback): void {
  let scope: PageContext | undefined
  const done = (text: string) => {
    for (const [name, value] of Object.entries(scope?.getExported() ?? {})) {
      context.setVariable(name, value)
      context.addExport(name)
    }
    callback(null, text)
  }
  let text: MaybePromise<string>
  try {
    text = plainText(template, context.getVariables(), true, (made) => {
      scope = made
    })
  } catch (error) {
    throw asShown(error)
  }
  if (!(text instanceof Promise)) return done(text)
  text.then(
    (later) => process.nextTick(done, later),
    (error) => process.nextTick(callback, asShown(error)),
  )
}

/**
 * Marks an error that has its place in its message already: nunjucks adds neither line nor path to
 * it.
 */
function asShown(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return error
  return Object.defineProperties(error, {
    lineno: { value: 1, configurable: true },
    Update: { value: () => error, configurable: true },
  })
}

/** @param begun is given the context of each run */
function plainText(
  template: Template,
  data: object,
  mayWait: boolean,
  begun?: (context: PageContext) => void,
): MaybePromise<string> {
  const loads = new PlainLoads(mayWait)
  const head = new Set<string>()
  const host: RunHost = {
    dataPolicy: NO_POLICY,
    declare: ({ place }) => ({ place, hasNocache: false }),
    addNocache: ({ template }) => ({ place: { id: template }, hasNocache: true }),
    addToHead: (parts) => {
      head.add(parts.join(''))
      return { place: { id: 'head' }, hasNocache: false }
    },
    textOf: () => undefined,
    loaded: (lazy) => {
      if (!mayWait && !loads.get(lazy)) loads.loadOne(lazy, 'of the page')
      return loads.get(lazy)
    },
    calls: new LazyCalls(),
  }
  const attempt = (runs: number): MaybePromise<string> => {
    head.clear()
    const all = recordOf(host).dataOf(data)
    const Kind = mayWait && hasLazies() ? TemplateRun : OnceRun
    return next(new Kind(template.env, all, host, true).render(template, begun), (run) => {
      if (!isCut(run)) return withHead(run.parts as readonly string[], head)
      if (runs === MOST_RUNS)
        throw new UnsettledError(
          `${template.path} reads lazy values without end: ${[...run.missing.values()]}`,
        )
      return next(loads.load(run.missing), () => attempt(runs + 1))
    })
  }
  return attempt(1)
}

/** The text of a page: in one piece, it is handed on as it was put together. */
function withHead(parts: readonly string[], head: ReadonlySet<string>): string {
  const text = parts.length === 1 ? (parts[0] as string) : parts.join('')
  return head.size === 0 ? text : insertInHead(text, [...head].join(''))
}

function next<T, R>(value: MaybePromise<T>, then: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return value instanceof Promise ? value.then(then) : then(value)
}
