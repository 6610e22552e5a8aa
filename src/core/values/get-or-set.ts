import { OptionError } from '../../errors.ts'
import type { Duration } from '../../options/duration.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import type { Expirations } from '../entry/lifetime.ts'
import type { Services } from '../services.ts'
import { CachedCalls } from './cached-calls.ts'
import type { CachedHost, CallRules } from './call.ts'
import type { SharedResult } from './call-runner.ts'
import type { CachedKey } from './found-value.ts'
import { SharedRuns } from './run-registry.ts'
import { readTagList, type SetOptions } from './set-options.ts'
import { nameOf, valueKey } from './value-key.ts'
import { ValueLifetime } from './value-lifetime.ts'

/** Options of `getOrSet()`. */
export interface GetOrSetOptions extends SetOptions {
  /**
   * How long after its ttl the value is still returned, while the function runs again in the
   * background, or if it throws.
   * @defaultValue the cache's `staleWhileRevalidate` and `staleIfError`
   */
  readonly stale?: Duration | undefined
}

const USAGE =
  "getOrSet(key, { ttl, tags, stale }, fn), such as getOrSet('menu', { ttl: '5m' }, () => db.menu())"

/** `getOrSet()`: each is one call of a cached function, under the key of a value. */
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
  readonly #lifetime: ValueLifetime

  constructor(key: string, options: GetOrSetOptions, { options: cache, keyPrefix }: Services) {
    if (typeof options !== 'object' || options === null)
      throw new OptionError(`${USAGE}: the options are missing.`)
    refuseUnknownOptions('getOrSet()', options, ['ttl', 'tags', 'stale'])
    const stored = valueKey(keyPrefix, key)
    this.name = nameOf(key)
    this.title = `the value "${key}"`
    this.#wanted = { name: this.name, key: stored, tags: readTagList(options.tags) }
    this.#lifetime = new ValueLifetime(options, this.title, cache)
  }

  keyOf(): CachedKey {
    return this.#wanted
  }

  callOf(): CachedKey {
    return this.#wanted
  }

  newEnds(): Expirations {
    return this.#lifetime.newEnds()
  }
}
