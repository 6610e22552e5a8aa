import { UnsettledError } from '../../../errors.ts'
import { insertInHead } from '../../../html/head.ts'
import { NO_POLICY } from '../../data-policy.ts'
import type { DefinedCall } from '../../defined-call.ts'
import { hasLazies, type Lazy, LazyCalls, type Loaded } from '../../lazy.ts'
import {
  type Declaration,
  type Hole,
  isCut,
  type MaybePromise,
  type NocacheDeclaration,
  type RunHost,
} from '../../template-engine.ts'
import type { Context, RenderCallback, Template } from '../nunjucks.ts'
import type { PageContext } from '../runtime/context.ts'
import { OnceRun } from '../runtime/once-run.ts'
import { TemplateRun } from '../runtime/run.ts'
import { recordOf } from '../runtime/run-record.ts'
import { PlainLoads } from './plain-loads.ts'
import { refuseDefined } from './refuse-defined.ts'

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
  // The callback is called from outside of this, and of a promise: what it throws is its caller's.
  const done = (text: string) => process.nextTick(callback, null, text)
  const failed = (error: unknown) => process.nextTick(callback, error)
  try {
    const text = plainText(template, data, true)
    if (text instanceof Promise) text.then(done, failed)
    else done(text)
  } catch (error) {
    failed(error)
  }
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

/** Stands for a page: nothing is cached, and lazy values are loaded by the rendering itself. */
class PlainHost implements RunHost {
  readonly dataPolicy = NO_POLICY
  readonly calls = new LazyCalls()
  readonly #mayWait: boolean
  #loads: PlainLoads | undefined
  #head: Set<string> | undefined
  engineState: unknown

  constructor(mayWait: boolean) {
    this.#mayWait = mayWait
  }

  get loads(): PlainLoads {
    this.#loads ??= new PlainLoads(this.#mayWait)
    return this.#loads
  }

  declare({ place }: Declaration): Hole {
    return { place, hasNocache: false }
  }

  declareDefined(call: DefinedCall): never {
    return refuseDefined(call)
  }

  addNocache({ template }: NocacheDeclaration): Hole {
    return { place: { id: template }, hasNocache: true }
  }

  addToHead(parts: readonly (string | Hole)[]): Hole {
    this.#head ??= new Set()
    this.#head.add(parts.join(''))
    return { place: { id: 'head' }, hasNocache: false }
  }

  textOf(): undefined {}

  loaded(lazy: Lazy<unknown>): Loaded | undefined {
    if (!this.#mayWait && !this.loads.get(lazy)) this.loads.loadOne(lazy, 'of the page')
    return this.loads.get(lazy)
  }

  /** Begins a run, which gathers what is added to the head by itself. */
  begin(): void {
    this.#head = undefined
  }

  /** The text of a page: in one piece, it is handed on as it was put together. */
  textWithHead(run: TemplateRun): string {
    const text = run.output ?? run.parts.join('')
    return this.#head ? insertInHead(text, [...this.#head].join('')) : text
  }
}

/** @param begun is given the context of each run */
function plainText(
  template: Template,
  data: object,
  mayWait: boolean,
  begun?: (context: PageContext) => void,
  host = new PlainHost(mayWait),
  runs = 1,
): MaybePromise<string> {
  host.begin()
  const all = recordOf(host).dataOf(data)
  const Kind = mayWait && hasLazies() ? TemplateRun : OnceRun
  const run = new Kind(template.env, all, host, true).render(template, begun)
  const end = (ended: TemplateRun) => {
    if (!isCut(ended)) return host.textWithHead(ended)
    if (runs === MOST_RUNS)
      throw new UnsettledError(
        `${template.path} reads lazy values without end: ${[...ended.missing.values()]}`,
      )
    const again = () => plainText(template, data, mayWait, begun, host, runs + 1)
    return next(host.loads.load(ended.missing), again)
  }
  return next(run, end)
}

function next<T, R>(value: MaybePromise<T>, then: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return value instanceof Promise ? value.then(then) : then(value)
}
