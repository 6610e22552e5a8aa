import { KeyPartError, OptionError } from '../../errors.ts'
import type { Duration } from '../../options/duration.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import { readSerializer, type Serializer, type SerializerName } from '../../serializers/serializer.ts'
import type { Expirations } from '../entry/lifetime.ts'
import { fragmentKey } from '../key/fragment-key.ts'
import { namesOf, problemOf } from '../tags/tag-versions.ts'
import type { CachedHost, CachedKey } from './cached.ts'
import type { CallRules } from './call.ts'
import { cachedPrefix } from './value-key.ts'
import { ValueLifetime } from './value-lifetime.ts'

/** How the results of a function are kept. */
export interface CachedOptions<Args extends readonly unknown[]> {
  /** The parts of the key, of the arguments. Default: the arguments themselves, which must have a stable form. */
  readonly key?: ((...args: Args) => readonly unknown[] | unknown) | undefined
  /** How long a result is fresh. `0`: it is not stored; `'forever'`: without end. Default: the cache's ttl. */
  readonly ttl?: Duration | undefined
  /** `invalidate()` of one of them makes a result absent. A list, or a function of the arguments. Default: none. */
  readonly tags?: readonly string[] | ((...args: Args) => readonly string[]) | undefined
  /** Names of the cache's option `vary` that a result differs by, beside its key. Needs a request. Default: none. */
  readonly vary?: readonly string[] | undefined
  /**
   * How long after its ttl a result is still given, at once, while the function runs anew behind it; and given where it
   * throws. Default: the cache's `staleWhileRevalidate` and `staleIfError`.
   */
  readonly stale?: Duration | undefined
  /** Default: the cache's. */
  readonly serializer?: SerializerName | Serializer | undefined
}

const OPTIONS = ['key', 'ttl', 'tags', 'vary', 'stale', 'serializer']

/** How one function's results are kept: its options, checked. */
export class CachedRules<Args extends unknown[]> implements CallRules<Args> {
  readonly name: string
  /** How a message names the function. */
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

  /** What all keys begin with. */
  get keyPrefix(): string {
    return fragmentKey(cachedPrefix(this.#host.services.keyPrefix), this.name, [])
  }

  /** The key of a call. @throws KeyPartError, OptionError */
  keyOf(args: Args): CachedKey {
    const { name, key, tags } = this.callOf(args)
    return { name, key: key + this.#suffix(), tags }
  }

  /** The same within one request: without what differs by it. @throws KeyPartError, OptionError */
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
    const problem = Array.isArray(tags) ? tags.map(problemOf).find(Boolean) : 'is no list'
    if (problem)
      throw new OptionError(`A tag of the cached function "${this.name}" ${problem}: tags are texts.`)
    return namesOf(tags)
  }
}

function refuseWrong(name: unknown, options: unknown): void {
  const usage =
    "cached(name, { key, ttl, tags }, fn), such as cached('feed', { ttl: '5m' }, (id) => db.feed(id))"
  if (typeof name !== 'string' || name === '')
    throw new OptionError(`${usage}: the name is a text, which tells it from other functions.`)
  if (typeof options !== 'object' || options === null)
    throw new OptionError(`${usage}: the options of "${name}" are missing.`)
  refuseUnknownOptions('cached()', options, OPTIONS)
  const { key, vary = [] } = options as CachedOptions<never>
  if (key !== undefined && typeof key !== 'function')
    throw new OptionError(
      `cached(): the key of "${name}" is a function of the arguments that gives the parts.`,
    )
  if (!Array.isArray(vary))
    throw new OptionError(`cached(): the vary of "${name}" is a list of names, such as ['locale'].`)
}
