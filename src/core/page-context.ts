import { OptionError } from '../errors.ts'
import { Vary } from './key/vary.ts'
import type { Bypass, ResolvedOptions } from './options/cache-options.ts'
import type { WatchedResponse } from './safety/response-watch.ts'
import type { Services } from './services.ts'
import type { WaitBudget } from './single-flight/wait-budget.ts'
import { Deadline } from './store-access/deadline.ts'
import { TripCounter } from './store-access/trip-counter.ts'
import type { ReadContext } from './tags/read-keys.ts'
import { TagVersions } from './tags/tag-versions.ts'
import type { PreloadScopeState } from './values/preload-scope.ts'

/**
 * What all renders of one request's page share. A class, since V8 would pretenure a literal here.
 */
export class PageContext implements ReadContext {
  readonly versions: TagVersions
  readonly deadline: Deadline
  /** How long the page waits for renders of others, over all its waits. */
  readonly waitBudget: WaitBudget
  readonly trips = new TripCounter()
  readonly bypass: Bypass
  /** The framework's request, for `detectLeaks`. */
  readonly request: unknown
  /** It may be the page of a request that could not be found. */
  readonly unknown: boolean
  /** When the page's data began to be loaded, in milliseconds of the process' clock. */
  readonly startedAt: number
  /** What the keys differ by, which must not change while the page is rendered. */
  readonly vary: Vary
  /** Returns true if the page may be stored, by its method and by its status as it is now. */
  readonly mayStore: () => boolean
  /** What is read ahead for the page, once that was asked for. */
  ahead: PreloadScopeState | undefined

  /** @throws OptionError if the option `bypass` returns something else */
  constructor(
    { options, time, signer }: Pick<Services, 'options' | 'time' | 'signer'>,
    { request, unknown = false, mayStore = always }: OpenOptions,
    startedAt: number,
    waitBudget: WaitBudget,
  ) {
    this.versions = new TagVersions(signer)
    this.deadline = new Deadline(options.timeout, time)
    this.waitBudget = waitBudget
    this.bypass = unknown ? bypassOfUnknown(options) : bypassOf(options, request)
    this.request = request
    this.unknown = unknown
    this.startedAt = startedAt
    this.vary = new Vary(options, request, unknown)
    this.mayStore = mayStore
  }
}

const always = () => true

/** What a page is opened with. */
export interface OpenOptions {
  /** The framework's request, for options that are given it. */
  readonly request?: unknown
  /**
   * The response that the page goes to: a fragment whose body changes it (a cookie, a header) is
   * not stored.
   */
  readonly response?: WatchedResponse | undefined
  /**
   * Says whether what the page renders may be stored, as far as is known: it asks before others
   * wait for it.
   * @internal
   */
  readonly mayStore?: () => boolean
  /** Whether it may be the page of a request that could not be found. @internal */
  readonly unknown?: boolean
  /** Waits for each render of the page. @internal */
  readonly follow?: <T>(render: Promise<T>) => Promise<T>
  /** When the page's data began to be loaded, as `Date.now()` counts. Default: now. */
  readonly startedAt?: number | undefined
  /** The same by the process' clock: see `FragmentCache#now`. @internal */
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
    `The option bypass gave ${String(chosen)}: it gives 'read', 'write', 'both' or false.`,
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
