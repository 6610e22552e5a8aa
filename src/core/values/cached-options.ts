import { KeyPartError, OptionError } from '../../errors.ts'
import type { Duration } from '../../options/duration.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import { readSerializer, type Serializer, type SerializerName } from '../../serializers/serializer.ts'
import type { Expirations } from '../entry/lifetime.ts'
import { fragmentKey } from '../key/fragment-key.ts'
import { namesOf, problemOf } from '../tags/tag-versions.ts'
import type { CachedHost, CallRules } from './call.ts'
import type { CachedKey } from './found-value.ts'
import { cachedPrefix } from './value-key.ts'
import { ValueLifetime } from './value-lifetime.ts'

/** Options of `cached()`: how the results of a function are stored. */
export interface CachedOptions<Args extends readonly unknown[]> {
  /**
   * Returns the parts of the key of a call.
   * @defaultValue the arguments, which must have a stable form
   */
  readonly key?: ((...args: Args) => readonly unknown[] | unknown) | undefined
  /**
   * How long a result is fresh. `0`: it is not stored; `'forever'`: it does not expire.
   * @defaultValue the cache's `ttl`
   */
  readonly ttl?: Duration | undefined
  /**
   * Tags of a result, or a function of the arguments. `invalidate()` of one of them makes it
   * absent.
   * @defaultValue none
   */
  readonly tags?: readonly string[] | ((...args: Args) => readonly string[]) | undefined
  /**
   * Names of the cache's option `vary` that a result differs by, beside its key. Needs a request.
   * @defaultValue none
   */
  readonly vary?: readonly string[] | undefined
  /**
   * How long after its ttl a result is still returned, while the function runs again in the
   * background, or if it throws.
   * @defaultValue the cache's `staleWhileRevalidate` and `staleIfError`
   */
  readonly stale?: Duration | undefined
  /**
   * How results become bytes.
   * @defaultValue the cache's `values.serializer`
   */
  readonly serializer?: SerializerName | Serializer | undefined
}

const OPTIONS = ['key', 'ttl', 'tags', 'vary', 'stale', 'serializer']

/** The checked options of one cached function. */
export class CachedRules<Args extends unknown[]> implements CallRules<Args> {
  readonly name: string
  /** Names the function in a message. */
  readonly title: string
  readonly vary: readonly string[]
  readonly serializer: Serializer | undefined
  readonly #options: CachedOptions<Args>
  readonly #lifetime: ValueLifetime
  readonly #host: CachedHost

  /** @throws OptionError, DurationError */
  constructor(name: string, options: CachedOptions<Args>, host: CachedHost) {
    refuseWrong(name, options)
    this.name = name
    this.title = `the cached function "${name}"`
    this.#options = options
    this.#host = host
    const { services, values } = host
    const { serializer, vary = [] } = options
    this.vary = vary
    this.#lifetime = new ValueLifetime(options, this.title, services.options)
    this.serializer =
      serializer && values.codec.knows(readSerializer(serializer, `The serializer of ${this.title}`))
  }

  /** The begin of the keys of all calls. */
  get keyPrefix(): string {
    return fragmentKey(cachedPrefix(this.#host.services.keyPrefix), this.name, [])
  }

  /** Returns the key of a call. @throws KeyPartError, OptionError */
  keyOf(args: Args): CachedKey {
    const { name, key, tags } = this.callOf(args)
    return { name, key: key + this.#suffix(), tags }
  }

  /**
   * Returns the key within one request: without what differs by it. @throws KeyPartError,
   * OptionError
   */
  callOf(args: Args): CachedKey {
    const { key: keyOf, tags = [] } = this.#options
    const parts = keyOf ? keyOf(...args) : args
    const prefix = cachedPrefix(this.#host.services.keyPrefix)
    const list = Array.isArray(parts) ? parts : [parts]
    const key = fragmentKey(prefix, this.name, list, undefined, 'cached function')
    return { name: this.name, key, tags: this.#tagsOf(typeof tags === 'function' ? tags(...args) : tags) }
  }

  newEnds(): Expirations {
    return this.#lifetime.newEnds()
  }

  #suffix(): string {
    const { vary } = this
    if (vary.length === 0) return ''
    const { page } = this.#host
    if (page) return page.context.vary.suffixOfNames(vary, `The cached function "${this.name}"`)
    throw new KeyPartError(
      `The cached function "${this.name}" varies by ${vary.join(', ')}, which needs a request: call it while one is served.`,
    )
  }

  #tagsOf(tags: readonly string[]): readonly string[] {
    const problem = Array.isArray(tags) ? tags.map(problemOf).find(Boolean) : 'is not an array'
    if (problem)
      throw new OptionError(`A tag of the cached function "${this.name}" ${problem}: tags must be strings.`)
    return namesOf(tags)
  }
}

function refuseWrong(name: unknown, options: unknown): void {
  const usage =
    "cached(name, { key, ttl, tags }, fn), such as cached('feed', { ttl: '5m' }, (id) => db.feed(id))"
  if (typeof name !== 'string' || name === '')
    throw new OptionError(`${usage}: the name must be a string, which tells it from other functions.`)
  if (typeof options !== 'object' || options === null)
    throw new OptionError(`${usage}: the options of "${name}" are missing.`)
  refuseUnknownOptions('cached()', options, OPTIONS)
  const { key, vary = [] } = options as CachedOptions<never>
  if (key !== undefined && typeof key !== 'function')
    throw new OptionError(
      `cached(): the key of "${name}" must be a function of the arguments that returns the parts.`,
    )
  if (!Array.isArray(vary))
    throw new OptionError(`cached(): the vary of "${name}" must be an array of names, such as ['locale'].`)
}
