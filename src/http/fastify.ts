import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { FragmentCache } from '../core/fragment-cache.ts'
import type { Page } from '../core/page/page.ts'
import { refusePromisedData } from '../core/page/used-promise.ts'
import type { CachedKey } from '../core/values/found-value.ts'
import { OptionError, RegisteredError } from '../errors.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { asError, HTML } from './answer.ts'
import { debugHeaders, TIMING } from './debug-headers.ts'
import { withExtension } from './extension.ts'
import { routeDashboard } from './fastify-dashboard.ts'
import { preparePayload, sendPage } from './fastify-sending.ts'
import { endpointOf } from './fragments-endpoint/endpoint-option.ts'
import { serveFragments } from './fragments-endpoint/fastify-route.ts'
import { logOutage } from './log-outage.ts'
import { decorateMetrics } from './metrics-option.ts'
import { serveOverlay } from './overlay/serve-overlay.ts'
import { RequestPage } from './request-page.ts'
import { hasEnded, onEnd } from './response-end.ts'
import { configOf } from './route-context.ts'
import { FASTIFY, type FastifyOptions, readViews, type Views } from './view-options.ts'
import { closeWeb, resolveWebOptions, type WebConfig } from './web-options.ts'

export type { CacheHeadersOptions, TagHeader } from './cache-headers/cache-headers-options.ts'
export type { CompressPagesOptions } from './compress/compress-options.ts'
export type { ContentEncoding } from './compress/encodings.ts'
export {
  type FragmentUrlOptions,
  FragmentUrls,
  type FragmentUrlsOptions,
} from './fragments-endpoint/fragment-urls.ts'
export type { MemoryOptions } from './memory-option.ts'
export type { OverlayOptions } from './overlay/overlay-option.ts'
export type { SendingOptions } from './sending-options.ts'
export type { StoreWhenOptions } from './store-when.ts'
export type { FastifyOptions, FastifyRenderOptions } from './view-options.ts'
export type { RenderOptions, WebOptions } from './web-options.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The cache of this instance and its children. */
    readonly fragments: FragmentCache
    /** The numbers of this cache; undefined without the option `metrics`. */
    readonly metrics?: Metrics | undefined
    /**
     * Renders a template as a page of its own, which belongs to no request: a mail. Functions such
     * as `vary` are given no request.
     */
    view(template: string, data?: object): Promise<string>
    view(template: string, data: object, callback: ViewCallback): void
  }
  interface FastifyRequest {
    /** This request's page. Opened at its first use. */
    readonly fragments: Page
  }
  interface FastifyContextConfig {
    fragments?: {
      /** Keys to read ahead, in one trip with the fragments of the page: see `Page#preload`. */
      preload?: (request: FastifyRequest) => readonly (string | CachedKey)[]
    }
  }
  interface FastifyReply {
    /**
     * Renders a template and sends it. Errors go to the error handler. The promise is for a handler
     * to return; it settles as that of `reply.send` does: when the response is sent, or its visitor
     * has hung up.
     *
     * `reply.locals`, where a plugin such as `@fastify/view` decorates it, is merged under `data`.
     */
    view(template: string, data?: object): Promise<void>
    /**
     * Renders a template on this request's page, and returns its HTML, which the handler sends. The
     * response is HTML unless it has a `Content-Type` already.
     */
    viewAsync(template: string, data?: object): Promise<string>
  }
}

const VISIT = Symbol('onetrip.visit')
const WEB = Symbol('onetrip.web')

interface VisitedRequest extends FastifyRequest {
  /** `null` until our hook has run. */
  [VISIT]?: RequestPage | null
  readonly [WEB]?: WebConfig
}

const plugin: FastifyPluginAsync<FastifyOptions> = async (app, options) => {
  if (typeof (app as Partial<FastifyInstance>)?.decorate !== 'function') {
    throw new OptionError(
      'onetrip is a plugin: write app.register(onetrip, { engine, store }), not onetrip({ ... }).',
    )
  }
  refuseSecond(app)
  const web = resolveWebOptions(options, FASTIFY)
  const { cache, method } = web
  const views = readViews(options, method)
  if (method !== false) refuseTaken(app, method)

  app.decorate('fragments', cache)
  if (web.metrics && (options.metrics || !app.hasDecorator('metrics'))) decorateMetrics(app, web.metrics)
  app.decorateRequest(VISIT, null)
  app.decorateRequest(WEB, { getter: () => web })
  app.decorateRequest('fragments', { getter: pageOfRequest })
  if (method !== false) decorateViews(app, method, views, cache)

  // A context that registers onetrip after one of its children did hands its hooks down: the
  // child's own wins.
  app.addHook('onRequest', (request: VisitedRequest, reply, done) => {
    if (request[VISIT]) return done()
    const requestPage = new RequestPage(web, request, reply.raw, reply, cache.now)
    request[VISIT] = requestPage
    const { requests } = cache.host
    if (!requests.tracked) return done()
    renderFor(requestPage, reply, method)
    requests.run(requestPage, done)
  })
  if (web.inspections) serveOverlay(app, web.inspections)
  // A body is read in the context of its socket, not of its request.
  app.addHook('preValidation', (request: VisitedRequest, _reply, done) => {
    const requestPage = request[VISIT]
    if (cache.host.requests.tracked && requestPage?.web === web) cache.host.requests.run(requestPage, done)
    else done()
  })
  app.addHook('onRoute', ({ config }) => {
    const preload = config?.fragments?.preload
    if (preload !== undefined && typeof preload !== 'function') {
      throw new OptionError(
        'config.fragments.preload of a route must be a function of the request that returns an array of keys.',
      )
    }
  })
  app.addHook('preHandler', (request: VisitedRequest, _reply, done) => {
    const { preload } = configOf(request).fragments ?? {}
    const requestPage = request[VISIT]
    if (preload && requestPage?.web === web) requestPage.page.preload(...preload(request))
    done()
  })
  if (web.debug) {
    app.addHook('onSend', async function onetripHeaders(request: VisitedRequest, reply) {
      const requestPage = request[VISIT]
      if (requestPage?.web === web && requestPage.opened)
        reply.headers(debugHeaders(requestPage, reply.getHeader(TIMING)))
    })
  }
  if (web.sender) {
    app.addHook('onSend', function onetripBody(request: VisitedRequest, reply, payload, done) {
      const requestPage = request[VISIT]
      if (requestPage?.web === web) preparePayload(requestPage, reply, payload, done)
      else done(null, payload)
    })
  }
  serveFragments(app, endpointOf(web))
  if (web.dashboard) await routeDashboard(app, web.dashboard)
  if (web.owned) cache.onBreaker((event) => logOutage(app, event))
  app.addHook('onClose', () => closeWeb(web))
}

/**
 * The plugin: adds `app.fragments`, `request.fragments` and `reply.view` to an instance and its
 * children.
 *
 * @example
 * await app.register(onetrip, { engine: nunjucksEngine({ root: 'views' }), ttl: '5m' })
 * app.get('/', (request, reply) =>
 *   reply.view('home.njk', { films: lazy(() => db.films()) }),
 * )
 * @throws OptionError, DurationError, RegisteredError
 */
const onetrip = fp(plugin, { fastify: '5.x', name: 'onetrip' })
export default onetrip

// What require('onetrip/fastify') returns: the plugin, as with plugins of Fastify.
/** @internal */
export { onetrip as 'module.exports' }

/**
 * Adds the methods that render: `reply.view`, `reply.viewAsync` and `app.view`, or the same of
 * another name.
 */
function decorateViews(
  app: FastifyInstance,
  name: string,
  { viewExt, defaultContext }: Views,
  cache: FragmentCache,
): void {
  const render = async (reply: FastifyReply, template: string, data: object | undefined) => {
    refusePromisedData(data, template)
    const { locals } = reply as { locals?: object }
    const { page } = visitOf(reply.request, reply)
    const merged = { ...defaultContext, ...locals, ...data }
    const { content } = await page.renderUnjoined(withExtension(template, viewExt), merged, undefined, locals)
    return content
  }
  app.decorateReply(name, async function (this: FastifyReply, template: string, data?: object) {
    try {
      const content = await render(this, template, data)
      if (!this.hasHeader('content-type')) this.header('content-type', HTML)
      await sendPage(visitOf(this.request, this), this, content)
    } catch (error) {
      this.send(asError(error))
    }
    await sent(this)
  })
  app.decorateReply(`${name}Async`, async function (this: FastifyReply, template: string, data?: object) {
    const { body } = await render(this, template, data)
    if (!this.hasHeader('content-type')) this.header('content-type', HTML)
    return body.toString()
  })
  const renderAlone = async (template: string, data: object | undefined) => {
    refusePromisedData(data, template)
    const { body } = await cache.render(withExtension(template, viewExt), { ...defaultContext, ...data })
    return body.toString()
  }
  app.decorate(name, (template: string, data?: object, callback?: ViewCallback) => {
    const rendering = renderAlone(template, data)
    if (typeof callback !== 'function') return rendering
    // What the callback throws is its own, so it is called outside of the promise.
    rendering.then(
      (html) => process.nextTick(callback, null, html),
      (error: unknown) => process.nextTick(callback, asError(error)),
    )
    return undefined
  })
}

/** A callback for the HTML of a page, as `@fastify/view` calls it. */
export type ViewCallback = (error: Error | null, html?: string) => void

/** The methods of a reply by which `@fastify/view` renders. */
const RENDERERS = ['view', 'viewAsync']

/**
 * Renders what `@fastify/view` renders for a reply on that reply's page: the context that
 * AsyncLocalStorage has may be lost in a handler, or be another request's.
 */
function renderFor(requestPage: RequestPage, reply: FastifyReply, own: string | false): void {
  if (own === 'view') return
  const methods = reply as unknown as Record<string, unknown>
  for (const name of RENDERERS) {
    const method = methods[name]
    if (typeof method !== 'function' || name === own) continue
    methods[name] = (...args: unknown[]) =>
      requestPage.web.cache.host.withPage(requestPage.page, () => method.apply(reply, args))
  }
}

/**
 * A handler's promise may not resolve before the reply is sent, or Fastify would answer once more
 * where a hook is still at work. (Awaiting the reply itself does the same, but never resolves for a
 * visitor who pipelines requests and hangs up.)
 */
function sent(reply: FastifyReply): Promise<void> | undefined {
  const { raw, request } = reply
  if (reply.sent || hasEnded(request.raw, raw)) return undefined
  return new Promise((resolve) => onEnd(request.raw, raw, resolve))
}

function pageOfRequest(this: FastifyRequest): Page {
  return visitOf(this).page
}

function visitOf(request: VisitedRequest, reply?: FastifyReply): RequestPage {
  const requestPage = request[VISIT]
  if (requestPage) return requestPage
  if (reply === undefined) {
    throw new RegisteredError(
      'request.fragments was used by an onRequest hook that runs before the one of onetrip: register onetrip first.',
    )
  }
  // An earlier hook failed or answered itself, and this is its page.
  request[VISIT] = new RequestPage(request[WEB] as WebConfig, request, reply.raw, reply, undefined)
  return request[VISIT]
}

function refuseSecond(app: FastifyInstance): void {
  if (!app.hasDecorator('fragments') && !app.hasRequestDecorator('fragments')) return
  throw new RegisteredError(
    app.fragments instanceof FragmentCache
      ? 'onetrip is already registered on this instance or on one around it, whose app.fragments, ' +
          'request.fragments and reply.view work here too. For a second cache, register each in a context of its ' +
          'own: app.register(async (shop) => { await shop.register(onetrip, { ... }) }).'
      : 'The name fragments is already taken by another plugin, as a decorator of the instance or of requests.',
  )
}

function refuseTaken(app: FastifyInstance, name: string): void {
  const taken = [
    ...[name, `${name}Async`].filter((one) => app.hasReplyDecorator(one)).map((one) => `reply.${one}`),
    // Methods of Fastify itself, such as get, are no decorators.
    ...(name in app ? [`app.${name}`] : []),
  ]
  if (taken.length === 0) return
  throw new RegisteredError(
    `${taken[0]} exists already (@fastify/view decorates with view, for one). ` +
      "Pass another name (render: 'page' gives reply.page), or render: false, and let the other plugin " +
      'render with fragments: installCache(environment, app.fragments) in the onConfigure of @fastify/view.',
  )
}
