import { type IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { processClock } from '../clock.ts'
import { reuseBuffer } from '../core/page/output-buffers.ts'
import type { Page } from '../core/page/page.ts'
import type { PageContent } from '../core/page/page-content.ts'
import type { PageInspection, PageSource } from '../core/page-context.ts'
import type { WatchedResponse } from '../core/safety/response-watch.ts'
import { requestedPageView } from './overlay/requested-view.ts'
import { hasEnded, onEnd } from './response-end.ts'
import type { WebConfig } from './web-options.ts'

/** Before all that is stored: some 30 years before the process began. */
const LONG_AGO = -1e12

/**
 * One request, from its beginning to the end of its response.
 *
 * Made for every request, so it does little until a template is rendered: the page is opened at its
 * first use. Then the response is followed: once it is over and nothing is being rendered any more,
 * what the page missed is written back, or dropped where method or status forbid it. A visitor who
 * hangs up ends the response early; the page is rendered to its end all the same, since the work is
 * done and the next visitor will want it.
 */
export class RequestPage implements PageSource {
  readonly web: WebConfig
  /**
   * When the request began, by the process' clock: data that its handlers load is not older.
   * Undefined: it is not known.
   */
  readonly begun: number | undefined
  readonly #request: unknown
  readonly #message: IncomingMessage
  readonly #response: ServerResponse
  readonly #reply: WatchedResponse
  /**
   * Milliseconds that renders of the page took, its fetches and loads included; counted only for
   * `debug`.
   */
  renderTime = 0
  #page: Page | undefined
  /** The page as it was sent, where nothing but the socket has seen it. */
  #sent: Buffer | undefined
  #rendering = 0
  /** The page that was handed to the hooks of others, and is made a response of after them. */
  content: PageContent | undefined
  /** A response was made of it, with headers that belong to its body. */
  prepared = false
  /** Its response is over. */
  over = false
  #ended = false
  #hungUp = false

  /**
   * @param request the framework's request, which the cache's options are given
   * @param reply the framework's response, whose headers a page may change
   */
  constructor(
    web: WebConfig,
    request: unknown,
    response: ServerResponse,
    reply: WatchedResponse,
    begun: number | undefined,
  ) {
    this.#reply = reply
    this.web = web
    this.begun = begun
    this.#request = request
    this.#message = response.req
    this.#response = response
    if (hasEnded(this.#message, response)) {
      this.over = true
      this.#hungUp = !response.headersSent
    } else {
      const ended = web.cache.host.requests.begin()
      onEnd(this.#message, response, () => {
        ended()
        this.over = true
        this.#hungUp = !response.headersSent
        // Part of it may be on its way where the visitor has hung up; trailers are made of it.
        if (this.#sent && response.writableFinished && !response.chunkedEncoding) reuseBuffer(this.#sent)
        if (this.#rendering === 0) this.#end()
      })
    }
  }

  /** This request's page. */
  get page(): Page {
    this.#page ??= this.#open()
    return this.#page
  }

  /** Returns true if the page was opened. */
  get opened(): boolean {
    return this.#page !== undefined
  }

  /** Notes that only the response has a page: when it was sent, its memory is used again. */
  sent(body: Buffer): void {
    if (!this.over && writesToSocket(this.#response)) this.#sent = body
  }

  get route(): string | undefined {
    return this.web.routeOf(this.#request)
  }

  get method(): string | undefined {
    return this.#message.method
  }

  /** Undefined where the visitor hung up before anything was sent. */
  get status(): number | undefined {
    return this.#hungUp ? undefined : this.#response.statusCode
  }

  #open(): Page {
    return this.web.cache.open({
      request: this.#request,
      response: this.#reply,
      begun: this.begun ?? LONG_AGO,
      source: this,
      mayStore: () => this.#skipReason() === undefined,
      inspection: this.#inspection,
      // Whoever renders it: reply.view, a handler for itself, an environment that installCache was
      // called with.
      follow: (render) => this.#follow(render),
    })
  }

  /** Most requests ask for none, and in production none may. */
  get #inspection(): PageInspection | undefined {
    const { inspections } = this.web
    const view = inspections && requestedPageView(this.#message.url)
    return view && inspections.of(view, () => this.#inspected)
  }

  get #inspected() {
    return {
      request: this.#request,
      message: this.#message,
      response: this.#response,
      reply: this.#reply,
      page: this.page,
    }
  }

  async #follow<T>(render: Promise<T>): Promise<T> {
    this.#rendering++
    const begun = this.web.debug ? processClock.now() : 0
    try {
      return await render
    } finally {
      this.#rendering--
      if (this.web.debug) this.renderTime += processClock.now() - begun
      // Not at once: the handler that waits for this render may set a status yet.
      if (this.over) processClock.setImmediate(() => this.#rendering === 0 && this.#end())
    }
  }

  #end(): void {
    const page = this.#page
    if (this.#ended || !page) return
    this.#ended = true
    const reason = this.#skipReason()
    if (reason === undefined) page.writeBack()
    else page.discard(reason)
  }

  /** Returns why nothing of this page is stored, by its method and its status as it is now. */
  #skipReason(): string | undefined {
    const { method } = this.#message
    // Fastify's reply has the status before the response does.
    const { statusCode } = this.#ended ? this.#response : this.#reply
    if (this.begun === undefined) return 'the request began before onetrip saw it'
    if (!this.web.storeMethods.has(method ?? '')) return `method ${method}`
    return this.web.storeStatus(statusCode) ? undefined : `status ${statusCode}`
  }
}

/** Says whether Node itself writes a response: `inject` and compression have their own methods. */
function writesToSocket(response: ServerResponse): boolean {
  const { write, end } = ServerResponse.prototype
  return response.write === write && response.end === end && response.socket instanceof Socket
}
