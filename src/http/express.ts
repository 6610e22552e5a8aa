import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FragmentCache } from '../core/fragment-cache.ts'
import type { Page } from '../core/page/page.ts'
import { refusePromisedData } from '../core/page/used-promise.ts'
import { OptionError, RegisteredError } from '../errors.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { isPlainObject } from '../options/show.ts'
import { asError } from './answer.ts'
import { debugHeaders, TIMING } from './debug-headers.ts'
import {
  type Callback,
  EXPRESS,
  type ExpressRenderOptions,
  extensionOf,
  renderForApp,
} from './express-app.ts'
import { serveOrNext } from './express-dashboard.ts'
import { sendPage } from './express-sending.ts'
import { withExtension } from './extension.ts'
import { endpointOf } from './fragments-endpoint/endpoint-option.ts'
import { sendFragment } from './fragments-endpoint/send-fragment.ts'
import { SCRIPT_HEADERS } from './overlay/inspections.ts'
import { RequestPage } from './request-page.ts'
import { resolveWebOptions, type WebOptions } from './web-options.ts'

export type { CacheHeadersOptions, TagHeader } from './cache-headers/cache-headers-options.ts'
export type { CompressPagesOptions } from './compress/compress-options.ts'
export type { ContentEncoding } from './compress/encodings.ts'
export type { ExpressApp, ExpressRenderOptions } from './express-app.ts'
export {
  type FragmentUrlOptions,
  FragmentUrls,
  type FragmentUrlsOptions,
} from './fragments-endpoint/fragment-urls.ts'
export type { MemoryOptions } from './memory-option.ts'
export type { OverlayOptions } from './overlay/overlay-option.ts'
export type { SendingOptions } from './sending-options.ts'
export type { StoreWhenOptions } from './store-when.ts'
export type { RenderOptions, WebOptions } from './web-options.ts'

declare global {
  namespace Express {
    interface Request {
      /** This request's page. Opened at its first use. */
      readonly fragments: Page
    }
  }
}

/** The middleware that `onetrip()` returns. */
export interface FragmentMiddleware {
  (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void
  /** The cache. Close it when the server is closed, unless it was passed as an option. */
  readonly fragments: FragmentCache
  /**
   * The numbers of this cache; undefined without the option `metrics`. Close them after the cache.
   */
  readonly metrics: Metrics | undefined
}

/** The part of Express' requests and responses that is used: 4 and 5 have it alike. */
interface ExpressRequest extends IncomingMessage {
  [VISIT]?: RequestPage
  app: { locals: object; get(setting: string): unknown }
  next(error?: unknown): void
}
interface ExpressResponse extends ServerResponse {
  req: ExpressRequest
  locals: object
  send(body: Buffer): void
  render(...args: unknown[]): unknown
}

/** Options of the middleware for Express. */
export interface ExpressOptions extends WebOptions {
  /**
   * How templates are rendered; a string or `false` is its `method`.
   * @defaultValue `'render'`
   */
  render?: string | false | ExpressRenderOptions | undefined
}

const VISIT = Symbol('onetrip.visit')

/**
 * The middleware: gives each request `req.fragments`, and each response a `res.render` that caches.
 *
 * Mounted twice, the first that a request meets serves it. A middleware with another cache, on a
 * router of its own, takes over from there on.
 *
 * @example
 * const cached = onetrip({ engine: nunjucksEngine({ root: 'views' }), ttl: '5m' })
 * app.use(cached)
 * app.get('/', (req, res) => res.render('home.njk', { films: lazy(() => db.films()) }))
 * @throws OptionError
 */
export default function onetrip(options: ExpressOptions): FragmentMiddleware {
  if (typeof (options as Partial<IncomingMessage>)?.httpVersion === 'string') {
    throw new OptionError(
      'app.use(onetrip) was given the function that makes the middleware: write app.use(onetrip({ engine, store })).',
    )
  }
  const web = resolveWebOptions(options, EXPRESS)
  const { cache, method } = web
  const app = isPlainObject(options.render) ? (options.render as ExpressRenderOptions).app : undefined
  if (app !== undefined) renderForApp(app, cache, method)

  const endpoint = endpointOf(web)

  const middleware = (
    message: IncomingMessage,
    response: ServerResponse,
    next: (error?: unknown) => void,
  ) => {
    const request = message as ExpressRequest
    const around = request[VISIT]
    if (around?.web.cache === cache) return next()
    const taken = refuseTaken(request, response, method)
    if (taken) return next(taken)

    const requestPage = new RequestPage(web, request, response, response, around?.begun ?? cache.now)
    request[VISIT] = requestPage
    if (!around) Object.defineProperty(request, 'fragments', PAGE_OF_REQUEST)
    const script = web.inspections?.scriptFor(request.url)
    if (script) {
      response.writeHead(200, { ...SCRIPT_HEADERS, 'content-length': script.length }).end(script)
      return
    }
    const { requests } = cache.host
    if (requests.tracked && method !== 'render') renderFor(requestPage, response as ExpressResponse)
    if (method !== false) Object.assign(response, { [method]: render })
    if (web.debug) announce(requestPage, response)
    if (endpoint && sendFragment(endpoint, request, response, next)) return
    const proceed = () => (requests.tracked ? requests.run(requestPage, next) : next())
    if (web.dashboard) serveOrNext(web.dashboard, message, response, proceed)
    else proceed()
  }
  return Object.defineProperties(middleware, {
    fragments: { value: cache, enumerable: true },
    metrics: { value: web.metrics, enumerable: true },
  }) as FragmentMiddleware
}

// What require('onetrip/express') returns: the middleware, as with express itself.
/** @internal */
export { onetrip as 'module.exports' }

// An import that was compiled to require() reads it.
Object.assign(onetrip, { default: onetrip })

const PAGE_OF_REQUEST: PropertyDescriptor = {
  configurable: true,
  get(this: ExpressRequest) {
    return this[VISIT]?.page
  },
}

function render(this: ServerResponse, template: string, data?: object | Callback, callback?: Callback): void {
  const response = this as ExpressResponse
  const { req: request } = response
  const done = typeof data === 'function' ? (data as Callback) : callback
  const given = typeof data === 'function' ? undefined : data
  const rendering = async () => {
    refusePromisedData(given, template)
    // The order of Express; its `_locals` and `cache` are words to its own view engines.
    const merged = { ...request.app.locals, ...response.locals, ...given }
    const { page } = request[VISIT] as RequestPage
    return page.renderUnjoined(
      withExtension(template, extensionOf(request.app)),
      merged,
      undefined,
      response.locals,
    )
  }
  rendering()
    .then(
      ({ content }) =>
        done
          ? done(null, content.body.toString())
          : sendPage(request[VISIT] as RequestPage, response, content),
      (error: unknown) => (done ? done(asError(error)) : request.next(asError(error))),
    )
    // What the callback throws.
    .catch((error: unknown) => request.next(asError(error)))
}

/**
 * Renders what Express' own `res.render` renders on the response's page: the context that
 * AsyncLocalStorage has may be lost in a handler, or be another request's.
 */
function renderFor(requestPage: RequestPage, response: ExpressResponse): void {
  const { render } = response
  if (typeof render !== 'function') return
  response.render = function (this: ServerResponse, ...args: unknown[]) {
    return requestPage.web.cache.host.withPage(requestPage.page, () => render.apply(this, args))
  }
}

/** Adds the debug headers just before the headers are sent. */
function announce(requestPage: RequestPage, response: ServerResponse): void {
  const { writeHead } = response
  response.writeHead = function (this: ServerResponse, ...args: unknown[]) {
    if (requestPage.opened && !this.headersSent) {
      const headers = debugHeaders(requestPage, this.getHeader(TIMING))
      for (const [name, value] of Object.entries(headers)) this.setHeader(name, value)
    }
    return Reflect.apply(writeHead, this, args)
  } as typeof writeHead
}

function refuseTaken(request: object, response: object, method: string | false): RegisteredError | undefined {
  if (!(VISIT in request) && 'fragments' in request) {
    return new RegisteredError('The name req.fragments is already taken by another middleware.')
  }
  if (method === false || method === 'render' || !(method in response)) return undefined
  if (response[method as never] === render) return undefined
  return new RegisteredError(`res.${method} exists already. Pass another name as the option render.`)
}
