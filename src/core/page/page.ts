import type { TemplateEngine } from '../../engines/template-engine.ts'
import { messageOf, OptionError, StoreError } from '../../errors.ts'
import type { CacheHost } from '../cache-host.ts'
import type { FragmentTasks } from '../definition/fragment-tasks.ts'
import type { Fragment } from '../fragment/fragment.ts'
import { countOf, emitOutcome, type FragmentReport, reportOf } from '../fragment/fragment-report.ts'
import type { FragmentCache } from '../fragment-cache.ts'
import { UNKNOWN_REQUEST } from '../key/vary.ts'
import { type OpenOptions, PageContext, skipsRead, skipsWrite } from '../page-context.ts'
import { ResponseWatch } from '../safety/response-watch.ts'
import type { Services } from '../services.ts'
import type { CachedKey } from '../values/found-value.ts'
import { reportSkips } from '../write-back/write-back.ts'
import { BackgroundRefresh } from './background-refresh.ts'
import type { DeclaredFragments } from './declared-fragments.ts'
import { observePage } from './finished-page.ts'
import { LazyLoads } from './lazy-loads.ts'
import { PageRender } from './page-render.ts'
import { finishTrace, inspectPage, startTrace } from './page-tracing.ts'
import { renderPage, storePage } from './render-page.ts'
import type { RenderResult } from './render-result.ts'
import { refusePromisedData } from './used-promise.ts'

/**
 * One request's page: its fragments, its lazy values, and what they cost. `FragmentCache#open`
 * returns one; the plugin and the middleware open one for each request.
 */
export class Page {
  /** The cache that opened it. */
  readonly cache: FragmentCache
  readonly #host: CacheHost<Page>
  /** @internal */
  readonly services: Services
  /** @internal */
  readonly context: PageContext
  /** @internal */
  readonly watch: ResponseWatch | undefined
  /** @internal */
  readonly earlier: DeclaredFragments[] = Array.of()
  readonly #follow: OpenOptions['follow']
  #loads: LazyLoads | undefined
  /** The fragments of all renders that have succeeded. */
  #fragments: readonly Fragment[] = Array.of()
  /** @internal */
  readonly renders: PageRender[] = Array.of()
  #runs = 0
  /** Number of renders under way. */
  #rendering = 0
  /** @internal */
  over = false

  /** @internal */
  constructor(cache: FragmentCache, host: CacheHost<Page>, startedAt: number, options: OpenOptions) {
    const { services } = host
    const { response, follow } = options
    this.cache = cache
    this.#host = host
    this.#follow = follow
    this.services = services
    this.context = new PageContext(services, options, startedAt)
    this.watch = response && new ResponseWatch(response)
    if (services.tracing.wantsPage()) startTrace(this)
  }

  /** Created at its first use: pages of hits load nothing. @internal */
  get loads(): LazyLoads {
    this.#loads ??= new LazyLoads(this.services.dependencies, this.services.time, this.context)
    return this.#loads
  }

  /**
   * Reads ahead, in one trip with the page's fragments: keys of `cache.values`, and `key(...)` of
   * cached functions. Until the response is over, their values cost no further trip.
   *
   * @example request.fragments.preload('menu', greeting.key(user.id))
   * @throws OptionError
   */
  preload(...keys: readonly (string | CachedKey)[]): void {
    const { ahead, bypass } = this.context
    const wanted = this.#host.wantedOf(keys)
    if (skipsRead(bypass)) return
    const scope = ahead ?? this.#host.scopeOfPage(this.context.trips)
    scope.expect(wanted)
    if (!ahead && !this.over) this.context.ahead = scope
  }

  /**
   * Runs a function, and all that it starts, for this page: for a callback that has lost its async
   * context.
   *
   * @example emitter.on('data', () => request.fragments.run(() => cache.values.get('menu')))
   */
  run<T>(fn: () => T): T {
    this.#host.requests.track()
    return this.#host.withPage(this, fn)
  }

  /**
   * Renders a template. May be called several times for one request.
   *
   * @example const { body } = await request.fragments.render('menu.njk', { items })
   * @param engine the engine that renders; by default the cache's
   * @param locals the part of the data that comes from the response's own values (`res.locals`): it
   * belongs to one visitor
   * @throws what the template throws; LeakError unless `safety` says otherwise; LazyError,
   * KeyPartError, UnsettledError. Never an error of the store
   */
  render(template: string, data?: object, engine?: TemplateEngine, locals?: object): Promise<RenderResult> {
    // Now: what it is joined of is dropped when the page is over.
    return this.renderUnjoined(template, data, engine, locals).then((result) => result.join())
  }

  /** Its bytes are joined when they are read. @internal */
  renderUnjoined(...args: Parameters<Page['render']>): Promise<RenderResult> {
    const rendering = this.inContext(() => this.#render(...args))
    return this.#follow ? this.#follow(rendering) : rendering
  }

  async #render(
    template: string,
    data: object = {},
    engine: TemplateEngine = this.#engine(),
    locals: object = {},
  ): Promise<RenderResult> {
    if (data instanceof Promise) refusePromisedData(data, template)
    if (this.context.inspection) await inspectPage(this)
    const { trace } = this.context
    if (trace) trace.template ??= template
    const render = new PageRender(template, data, engine, locals ?? {}, this)
    if (this.services.options.safety === 'error') render.check.refuse()
    this.renders.push(render)
    this.#rendering++
    try {
      const result = await renderPage(render)
      this.#keep(render)
      return result
    } catch (error) {
      render.flights?.end()
      throw error
    } finally {
      this.#rendering--
      if (this.services.observers.seePages) render.ended = this.services.time.now()
      this.#runs += render.runs + render.runsAgain
      trace?.rendered(this.trips, this.#runs)
      // Nothing of it is going to be stored: no page is to wait for it.
      if (this.over) render.flights?.end()
    }
  }

  #engine(): TemplateEngine {
    const { engine } = this.services.options
    if (engine) return engine
    throw new OptionError(
      'The cache has no engine: pass one, new FragmentCache({ store, engine: nunjucksEngine({ root }) })',
    )
  }

  /**
   * Counts the fragments of a render, and lets them be stored: only now is it known that it has not
   * failed.
   */
  #keep(render: PageRender): void {
    const { events } = this.services
    const { fragments } = render
    // Most pages have one render.
    const isFirst = this.#fragments.length === 0
    const added = isFirst ? fragments : fragments.filter(({ kept }) => !kept)
    this.#fragments = isFirst ? added : [...this.#fragments, ...added]
    render.missed = added.filter(({ found }) => found?.reason !== undefined)
    render.stale = fragments.filter(({ found }) => found?.refresh)
    for (const fragment of added) {
      fragment.kept = true
      if (fragment.defined) this.#host.noteAsked(fragment.defined)
    }
    if (events.heard) for (const fragment of added) emitOutcome(fragment, events)
  }

  /**
   * Stores what this page has missed, in one trip, and drops what it has loaded and rendered. To be
   * called when the response is over: the visitor does not wait for it. Never rejects; a second
   * call does nothing.
   */
  async writeBack(): Promise<void> {
    if (this.over) return
    const { hasToStore } = this
    if (hasToStore && skipsWrite(this.context.bypass))
      return this.discard(this.context.unknown ? UNKNOWN_REQUEST : 'bypass')
    this.#end(undefined)
    if (hasToStore) await this.#host.pending(this.#store().catch((cause) => this.#reportBroken(cause)))
    else this.#endFlights()
    await this.#release()
    finishTrace(this)
  }

  /** Stores nothing of this page. @param reason for the events that say so, such as `status 404` */
  discard(reason: string): void {
    if (this.over) return
    this.#end(reason)
    this.#endFlights()
    for (const { missed } of this.renders) reportSkips(missed, reason, this.services.events)
    void this.#release()
    finishTrace(this)
  }

  /** Returns true if `writeBack()` has something to do. @internal */
  get hasToStore(): boolean {
    return this.renders.some(({ missed, stale }) => missed.length > 0 || stale.length > 0)
  }

  async #store(): Promise<void> {
    await storePage(this.renders)
    for (const render of this.renders) {
      if (render.stale.length > 0) await this.inContext(() => new BackgroundRefresh(render).run())
    }
  }

  /** Reports an error that should not happen, and must not end the process. */
  #reportBroken(cause: unknown): void {
    const error = new StoreError(`The write-back failed: ${messageOf(cause)}`, { cause })
    this.services.events.emit({ type: 'error', error, during: 'write back', keys: [] })
  }

  /** @param notStored why nothing of it is stored; undefined if it may be */
  #end(notStored: string | undefined): void {
    this.over = true
    this.context.trace?.sent(this.context.source, notStored)
    if (this.services.observers.seePages)
      observePage(this.renders, this.#fragments, this.context, this.services, notStored)
    if (this.context.ahead) this.#host.values.scopes.close(this.context.ahead)
    this.context.ahead = undefined
  }

  #endFlights(): void {
    for (const { flights } of this.renders) flights?.end()
  }

  /**
   * Drops what was rendered, and reports do not need. A request stays in memory for longer than its
   * page is needed: what V8 has moved to the old space keeps all that it refers to until the next
   * major collection, and each collection before copies it.
   */
  async #release(): Promise<void> {
    for (const { flights } of this.renders) if (flights) await flights.stored()
    if (this.#rendering > 0) return
    const { hasToStore } = this
    this.renders.length = 0
    // Of hits nothing else is worth the time.
    if (!hasToStore) return
    this.earlier.length = 0
    this.#loads = undefined
    for (const fragment of this.#fragments) fragment.release()
  }

  /** @internal */
  get tasks(): FragmentTasks | undefined {
    return this.#host.tasks
  }

  /** Runs a function for its request, whatever context AsyncLocalStorage has kept. @internal */
  inContext<T>(fn: () => T): T {
    const { requests } = this.#host
    if (!requests.tracked || this.context.request === undefined || requests.servedPage === this) return fn()
    return this.#host.withPage(this, fn)
  }

  /** Number of fragments that came from the store, fresh. */
  get hits(): number {
    return countOf(this.#fragments, 'hit')
  }

  /** Number of fragments that were shown stale. */
  get stale(): number {
    return countOf(this.#fragments, 'stale')
  }

  /** Number of fragments that were rendered. */
  get misses(): number {
    return countOf(this.#fragments, 'miss')
  }

  /**
   * Round trips to the store: for fragments, and for values that are read while the request is
   * served. Writes do not count.
   */
  get trips(): number {
    return this.context.trips.total
  }

  /** Number of runs of templates. */
  get runs(): number {
    return this.#runs
  }

  /** The outcome of each fragment, over all renders of this page. */
  get fragments(): readonly FragmentReport[] {
    return this.#fragments.map(reportOf)
  }
}
