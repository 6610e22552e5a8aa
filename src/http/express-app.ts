import type { FragmentCache } from '../core/fragment-cache.ts'
import { refusePromisedData } from '../core/page/used-promise.ts'
import { OptionError } from '../errors.ts'
import { asError } from './answer.ts'
import { expressRoute } from './express-route.ts'
import { withExtension } from './extension.ts'
import type { Framework, RenderOptions } from './web-options.ts'

/** The part of an Express app that is used: 4 and 5 have it alike. */
export interface ExpressApp {
  readonly locals: object
  // biome-ignore lint/suspicious/noExplicitAny: Express' own type is a method that also adds routes
  get(setting: string): any
  // biome-ignore lint/suspicious/noExplicitAny: Express' own type has overloads
  render(name: string, ...args: any[]): void
}

/** How templates are rendered by responses, and by an app. */
export interface ExpressRenderOptions extends RenderOptions {
  /**
   * App whose `app.render(name, locals, callback)` caches, too.
   * @defaultValue none
   */
  readonly app?: ExpressApp | undefined
}

/** The framework Express. */
export const EXPRESS: Framework & { readonly renderMembers: readonly (keyof ExpressRenderOptions)[] } = {
  method: 'render',
  renderMembers: ['app'],
  example: "{ method: 'page' }",
  routeOf: expressRoute,
  hints: {
    viewExt: "Express has a setting for that, app.set('view engine', 'njk').",
    defaultContext: 'Express has app.locals for that.',
  },
}

export type Callback = (error: Error | null, html?: string) => void

/** The extension that the setting `view engine` names: `res.render('home')` renders `home.njk`. */
export function extensionOf(app: Pick<ExpressApp, 'get'>): string {
  const extension: unknown = app.get('view engine')
  return typeof extension === 'string' ? extension : ''
}

/**
 * Replaces `app.render` by one that caches. Its page belongs to no request: a mail.
 * @throws OptionError
 */
export function renderForApp(app: ExpressApp, cache: FragmentCache, method: string | false): void {
  if (typeof app?.render !== 'function' || typeof app.get !== 'function')
    throw new OptionError('The option render.app must be an Express app, such as const app = express().')
  if (method !== 'render') {
    throw new OptionError(
      "The option render.app cannot stand beside render.method: Express' own res.render renders by app.render, and its page would " +
        'lose its request.',
    )
  }
  const stock = app.render
  app.render = (name: string, ...args: unknown[]) => {
    const done = args.findLast((arg): arg is Callback => typeof arg === 'function')
    const [first] = args
    const locals = typeof first === 'object' && first !== null ? first : {}
    // A res.render of Express itself, of a response that the middleware has not seen.
    if (!done || '_locals' in locals) return stock.call(app, name, ...args)
    const rendering = async () => {
      refusePromisedData(locals, name)
      return cache.render(withExtension(name, extensionOf(app)), { ...app.locals, ...locals })
    }
    rendering()
      // An error that the callback throws is its own: it is not called again.
      .then(
        ({ body }) => done(null, body.toString()),
        (error: unknown) => done(asError(error)),
      )
  }
}
