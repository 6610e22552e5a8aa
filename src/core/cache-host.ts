import type { DefinedSource } from '../engines/defined-call.ts'
import { ClosedError, OptionError } from '../errors.ts'
import { notice } from '../options/notice.ts'
import { AsyncContext } from './async-context.ts'
import { callText } from './definition/call-text.ts'
import type { FragmentTasks } from './definition/fragment-tasks.ts'
import type { Bypass } from './options/cache-options.ts'
import { type CurrentPage, skipsRead } from './page-context.ts'
import { RequestContext } from './request-context.ts'
import type { Services } from './services.ts'
import type { TripCounter } from './store-access/read-batcher.ts'
import type { PageTrace } from './trace/page-trace.ts'
import { cachedFunction } from './values/cached.ts'
import { cachedMember } from './values/cached-member.ts'
import type { CachedOptions } from './values/cached-options.ts'
import type { CachedHost } from './values/call.ts'
import type { CachedKey, Wanted } from './values/found-value.ts'
import { type PreloadScope, PreloadScopeState, readKeys } from './values/preload-scope.ts'
import { ValueAccess, type ValueContext } from './values/value-access.ts'
import { ValueCodec } from './values/value-codec.ts'
import { Values } from './values/values.ts'

/**
 * One cache as its pages, its values and its cached functions see it: which request the running
 * code belongs to.
 */
export class CacheHost<P extends CurrentPage> implements CachedHost, ValueContext {
  readonly services: Services
  readonly requests = new RequestContext<P>()
  readonly values: ValueAccess
  /** `cache.values`. */
  readonly publicValues: Values
  readonly #scopes = new AsyncContext<PreloadScopeState>()
  readonly #cachedNames = new Set<string>()
  readonly #pending = new Set<Promise<void>>()
  /** Refreshes that a queue carries; undefined if the cache has none. */
  tasks: FragmentTasks | undefined
  closed = false
  #warnedOfUnknown = false

  constructor(services: Services) {
    const { serializer, compress, maxEntryBytes, bypass } = services.options
    this.services = services
    const codec = new ValueCodec(serializer, compress, maxEntryBytes)
    this.values = new ValueAccess(services, codec, this)
    this.publicValues = new Values(this)
    // What is read and written of values depends on their request, too.
    if (bypass) this.requests.track()
  }

  /** Counts a defined fragment that a page shows. */
  noteAsked({ name, params, vary }: DefinedSource): void {
    this.services.options.fragments.hot?.note(name, callText(params, vary))
  }

  /** @throws ClosedError */
  checkOpen(): void {
    if (this.closed) throw new ClosedError('The cache')
  }

  /** Keeps {@link CacheHost.settled} waiting for work. */
  async pending(work: Promise<void>): Promise<void> {
    this.#pending.add(work)
    try {
      await work
    } finally {
      this.#pending.delete(work)
    }
  }

  /** Resolves when no work is pending. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending)
  }

  /** The page of the request that the running code belongs to. */
  get page(): P | undefined {
    return this.requests.page
  }

  /** Runs a function, and all that it starts, for the request of a page. */
  withPage<T>(page: P, fn: () => T): T {
    return this.requests.run({ page, over: false }, fn)
  }

  /** The `bypass` of that request. */
  get bypass(): Bypass {
    return (this.services.options.bypass && this.page?.context.bypass) ?? false
  }

  /** Counts the trips of that request. */
  get tripCounter(): TripCounter | undefined {
    return this.page?.context.trips
  }

  /** Records what that request does, where it is traced. */
  get trace(): PageTrace | undefined {
    return this.page?.context.trace
  }

  /** Warns once that a template was rendered for a request that is not known. */
  warnOfUnknown(template: string): void {
    if (this.#warnedOfUnknown) return
    this.#warnedOfUnknown = true
    notice(
      `${template} was rendered while requests are served, and it is not known for which: nothing of it is stored. ` +
        "Call installCache() before the server listens. Where a callback has lost AsyncLocalStorage's context, or runs in " +
        'that of a request that is over, call it by request.fragments.run(fn). For what belongs to no request, such as mails, ' +
        'give the environment a FragmentCache of its own.',
    )
  }

  get untracked(): boolean {
    return this.requests.untracked
  }

  get over(): boolean {
    return this.requests.over
  }

  /** Values that are read ahead for the running code. */
  get scope(): PreloadScopeState | undefined {
    return this.#scopes.value ?? this.page?.context.ahead
  }

  /**
   * Creates a cached function, or a decorator if it is given none.
   * @throws OptionError, DurationError
   */
  cached(name: string, options: CachedOptions<never>, fn?: (...args: never) => unknown): unknown {
    // A call finds what was read ahead for its request, and is noted by what reads it.
    this.requests.track()
    const { dependencies, time } = this.services
    dependencies.start(time.now())
    if (this.#cachedNames.has(name)) {
      throw new OptionError(
        `There is a cached function "${name}" already: each needs a name of its own, or it gives the results of the other.`,
      )
    }
    const made =
      fn === undefined
        ? cachedMember(name, options, this)
        : cachedFunction(name, options as CachedOptions<unknown[]>, fn as () => unknown, this)
    this.#cachedNames.add(name)
    return made
  }

  /** Reads the arguments of `preload()`. @throws OptionError */
  wantedOf(keys: readonly (string | CachedKey)[]): Wanted[] {
    return readKeys(keys, this.services.keyPrefix)
  }

  /** Opens the scope of a page, which closes it by `values.scopes.close()`. */
  scopeOfPage(trips: TripCounter): PreloadScopeState {
    this.requests.track()
    const scope = new PreloadScopeState(this.values, undefined, trips)
    this.values.scopes.open(scope)
    return scope
  }

  /**
   * Runs a function in a scope of its own, once the keys are read.
   * @throws what the function throws
   */
  async preload<T>(wanted: Wanted[], fn: (scope: PreloadScope) => T | Promise<T>): Promise<T> {
    const scope = new PreloadScopeState(this.values, this.scope)
    if (!skipsRead(this.bypass)) scope.expect(wanted)
    this.values.scopes.open(scope)
    try {
      await scope.load()
      const run = <R>(inside: () => R): R => this.#scopes.run(scope, inside)
      return await run(() => fn({ run }))
    } finally {
      this.values.scopes.close(scope)
    }
  }
}
