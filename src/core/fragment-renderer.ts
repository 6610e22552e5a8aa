import { nextTurn } from '../clock.ts'
import type { TemplateEngine } from '../engines/template-engine.ts'
import { OptionError } from '../errors.ts'
import { listNames } from '../options/list-names.ts'
import { isPlainObject, show } from '../options/show.ts'
import { refuseUnknownOptions } from '../options/unknown-option.ts'
import type { CacheHost } from './cache-host.ts'
import { CacheSubscriptions } from './cache-subscriptions.ts'
import type { DefinedFragment, VaryValues } from './definition/define-fragment.ts'
import type { Params, ParamsOf } from './definition/params.ts'
import { areStored, type ProxyLife, proxyLifeOf } from './fragment/proxy-life.ts'
import { suffixOfValues } from './key/vary.ts'
import type { ResolvedOptions } from './options/cache-options.ts'
import { FragmentPage, type HoleData } from './page/fragment-page.ts'
import type { RenderedPage } from './page/page-render.ts'
import { type Refreshed, type Replaces, refreshFragment } from './page/refresh-fragment.ts'
import type { RenderResult } from './page/render-result.ts'
import type { CurrentPage, OpenOptions } from './page-context.ts'
import { QueuedRefreshes } from './queued-refreshes.ts'
import { type Warmed, type WarmTarget, warm } from './warm/warm.ts'
import { resolveWarmOptions, type WarmOptions, type WarmResult } from './warm/warm-options.ts'
import { readTargets, type WarmParams } from './warm/warm-targets.ts'

/** Options of `renderFragment()`. */
export interface RenderFragmentOptions extends RefreshFragmentOptions {
  /**
   * The framework's request, for options that are given it.
   * @defaultValue none
   */
  readonly request?: unknown
  /**
   * The data of a page, which only the `{% nocache %}` holes of the fragment show.
   * @defaultValue none: a hole is an error
   */
  readonly data?: object | undefined
}

/** Options of `refreshFragment()`. */
export interface RefreshFragmentOptions {
  /**
   * The values that the fragment varies by, by name. `renderFragment()` asks the option `vary` with
   * the request for those that are left out.
   * @defaultValue none: without a request, a fragment that varies is an error
   */
  readonly vary?: VaryValues | undefined
}

const RENDER_OPTIONS = ['vary', 'request', 'data'] as const satisfies readonly (keyof RenderFragmentOptions)[]
const REFRESH_OPTIONS = ['vary'] as const satisfies readonly (keyof RefreshFragmentOptions)[]

/** A page, as far as one that is a single fragment needs it. */
interface OpenedPage extends RenderedPage {
  readonly hasToStore: boolean
  render(template: string, data: object, engine: TemplateEngine): Promise<RenderResult>
  writeBack(): Promise<void>
}

type Host = Pick<CacheHost<CurrentPage>, 'services' | 'pending' | 'tasks'>

/** The part of a cache that renders defined fragments without a page around them. */
export abstract class FragmentRenderer extends CacheSubscriptions {
  readonly #host: Host
  readonly #queued: QueuedRefreshes | undefined

  /** @internal */
  constructor(host: Host) {
    super(host.services)
    this.#host = host
    if (!host.services.options.fragments.queue) return
    this.#queued = new QueuedRefreshes(host, {
      refresh: ({ name, params, vary, perVisitor }, due) =>
        this.#refresh(this.#pageOf('A refresh', name, params, vary, 'empty', perVisitor), vary, { due }),
      warm: (name, params, options) => this.warm(name, params, options),
    })
  }

  /** @internal */
  abstract open(options?: OpenOptions): OpenedPage

  /**
   * Renders a defined fragment without a page around it: its HTML comes from the store, or is
   * stored, as on a page.
   *
   * @example const { body } = await cache.renderFragment(sidebar, { id: 42 }, { request })
   * @throws OptionError, KeyPartError, and what the template or its `load` throws
   */
  async renderFragment<P extends ParamsOf<P>>(
    fragment: DefinedFragment<P> | string,
    params: P,
    options: RenderFragmentOptions = {},
  ): Promise<RenderResult> {
    const { page, result } = await this.#renderApart('renderFragment()', fragment, params, options)
    this.storeLater(page)
    return result
  }

  /**
   * Renders a fragment for a cache in front of the application, and stores it first, so that what
   * is not stored here is not stored there.
   * @internal
   */
  async renderForProxy(
    name: string,
    params: Params,
    options: RenderFragmentOptions,
  ): Promise<ProxyLife & { readonly body: Buffer }> {
    const { page, result } = await this.#renderApart('The endpoint of fragments', name, params, options)
    const { body, shown } = result
    const { life, tags } = proxyLifeOf(shown, this.#host.services.store.now())
    await this.#host.pending(page.writeBack())
    return { body, tags, life: areStored(shown) ? life : 0 }
  }

  async #renderApart(caller: string, fragment: unknown, params: unknown, options: RenderFragmentOptions) {
    refuseWrong(caller, options, RENDER_OPTIONS)
    const { request, data, vary = request === undefined ? {} : undefined } = options
    const engine = this.#pageOf(caller, fragment, params, vary, { data })
    const page = this.open({ request, vary })
    return { page, result: await page.render(engine.title, data ?? {}, engine) }
  }

  /**
   * Renders a defined fragment, and replaces its entry.
   *
   * @example await cache.refreshFragment(sidebar, { id: 42 }, { vary: { locale: 'de' } })
   * @returns true if it was stored; an event says why not
   * @throws OptionError, KeyPartError, StoreError, and what the template or its `load` throws
   */
  async refreshFragment<P extends ParamsOf<P>>(
    fragment: DefinedFragment<P> | string,
    params: P,
    options: RefreshFragmentOptions = {},
  ): Promise<boolean> {
    const caller = 'refreshFragment()'
    refuseWrong(caller, options, REFRESH_OPTIONS)
    const { vary = {} } = options
    const engine = this.#pageOf(caller, fragment, params, vary, 'empty')
    return (await this.#refresh(engine, vary, 'any')) === 'stored'
  }

  /**
   * Renders fragments ahead of visitors: those that have no fresh entry. An error of one ends none
   * of the others; the result has it.
   *
   * @example await cache.warm(sidebar, db.filmIds().map((id) => ({ id })), { rate: '50/s' })
   * @param params an iterable of parameters, or `{ hot: 100 }` for those that are asked for most
   * @throws OptionError, what the iteration throws, and the reason of the signal
   */
  async warm<P extends ParamsOf<P>>(
    fragment: DefinedFragment<P> | string,
    params: WarmParams<P>,
    options: WarmOptions = {},
  ): Promise<WarmResult> {
    const resolved = resolveWarmOptions(options)
    const { time, options: cacheOptions } = this.#host.services
    const { definitions, hot } = cacheOptions.fragments
    const { name } = definitions.of(fragment, 'warm()')
    const { targets, total } = readTargets(name, params, resolved.varies, hot)
    const replaces = resolved.force ? 'any' : 'missing'
    return warm(targets, total, (target) => this.#warmOne(name, target, replaces), resolved, time)
  }

  async #warmOne(name: string, { params, vary }: WarmTarget, replaces: Replaces): Promise<Warmed> {
    const engine = this.#pageOf('warm()', name, params, vary, 'empty')
    const refreshed = await this.#refresh(engine, vary, replaces)
    return refreshed === 'left' ? 'fresh' : refreshed === 'stored' ? 'stored' : 'skipped'
  }

  /**
   * Refreshes at once what was invalidated, as far as visitors ask for it. Never rejects.
   * @internal
   */
  protected async refreshInvalidated(tags: readonly string[]): Promise<void> {
    await this.#queued?.refreshInvalidated(tags)
  }

  /** Stores what a page has missed, once the running code has its result. @internal */
  protected storeLater(page: Pick<OpenedPage, 'hasToStore' | 'writeBack'>): void {
    // A page that stores nothing ends at once: others may wait for what it has claimed.
    if (page.hasToStore) void this.#host.pending(nextTurn().then(() => page.writeBack()))
    else void page.writeBack()
  }

  async #refresh(engine: FragmentPage, vary: OpenOptions['vary'], replaces: Replaces): Promise<Refreshed> {
    const refreshing = refreshFragment(this.open({ vary }), engine, replaces)
    void this.#host.pending(refreshing.then(ignore, ignore))
    return refreshing
  }

  #pageOf(
    caller: string,
    fragment: unknown,
    params: unknown,
    vary: OpenOptions['vary'],
    holes: HoleData,
    perVisitor = false,
  ): FragmentPage {
    const { options } = this.#host.services
    const { name } = options.fragments.definitions.of(fragment, caller)
    if (!isPlainObject(params)) {
      throw new OptionError(
        `${caller}: the parameters of "${name}" must be an object such as { id: 42 }, not ${show(params)}.`,
      )
    }
    if (vary) checkVary(vary, options, caller)
    if (options.engine) return new FragmentPage(options.engine, { name, params, perVisitor }, caller, holes)
    throw new OptionError(
      `${caller}: the cache has no engine: pass one, new FragmentCache({ store, engine: nunjucksEngine({ root }) }).`,
    )
  }
}

function ignore(): void {}

function refuseWrong(caller: string, options: unknown, names: readonly string[]): void {
  if (!isPlainObject(options))
    throw new OptionError(`The options of ${caller} must be an object, not ${show(options)}.`)
  refuseUnknownOptions(caller, options, names)
}

/** @throws OptionError */
function checkVary(given: object, { vary }: ResolvedOptions, caller: string): void {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(vary, name))
  if (unknown !== undefined) {
    throw new OptionError(
      `${caller}: vary names "${unknown}", which the option vary does not have: ${listNames(vary)}.`,
    )
  }
  suffixOfValues(given, { vary, defaultVary: [] }, caller.replace('()', ''))
}
