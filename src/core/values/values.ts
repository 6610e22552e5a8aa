import { messageOf, OptionError, StoreError } from '../../errors.ts'
import type { Duration } from '../../options/duration.ts'
import { toMilliseconds } from '../../options/duration.ts'
import type { Entry } from '../entry/entry.ts'
import { lasting, readTtl } from '../entry/lifetime.ts'
import type { Bypass } from '../options/cache-options.ts'
import { skipsRead, skipsWrite } from '../page/bypass.ts'
import type { Services } from '../services.ts'
import type { TripCounter } from '../store-access/trip-counter.ts'
import { ensureVersions, newReadContext, readKeys } from '../tags/read-keys.ts'
import type { TagVersion } from '../tags/tag-versions.ts'
import type { CachedHost } from './cached.ts'
import type { FoundValue, Written } from './found-value.ts'
import { type GetOrSetOptions, ValueCalls } from './get-or-set.ts'
import { Increments } from './increments.ts'
import type { PreloadScopeState } from './preload-scope.ts'
import { Scopes } from './preload-scopes.ts'
import { readKeyList, readSetOptions, type SetOptions } from './set-options.ts'
import type { ValueCodec } from './value-codec.ts'
import { allValues, keyOf, keysUnder, nameOf, valueKey } from './value-key.ts'
import { ValueListing } from './value-listing.ts'
import { ValueReader } from './value-reader.ts'
import { ValueCounter, type ValueStats } from './value-stats.ts'
import { ValueWriter } from './value-writer.ts'

/** What values need of their cache. */
export interface ValueHost {
  /** What was read ahead for the code that runs. */
  readonly scope: PreloadScopeState | undefined
  /** What of the store the request leaves out that the running code belongs to. */
  readonly bypass: Bypass
  /** Of the page of that request. */
  readonly tripCounter: TripCounter | undefined
  /** For values that are made where they are absent. */
  readonly cachedHost: CachedHost
  /** @throws ClosedError */
  checkOpen(): void
}

/**
 * Values under keys of your own, beside the fragments in the same store. No failure of the store throws from a read: what
 * cannot be read is absent, and an event says so. A write says whether it was stored.
 */
export class Values {
  readonly #services: Services
  readonly #host: ValueHost
  /** @internal */
  readonly codec: ValueCodec
  /** @internal */
  readonly reader: ValueReader
  /** @internal */
  readonly writer: ValueWriter
  /** @internal */
  readonly counter = new ValueCounter()
  /** @internal */
  readonly scopes: Scopes
  readonly #listing: ValueListing
  readonly #increments: Increments
  #calls: ValueCalls | undefined

  /** @internal */
  constructor(services: Services, codec: ValueCodec, host: ValueHost) {
    this.#services = services
    this.codec = codec
    this.#host = host
    this.reader = new ValueReader(services, () => host.tripCounter)
    this.writer = new ValueWriter(services)
    this.scopes = new Scopes(() => host.scope, services.time)
    this.#listing = new ValueListing(services, this.reader)
    this.#increments = new Increments(services, codec, this.reader, this.writer)
  }

  /** The value of a key; `undefined` where it is absent. @throws OptionError for what is no key */
  async get<T = unknown>(key: string): Promise<T | undefined> {
    const [value] = await this.getMany<T>([key])
    return value
  }

  /** The values of keys, in their order, in one round trip; `undefined` for those that are absent. @throws OptionError */
  async getMany<T = unknown>(keys: readonly string[]): Promise<(T | undefined)[]> {
    const found = await this.#find(keys)
    return Promise.all(found.map((one) => this.#valueOf(one))) as Promise<(T | undefined)[]>
  }

  /** Whether a key has a value. @throws OptionError */
  async has(key: string): Promise<boolean> {
    const [found] = await this.#find([key])
    return found?.isFresh === true
  }

  /**
   * Returns the value of a key; where it is absent, what a function gives, which is kept. The function runs once at a time for
   * each key, others wait for it; what it throws is thrown, and nothing is kept then, nor where it gives `undefined`. A
   * failure of the store never throws. A result counts for what is made of it, as that of a cached function does.
   *
   * @example await cache.values.getOrSet('menu', { ttl: '5m', tags: ['menu'] }, () => db.menu())
   * @throws OptionError, DurationError, and what the function throws
   */
  async getOrSet<T>(key: string, options: GetOrSetOptions, fn: () => T): Promise<Awaited<T>> {
    const { dependencies, time } = this.#services
    dependencies.start(time.now())
    this.#calls ??= new ValueCalls(this.#host.cachedHost)
    return this.#calls.getOrSet(key, options, fn)
  }

  /**
   * Keeps a value: what the serializer takes, `null` too.
   * @returns whether it was stored; where not, what was there before is deleted, and an event says why
   * @throws OptionError, DurationError; what the serializer throws for the value
   */
  async set(key: string, value: unknown, options?: SetOptions): Promise<boolean> {
    const [stored] = await this.setMany([[key, value]], options)
    return stored as boolean
  }

  /**
   * Keeps values, in one round trip.
   * @param entries an object, a Map, or a list of pairs
   * @returns for each, in order, whether it was stored
   * @throws as `set`
   */
  async setMany(
    entries: Readonly<Record<string, unknown>> | Iterable<readonly [string, unknown]>,
    options: SetOptions = {},
  ): Promise<boolean[]> {
    this.#host.checkOpen()
    const { ttl, tags } = readSetOptions(options)
    const pairs = [...(isIterable(entries) ? entries : Object.entries(entries))]
    const keys = pairs.map(([key]) => this.#keyOf(key))
    const fresh = this.#ttlOf(ttl)
    pairs.forEach(([key, value]) => {
      if (value === undefined)
        throw new OptionError(
          `The value of "${key}" is undefined, which is what absent means: delete() it, or set null.`,
        )
      if (value instanceof Promise)
        throw new OptionError(`The value of "${key}" is a Promise: await it before it is set.`)
    })
    if (pairs.length === 0) return []
    if (skipsWrite(this.#host.bypass)) return pairs.map(() => false)
    if (fresh === 0) {
      await this.deleteMany(pairs.map(([key]) => key))
      return pairs.map(() => false)
    }
    const begun = this.#services.time.now()
    const bodies = await Promise.all(pairs.map(([, value]) => this.codec.encode(value)))
    const versions = await this.#versionsOf(tags)
    if (!versions) return pairs.map(() => false)
    const values = bodies.map((body, n) => {
      return { key: keys[n] as string, body, ends: lasting(fresh), cost: 0, tags: versions }
    })
    const stored = await this.writer.write(values, 'set')
    const written = { tags: versions, until: lasting(this.#services.store.now() + fresh) }
    values.forEach(({ key, body }, n) => {
      const isThere = stored[n] === true && !this.scopes.changedSince(begun, key, versions)
      if (isThere) this.wrote(key, body, nameOf(pairs[n]?.[0] as string), written)
      else this.scopes.changed(key)
    })
    await this.#removeOld(keys.filter((_, n) => stored[n] !== true))
    return stored.map((one) => one === true)
  }

  /** What was to be replaced, and was not, is not read any more. Never rejects: it is tried until it is done. */
  async #removeOld(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return
    const { store, options } = this.#services
    const stamps = keys.map((key) => ({ key, kind: 'deleted', ttl: options.maxRender }) as const)
    await store.stamp(stamps, 'set').catch(() => {})
  }

  /**
   * Deletes a value. Once it has resolved, nobody reads what was there before, on any process.
   * @throws OptionError, and StoreError if the store has not applied it in time: it is tried until it is
   */
  delete(key: string): Promise<void> {
    return this.deleteMany([key])
  }

  /** Deletes values, in one round trip. @throws as `delete` */
  async deleteMany(keys: readonly string[]): Promise<void> {
    this.#host.checkOpen()
    const stored = [...new Set(this.#keysOf(keys))]
    if (stored.length === 0) return
    const { store, options } = this.#services
    try {
      await store.stamp(
        stored.map((key) => ({ key, kind: 'deleted', ttl: options.maxRender })),
        'delete',
      )
    } finally {
      for (const key of stored) this.scopes.changed(key)
    }
    const { events } = this.#services
    if (!events.heard) return
    for (const key of stored)
      events.emit({ type: 'delete', key, name: nameOf(keyOf(this.#services.keyPrefix, key)) })
  }

  /** Gives a value another ttl, from now on. @returns false: it is absent, or was not stored. @throws OptionError, DurationError */
  async touch(key: string, ttl: Duration): Promise<boolean> {
    const [touched] = await this.touchMany([key], ttl)
    return touched as boolean
  }

  /** Gives values another ttl, from now on, in two round trips. @throws OptionError, DurationError */
  async touchMany(keys: readonly string[], ttl: Duration): Promise<boolean[]> {
    this.#host.checkOpen()
    const fresh = this.#ttlOf(ttl)
    if (fresh === 0) throw new OptionError('touch() lengthens or shortens a life: to end it, delete().')
    const all = this.#keysOf(keys)
    if (skipsWrite(this.#host.bypass)) return all.map(() => false)
    // A copy may be older than what is stored, which is written only where it is as it was read.
    this.#services.store.dropCopies(all)
    const found = await this.reader.read(all.map((key) => ({ key, tags: [] })))
    const there = found.filter(({ isFresh }) => isFresh)
    const stored = await this.writer.write(
      there.map(({ key, entry, stamp, madeWith }) => ({
        key,
        body: (entry as Entry).body,
        ends: lasting(fresh),
        cost: 0,
        tags: madeWith,
        ifStamp: stamp as Buffer,
      })),
      'touch',
    )
    const touched = new Set(there.filter((_, n) => stored[n] === true).map(({ key }) => key))
    return found.map(({ key }) => touched.has(key))
  }

  /**
   * Adds to a number, in one step for all processes. Where there is none, it begins at 0. It counts whatever the option `bypass`
   * says: it is an action of the site, such as a limit of requests, and no cached content.
   * @param ttl of a number that begins; later ones keep its end
   * @returns the new number
   * @throws OptionError where the store cannot do that, or the value is no number; StoreError
   */
  async increment(key: string, context = 1, { ttl }: Pick<SetOptions, 'ttl'> = {}): Promise<number> {
    this.#host.checkOpen()
    const { options } = this.#services
    if (!options.store.capabilities.conditional) {
      throw new OptionError(
        'increment() needs a store that can write on a condition (capabilities.conditional): with this one, two processes would lose counts.',
      )
    }
    if (!Number.isFinite(context)) throw new OptionError(`increment() adds a number, not ${String(context)}.`)
    const stored = this.#keyOf(key)
    const lifetime = this.#ttlOf(ttl)
    if (lifetime === 0) throw new OptionError('increment() needs a ttl above 0.')
    const { sum, body, written } = await this.#increments.add(key, stored, context, lifetime)
    this.wrote(stored, body, nameOf(key), written)
    return sum
  }

  /**
   * Removes all values, or those under a prefix: `clear('a')` removes `a` and `a:1`, not `ab`. Results of cached functions
   * stay; see their `clear()`. Once it has resolved nobody reads what was there before, and no `getOrSet` that began before
   * brings it back. It takes as long as {@link FragmentCache.clear}; for what changes often use tags.
   * @throws OptionError, StoreError
   */
  async clear(prefix?: string): Promise<void> {
    this.#host.checkOpen()
    const { keyPrefix } = this.#services
    if (prefix === undefined) return this.clearStored(allValues(keyPrefix))
    const under = keysUnder(keyPrefix, prefix)
    await this.deleteMany([prefix])
    await this.clearStored(under)
  }

  /** Removes all that begins so, from the store and from what was read ahead. @param name for the event @internal */
  async clearStored(prefix: string, name?: string): Promise<void> {
    try {
      await this.#services.clears.clear(prefix)
    } finally {
      this.scopes.forget(prefix)
    }
    this.#services.events.emit({ type: 'clear', prefix, name })
  }

  /**
   * The keys of values, or of those under a prefix (`keys('a')`: `a` and `a:1`, not `ab`), in no order. On Redis by SCAN.
   * A segment of over 1,024 characters is listed as its digest, by which no value is found.
   * @throws StoreError where the store cannot list keys
   */
  async *keys(prefix?: string): AsyncGenerator<string, void, void> {
    this.#host.checkOpen()
    const { keyPrefix } = this.#services
    const begin = prefix === undefined ? allValues(keyPrefix) : this.#keyOf(prefix)
    const under = prefix === undefined ? begin : keysUnder(keyPrefix, prefix)
    const isUnder = (key: string) => key === begin || key.startsWith(under)
    for await (const key of this.#listing.keys(begin, isUnder)) yield keyOf(keyPrefix, key)
  }

  /**
   * Removes values, and results of cached functions, whose time has passed. Stores do so by themselves; what had a short life
   * is kept for `maxRender`, and this removes it at once.
   * @param olderThan only what ended at least so long ago. Default: 0
   * @returns how many
   * @throws DurationError, StoreError where the store cannot list keys
   */
  async cleanExpired({ olderThan = 0 }: { olderThan?: Duration } = {}): Promise<number> {
    this.#host.checkOpen()
    return this.#listing.removeExpired(olderThan === 0 ? 0 : toMilliseconds(olderThan, 'olderThan'))
  }

  /** What was asked for since the process began: in all, and by name (what stands before the first `:` of a key). */
  get stats(): ValueStats {
    return this.counter.stats
  }

  /**
   * Reads keys: each once, and none that was read ahead. Counts.
   * @returns for each what was found; undefined where the request does not read what is stored
   */
  async #find(keys: readonly string[]): Promise<(FoundValue | undefined)[]> {
    this.#host.checkOpen()
    const stored = this.#keysOf(keys)
    if (skipsRead(this.#host.bypass)) {
      for (const key of keys) this.counter.count(nameOf(key), 'misses')
      return keys.map(() => undefined)
    }
    const scope = this.scopes.current
    const ahead = await Promise.all(stored.map((key) => scope?.find(key)))
    const missing = [...new Set(stored.filter((_, n) => !ahead[n]))]
    const read = missing.length > 0 ? await this.reader.read(missing.map((key) => ({ key, tags: [] }))) : []
    const byKey = new Map(read.map((found) => [found.key, found]))
    return stored.map((key, n) => {
      const found = (ahead[n] ?? byKey.get(key)) as FoundValue
      this.counter.count(
        nameOf(keys[n] as string),
        !found.isFresh ? 'misses' : ahead[n] ? 'preloadHits' : 'hits',
      )
      return found
    })
  }

  async #valueOf(found: FoundValue | undefined): Promise<unknown> {
    if (!found?.isFresh) return undefined
    const { body, stamp } = found.entry as Entry
    try {
      return await this.codec.decode(body, stamp)
    } catch (cause) {
      this.unreadable(found.key, cause)
      return undefined
    }
  }

  /** What stands at a key cannot be read: it is as if nothing did. @internal */
  unreadable(key: string, cause: unknown): void {
    const error = new StoreError(`A value cannot be read: ${messageOf(cause)}`, { cause })
    this.#services.events.emit({ type: 'error', error, during: 'read value', keys: [key] })
  }

  /** This process has written a value. @internal */
  wrote(key: string, body: Buffer, name: string, written: Written): void {
    this.counter.count(name, 'writes')
    this.scopes.wrote(key, body, written)
  }

  #keyOf(key: unknown): string {
    return valueKey(this.#services.keyPrefix, key)
  }

  #keysOf(keys: readonly unknown[]): string[] {
    return readKeyList(keys).map((key) => this.#keyOf(key))
  }

  #ttlOf(ttl: unknown): number {
    const of = ttl ?? this.#services.options.ttl
    if (of === undefined)
      throw new OptionError("The value has no ttl: pass one, such as { ttl: '5m' }, or give the cache one.")
    return ttl === undefined ? (of as number) : readTtl(ttl, () => 'The ttl of the value')
  }

  /** The versions of tags as they are now, made where they are absent. `undefined`: the store could not say. */
  async #versionsOf(tags: readonly string[]): Promise<TagVersion[] | undefined> {
    if (tags.length === 0) return []
    const context = newReadContext(this.#services, this.#host.tripCounter)
    const list = [...new Set(tags)]
    await readKeys([], list, context, this.#services)
    await ensureVersions(list, context, this.#services)
    const versions = list.map((tag) => [tag, context.versions.kept(tag)] as const)
    return versions.every(([, version]) => Buffer.isBuffer(version)) ? (versions as TagVersion[]) : undefined
  }
}

function isIterable(value: object): value is Iterable<readonly [string, unknown]> {
  return Symbol.iterator in value
}
