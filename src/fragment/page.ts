import { OptionError } from '../errors.ts'
import { isCut, type Run, type TemplateEngine } from '../template/template-engine.ts'
import { assemble } from './assemble.ts'
import { bypassOf } from './bypass.ts'
import { Fragments, PageHost } from './declare.ts'
import { Fragment, type FragmentReport, fragmentsIn, reportOf, stateOf } from './fragment.ts'
import type { FragmentCache, OpenOptions } from './fragment-cache.ts'
import { withHead } from './head.ts'
import { withComments } from './html-comments.ts'
import { isAt, leakError, leaksOf, markedLeak, type Rendered } from './leak-check.ts'
import { Loads } from './load.ts'
import type { Bypass } from './options.ts'
import { type Piece, unique } from './piece.ts'
import { MOST_RUNS, neverFilled, unsettledPage } from './render.ts'
import { RenderResult } from './render-result.ts'
import { ResponseWatch } from './response-watch.ts'
import type { Services } from './services.ts'
import { Versions } from './tags.ts'
import { Validity } from './validity.ts'
import { Vary } from './vary.ts'
import { Waves } from './waves.ts'
import { reportSkips, writeBack } from './write-back.ts'

/**
 * One request's page: its fragments, its lazy values, and what they cost. Made by `FragmentCache#open`, and by
 * the plugin and the middleware for each request.
 */
export class Page {
  /** The cache that opened it. */
  readonly cache: FragmentCache
  readonly #services: Services
  /** When the page's data began to be loaded, by `performance.now()`. */
  readonly #startedAt: number
  readonly #fragments = new Fragments()
  readonly #loads = new Loads()
  readonly #versions = new Versions()
  readonly #vary: Vary
  readonly #bypass: Bypass
  readonly #request: unknown
  readonly #watch: ResponseWatch | undefined
  readonly #rendered: Fragment[] = []
  readonly #stale: Stale[] = []
  /** Renders whose misses are looked at before they are stored. */
  readonly #unchecked: Rendered[] = []
  readonly #misses: Fragment[] = []
  /** One for each render. */
  readonly #waves: Waves[] = []
  #runs = 0
  #over = false

  /** @internal */
  constructor(
    cache: FragmentCache,
    services: Services,
    startedAt: number,
    { request, response }: Pick<OpenOptions, 'request' | 'response'>,
  ) {
    this.cache = cache
    this.#services = services
    this.#startedAt = startedAt
    this.#vary = new Vary(services.options, request)
    this.#bypass = bypassOf(services.options, request)
    this.#request = request
    this.#watch = response && new ResponseWatch(response)
  }

  /**
   * Renders a template: the first five of the six steps of a page. May be called several times for one request.
   *
   * @param engine default: the cache's
   * @param locals what of the data comes from the response's own values: `res.locals`. It belongs to one visitor
   * @throws what the template throws, LeakError unless `safety` says otherwise, LazyError, KeyPartError, UnsettledError. Never an error of the store.
   */
  async render(
    template: string,
    data: object = {},
    engine: TemplateEngine = this.#engine(),
    locals: object = {},
  ): Promise<RenderResult> {
    const rendered: Rendered = { template, data, engine, locals }
    const { safety, rules } = this.#services.options
    const leaks = safety === 'error' ? leaksOf(rendered, rules) : []
    if (leaks.length > 0) throw leakError(leaks)
    const host = new PageHost(
      this.#services,
      this.#fragments,
      this.#loads,
      this.#vary,
      engine.digest,
      this.#watch,
    )
    const waves = new Waves(
      host,
      new Validity(engine),
      this.#loads,
      this.#versions,
      this.#bypass,
      this.#services,
    )
    this.#waves.push(waves)

    const { run, runs } = await this.#declare(template, data, engine, host, waves) // 1. each tag leaves a hole
    const holes = unique(run.holes)
    await waves.fill(holes) //                                                        2. fetch, 3. load, 4. render
    const open = holes.find(({ complete }) => !complete)
    if (open) throw neverFilled(open)
    this.#vary.refuseChanged()
    const { comments } = this.#services.options
    const parts = withHead(run.parts, holes)
    const body = assemble(comments ? withComments(parts) : parts) //                     5. send; 6. is writeBack()

    host.finish()
    const fragments = withInner(holes)
    this.#check(fragments, rendered)
    this.#keep(fragments)
    const stale = fragments.filter((fragment) => fragment.stale)
    if (stale.length > 0) this.#stale.push({ fragments: stale, waves, rendered })
    return new RenderResult(body, fragments, waves.trips, runs)
  }

  /** Runs the template, again where its skeleton reads lazy values or uses the text of a fragment. */
  async #declare(
    template: string,
    data: object,
    engine: TemplateEngine,
    host: PageHost,
    waves: Waves,
  ): Promise<{ run: Run; runs: number }> {
    for (let runs = 1; ; runs++) {
      this.#runs++
      const started = engine.run(template, data, host)
      const run = started instanceof Promise ? await started : started
      host.skeleton = run
      if (!isCut(run)) return { run, runs }
      if (runs === MOST_RUNS) throw unsettledPage(template, run)
      if (run.missing.size > 0) {
        await this.#loads.load(run.missing)
      } else {
        // One trip for all that was met so far; only what was asked for has to be rendered yet.
        await waves.fillSome(unique([...run.holes, ...run.captured]), unique([...run.captured]))
      }
    }
  }

  /** What was seen while bodies ran; the rest is looked for once there is something to store. */
  #check(fragments: readonly Fragment[], rendered: Rendered): void {
    const { safety } = this.#services.options
    if (safety === 'off') return
    const missed = fragments.filter(({ reason, kept }) => reason !== undefined && !kept)
    for (const fragment of missed) {
      fragment.leak = markedLeak(fragment)
      if (fragment.leak && safety === 'error') throw fragment.leak
    }
    if (missed.length > 0 && safety === 'uncached') this.#unchecked.push(rendered)
  }

  /** Only now, that the render is over and has not failed, may its fragments be stored. */
  #keep(fragments: readonly Fragment[]): void {
    const { events } = this.#services
    for (const fragment of fragments) {
      if (fragment.kept) continue
      fragment.kept = true
      this.#rendered.push(fragment)
      const { reason, subject } = fragment
      if (reason !== undefined) this.#misses.push(fragment)
      if (!events.heard) continue
      if (reason !== undefined) events.emit({ type: 'miss', ...subject, reason })
      else events.emit({ type: fragment.stale ? 'stale' : 'hit', ...subject, bytes: fragment.size })
    }
  }

  /**
   * The sixth step: stores what this page missed, in one trip. To be called when the response is over; the
   * visitor does not wait for it. Never rejects; a second call does nothing.
   */
  async writeBack(): Promise<void> {
    if (this.#over) return
    if (this.#bypass === 'write' || this.#bypass === 'both') return this.discard('bypass')
    this.#over = true
    if (this.hasToStore) await this.cache.pending(this.#store())
  }

  /** Whether `writeBack()` has something to do. @internal */
  get hasToStore(): boolean {
    return this.#misses.length > 0 || this.#stale.length > 0
  }

  async #store(): Promise<void> {
    for (const stale of this.#stale) await this.#renew(stale)
    try {
      this.#findLeaks()
    } catch (error) {
      // Nothing is known to be safe.
      reportSkips(this.#misses, `the leak check failed: ${messageOf(error)}`, this.#services.events)
      return
    }
    await writeBack(this.#misses, this.#versions, this.#startedAt, this.#request, this.#services)
  }

  /** Renders anew what was served as it was before its template was edited. Never rejects. */
  async #renew({ fragments, waves, rendered }: Stale): Promise<void> {
    const renewed = fragments.map((fragment) => fragment.renewal())
    try {
      await waves.fill(renewed)
      const all = withInner(renewed).filter(({ reason }) => reason !== undefined)
      this.#check(all, rendered)
      this.#misses.push(...all)
    } catch (error) {
      reportSkips(renewed, `it could not be rendered anew: ${messageOf(error)}`, this.#services.events)
    }
  }

  /** Where a leak is no error, its fragment is not stored: found when the visitor has the page. */
  #findLeaks(): void {
    for (const rendered of this.#unchecked) {
      const leaks = leaksOf(rendered, this.#services.options.rules)
      for (const fragment of leaks.length > 0 ? this.#misses : []) {
        const leak = leaks.find(({ fragment: at }) => isAt(fragment, at))
        if (leak) fragment.leak ??= leakError([leak])
      }
    }
  }

  /** Stores nothing of this page. @param reason for the events that say so, such as `status 404` */
  discard(reason: string): void {
    if (this.#over) return
    this.#over = true
    reportSkips(this.#misses, reason, this.#services.events)
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

  /** Round trips to the store, write-back not counted. */
  get trips(): number {
    return this.#waves.reduce((sum, { trips }) => sum + trips, 0)
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** What one render served stale. */
interface Stale {
  readonly fragments: readonly Fragment[]
  readonly waves: Waves
  readonly rendered: Rendered
}

/** The fragments among pieces, and those inside them, in the order in which a reader meets them. */
function withInner(pieces: readonly Piece[]): Fragment[] {
  const flat = pieces.every((piece) => piece instanceof Fragment && piece.inner.length === 0)
  return flat ? ([...pieces] as Fragment[]) : fragmentsIn([...new Set(pieces.flatMap(pieceAndInner))])
}

function pieceAndInner(piece: Piece): Piece[] {
  return [piece, ...piece.inner.flatMap(pieceAndInner)]
}
