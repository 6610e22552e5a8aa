import { AsyncLocalStorage } from 'node:async_hooks'
import { type Clock, nextTurn, processClock } from '../clock.ts'
import { ClosedError, OptionError } from '../errors.ts'
import { EntrySigner } from './entry/entry-signer.ts'
import { Events, type FragmentListener } from './events.ts'
import { DependencyTracker } from './fragment/dependencies.ts'
import { fragmentKey, keyPrefix } from './key/fragment-key.ts'
import { suffixOfValues } from './key/vary.ts'
import { withVersions } from './key/versioned-parts.ts'
import { notice } from './notices.ts'
import type { Bypass, FragmentCacheOptions } from './options/cache-options.ts'
import { resolveOptions } from './options/resolve-cache-options.ts'
import { skipsRead } from './page/bypass.ts'
import { Page } from './page/page.ts'
import { Requests } from './page/page-requests.ts'
import { RefreshRegistry } from './page/refresh-registry.ts'
import type { RenderResult } from './page/render-result.ts'
import { StartedAt } from './page/started-at.ts'
import type { WatchedResponse } from './safety/response-watch.ts'
import type { Services } from './services.ts'
import { Claims } from './single-flight/claims.ts'
import { Flights } from './single-flight/flights.ts'
import { within } from './store-access/deadline.ts'
import { StoreAccess } from './store-access/store-access.ts'
import type { TripCounter } from './store-access/trip-counter.ts'
import { Clears } from './tags/clears.ts'
import { deleteEntry, invalidateTags } from './tags/invalidate.ts'
import {
  type ClearedFragment,
  type FragmentId,
  readCleared,
  readId,
  refuseWrong,
} from './tags/invalidation-arguments.ts'
import { KnownTags, namesOf, versionTtl } from './tags/tag-versions.ts'
import { type CachedFunction, type CachedHost, type CachedKey, cachedFunction } from './values/cached.ts'
import { type CachedMember, cachedMember } from './values/cached-member.ts'
import type { CachedOptions } from './values/cached-options.ts'
import type { Wanted } from './values/found-value.ts'
import { type PreloadScope, readKeys, refuseWrongPreload } from './values/preload.ts'
import { PreloadScopeState } from './values/preload-scope.ts'
import { ValueAccess } from './values/value-access.ts'
import { ValueCodec } from './values/value-codec.ts'
import { Values } from './values/values.ts'
import { VariantLimit } from './write-back/variant-limit.ts'

/** What a page is opened with. */
export interface OpenOptions {
  /** The framework's request, for options that are given it. */
  readonly request?: unknown
  /** The response that the page goes to: a fragment whose body changes it (a cookie, a header) is not stored. */
  readonly response?: WatchedResponse | undefined
  /** Says whether what the page renders may be stored, as far as is known: it asks before others wait for it. @internal */
  readonly mayStore?: () => boolean
  /** Whether it may be the page of a request that could not be found. @internal */
  readonly unknown?: boolean
  /** Waits for each render of the page. @internal */
  readonly follow?: <T>(render: Promise<T>) => Promise<T>
  /** When the page's data began to be loaded, as `Date.now()` counts. Default: now. */
  readonly startedAt?: number | undefined
  /** The same by the process' clock: see {@link FragmentCache.now}. @internal */
  readonly begun?: number | undefined
}

/**
 * The cache. It needs no web framework: `render` gives a page, and stores what it missed.
 *
 * @example
 * const cache = new FragmentCache({ store: memoryStore(), engine: nunjucksEngine({ root: 'views' }), ttl: '5m' })
 * const { body } = await cache.render('home.njk', { films })
 */
export class FragmentCache {
  readonly #services: Services
  readonly #startedAt: StartedAt
  readonly #pending = new Set<Promise<void>>()
  readonly #access: ValueAccess
  readonly #values: Values
  /** @internal */
  readonly cachedHost: CachedHost
  readonly #cachedNames = new Set<string>()
  readonly #scopes = new AsyncLocalStorage<PreloadScopeState>()
  /** @internal */
  readonly requests = new Requests()
  #closing: Promise<void> | undefined
  #saidUnknown = false

  /** @throws OptionError, DurationError */
  constructor(options: FragmentCacheOptions)
  /** @internal */
  constructor(options: FragmentCacheOptions, time: Clock)
  constructor(options: FragmentCacheOptions, time = processClock) {
    const resolved = resolveOptions(options)
    const { store, prefix, release, maxVariants, variantWindow } = resolved
    const [secret, ...older] = resolved.secrets
    const start = keyPrefix(prefix, release)
    const events = new Events()
    const signer = secret === undefined ? undefined : new EntrySigner([secret, ...older])
    const access = new StoreAccess(
      { ...resolved, versionTtl: versionTtl(resolved) },
      `${start}?`,
      events,
      time,
    )
    const claims =
      store.capabilities.shared && store.capabilities.conditional && resolved.singleFlight !== 'off'
    const flights = resolved.singleFlight === 'off' ? undefined : new Flights(resolved.maxRender, time)
    const clears = new Clears({ store, access, time }, resolved, () => flights?.dropAll())
    this.#services = {
      options: resolved,
      time,
      keyPrefix: start,
      events,
      store: access,
      claims: claims ? new Claims(store, access, start, resolved, time) : undefined,
      knownTags: new KnownTags(),
      dependencies: new DependencyTracker(),
      refreshes: new RefreshRegistry(resolved.maxRender, time),
      flights,
      clears,
      signer,
      variants: Number.isFinite(maxVariants) ? new VariantLimit(maxVariants, variantWindow, time) : undefined,
    }
    this.#startedAt = new StartedAt(time, resolved.maxRender)
    const codec = new ValueCodec(resolved.serializer, resolved.compress, resolved.maxEntryBytes)
    this.#access = new ValueAccess(this.#services, codec, this)
    this.cachedHost = cachedHost(this, this.#services, this.#access)
    this.#values = new Values(this.cachedHost)
    // What is read and written of values depends on their request, too.
    if (resolved.bypass) this.trackPages()
  }

  /**
   * Renders a template as a page of its own. Its misses are written back when the promise has resolved.
   * @throws what the template throws. Never an error of the store
   */
  async render(template: string, data?: object, options?: OpenOptions): Promise<RenderResult> {
    const page = this.open(options)
    const result = await page.render(template, data)
    if (page.hasToStore) {
      void this.pending(nextTurn().then(() => page.writeBack()))
    } else {
      // Others may wait for what it has claimed.
      void page.writeBack()
    }
    return result
  }

  /** Opens a page, which is written back by its `writeBack()`: one request's page. @throws ClosedError */
  open(options: OpenOptions = {}): Page {
    this.#refuseClosed()
    return new Page(this, this.#services, this.#begunOf(options), options)
  }

  /** When a page's data began to be loaded, or before. */
  #begunOf({ begun, startedAt }: OpenOptions): number {
    if (begun !== undefined) return begun
    if (startedAt === undefined) return this.now
    if (Number.isFinite(startedAt)) return this.#startedAt.toClock(startedAt)
    throw new OptionError(`startedAt takes a time as Date.now() counts, not ${startedAt}.`)
  }

  /** A time for `begun`. @internal */
  get now(): number {
    return this.#services.time.now()
  }

  /**
   * Deletes a fragment, wherever it stands. Once it has resolved, no page that begins shows what was cached
   * before, and no render that began before brings it back. It reaches that one entry.
   *
   * @example await cache.delete('card', film.id)
   * @throws KeyPartError, and StoreError if the store cannot be reached: the entry may still be there then
   */
  delete(fragment: string | FragmentId, ...parts: unknown[]): Promise<void> {
    return started(() => {
      this.#refuseClosed()
      const { name, parts: listed = [], vary } = readId(fragment, parts)
      const { options, keyPrefix } = this.#services
      const keys = withVersions(listed, options.versionedParts, name)
      const key = fragmentKey(keyPrefix, name, keys.parts) + suffixOfValues(vary, options)
      return deleteEntry(key, name, this.#services)
    })
  }

  /**
   * Makes every fragment that has one of these tags invalid, and those around it, in one trip whatever it covers.
   * Once it has resolved no page that begins shows what was cached before, on any process.
   *
   * @example await cache.invalidate('films', `film:${film.id}`)
   * @throws OptionError, and StoreError if the store has not applied it: entries may still be served then
   */
  invalidate(...tags: string[]): Promise<void> {
    return started(() => {
      this.#refuseClosed()
      refuseWrong(tags)
      return tags.length > 0 ? this.#invalidate(namesOf(tags)) : Promise.resolve()
    })
  }

  async #invalidate(tags: readonly string[]): Promise<void> {
    try {
      await invalidateTags(tags, this.#services)
    } finally {
      this.#access.scopes.invalidated(tags)
    }
  }

  /**
   * Removes everything that this cache has stored (fragments, results of cached functions, values), or all entries of one
   * fragment, whatever their parts and `vary`. Once it has resolved, no page that begins shows what was cached before, and no
   * render that began before brings it back. Walks through the keys of the store, and takes some seconds where other
   * processes share it; for what changes often use tags.
   *
   * @example await cache.clear({ name: 'card' })
   * @throws OptionError, and StoreError if the store cannot do it: entries may still be there then
   */
  async clear(fragment?: ClearedFragment): Promise<void> {
    this.#refuseClosed()
    const { keyPrefix, clears, events } = this.#services
    const name = readCleared(fragment)
    const prefix = name === undefined ? keyPrefix : fragmentKey(keyPrefix, name, [])
    try {
      await clears.clear(prefix)
    } finally {
      if (name === undefined) this.#access.scopes.forget(keyPrefix)
    }
    events.emit({ type: 'clear', prefix, name })
  }

  /**
   * Waits for a promise, such as that of a database's transaction, and then invalidates. A page that has read the old
   * row before the commit is not served as fresh after it. If the promise rejects nothing is invalidated.
   *
   * @returns what the promise gave
   * @throws what the promise rejects with, and what `invalidate` throws
   * @example await cache.invalidateAfter(db.transaction(() => save(film)), `film:${film.id}`)
   */
  async invalidateAfter<T>(promise: PromiseLike<T>, ...tags: string[]): Promise<T> {
    // Before anything is changed.
    refuseWrong(tags)
    const result = await promise
    await this.invalidate(...tags)
    return result
  }

  /**
   * Keeps the results of a function in the store: by its arguments, with tags, staleness and single-flight as fragments have
   * them. Without a function it is a decorator for a method or a getter, whose `key` is given the instance.
   *
   * @param name tells it from other functions; it is part of the key
   * @example const noteHtml = cache.cached('note-html', { key: (note) => [note.id, note.version], ttl: '1d' }, render)
   * @throws OptionError, DurationError
   */
  cached<Args extends unknown[], Result>(
    name: string,
    options: CachedOptions<Args>,
    fn: (...args: Args) => Result,
  ): CachedFunction<Args, Awaited<Result>>
  cached<Self, Args extends unknown[]>(
    name: string,
    options: CachedOptions<[self: Self, ...args: Args]>,
  ): CachedMember<Self, Args>
  cached(name: string, options: CachedOptions<never>, fn?: (...args: never) => unknown): unknown {
    this.#refuseClosed()
    // A call finds what was read ahead for its request, and is noted by what reads it.
    this.trackPages()
    this.#services.dependencies.start(this.now)
    if (this.#cachedNames.has(name)) {
      throw new OptionError(
        `There is a cached function "${name}" already: each needs a name of its own, or it gives the results of the other.`,
      )
    }
    const made =
      fn === undefined
        ? cachedMember(name, options, this.cachedHost)
        : cachedFunction(name, options as CachedOptions<unknown[]>, fn as () => unknown, this.cachedHost)
    this.#cachedNames.add(name)
    return made
  }

  /**
   * Reads keys ahead, in one round trip, and runs a function: in it, and in all that it starts, their values cost nothing more.
   * @param keys keys of `values`, and `key(...)` of cached functions
   * @param fn is given the scope, whose `run` brings a callback back into it that has lost it
   * @returns what the function gives
   * @throws what the function throws, OptionError. Never an error of the store
   */
  async preload<T>(
    keys: readonly (string | CachedKey)[],
    fn: (scope: PreloadScope) => T | Promise<T>,
  ): Promise<T> {
    this.#refuseClosed()
    refuseWrongPreload(keys, fn)
    const scope = new PreloadScopeState(this.#access, this.scope)
    const wanted = this.wantedOf(keys)
    if (!skipsRead(this.bypass)) scope.expect(wanted)
    this.#access.scopes.open(scope)
    try {
      await scope.load()
      const run = <R>(inside: () => R): R => this.#scopes.run(scope, inside)
      return await run(() => fn({ run }))
    } finally {
      this.#access.scopes.close(scope)
    }
  }

  /** Values under keys of your own, in the same store. */
  get values(): Values {
    // Their trips count for the page of the request that reads them.
    this.trackPages()
    return this.#values
  }

  /**
   * Subscribes to what the cache reports. A listener that throws harms nothing.
   * @returns a function that unsubscribes
   */
  on(listener: FragmentListener): () => void {
    if (typeof listener !== 'function')
      throw new OptionError('on() takes a function that is called with each event.')
    return this.#services.events.subscribe(listener)
  }

  /** Subscribes to events of the circuit breaker alone, which costs nothing for each hit. @internal */
  onBreaker(listener: FragmentListener): void {
    this.#services.events.subscribeToBreaker(listener)
  }

  /** Resolves when no write-back is under way. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending)
  }

  /**
   * Waits for write-backs and clears that are under way, at most `closeTimeout`, and closes the store. A second call waits
   * for the first.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const { options, time, store, claims, clears } = this.#services
    const drained = Promise.all([this.settled(), store.drain(), clears.settled()]).then(() => undefined)
    await within(options.closeTimeout, drained, () => undefined, time)
    claims?.close()
    await store.close()
  }

  /** Keeps `settled()` and `close()` waiting. @internal */
  async pending(work: Promise<void>): Promise<void> {
    this.#pending.add(work)
    try {
      await work
    } finally {
      this.#pending.delete(work)
    }
  }

  /**
   * Tracks from now on which page the running code belongs to, with an AsyncLocalStorage, which costs something for each
   * request. `installCache` calls it.
   * @returns a function that returns the page of the running code's request; undefined outside of a request, and where
   * that is over
   */
  trackPages(): () => Page | undefined {
    this.requests.track()
    return () => this.requests.servedPage
  }

  /** Runs a function, and all that it starts, for the request of a page. @internal */
  withPage<T>(page: Page, fn: () => T): T {
    return this.requests.run({ page, over: false }, fn)
  }

  /** The page of the request that this code runs for. @internal */
  currentPage(): Page | undefined {
    return this.requests.page
  }

  /**
   * Opens a page for what is rendered outside of the context of a request, or in that of one that is over. While requests
   * are served it may belong to one of them, so that nothing of it is stored; a warning says so once. `installCache` calls it.
   *
   * @param template for the warning
   * @throws ClosedError
   */
  openOutside(template: string): Page {
    const { unknown } = this.requests
    if (unknown && !this.#saidUnknown) {
      this.#saidUnknown = true
      notice(
        `${template} was rendered while requests are served, and it is not known for which: nothing of it is stored. ` +
          "Call installCache() before the server listens. Where a callback has lost AsyncLocalStorage's context, or runs in " +
          'that of a request that is over, call it by request.fragments.run(fn). For what belongs to no request, such as mails, give the environment a FragmentCache ' +
          'of its own.',
      )
    }
    return this.open({ unknown })
  }

  /** What of the store the request leaves out that the running code belongs to. @internal */
  get bypass(): Bypass {
    return (this.#services.options.bypass && this.currentPage()?.bypass) ?? false
  }

  /** Counts the trips of the request that the running code belongs to. @internal */
  get tripCounter(): TripCounter | undefined {
    return this.currentPage()?.tripCounter
  }

  /** What was read ahead for the code that runs. @internal */
  get scope(): PreloadScopeState | undefined {
    return this.#scopes.getStore() ?? this.currentPage()?.scope
  }

  /** For a page that reads ahead, until it closes it. @internal */
  scopeOfPage(trips: TripCounter): PreloadScopeState {
    this.trackPages()
    const scope = new PreloadScopeState(this.#access, undefined, trips)
    this.#access.scopes.open(scope)
    return scope
  }

  /** Ends what was read ahead for a page. @internal */
  closeScope(scope: PreloadScopeState): void {
    this.#access.scopes.close(scope)
  }

  /** @throws OptionError @internal */
  wantedOf(keys: readonly (string | CachedKey)[]): Wanted[] {
    return readKeys(keys, this.#services.keyPrefix)
  }

  /** @throws ClosedError @internal */
  checkOpen(): void {
    this.#refuseClosed()
  }

  #refuseClosed(): void {
    if (this.#closing) throw new ClosedError('The cache')
  }
}

/**
 * Rejects at once where what is asked for is wrong. A store that fails must not end the process of whoever does not wait for the
 * promise: an event has said it, and it is tried on.
 */
function started(begin: () => Promise<void>): Promise<void> {
  try {
    const done = begin()
    done.catch(() => {})
    return done
  } catch (error) {
    return Promise.reject(error)
  }
}

function cachedHost(cache: FragmentCache, services: Services, values: ValueAccess): CachedHost {
  return {
    services,
    values,
    get scope() {
      return cache.scope
    },
    get page() {
      return cache.currentPage()
    },
    get bypass() {
      return cache.bypass
    },
    get untracked() {
      return cache.requests.untracked
    },
    get over() {
      return cache.requests.over
    },
    checkOpen: () => cache.checkOpen(),
    pending: (work) => cache.pending(work),
  }
}
