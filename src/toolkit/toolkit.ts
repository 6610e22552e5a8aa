import { OptionError } from '../errors.ts'
import { readString } from '../options/read-option.ts'
import { isPlainObject, show } from '../options/show.ts'
import { refuseUnknownOptions } from '../options/unknown-option.ts'
import { CommandClient } from '../redis/command-client.ts'
import type { RedisSource } from '../redis/open-client.ts'
import { Autocomplete, type AutocompleteOptions } from './autocomplete/autocomplete.ts'
import { BatchingContainers } from './batch/batching-containers.ts'
import { abandonBatches } from './batch/unsent-batches.ts'
import { type Codec, checkCodec, json } from './codec/codec.ts'
import { Graph, type GraphOptions } from './graph/graph.ts'
import { createContext, type KitContext } from './kit-context.ts'
import { Lock } from './lock/lock.ts'
import type { LockOptions } from './lock/lock-options.ts'
import { createModel, type ModelOf } from './models/create-model.ts'
import type { ModelFields } from './models/fields/record-of.ts'
import { RateLimit } from './rate-limit/rate-limit.ts'
import type { RateLimitOptions } from './rate-limit/rate-limit-options.ts'
import type { TextIndexOptions } from './text/index-options.ts'
import { TextIndex } from './text/text-index.ts'

/** Options of {@link toolkit}. */
export interface ToolkitOptions<Values extends object = object> {
  /**
   * Begin of each key, such as `shop:`. With a hash tag, such as `{shop}:`, all keys are in one
   * slot of a Redis Cluster.
   *
   * @defaultValue `''`
   */
  readonly prefix?: string | undefined
  /**
   * Codec of containers that have none of their own.
   *
   * @defaultValue `json()`
   */
  readonly codec?: Codec<unknown> | undefined
  /**
   * The cache of the application, whose `values` are `kit.cache` then: one cache, not two.
   *
   * @defaultValue none
   */
  readonly cache?: { readonly values: Values } | undefined
}

/** Containers, locks, limits, models and search on one Redis. Made by {@link toolkit}. */
export class Toolkit<Values extends object = object> extends BatchingContainers {
  readonly #context: KitContext
  readonly #cache: { readonly values: Values } | undefined

  /** @internal */
  constructor(context: KitContext, cache?: { readonly values: Values }) {
    super(context)
    this.#context = context
    this.#cache = cache
  }

  /**
   * Returns the values of the cache that the toolkit was given.
   *
   * @throws OptionError if it was given none
   */
  get cache(): Values {
    if (this.#cache) return this.#cache.values
    throw new OptionError('The toolkit has no cache: pass the FragmentCache, toolkit(redis, { cache })')
  }

  /**
   * Returns a lock, which one holder has at a time.
   *
   * @throws OptionError, DurationError
   *
   * @example
   * ```ts
   * await using lease = await kit.lock('import', { ttl: '30s' }).acquire({ wait: '10s' })
   * ```
   */
  lock(name: string, options: LockOptions = {}): Lock {
    return new Lock(this.#context, name, options)
  }

  /**
   * Limits how often something is done for each key.
   *
   * @param name names of limits are apart from those of containers
   * @throws OptionError, DurationError
   *
   * @example
   * ```ts
   * const logins = kit.rateLimit('login', { limit: 5, per: '1m' })
   * const { allowed, retryAfter } = await logins.take(address)
   * ```
   */
  rateLimit(name: string, options: RateLimitOptions): RateLimit {
    return new RateLimit(this.#context, name, options)
  }

  /**
   * Records of one kind, with indexes, typed by their fields.
   *
   * @param name names of models are apart from those of containers
   * @throws OptionError
   *
   * @example
   * ```ts
   * const User = kit.model('user', {
   *   id: uuid().primaryKey(),
   *   name: text().index(),
   *   age: integer().index(),
   *   bio: text().optional(),
   * })
   * await User.create({ name: 'Ann', age: 31 })
   * const adults = await User.where(User.age.gte(18)).orderBy(User.name.asc()).toArray()
   * ```
   */
  model<Fields extends ModelFields>(name: string, fields: Fields): ModelOf<Fields> {
    return createModel(this.#context, name, fields)
  }

  /**
   * Documents that are found by their words.
   *
   * @typeParam Data data of documents
   * @throws OptionError
   *
   * @example
   * ```ts
   * const films = kit.index('films', { language: 'en', facets: ['genre'] })
   * ```
   */
  index<Data = unknown>(name: string, options?: TextIndexOptions<Data>): TextIndex<Data> {
    return new TextIndex(this.#context, name, options)
  }

  /**
   * Facts of a subject, a predicate and an object, which searches join.
   *
   * @typeParam Value subjects, predicates and objects
   * @throws OptionError
   *
   * @example
   * ```ts
   * await kit.graph('social').add('charlie', 'friend', 'huey')
   * ```
   */
  graph<Value = string | number>(name: string, options?: GraphOptions<Value>): Graph<Value> {
    return new Graph(this.#context, name, options)
  }

  /**
   * Titles that are found by the beginnings of their words, while a visitor types.
   *
   * @typeParam Out data of items as they are read
   * @typeParam In data of items as they are written
   * @throws OptionError
   *
   * @example
   * ```ts
   * const films = kit.autocomplete<{ year: number }>('films')
   * await films.add({ id: '1', title: 'The Matrix', score: 0.9, data: { year: 1999 } })
   * const found = await films.search('matr')
   * ```
   */
  autocomplete<Out = unknown, In = Out>(
    name: string,
    options?: AutocompleteOptions<Out, In>,
  ): Autocomplete<Out, In> {
    return new Autocomplete<Out, In>(this.#context, name, options)
  }

  /** Ends all waits, and closes its connections, but not a client of the application. */
  close(): Promise<void> {
    const { client } = this.#context
    const closed = client.close()
    abandonBatches(client)
    return closed
  }
}

/**
 * Creates a toolkit.
 *
 * @param redis a client of ioredis, which it neither closes nor changes; or a URL, or options, for
 * a connection of its own
 * @throws OptionError
 *
 * @example
 * ```ts
 * const kit = toolkit(new Redis(), { prefix: 'shop:' })
 * ```
 */
export function toolkit<Values extends object = object>(
  redis: RedisSource,
  options: ToolkitOptions<Values> = {},
): Toolkit<Values> {
  if (!isPlainObject(options))
    throw new OptionError(`toolkit takes an object of options; got ${show(options)}`)
  refuseUnknownOptions('toolkit', options, ['prefix', 'codec', 'cache'], {
    keyPrefix: 'prefix',
    namespace: 'prefix',
  })
  const prefix = options.prefix === undefined ? '' : readPrefix(options.prefix)
  const codec = options.codec === undefined ? json() : checkCodec<unknown, unknown>('toolkit', options.codec)
  const context = createContext(new CommandClient('The toolkit', 'toolkit', redis), prefix, codec)
  return new Toolkit(context, checkCache(options.cache))
}

function checkCache<Values extends object>(cache: unknown): { readonly values: Values } | undefined {
  if (cache === undefined) return undefined
  if (typeof cache === 'object' && cache !== null && 'values' in cache)
    return cache as { readonly values: Values }
  throw new OptionError(`The option cache must be a FragmentCache, not ${show(cache)}.`)
}

/** Refuses an empty hash tag: Redis would hash whole keys, and the parts of a thing be apart. */
function readPrefix(given: unknown): string {
  const prefix = readString('prefix', given)
  if (/^[^{]*\{\}/.test(prefix))
    throw new OptionError(`toolkit: the hash tag of prefix must not be empty; got ${show(prefix)}`)
  return prefix
}
