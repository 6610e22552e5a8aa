import type { FastifyRequest } from 'fastify'
import { OptionError } from '../errors.ts'
import { readString, refuseOption } from '../options/read-option.ts'
import { isPlainObject } from '../options/show.ts'
import { patternOf } from './route-context.ts'
import type { Framework, RenderOptions, WebOptions } from './web-options.ts'

/** How templates are rendered by replies: the method's name, and two options of `@fastify/view`. */
export interface FastifyRenderOptions extends RenderOptions {
  /**
   * Extension of templates whose name has none: with `'njk'`, `reply.view('home')` renders
   * `home.njk`.
   * @defaultValue none
   */
  readonly viewExt?: string | undefined
  /**
   * Data of every page, under `reply.locals` and the data of the page itself.
   * @defaultValue none
   */
  readonly defaultContext?: object | undefined
}

/** Options of the plugin for Fastify. */
export interface FastifyOptions extends WebOptions {
  /**
   * How templates are rendered; a string or `false` is its `method`.
   * @defaultValue `'view'`
   */
  render?: string | false | FastifyRenderOptions | undefined
}

/** The framework Fastify. */
export const FASTIFY: Framework & { readonly renderMembers: readonly (keyof FastifyRenderOptions)[] } = {
  method: 'view',
  renderMembers: ['viewExt', 'defaultContext'],
  example: "{ viewExt: 'njk' }",
  routeOf: (request) => patternOf(request as FastifyRequest),
}

/** How templates are named, and the data that all of them have. */
export interface Views {
  readonly viewExt: string
  readonly defaultContext: object
}

/** @throws OptionError */
export function readViews({ render }: FastifyOptions, method: string | false): Views {
  const { viewExt = '', defaultContext = {} } = isPlainObject(render) ? (render as FastifyRenderOptions) : {}
  readString('render.viewExt', viewExt)
  if (typeof defaultContext !== 'object' || defaultContext === null || Array.isArray(defaultContext))
    return refuseOption('render.defaultContext', 'an object', defaultContext)
  if (method === false && (viewExt !== '' || Object.keys(defaultContext).length > 0)) {
    throw new OptionError(
      'The options render.viewExt and render.defaultContext are for reply.view of onetrip, which method: false leaves out: pass ' +
        'them to the plugin that renders.',
    )
  }
  return { viewExt, defaultContext }
}
