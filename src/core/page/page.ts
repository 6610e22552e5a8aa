import { isCut, type Run, type TemplateEngine } from '../../engines/template-engine.ts'
import { messageOf, OptionError, StoreError } from '../../errors.ts'
import { type Fragment, withInner } from '../fragment/fragment.ts'
import { type FragmentReport, reportOf, stateOf } from '../fragment/fragment-report.ts'
import { withHead } from '../fragment/head-block.ts'
import { unique } from '../fragment/page-node.ts'
import type { FragmentCache, OpenOptions } from '../fragment-cache.ts'
import { UNKNOWN_REQUEST, Vary } from '../key/vary.ts'
import { FragmentLookup } from '../lookup/fragment-lookup.ts'
import { TemplateCheck } from '../lookup/template-check.ts'
import type { Bypass } from '../options/cache-options.ts'
import type { PageContext } from '../page-context.ts'
import { LeakCheck, Rendered } from '../safety/leak-check.ts'
import { ResponseWatch } from '../safety/response-watch.ts'
import type { Services } from '../services.ts'
import { PageFlights } from '../single-flight/page-flights.ts'
import { WaitBudget } from '../single-flight/wait-budget.ts'
import { Deadline } from '../store-access/deadline.ts'
import { TripCounter } from '../store-access/trip-counter.ts'
import { TagVersions } from '../tags/tag-versions.ts'
import type { CachedKey } from '../values/cached.ts'
import type { PreloadScopeState } from '../values/preload-scope.ts'
import { reportSkips, writeBack } from '../write-back/write-back.ts'
import { assemble } from './assemble.ts'
import { BackgroundRefresh } from './background-refresh.ts'
import { bypassOf, bypassOfUnknown, skipsRead, skipsWrite } from './bypass.ts'
import { GivenData } from './given-data.ts'
import { withComments } from './html-comments.ts'
import { LazyLoads } from './lazy-loads.ts'
import { EarlierFragments, PageHost } from './page-host.ts'
import { MOST_RUNS, neverFilled, unsettledPage } from './render-bodies.ts'
import { RenderResult } from './render-result.ts'
import { RunAgain } from './run-again.ts'
import { refusePromise, refusePromisedData } from './used-promise.ts'
import { Waves } from './waves.ts'

/** A class: see `Values#holes`. */
class Context implements PageContext {
  readonly versions: TagVersions
  readonly deadline: Deadline
  readonly waitBudget: WaitBudget
  readonly trips = new TripCounter()
  readonly vary: Vary
  readonly bypass: Bypass
  readonly request: unknown
  readonly startedAt: number
  readonly mayStore: () => boolean
  ahead: PreloadScopeState | undefined

  constructor(
    { options, time, signer }: Services,
    bypass: Bypass,
    request: unknown,
    startedAt: number,
    vary: Vary,
    mayStore: () => boolean,
  ) {
    this.versions = new TagVersions(signer)
    this.deadline = new Deadline(options.timeout, time)
    this.waitBudget = new WaitBudget(options.lockWait, time)
    this.vary = vary
    this.bypass = bypass
    this.request = request
    this.startedAt = startedAt
    this.mayStore = mayStore
  }
}

/**
 * One request's page: its fragments, its lazy values, and what they cost. Made by `FragmentCache#open`, and by
 * the plugin and the middleware for each request.
 */
export class Page {
  /** The cache that opened it. */
  readonly cache: FragmentCache
  readonly #services: Services
  readonly #context: PageContext
  /** Whether it may be the page of a request that is not known. */
  readonly #unknown: boolean
  #earlier = new EarlierFragments()
  #loads: LazyLoads
  readonly #watch: ResponseWatch | undefined
  readonly #follow: OpenOptions['follow']
  readonly #rendered: Fragment[] = Array.of()
  readonly #refreshes: BackgroundRefresh[] = Array.of()
  /** One for each render, beside what it missed. */
  readonly #misses: { readonly check: LeakCheck; readonly fragments: readonly Fragment[] }[] = Array.of()
  readonly #pageFlights: PageFlights[] = Array.of()
  #runs = 0
  /** How many renders are under way. */
  #rendering = 0
  #over = false

  /** @internal */
  constructor(
    cache: FragmentCache,
    services: Services,
    startedAt: number,
    { request, response, mayStore = () => true, follow, unknown = false }: Omit<OpenOptions, 'startedAt'>,
  ) {
    this.cache = cache
    this.#follow = follow
    this.#services = services
    this.#loads = new LazyLoads(services.dependencies, services.time)
    this.#unknown = unknown
    const bypass = unknown ? bypassOfUnknown(services.options) : bypassOf(services.options, request)
    const vary = new Vary(services.options, request, unknown)
    this.#context = new Context(services, bypass, request, startedAt, vary, mayStore)
    this.#watch = response && new ResponseWatch(response)
  }

  /**
   * Reads ahead, in one trip with the page's fragments: keys of `cache.values`, and `key(...)` of cached functions. Until the
   * response is over their values cost nothing more.
   * @throws OptionError
   */
  preload(...keys: readonly (string | CachedKey)[]): void {
    const { ahead, bypass } = this.#context
    const wanted = this.cache.wantedOf(keys)
    if (skipsRead(bypass)) return
    const scope = ahead ?? this.cache.scopeOfPage(this.#context.trips)
    scope.expect(wanted)
    if (!ahead && !this.#over) this.#context.ahead = scope
  }

  /** Runs a function, and all that it starts, for this page: where a callback has lost it. */
  run<T>(fn: () => T): T {
    this.cache.trackPages()
    return this.cache.withPage(this, fn)
  }

  /** Runs what belongs to its request, whatever the context is that AsyncLocalStorage has kept. */
  #inContext<T>(fn: () => T): T {
    const { requests } = this.cache
    if (!requests.tracked || this.#context.request === undefined || requests.servedPage === this) return fn()
    return this.cache.withPage(this, fn)
  }

  /** What of the cache is left out for its request. @internal */
  get bypass(): Bypass {
    return this.#context.bypass
  }

  /** When its data began to be loaded, by the process' clock. @internal */
  get startedAt(): number {
    return this.#context.startedAt
  }

  /** How long it waits for others. @internal */
  get patience(): WaitBudget {
    return this.#context.waitBudget
  }

  /** Whether its response is over. @internal */
  get over(): boolean {
    return this.#over
  }

  /** What is read ahead for it. @internal */
  get scope(): PreloadScopeState | undefined {
    return this.#context.ahead
  }

  /** The end of a key that differs by what the request is. @throws TagError, KeyPartError @internal */
  suffixOf(vary: readonly string[], title: string): string {
    return this.#context.vary.suffixOfNames(vary, title)
  }

  /**
   * Renders a template: the first five of the six steps of a page. May be called several times for one request.
   *
   * @param engine default: the cache's
   * @param locals what of the data comes from the response's own values: `res.locals`. It belongs to one visitor
   * @throws what the template throws, LeakError unless `safety` says otherwise, LazyError, KeyPartError, UnsettledError. Never an error of the store.
   */
  render(template: string, data?: object, engine?: TemplateEngine, locals?: object): Promise<RenderResult> {
    const rendering = this.#inContext(() => this.#renderShared(template, data, engine, locals))
    return this.#follow ? this.#follow(rendering) : rendering
  }

  async #renderShared(
    template: string,
    data: object = {},
    engine: TemplateEngine = this.#engine(),
    locals: object = {},
  ): Promise<RenderResult> {
    refusePromisedData(data, template)
    const check = new LeakCheck(new Rendered(template, data, engine, locals ?? {}), this.#services.options)
    check.refuse()
    const pageFlights = new PageFlights(this.#context, check, this.#services)
    this.#pageFlights.push(pageFlights)
    this.#rendering++
    try {
      return await this.#render(template, data, engine, check, pageFlights)
    } catch (error) {
      pageFlights.end()
      throw error
    } finally {
      this.#rendering--
      // Nothing of it is going to be stored: nobody is to wait for it.
      if (this.#over) pageFlights.end()
    }
  }

  async #render(
    template: string,
    data: object,
    engine: TemplateEngine,
    check: LeakCheck,
    pageFlights: PageFlights,
  ): Promise<RenderResult> {
    const services = this.#services
    const begun = services.time.now()
    const { vary, bypass } = this.#context
    const loads = this.#loads
    // Which names are holes by themselves shapes an entry as the engine's options do.
    const digest = [engine.digest, ...services.options.rules.perRequest].join(' ')
    const host = new PageHost(services, this.#earlier, loads, vary, digest, this.#watch)
    const templates = new TemplateCheck(engine, digest)
    const lookup = new FragmentLookup(templates, host, this.#context, services, true)
    const waves = new Waves(host, lookup, loads, bypass, pageFlights)
    const tripsBefore = this.trips

    const given = new GivenData(data)
    const { run, runs } = await this.#declare(template, given, engine, host, waves) // 1. each tag leaves a hole
    const holes = unique(run.holes)
    await waves.fill(holes) //                                                        2. fetch, 3. load, 4. render
    this.#runs += host.again?.runs ?? 0
    const open = holes.find(({ complete }) => !complete)
    if (open) throw neverFilled(open)
    vary.refuseChanged()
    const { comments } = services.options
    const parts = withHead(run.parts, holes, this.#watch)
    const body = assemble(comments ? withComments(parts, this.#watch) : parts) //                     5. send; 6. is writeBack()

    host.finish()
    const fragments = withInner(holes)
    check.look(fragments)
    this.#keep(fragments, check)
    const old = fragments.filter(({ found }) => found?.refresh)
    if (old.length > 0) {
      this.#refreshes.push(
        new BackgroundRefresh(
          old,
          check,
          { engine, digest, loads, context: this.#context, run, given, begun },
          services,
        ),
      )
    }
    return new RenderResult(body, fragments, this.trips - tripsBefore, runs)
  }

  /** Runs the template, again where its skeleton reads lazy values or uses the text of a fragment. */
  async #declare(
    template: string,
    given: GivenData,
    engine: TemplateEngine,
    host: PageHost,
    waves: Waves,
  ): Promise<{ run: Run; runs: number }> {
    host.again = new RunAgain(template, engine, given)
    for (let runs = 1; ; runs++) {
      this.#runs++
      given.restore()
      const started = engine.run(template, given.data, host)
      const run = started instanceof Promise ? await started : started
      host.skeleton = run
      if (run.holes.length + run.missing.size > 0) given.keep()
      if (!isCut(run)) {
        if (run.usedPromise !== undefined) refusePromise(run.usedPromise, template)
        return { run, runs }
      }
      if (runs === MOST_RUNS) throw unsettledPage(template, run)
      if (run.missing.size > 0) {
        // A trip is made for values before the fragments are all known: those that were met go with it.
        const readsValues = this.#context.ahead !== undefined || this.#loads.calls.haveAll(run.missing.keys())
        if (readsValues) void waves.fetchMet(unique(run.holes))
        await given.whileLoading(() => this.#loads.load(run.missing))
      } else {
        // One trip for all that was met so far; only what was asked for has to be rendered yet.
        await waves.fillSome(unique([...run.holes, ...run.captured]), unique([...run.captured]))
      }
    }
  }

  /** Only now, that the render is over and has not failed, may its fragments be stored. */
  #keep(fragments: readonly Fragment[], check: LeakCheck): void {
    const { events } = this.#services
    const missed = fragments.filter(({ reason, kept }) => reason !== undefined && !kept)
    if (missed.length > 0) this.#misses.push({ check, fragments: missed })
    for (const fragment of fragments) {
      if (fragment.kept) continue
      fragment.kept = true
      this.#rendered.push(fragment)
      if (!events.heard) continue
      const { reason, subject } = fragment
      if (reason !== undefined) events.emit({ type: 'miss', ...subject, reason })
      else if (fragment.stale) events.emit({ type: 'stale', ...subject, bytes: fragment.size })
      else
        events.emit({
          type: 'hit',
          ...subject,
          bytes: fragment.size,
          ...(fragment.joined && { joined: true }),
        })
    }
  }

  /**
   * The sixth step: stores what this page missed, in one trip. To be called when the response is over; the
   * visitor does not wait for it. What the page has loaded and rendered is dropped then. Never rejects; a second call does
   * nothing.
   */
  async writeBack(): Promise<void> {
    if (this.#over) return
    if (skipsWrite(this.#context.bypass)) return this.discard(this.#unknown ? UNKNOWN_REQUEST : 'bypass')
    this.#end()
    if (this.hasToStore) await this.cache.pending(this.#store().catch((cause) => this.#reportBroken(cause)))
    else this.#endFlights()
    await this.#letGo()
  }

  /** Whether `writeBack()` has something to do. @internal */
  get hasToStore(): boolean {
    return this.#misses.length > 0 || this.#refreshes.length > 0
  }

  async #store(): Promise<void> {
    const store = (fragments: readonly Fragment[]) => writeBack(fragments, this.#context, this.#services)
    await this.#storedEarly()
    const safe: Fragment[] = []
    for (const { check, fragments } of this.#misses) {
      try {
        check.mark(fragments)
        // Some may be stored already, where other processes waited for them.
        safe.push(...fragments.filter(({ stored }) => !stored))
      } catch (error) {
        // Nothing is known to be safe.
        reportSkips(fragments, `the leak check failed: ${messageOf(error)}`, this.#services.events)
      }
    }
    if (safe.length > 0) await store(safe)
    this.#endFlights()
    for (const refresh of this.#refreshes) await this.#inContext(() => refresh.run(store))
  }

  /** Resolves when what was stored before the end of the page is. */
  async #storedEarly(): Promise<void> {
    for (const pageFlights of this.#pageFlights) await pageFlights.stored()
  }

  /** What should not happen, and must not end the process. */
  #reportBroken(cause: unknown): void {
    const error = new StoreError(`The write-back broke off: ${messageOf(cause)}`, { cause })
    this.#services.events.emit({ type: 'error', error, during: 'write back', keys: [] })
  }

  /** The response is over: what was read ahead for it is let go. */
  #end(): void {
    this.#over = true
    if (this.#context.ahead) this.cache.closeScope(this.#context.ahead)
    this.#context.ahead = undefined
  }

  /**
   * Drops what was rendered, and reports do not need. A request stays in memory for longer than its page is wanted: what V8 has
   * made old, and is dead, keeps all it refers to until the next major collection, and each collection before copies that.
   */
  async #letGo(): Promise<void> {
    await this.#storedEarly()
    if (this.#rendering > 0 || !this.hasToStore) return
    this.#misses.length = 0
    this.#refreshes.length = 0
    this.#pageFlights.length = 0
    this.#earlier = new EarlierFragments()
    this.#loads = new LazyLoads(this.#services.dependencies, this.#services.time)
    for (const fragment of this.#rendered) fragment.release()
  }

  #endFlights(): void {
    for (const pageFlights of this.#pageFlights) pageFlights.end()
  }

  /** Stores nothing of this page. @param reason for the events that say so, such as `status 404` */
  discard(reason: string): void {
    if (this.#over) return
    this.#end()
    this.#endFlights()
    for (const { fragments } of this.#misses) reportSkips(fragments, reason, this.#services.events)
    void this.#letGo()
  }

  /** How many fragments came from the store, fresh. */
  get hits(): number {
    return this.#count('hit')
  }

  /** How many were served stale. */
  get stale(): number {
    return this.#count('stale')
  }

  /** How many fragments were rendered. */
  get misses(): number {
    return this.#count('miss')
  }

  #count(state: FragmentReport['state']): number {
    let count = 0
    for (const fragment of this.#rendered) if (stateOf(fragment) === state) count++
    return count
  }

  /** Round trips to the store for fragments, and for values that are read while the request is served. Writes do not count. */
  get trips(): number {
    return this.#context.trips.total
  }

  /** For what is read for this page by others. @internal */
  get tripCounter(): TripCounter {
    return this.#context.trips
  }

  /** How often templates ran. */
  get runs(): number {
    return this.#runs
  }

  /** What became of each fragment, over all renders of this page. */
  get fragments(): readonly FragmentReport[] {
    return this.#rendered.map(reportOf)
  }

  #engine(): TemplateEngine {
    const { engine } = this.#services.options
    if (engine) return engine
    throw new OptionError(
      'The cache has no engine: pass one, new FragmentCache({ store, engine: nunjucksEngine({ root }) })',
    )
  }
}
