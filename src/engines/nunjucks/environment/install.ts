import { processClock } from '../../../clock.ts'
import { OptionError } from '../../../errors.ts'
import type { MaybePromise, Run, RunHost, TemplateEngine } from '../../template-engine.ts'
import { Engine } from '../engine.ts'
import type { RenderCallback, Template } from '../nunjucks.ts'
import { sourceOf } from '../template-code.ts'
import { adopt, setRendering } from './environment.ts'
import { renderPlain } from './plain-render.ts'

/** The part of a `FragmentCache` that `installCache` uses. */
export interface PageSource {
  /** Opens a page for what is rendered outside of the context of a request. */
  openOutside(template: string): PageRenderer
  /**
   * Returns a function that returns the page of the request which the running code belongs to, if
   * any.
   */
  trackPages(): () => PageRenderer | undefined
}

/** The part of a `Page` that `installCache` uses. */
export interface PageRenderer {
  /** Renders a template on the page. */
  render(template: string, data: object, engine?: TemplateEngine, locals?: object): Promise<{ body: Buffer }>
  /** Stores what the page has missed. */
  writeBack(): Promise<void>
}

/**
 * Makes an Environment that you already have fragment-aware: what is rendered with a callback by
 * `Environment#render`, `#renderString` and `Template#render` is cached, and so is what
 * `@fastify/view` and Express render with it. Within a request the page is the request's own, found
 * by AsyncLocalStorage; without one each call is a page of its own. `render` without a callback
 * stays synchronous, so it does not cache.
 *
 * @example installCache(environment, app.fragments)
 * @throws OptionError
 */
export function installCache(environment: object, cache: PageSource): void {
  if (typeof cache !== 'object' || cache === null || typeof cache.trackPages !== 'function') {
    throw new OptionError(
      'The arguments of installCache() must be an Environment and a FragmentCache: installCache(environment, app.fragments).',
    )
  }
  const env = adopt(environment)
  const engine = new Engine(env, true, '')
  const currentPage = cache.trackPages()
  const uncached = warningOnce()
  const firstOfMade = warningOnce()

  setRendering(env, {
    render(template, data, callback) {
      if (callback) {
        renderPage(currentPage(), cache, engine, template, data, callback)
        return undefined
      }
      uncached(
        `${sourceOf(template).name} was rendered without a callback, so synchronously, and nothing of it was cached. ` +
          'Pass a callback as the last argument.',
      )
      return renderPlain(template, data, undefined)
    },
    firstOfMade: () =>
      firstOfMade(
        'A template that was made by a program, with new nunjucks.Template or nunjucks.compile, is not cached when it ' +
          'is rendered for the first time. Render its source with environment.renderString(source, data, callback), ' +
          'or its file with environment.render(name, data, callback).',
      ),
  })
}

function warningOnce(): (text: string) => void {
  let warned = false
  return (text) => {
    if (!warned) process.emitWarning(text, { code: 'ONETRIP_UNCACHED' })
    warned = true
  }
}

function renderPage(
  around: PageRenderer | undefined,
  cache: PageSource,
  engine: Engine,
  template: Template,
  data: object,
  callback: RenderCallback,
): void {
  const { name } = sourceOf(template)
  const page = around ?? cache.openOutside(name)
  page.render(name, data, engineOf(engine, template), localsOf(data)).then(
    ({ body }) => {
      const text = body.toString()
      // Outside of the promise: what the callback throws is its caller's.
      process.nextTick(callback, null, text)
      if (!around) processClock.setImmediate(() => page.writeBack())
    },
    (error) => process.nextTick(callback, error),
  )
}

/**
 * Returns the part of the data that comes from `res.locals`: Express' own `res.render` hands it on
 * beside the merged data.
 */
function localsOf(data: object): object | undefined {
  const { _locals } = data as { _locals?: unknown }
  return typeof _locals === 'object' && _locals !== null ? _locals : undefined
}

/**
 * The engine for a template that is at hand already: one of `renderString` cannot be found by a
 * name.
 */
function engineOf(engine: Engine, template: Template): TemplateEngine {
  return {
    digest: engine.digest,
    run: (_name: string, data: object, host: RunHost): MaybePromise<Run> =>
      engine.runTemplate(template, data, host),
    digestOf: (name) => engine.digestOf(name),
    readsOf: (_name, dataPolicy) => engine.readsOfTemplate(template, dataPolicy),
    readsOfParameters: (_name, dataPolicy) => engine.parametersOfTemplate(template, dataPolicy),
  }
}
