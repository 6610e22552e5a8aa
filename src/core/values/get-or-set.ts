import { OptionError } from '../../errors.ts'
import type { Duration } from '../../options/duration.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import { type Expirations, readGrace, readTtl, spread } from '../entry/lifetime.ts'
import type { Services } from '../services.ts'
import type { CachedHost, CachedKey } from './cached.ts'
import { CachedCalls } from './cached-calls.ts'
import type { CallRules } from './call.ts'
import type { SharedResult } from './call-runner.ts'
import { SharedRuns } from './run-registry.ts'
import { readTagList, type SetOptions } from './set-options.ts'
import { nameOf, valueKey } from './value-key.ts'

/** How a value is kept that is made where it is absent. */
export interface GetOrSetOptions extends SetOptions {
  /**
   * How long after its ttl the value is still given, at once, while the function runs again behind it; and given where it
   * throws. Default: the cache's `staleWhileRevalidate` and `staleIfError`.
   */
  readonly stale?: Duration | undefined
}

const USAGE =
  "getOrSet(key, { ttl, tags, stale }, fn), such as getOrSet('menu', { ttl: '5m' }, () => db.menu())"

/** Values that are made where they are absent: each is one call of a cached function, under the key of a value. */
export class ValueCalls {
  readonly #host: CachedHost
  readonly #shared: SharedRuns<SharedResult>

  constructor(host: CachedHost) {
    this.#host = host
    this.#shared = new SharedRuns(host.services.options.maxRender)
  }

  /** @throws OptionError, DurationError, and what `fn` throws */
  getOrSet<T>(key: string, options: GetOrSetOptions, fn: () => T): Promise<Awaited<T>> {
    if (typeof fn !== 'function') throw new OptionError(`${USAGE}: the function is missing.`)
    const rules = new ValueRules(key, options, this.#host.services)
    return new CachedCalls(rules, fn, this.#host, this.#shared).call(undefined, [])
  }
}

class ValueRules implements CallRules<[]> {
  readonly name: string
  readonly title: string
  readonly vary = []
  readonly serializer = undefined
  readonly #wanted: CachedKey
  readonly #ttl: number
  readonly #graces: { readonly revalidate: number; readonly onError: number }
  readonly #jitter: number

  constructor(key: string, options: GetOrSetOptions, { options: cache, keyPrefix }: Services) {
    if (typeof options !== 'object' || options === null)
      throw new OptionError(`${USAGE}: the options are missing.`)
    refuseUnknownOptions('getOrSet()', options, ['ttl', 'tags', 'stale'])
    const stored = valueKey(keyPrefix, key)
    this.name = nameOf(key)
    this.title = `the value "${key}"`
    const { ttl, tags, stale } = options
    this.#wanted = { name: this.name, key: stored, tags: readTagList(tags) }
    const own = ttl === undefined ? cache.ttl : readTtl(ttl, () => `The ttl of ${this.title}`)
    if (own === undefined)
      throw new OptionError(
        `${this.title} has no ttl: pass one, such as { ttl: '5m' }, or give the cache one.`,
      )
    this.#ttl = own
    const grace = stale === undefined ? undefined : readGrace(stale, () => `The stale of ${this.title}`)
    this.#graces = {
      revalidate: grace ?? cache.staleWhileRevalidate,
      onError: grace ?? cache.staleIfError,
    }
    this.#jitter = cache.jitter
  }

  keyOf(): CachedKey {
    return this.#wanted
  }

  callOf(): CachedKey {
    return this.#wanted
  }

  newEnds(): Expirations {
    const fresh = spread(this.#ttl, this.#jitter)
    return { fresh, revalidate: fresh + this.#graces.revalidate, onError: fresh + this.#graces.onError }
  }
}
