import type { MaybePromise } from '../engines/template-engine.ts'
import { OptionError } from '../errors.ts'
import { Vary } from './key/vary.ts'
import type { Bypass, ResolvedOptions } from './options/cache-options.ts'
import type { WatchedResponse } from './safety/response-watch.ts'
import type { Services } from './services.ts'
import { Deadline, WaitBudget } from './store-access/deadline.ts'
import { TripCounter } from './store-access/read-batcher.ts'
import type { ReadContext } from './tags/read-keys.ts'
import { TagVersions } from './tags/tag-versions.ts'
import type { PageTrace } from './trace/page-trace.ts'
import type { PreloadScopeState } from './values/preload-scope.ts'

/**
 * The state that all renders of one request's page share. A class, since V8 would pretenure a
 * literal here.
 */
export class PageContext implements ReadContext {
  readonly trips = new TripCounter()
  readonly bypass: Bypass
  /** The framework's request, for `detectLeaks`. */
  readonly request: unknown
  /** It may be the page of a request that could not be found. */
  readonly unknown: boolean
  /** It is rendered for no request: options that are functions of one are not asked. */
  readonly forNobody: boolean
  /** When the page's data began to be loaded, in milliseconds of the process' clock. */
  readonly startedAt: number
  /** Returns true if the page may be stored, by its method and by its status as it is now. */
  readonly mayStore: () => boolean
  /** The request that it is for, for observers. */
  readonly source: PageSource | undefined
  /** Number of fragments that it has left to other pages, and waited for. */
  waits = 0
  /** Values that are read ahead for the page, once that was asked for. */
  ahead: PreloadScopeState | undefined
  /** Records what the page does; undefined unless it is traced. */
  trace: PageTrace | undefined
  /** Set where the request asks to see what its page does, until that was decided. */
  inspection: PageInspection | undefined
  /** Returns what the overlay adds to the head; undefined unless the page shows it. */
  overlay: PageInspection['overlay'] | undefined
  readonly #services: PageServices
  readonly #givenVary: OpenOptions['vary']
  // Created at their first use: a page of hits needs few of them.
  #versions: TagVersions | undefined
  #deadline: Deadline | undefined
  #waitBudget: WaitBudget | undefined
  #vary: Vary | undefined

  /** @throws OptionError if the option `bypass` returns something else */
  constructor(services: PageServices, openOptions: OpenOptions, startedAt: number) {
    // Not in the parameter list: declarations would name members that `@internal` removes.
    const { request, vary, unknown = false, mayStore = always } = openOptions
    const { options } = services
    this.#services = services
    this.#givenVary = vary
    this.forNobody = request === undefined && vary !== undefined
    if (this.forNobody) this.bypass = false
    else this.bypass = unknown ? bypassOfUnknown(options) : bypassOf(options, request)
    this.request = request
    this.source = openOptions.source
    this.unknown = unknown
    this.startedAt = startedAt
    this.mayStore = mayStore
    this.inspection = openOptions.inspection
  }

  get versions(): TagVersions {
    this.#versions ??= new TagVersions(this.#services.signer)
    return this.#versions
  }

  get deadline(): Deadline {
    const { options, time } = this.#services
    this.#deadline ??= new Deadline(options.timeout, time)
    return this.#deadline
  }

  /** Milliseconds that it has waited for the store. */
  get fetchTime(): number {
    return this.#deadline?.waited ?? 0
  }

  /** Time that the page may wait for renders of others, over all its waits. */
  get waitBudget(): WaitBudget {
    const { options, time } = this.#services
    this.#waitBudget ??= new WaitBudget(options.lockWait, time)
    return this.#waitBudget
  }

  /** The values that keys vary by. */
  get vary(): Vary {
    this.#vary ??= new Vary(this.#services.options, this.request, this.#givenVary)
    return this.#vary
  }

  /**
   * Checks that what keys vary by has not changed while the page was rendered.
   * @throws KeyPartError
   */
  refuseChangedVary(): void {
    this.#vary?.refuseChanged()
  }
}

/** A request that asks to see what its page does. */
export interface PageInspection {
  /** Returns false if the request may not see it. Asked once, before the first render. */
  allowed(): MaybePromise<boolean>
  /**
   * Returns what is added to the head of the page, and lets it be marked where each fragment begins
   * and ends; left out: the page stays as it is.
   */
  overlay?(trace: PageTrace): string
}

type PageServices = Pick<Services, 'options' | 'time' | 'signer'>

const always = () => true

/** A page's request and response, as observers and traces see them: see `ObservedPage`. */
export interface PageSource {
  readonly route: string | undefined
  readonly method: string | undefined
  readonly status: number | undefined
}

/** Options of a page. */
export interface OpenOptions {
  /**
   * The framework's request, passed to `vary`, `bypass` and `safety.detectLeaks`.
   * @defaultValue none: these functions are given undefined
   */
  readonly request?: unknown
  /**
   * Values that fragments vary by, in place of what the functions of the option `vary` return.
   * Without a request, all must be here that are needed.
   * @internal
   */
  readonly vary?: Readonly<Record<string, unknown>> | undefined
  /**
   * The response that the page goes to: a fragment whose body changes it (a cookie, a header) is
   * not stored.
   * @defaultValue none
   */
  readonly response?: WatchedResponse | undefined
  /**
   * Returns true if the page may be stored, as far as is known. Asked before others wait for it.
   * @internal
   */
  readonly mayStore?: () => boolean
  /** The request and its response, as observers see them. @internal */
  readonly source?: PageSource
  /** It may be the page of a request that could not be found. @internal */
  readonly unknown?: boolean
  /** Set where the request asks to see what its page does. @internal */
  readonly inspection?: PageInspection | undefined
  /** Waits for each render of the page. @internal */
  readonly follow?: <T>(render: Promise<T>) => Promise<T>
  /**
   * When the page's data began to be loaded, as `Date.now()` counts.
   * @defaultValue now
   */
  readonly startedAt?: number | undefined
  /** That time by the process' clock: see `FragmentCache#now`. @internal */
  readonly begun?: number | undefined
}

/** A request's page as code that runs for the request uses it: cached functions, and values. */
export interface CurrentPage {
  readonly context: PageContext
  /** Its response is over. */
  readonly over: boolean
}

/**
 * Reads what the pages of a request leave out.
 * @throws OptionError if the option returns something else
 */
function bypassOf({ bypass }: ResolvedOptions, request: unknown): Bypass {
  const chosen: unknown = bypass?.(request) ?? false
  if (chosen === false || chosen === 'read' || chosen === 'write' || chosen === 'both') return chosen
  throw new OptionError(
    `The option bypass returned ${String(chosen)}: it must return 'read', 'write', 'both' or false.`,
  )
}

/**
 * Returns what a page leaves out whose request is not known. Nothing of it is stored: its method,
 * its status, or the options that are functions of the request, might forbid that.
 */
function bypassOfUnknown({ bypass, detectLeaks }: ResolvedOptions): Bypass {
  return bypass || detectLeaks ? 'both' : 'write'
}

/** Returns true if nothing that is stored may be used. */
export function skipsRead(bypass: Bypass): boolean {
  return bypass === 'read' || bypass === 'both'
}

/** Returns true if nothing may be stored. */
export function skipsWrite(bypass: Bypass): boolean {
  return bypass === 'write' || bypass === 'both'
}
