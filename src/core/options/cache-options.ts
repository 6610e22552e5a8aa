import type { DataPolicy, TemplateEngine } from '../../engines/template-engine.ts'
import type { ByteSize } from '../../options/byte-size.ts'
import type { Duration } from '../../options/duration.ts'
import type { Compress, CompressOptions } from '../../serializers/compression.ts'
import type { Serializer, SerializerName } from '../../serializers/serializer.ts'
import type { Store } from '../../stores/store.ts'
import type { VersionedBy } from '../key/versioned-parts.ts'

export interface FragmentCacheOptions {
  /** Where entries live. */
  store: Store
  /** What renders. May be left out where an environment renders that `installCache` was called with. */
  engine?: TemplateEngine | undefined
  /** What all keys begin with. Default: `'onetrip'`. */
  prefix?: string
  /** Part of every key: two releases that run side by side and must not share. Default: `''`. */
  release?: string | undefined
  /**
   * How long an entry is fresh where its tag says nothing. `0`: it is not stored; `'forever'`: it has no end. Default:
   * none, each tag must say `ttl=`.
   */
  ttl?: Duration | undefined
  /**
   * How long after that it is still shown, at once, while it is rendered anew when the visitor has the page: by one
   * process of all that serve the site. Default: 0.
   */
  staleWhileRevalidate?: Duration | undefined
  /** How long after that it is shown where rendering it anew fails: its body throws, or what it loads. Default: 0. */
  staleIfError?: Duration | undefined
  /**
   * By which part a life is shortened at most, by chance, so that what is stored together does not end together: from 0
   * to below 1. Default: 0.05.
   */
  jitter?: number | undefined
  /**
   * How eagerly a hit is rendered anew before its time (XFetch), by chance and by what it costs: 0 is never, above 1
   * earlier. Default: 1.
   */
  beta?: number | undefined
  /** Whether a fragment of nothing but white space is stored. Default: false: a failure often looks so. */
  allowEmpty?: boolean | undefined
  /**
   * What fragments may differ by, beside their parts: each function is given the request, and called once for a page;
   * and once more when it is rendered, since a value that has changed meanwhile is an error. A tag names them:
   * `vary=["locale"]`.
   */
  vary?: Readonly<Record<string, VaryFunction>> | undefined
  /** Names of `vary` that count for every fragment. Default: none. */
  defaultVary?: readonly string[] | undefined
  /**
   * Says by the request what a page leaves out: `'read'` renders everything anew and stores it, `'write'` stores
   * nothing, `'both'` does without the store, `false` is as ever.
   */
  bypass?: BypassFunction | undefined
  /**
   * Values of this request that must not be in a shared fragment: an e-mail address, a session's id. A fragment
   * whose HTML has one of them, as it is or escaped, is served and not stored, and an `error` event says so.
   * It is no proof that a fragment is safe: it finds what was really printed for a visitor who was really there.
   */
  detectLeaks?: DetectLeaksFunction | undefined
  /**
   * Names whose values differ for each request, such as `['csrfToken', 'cspNonce']`: wherever a template prints one,
   * inside a fragment too, that is a `{% nocache %}` by itself. Default: none.
   */
  perRequest?: readonly string[] | undefined
  /**
   * Names of a page's data whose values belong to one visitor: a fragment that reads one which is not in its key is a
   * leak. Default: `user`, `session`, `cart`, and others that the documentation lists.
   */
  perVisitor?: readonly string[] | undefined
  /** Names that are the same for all visitors, whatever else is said of them. Default: none. */
  shared?: readonly string[] | undefined
  /** Every name that is neither in the key nor in `shared` belongs to one visitor. Default: false. */
  strict?: boolean | undefined
  /** Properties that tell an object from others of its kind. Default: `id`, `_id`, `uuid`, `slug`, `key`, `cacheKey`. */
  identities?: readonly string[] | undefined
  /**
   * Pairs of properties that make an object a versioned part of a key: it keys by the first, and its entry is valid for
   * one value of the second only. Default: `[['cacheKey', 'cacheVersion']]`.
   */
  versionedParts?: readonly VersionedBy[] | undefined
  /**
   * What becomes of a page with a leak. `'error'`: it fails, as one that does not compile. `'uncached'`: its
   * fragments that leak are rendered and not stored, and an `error` event says so. `'off'`: nobody looks. Default:
   * `'error'`; in production (`NODE_ENV`), `'uncached'`.
   */
  safety?: Safety | undefined
  /**
   * What becomes of an entry whose template was edited. `'miss'`: it is rendered anew. `'stale'`: it is served once more
   * as it was, and rendered anew when the visitor has the page. Default: `'miss'`.
   */
  onTemplateChange?: 'miss' | 'stale' | undefined
  /**
   * Signs entries, so that what somebody else wrote to the store is a miss. A list: the first one signs, entries of the
   * others are still read. At least 16 characters. Default: none.
   */
  secret?: string | readonly string[] | undefined
  /**
   * How many variants of one fragment (keys with its name) a process stores within `variantWindow`; what is beyond that is
   * rendered and not stored. For fragments whose key has something that visitors choose. Default: no limit.
   */
  maxVariants?: number | undefined
  /** Default: `'1h'`. */
  variantWindow?: Duration | undefined
  /**
   * Whether one page renders a missing fragment while others that want the same wait for it: `'process'` among the pages of
   * a process; `'store'` among all processes, which costs a miss one trip more (on a store that no other process
   * sees it is `'process'`); `'off'`. Default: `'process'`.
   */
  singleFlight?: SingleFlightMode | undefined
  /** How long a page waits for others' renders and runs of cached functions, all its waits together, before it makes its own. Default: `'5s'`. */
  lockWait?: Duration | undefined
  /** After which time a process that claimed a fragment and died is forgotten. Default: `'2s'`. */
  lockTtl?: Duration | undefined
  /**
   * What is larger is served and not stored: a number of bytes, or a text such as `'2MB'`. Values that are compressed
   * count as they are before, and nothing is unpacked that becomes larger. Default: 1 MiB.
   */
  maxEntryBytes?: ByteSize | undefined
  /** How many bytes may wait to be stored, beyond which the oldest are dropped. Default: 64 MiB. */
  maxPendingBytes?: ByteSize | undefined
  /**
   * After `failures` reads in a row that failed or were not answered in time, pages do without the store, and pay nothing
   * for it; the cache asks it by itself, after `retryAfter` and ever longer pauses, until it answers. `false`: each page
   * tries. Default: `{ failures: 1, retryAfter: '250ms' }`.
   */
  breaker?: Breaker | false | undefined
  /** How long a page waits for the store, all its trips together, before it is rendered without it. Default: 100 ms. */
  timeout?: Duration | undefined
  /** The longest time from the begin of a request to its write-back; later nothing is stored. Default: `'60s'`. */
  maxRender?: Duration | undefined
  /**
   * How long `invalidate()` and `delete()` wait for a store that fails before they reject. It is tried until it is
   * applied, all the same. Default: `'2s'`.
   */
  invalidateTimeout?: Duration | undefined
  /** How long `close()` waits for write-backs that are under way. Default: `'5s'`. */
  closeTimeout?: Duration | undefined
  /**
   * How values become bytes: `'json'`, `'v8'` (Dates, Maps, BigInt), `'raw'` (texts and Buffers), `msgpack` of
   * `onetrip/serializers/msgpack`, or one of your own. What others have written is read all the same. Default: `'json'`.
   */
  serializer?: SerializerName | Serializer | undefined
  /**
   * Compresses values (not fragments) from a `threshold` of bytes on, where that makes them smaller: `'gzip'`, `'brotli'`,
   * `'zstd'`, or `{ algorithm, threshold, level }`. Default: false.
   */
  compress?: 'gzip' | 'brotli' | 'zstd' | CompressOptions | boolean | undefined
  /** HTML comments around fragments, wherever HTML allows one. Default: false. */
  comments?: boolean | undefined
}

/** The value that a fragment differs by, for a request: a text, a number or a boolean. */
// biome-ignore lint/suspicious/noExplicitAny: the request is the framework's
export type VaryFunction = (request: any) => unknown

// biome-ignore lint/suspicious/noExplicitAny: the request is the framework's
export type BypassFunction = (request: any) => Bypass
// biome-ignore lint/suspicious/noExplicitAny: the request is the framework's
export type DetectLeaksFunction = (request: any) => readonly unknown[]
export type SingleFlightMode = 'off' | 'process' | 'store'

export interface Breaker {
  readonly failures?: number
  readonly retryAfter?: Duration
}

export type Safety = 'error' | 'uncached' | 'off'
export type Bypass = 'read' | 'write' | 'both' | false

/** The options of a cache, complete; times in milliseconds. */
export interface ResolvedOptions {
  readonly store: Store
  readonly engine: TemplateEngine | undefined
  readonly prefix: string
  readonly release: string
  readonly ttl: number | undefined
  readonly staleWhileRevalidate: number
  readonly staleIfError: number
  readonly jitter: number
  readonly beta: number
  readonly allowEmpty: boolean
  readonly vary: Readonly<Record<string, VaryFunction>>
  readonly defaultVary: readonly string[]
  readonly bypass: BypassFunction | undefined
  readonly detectLeaks: DetectLeaksFunction | undefined
  readonly rules: DataPolicy
  readonly versionedParts: readonly VersionedBy[]
  readonly safety: Safety
  readonly onTemplateChange: 'miss' | 'stale'
  readonly secrets: readonly string[]
  readonly maxVariants: number
  readonly variantWindow: number
  readonly singleFlight: SingleFlightMode
  readonly lockWait: number
  readonly lockTtl: number
  readonly maxEntryBytes: number
  readonly maxPendingBytes: number
  readonly breaker: { readonly failures: number; readonly retryAfter: number }
  readonly timeout: number
  readonly maxRender: number
  readonly invalidateTimeout: number
  readonly closeTimeout: number
  readonly comments: boolean
  readonly serializer: Serializer
  readonly compress: Compress | undefined
}

/** All names of {@link FragmentCacheOptions}. */
export const FRAGMENT_CACHE_OPTIONS = [
  'store',
  'engine',
  'prefix',
  'release',
  'ttl',
  'staleWhileRevalidate',
  'staleIfError',
  'jitter',
  'beta',
  'allowEmpty',
  'vary',
  'defaultVary',
  'bypass',
  'detectLeaks',
  'perRequest',
  'perVisitor',
  'shared',
  'strict',
  'identities',
  'versionedParts',
  'onTemplateChange',
  'secret',
  'maxVariants',
  'variantWindow',
  'safety',
  'singleFlight',
  'lockWait',
  'lockTtl',
  'maxEntryBytes',
  'maxPendingBytes',
  'breaker',
  'timeout',
  'maxRender',
  'invalidateTimeout',
  'closeTimeout',
  'comments',
  'serializer',
  'compress',
] as const satisfies readonly (keyof FragmentCacheOptions)[]
