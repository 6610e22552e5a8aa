import { type Clock, processClock } from '../clock.ts'
import { Assets } from './assets.ts'
import { answer, type Exchange, writeHead } from './exchange.ts'
import { LiveViews, MOST_CLIENTS } from './live/live-views.ts'
import type { DashboardConfig } from './options.ts'
import { type Page, type View, viewOf } from './pages/page.ts'
import { findPage } from './pages/pages.ts'
import { readForm } from './read-form.ts'
import { Renderer } from './renderer.ts'
import type { Report } from './report.ts'
import { Access } from './security/access.ts'
import { formToken, refuseForm } from './security/form-check.ts'
import { CACHED_FOREVER, NOT_CACHED } from './security/headers.ts'
import type { Sources } from './sources.ts'

const HTML = 'text/html; charset=utf-8'
const METHODS = ['GET', 'HEAD', 'POST']

/** The live page, for whichever framework. */
export class Dashboard {
  /** Path that the addresses of its pages begin with. */
  readonly path: string
  readonly #access: Access
  readonly #sources: Sources
  readonly #report: Report
  readonly #end: () => Promise<void>
  readonly #clock: Clock
  readonly #live: LiveViews
  // Made for the first visitor: most processes are never asked.
  #made: { readonly assets: Assets; readonly renderer: Renderer } | undefined
  #closed = false

  /**
   * @param end ends what feeds its pages
   * @internal
   */
  constructor(
    config: DashboardConfig,
    sources: Sources,
    report: Report,
    end: () => Promise<void> = async () => {},
    clock: Clock = processClock,
  ) {
    this.path = config.path
    this.#access = new Access(config.authorize, report, clock)
    this.#sources = sources
    this.#report = report
    this.#end = end
    this.#clock = clock
    this.#live = new LiveViews(clock)
  }

  /**
   * Answers a request.
   * @returns false if nothing was sent: the site answers as for any address that does not exist
   */
  async serve(exchange: Exchange): Promise<boolean> {
    const { message, path } = exchange
    if (this.#closed || !METHODS.includes(message.method ?? '')) return false
    if (!(await this.#access.allows(exchange.request, message))) return false
    try {
      return await this.#answer(exchange, path)
    } catch (error) {
      this.#fail(exchange, error)
      return true
    }
  }

  /** Ends the connections of browsers that follow a page. Then nothing is answered any more. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#live.close()
    await this.#made?.renderer.close()
    await this.#end()
  }

  get #parts() {
    this.#made ??= { assets: new Assets(), renderer: new Renderer(this.#clock) }
    return this.#made
  }

  async #answer(exchange: Exchange, path: string): Promise<boolean> {
    const { message } = exchange
    // Addresses on pages are relative, so that they hold behind any mount and any proxy.
    if (path === '') return this.#redirect(exchange, `${this.path.slice(this.path.lastIndexOf('/') + 1)}/`)
    if (path.startsWith('/assets/'))
      return message.method !== 'POST' && this.#sendAsset(exchange, path.slice(8))
    if (path === '/events') return message.method === 'GET' && this.#follow(exchange)
    const page = findPage(path.slice(1))
    if (!page) return false
    if (message.method === 'POST') return page.post ? this.#post(exchange, page) : false
    return this.#sendPage(exchange, page)
  }

  #redirect(exchange: Exchange, location: string): boolean {
    answer(exchange, 303, { ...NOT_CACHED, location }, '')
    return true
  }

  #sendAsset(exchange: Exchange, name: string): boolean {
    const found = this.#parts.assets.find(name)
    if (!found) return false
    const { type, body, gzip } = found.asset
    // While a new version is deployed, a page of one process asks another one for its files.
    const life = found.isCurrent ? CACHED_FOREVER : NOT_CACHED
    const zipped = /\bgzip\b/.test(String(exchange.message.headers['accept-encoding'] ?? ''))
    const headers = { ...life, 'content-type': type, vary: 'Accept-Encoding' }
    if (zipped) answer(exchange, 200, { ...headers, 'content-encoding': 'gzip' }, gzip)
    else answer(exchange, 200, headers, body)
    return true
  }

  async #sendPage(exchange: Exchange, page: Page, status = 200, extra: object = {}): Promise<boolean> {
    const { assets, renderer } = this.#parts
    const view = viewOf(page, exchange.query)
    const { token, cookie } = page.hasForm
      ? formToken(exchange.message, exchange.secure)
      : { token: '', cookie: undefined }
    const data = { ...extra, token, href: (name: string) => assets.href(name) }
    const html = await renderer.page(page, view, this.#sources, data)
    if (cookie !== undefined) exchange.response.appendHeader('set-cookie', cookie)
    answer(exchange, status, { ...NOT_CACHED, 'content-type': HTML }, html)
    return true
  }

  async #post(exchange: Exchange, page: Page): Promise<boolean> {
    const fields = await readForm(exchange.message)
    if (fields === undefined)
      return this.#sendPage(exchange, page, 400, { refused: 'It is no form of this page.' })
    if (fields === 'too large')
      return this.#sendPage(exchange, page, 413, { refused: 'The form is larger than 16 KB.' })
    const refused = refuseForm(exchange.message, fields)
    if (refused !== undefined) return this.#sendPage(exchange, page, 403, { refused })
    const done = await page.post?.(fields, this.#sources)
    return this.#sendPage(exchange, page, done?.failed ? 502 : 200, { done })
  }

  #follow(exchange: Exchange): boolean {
    const { response, query } = exchange
    const page = findPage(query.get('page') ?? '')
    if (!page?.interval) return false
    if (this.#live.clients >= MOST_CLIENTS) {
      answer(exchange, 503, { ...NOT_CACHED, 'retry-after': '30' }, 'Too many browsers follow this page.')
      return true
    }
    writeHead(response, 200, {
      // Compression would hold events back, and so would nginx.
      'cache-control': 'private, no-store, no-transform',
      'content-type': 'text/event-stream; charset=utf-8',
      'x-accel-buffering': 'no',
    })
    response.flushHeaders()
    const view = viewOf(page, query)
    this.#live.follow(
      {
        key: `${page.name}?${view.params}`,
        interval: page.interval(view),
        render: () => this.#update(page, view),
      },
      response,
    )
    return true
  }

  async #update(page: Page, view: View): Promise<string> {
    return JSON.stringify(await this.#parts.renderer.main(page, view, this.#sources))
  }

  #fail(exchange: Exchange, error: unknown): void {
    this.#report('A page of the dashboard failed.', error)
    if (exchange.response.headersSent) exchange.response.destroy()
    else
      answer(
        exchange,
        500,
        { ...NOT_CACHED, 'content-type': 'text/plain; charset=utf-8' },
        'The page failed: see the log.',
      )
  }
}
