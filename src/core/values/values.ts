import { OptionError } from '../../errors.ts'
import type { Duration } from '../../options/duration.ts'
import { toMilliseconds } from '../../options/duration.ts'
import type { Entry } from '../entry/entry.ts'
import { lasting, readTtl } from '../entry/lifetime.ts'
import { skipsRead, skipsWrite } from '../page-context.ts'
import type { CachedHost } from './call.ts'
import type { FoundValue } from './found-value.ts'
import { type GetOrSetOptions, ValueCalls } from './get-or-set.ts'
import { Increments } from './increments.ts'
import { readKeyList, readSetOptions, type SetOptions } from './set-options.ts'
import type { NamedKey } from './value-access.ts'
import { allValues, keyOf, keysUnder, nameOf, valueKey } from './value-key.ts'
import { ValueListing } from './value-listing.ts'
import type { ValueStats } from './value-stats.ts'

/**
 * Values under your own keys, beside the fragments in the same store. A failure of the store never
 * throws from a read: the value is absent, and an event reports it. A write returns whether it was
 * stored.
 */
export class Values {
  readonly #host: CachedHost
  readonly #listing: ValueListing
  readonly #increments: Increments
  readonly #calls: ValueCalls

  /** @internal */
  constructor(host: CachedHost) {
    const { services, values } = host
    this.#host = host
    this.#listing = new ValueListing(services, values)
    this.#increments = new Increments(services, values)
    this.#calls = new ValueCalls(host)
  }

  /**
   * Returns the value of a key; undefined if it is absent.
   * @example const menu = await cache.values.get('menu')
   * @throws OptionError for a wrong key
   */
  async get<T = unknown>(key: string): Promise<T | undefined> {
    const [value] = await this.getMany<T>([key])
    return value
  }

  /**
   * Returns the values of keys, in their order, in one round trip; undefined for absent ones.
   * @throws OptionError
   */
  async getMany<T = unknown>(keys: readonly string[]): Promise<(T | undefined)[]> {
    const found = await this.#find(keys)
    const values = found.map((one) => one && this.#host.values.valueOf(one))
    return Promise.all(values) as Promise<(T | undefined)[]>
  }

  /** Returns true if a key has a value. @throws OptionError */
  async has(key: string): Promise<boolean> {
    const [found] = await this.#find([key])
    return found?.isFresh === true
  }

  /**
   * Returns the value of a key; if it is absent, the result of a function, which is stored. The
   * function runs once at a time for each key, and other calls wait for it. If it throws, or
   * returns undefined, nothing is stored. What is rendered from the result takes over its tags and
   * its lifetime, as of a cached function.
   *
   * @example await cache.values.getOrSet('menu', { ttl: '5m', tags: ['menu'] }, () => db.menu())
   * @throws OptionError, DurationError, and what the function throws; never an error of the store
   */
  async getOrSet<T>(key: string, options: GetOrSetOptions, fn: () => T): Promise<Awaited<T>> {
    const { dependencies, time } = this.#host.services
    dependencies.start(time.now())
    return this.#calls.getOrSet(key, options, fn)
  }

  /**
   * Stores a value: anything that the serializer takes, also `null`.
   * @example await cache.values.set('menu', menu, { ttl: '5m', tags: ['menu'] })
   * @returns true if it was stored; otherwise the old value is deleted, and an event reports why
   * @throws OptionError, DurationError, and what the serializer throws
   */
  async set(key: string, value: unknown, options?: SetOptions): Promise<boolean> {
    const [stored] = await this.setMany([[key, value]], options)
    return stored as boolean
  }

  /**
   * Stores values, in one round trip.
   * @param entries an object, a Map, or an array of pairs
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
    const values = pairs.map(([key, value]) => ({ ...this.#named(key), value }))
    const ownTtl = this.#ttlOf(ttl)
    pairs.forEach(([key, value]) => {
      if (value === undefined)
        throw new OptionError(
          `The value of "${key}" is undefined, which is what absent means: delete() it, or set null.`,
        )
      if (value instanceof Promise)
        throw new OptionError(`The value of "${key}" is a Promise: await it before it is set.`)
    })
    if (values.length === 0) return []
    if (skipsWrite(this.#host.bypass)) return values.map(() => false)
    if (ownTtl > 0) return this.#host.values.set(values, ownTtl, tags)
    await this.#host.values.delete(unique(values))
    return values.map(() => false)
  }

  /**
   * Deletes a value. Once it has resolved, no process reads the old value.
   * @throws OptionError, and StoreError if the store has not applied it in time; it is retried
   */
  delete(key: string): Promise<void> {
    return this.deleteMany([key])
  }

  /** Deletes values, in one round trip. @throws as `delete` */
  async deleteMany(keys: readonly string[]): Promise<void> {
    this.#host.checkOpen()
    const named = unique(this.#namedKeys(keys))
    if (named.length > 0) await this.#host.values.delete(named)
  }

  /**
   * Gives a value another ttl from now on.
   * @returns false if it is absent, or was not stored
   * @throws OptionError, DurationError
   */
  async touch(key: string, ttl: Duration): Promise<boolean> {
    const [touched] = await this.touchMany([key], ttl)
    return touched as boolean
  }

  /** Gives values another ttl from now on, in two round trips. @throws as `touch` */
  async touchMany(keys: readonly string[], ttl: Duration): Promise<boolean[]> {
    this.#host.checkOpen()
    const fresh = this.#ttlOf(ttl)
    if (fresh === 0)
      throw new OptionError('The ttl of touch() must be above 0: to remove a value, delete() it.')
    const all = this.#namedKeys(keys).map(({ key }) => key)
    if (skipsWrite(this.#host.bypass)) return all.map(() => false)
    // A copy may be older than what is stored, which must have the same stamp.
    const { services, values } = this.#host
    services.store.dropCopies(all)
    const found = await values.read(all.map((key) => ({ key, tags: [] })))
    const there = found.filter(({ isFresh }) => isFresh)
    const stored = await values.write(
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
   * Adds to a number, atomically for all processes. An absent number begins at 0. The option
   * `bypass` does not apply: a counter, such as of a rate limit, is no cached content.
   * @example const count = await cache.values.increment(`logins:${ip}`, 1, { ttl: '1m' })
   * @param ttl of a new number; later calls do not extend it
   * @returns the new number
   * @throws OptionError if the store cannot do it, or the value is not a number; StoreError
   */
  async increment(key: string, by = 1, { ttl }: Pick<SetOptions, 'ttl'> = {}): Promise<number> {
    this.#host.checkOpen()
    const { services, values } = this.#host
    if (!services.store.capabilities.conditional) {
      throw new OptionError(
        'increment() needs a store that can write on a condition (capabilities.conditional): with this one, two processes would lose counts.',
      )
    }
    if (!Number.isFinite(by))
      throw new OptionError(`The amount of increment() must be a number, not ${String(by)}.`)
    const named = this.#named(key)
    const lifetime = this.#ttlOf(ttl)
    if (lifetime === 0) throw new OptionError('The ttl of increment() must be above 0.')
    const { sum, body, written } = await this.#increments.add(key, named.key, by, lifetime)
    values.wrote(named.key, body, named.name, written)
    return sum
  }

  /**
   * Removes all values, or those under a prefix: `clear('a')` removes `a` and `a:1`, not `ab`.
   * Results of cached functions stay; see their `clear()`. Once it has resolved, no process reads
   * the old values, and no `getOrSet` that began before stores one. Takes as long as {@link
   * FragmentCache.clear}; for what changes often use tags.
   * @throws OptionError, StoreError
   */
  async clear(prefix?: string): Promise<void> {
    this.#host.checkOpen()
    const { services, values } = this.#host
    if (prefix === undefined) return values.clear(allValues(services.keyPrefix))
    const under = keysUnder(services.keyPrefix, prefix)
    await this.deleteMany([prefix])
    await values.clear(under)
  }

  /**
   * Lists the keys of values, or those under a prefix (`keys('a')`: `a` and `a:1`, not `ab`), in no
   * order. On Redis by SCAN. A segment of over 1,024 characters is listed as its digest, by which
   * no value is found.
   * @example for await (const key of cache.values.keys('session')) console.log(key)
   * @throws StoreError if the store cannot list keys
   */
  async *keys(prefix?: string): AsyncGenerator<string, void, void> {
    this.#host.checkOpen()
    const { keyPrefix } = this.#host.services
    const begin = prefix === undefined ? allValues(keyPrefix) : valueKey(keyPrefix, prefix)
    const under = prefix === undefined ? begin : keysUnder(keyPrefix, prefix)
    const isUnder = (key: string) => key === begin || key.startsWith(under)
    for await (const key of this.#listing.keys(begin, isUnder)) yield keyOf(keyPrefix, key)
  }

  /**
   * Removes expired values, and results of cached functions. Stores do so by themselves, but keep
   * short-lived ones for `maxRender`.
   * @returns the number of removed values
   * @throws DurationError, StoreError if the store cannot list keys
   */
  async cleanExpired({
    olderThan = 0,
  }: {
    /** Removes only what expired at least this long ago. @defaultValue 0 */
    olderThan?: Duration
  } = {}): Promise<number> {
    this.#host.checkOpen()
    return this.#listing.removeExpired(olderThan === 0 ? 0 : toMilliseconds(olderThan, 'olderThan'))
  }

  /**
   * Counts of reads and writes since the process began, in all and by name (the first segment of a
   * key).
   */
  get stats(): ValueStats {
    return this.#host.values.counter.stats
  }

  /** Looks up keys. @returns undefined for each if the request does not read what is stored */
  async #find(keys: readonly string[]): Promise<(FoundValue | undefined)[]> {
    this.#host.checkOpen()
    const named = this.#namedKeys(keys)
    const { values, bypass } = this.#host
    if (!skipsRead(bypass)) return values.find(named)
    for (const { name } of named) values.counter.count(name, 'misses')
    return keys.map(() => undefined)
  }

  /** @throws OptionError */
  #named(key: string): NamedKey {
    return { key: valueKey(this.#host.services.keyPrefix, key), name: nameOf(key) }
  }

  /** @throws OptionError */
  #namedKeys(keys: readonly string[]): NamedKey[] {
    return readKeyList(keys).map((key) => this.#named(key as string))
  }

  #ttlOf(ttl: unknown): number {
    const of = ttl ?? this.#host.services.options.ttl
    if (of === undefined)
      throw new OptionError("The value has no ttl: pass one, such as { ttl: '5m' }, or give the cache one.")
    return ttl === undefined ? (of as number) : readTtl(ttl, () => 'The ttl of the value')
  }
}

/** Returns keys, each once. */
function unique(keys: readonly NamedKey[]): NamedKey[] {
  return [...new Map(keys.map((named) => [named.key, named])).values()]
}

function isIterable(value: object): value is Iterable<readonly [string, unknown]> {
  return Symbol.iterator in value
}
