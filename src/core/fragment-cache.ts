import { type Clock, processClock } from '../clock.ts'
import { CacheHost } from './cache-host.ts'
import { closeServices, createServices } from './create-services.ts'
import { InspectableCache } from './inspectable-cache.ts'
import { fragmentKey } from './key/fragment-key.ts'
import type { FragmentCacheOptions } from './options/cache-options.ts'
import { resolveOptions } from './options/resolve-cache-options.ts'
import { Page } from './page/page.ts'
import type { RenderResult } from './page/render-result.ts'
import { StartedAt } from './page/started-at.ts'
import type { OpenOptions } from './page-context.ts'
import type { Services } from './services.ts'
import { deleteFragment, invalidateTags } from './tags/invalidate.ts'
import {
  type ClearedFragment,
  type FragmentId,
  readCleared,
  readId,
  refuseWrong,
} from './tags/invalidation-arguments.ts'
import { started } from './tags/started.ts'
import { namesOf } from './tags/tag-versions.ts'
import type { CachedFunction } from './values/cached.ts'
import type { CachedMember } from './values/cached-member.ts'
import type { CachedOptions } from './values/cached-options.ts'
import type { CachedKey } from './values/found-value.ts'
import { type PreloadScope, refuseWrongPreload } from './values/preload-scope.ts'
import type { Values } from './values/values.ts'

/**
 * The cache. It needs no web framework: `render` gives a page, and stores what it missed.
 *
 * @example
 * const engine = nunjucksEngine({ root: 'views' })
 * const cache = new FragmentCache({ store: memoryStore(), engine, ttl: '5m' })
 * const { body } = await cache.render('home.njk', { films })
 */
export class FragmentCache extends InspectableCache {
  readonly #services: Services
  /** @internal */
  readonly host: CacheHost<Page>
  readonly #startedAt: StartedAt
  #closing: Promise<void> | undefined

  /** @throws OptionError, DurationError */
  constructor(options: FragmentCacheOptions)
  /** @internal */
  constructor(options: FragmentCacheOptions, time: Clock)
  constructor(options: FragmentCacheOptions, time = processClock) {
    const services = createServices(resolveOptions(options), time)
    const host = new CacheHost<Page>(services)
    super(host)
    this.#services = services
    this.host = host
    this.#startedAt = new StartedAt(time, services.options.maxRender)
  }

  /**
   * Renders a template as a page of its own. Its misses are written back when the promise has
   * resolved.
   *
   * @example const { body } = await cache.render('mail.njk', { order })
   * @throws what the template throws. Never an error of the store
   */
  async render(template: string, data?: object, options?: OpenOptions): Promise<RenderResult> {
    const page = this.open(options)
    const result = await page.render(template, data)
    this.storeLater(page)
    return result
  }

  /**
   * Opens the page of one request, whose misses its `writeBack()` stores.
   * @example const page = cache.open({ request, response })
   * @throws ClosedError
   */
  open(options: OpenOptions = {}): Page {
    const { startedAt, begun = startedAt === undefined ? this.now : this.#startedAt.of(startedAt) } = options
    this.host.checkOpen()
    return new Page(this, this.host, begun, options)
  }

  /** A time for `begun`. @internal */
  get now(): number {
    return this.#services.time.now()
  }

  /**
   * Deletes a fragment, wherever it stands. Once it has resolved, no page that begins shows what
   * was cached before, and no render that began before brings it back. It reaches that one entry.
   *
   * @example await cache.delete('card', film.id)
   * @throws KeyPartError, and StoreError if the store cannot be reached: the entry may still be
   * there then
   */
  delete(fragment: string | FragmentId, ...parts: unknown[]): Promise<void> {
    return started(() => {
      this.host.checkOpen()
      return deleteFragment(readId(fragment, parts), this.#services)
    })
  }

  /**
   * Invalidates every fragment that has one of these tags, and those around it, in one trip
   * whatever it covers. Once it has resolved no page that begins shows what was cached before, on
   * any process.
   *
   * @example await cache.invalidate('films', `film:${film.id}`)
   * @throws OptionError, and StoreError if the store has not applied it: entries may still be
   * served then
   */
  invalidate(...tags: string[]): Promise<void> {
    return started(() => {
      this.host.checkOpen()
      refuseWrong(tags)
      return tags.length > 0 ? this.#invalidate(namesOf(tags)) : Promise.resolve()
    })
  }

  async #invalidate(tags: readonly string[]): Promise<void> {
    try {
      await invalidateTags(tags, this.#services)
    } finally {
      this.host.values.scopes.invalidated(tags)
    }
    void this.host.pending(this.refreshInvalidated(tags))
  }

  /**
   * Removes everything that this cache has stored (fragments, results of cached functions, values),
   * or all entries of one fragment, whatever their parts and `vary`. Once it has resolved, no page
   * that begins shows what was cached before, and no render that began before brings it back. Walks
   * through the keys of the store, and takes some seconds where other processes share it; for what
   * changes often use tags.
   *
   * @example await cache.clear({ name: 'card' })
   * @throws OptionError, and StoreError if the store cannot do it: entries may still be there then
   */
  async clear(fragment?: ClearedFragment): Promise<void> {
    this.host.checkOpen()
    const { keyPrefix, clears, events } = this.#services
    const name = readCleared(fragment)
    const prefix = name === undefined ? keyPrefix : fragmentKey(keyPrefix, name, [])
    try {
      await clears.clear(prefix)
    } finally {
      if (name === undefined) this.host.values.scopes.forget(keyPrefix)
    }
    events.emit({ type: 'clear', prefix, name })
  }

  /**
   * Waits for a promise, such as that of a database's transaction, and then invalidates. A page
   * that has read the old row before the commit is not served as fresh after it. If the promise
   * rejects nothing is invalidated.
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
   * Keeps the results of a function in the store: by its arguments, with tags, staleness and
   * single-flight as fragments have them. Without a function it is a decorator for a method or a
   * getter, whose `key` is given the instance.
   *
   * @param name tells it from other functions; it is part of the key
   * @example
   * const options = { key: (note) => [note.id, note.version], ttl: '1d' }
   * const noteHtml = cache.cached('note-html', options, render)
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
    this.host.checkOpen()
    return this.host.cached(name, options, fn)
  }

  /**
   * Reads keys ahead, in one round trip, and runs a function: in it, and in all that it starts,
   * their values cost no further round trip.
   * @example await cache.preload(['menu'], () => cache.values.get('menu'))
   * @param keys keys of `values`, and `key(...)` of cached functions
   * @param fn is given the scope, whose `run` brings a callback back into it that has lost it
   * @returns what the function gives
   * @throws what the function throws, OptionError. Never an error of the store
   */
  async preload<T>(
    keys: readonly (string | CachedKey)[],
    fn: (scope: PreloadScope) => T | Promise<T>,
  ): Promise<T> {
    this.host.checkOpen()
    refuseWrongPreload(keys, fn)
    return this.host.preload(this.host.wantedOf(keys), fn)
  }

  /** Values under keys of your own, in the same store. */
  get values(): Values {
    // Their trips count for the page of the request that reads them.
    this.trackPages()
    return this.host.publicValues
  }

  /** Resolves when no write-back is in progress, for tests. */
  settled(): Promise<void> {
    return this.host.settled()
  }

  /**
   * Waits for write-backs and clears that are under way, at most `closeTimeout`, and closes the
   * store. A second call waits for the first.
   */
  close(): Promise<void> {
    this.host.closed = true
    this.#closing ??= closeServices(this.#services, this.settled())
    return this.#closing
  }

  /**
   * Tracks from now on which page the running code belongs to, with an AsyncLocalStorage, which
   * costs something for each request. `installCache` calls it.
   * @returns a function that returns the page of the running code's request; undefined outside of a
   * request, and where that is over
   */
  trackPages(): () => Page | undefined {
    const { requests } = this.host
    requests.track()
    return () => requests.servedPage
  }

  /**
   * Opens a page for what is rendered outside of the context of a request, or in that of one that
   * is over. While requests are served it may belong to one of them, so that nothing of it is
   * stored; a warning says so once. `installCache` calls it.
   *
   * @param template for the warning
   * @throws ClosedError
   */
  openOutside(template: string): Page {
    const { unknown } = this.host.requests
    if (unknown) this.host.warnOfUnknown(template)
    return this.open({ unknown })
  }
}
