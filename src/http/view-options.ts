import { OptionError } from '../errors.ts'
import type { WebOptions } from './web-options.ts'

/** Options of the plugin: those of `FragmentCache`, {@link WebOptions}, and two of `@fastify/view`. */
export interface FastifyOptions extends WebOptions {
  /** The extension of templates whose name has none: with `'njk'`, `reply.view('home')` renders `home.njk`. Default: none. */
  viewExt?: string | undefined
  /** Data of every page, under `reply.locals` and the data of the page itself. Default: none. */
  defaultContext?: object | undefined
}

/** The options that only the plugin for Fastify has. */
export const VIEW_OPTIONS = ['viewExt', 'defaultContext'] as const

/** How templates are named, and what all of them are given. */
export interface Views {
  readonly viewExt: string
  readonly defaultContext: object
}

/** @throws OptionError */
export function readViews({ viewExt = '', defaultContext = {}, decorator }: FastifyOptions): Views {
  if (typeof viewExt !== 'string')
    throw new OptionError(`The option viewExt must be an extension such as 'njk', not ${String(viewExt)}.`)
  if (typeof defaultContext !== 'object' || defaultContext === null)
    throw new OptionError(`The option defaultContext must be an object, not ${String(defaultContext)}.`)
  if (decorator === false && (viewExt !== '' || Object.keys(defaultContext).length > 0)) {
    throw new OptionError(
      'viewExt and defaultContext are for reply.view of onetrip, which decorator: false leaves out: give them to the plugin that ' +
        'renders.',
    )
  }
  return { viewExt, defaultContext }
}
