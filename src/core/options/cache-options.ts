import type { DataPolicy } from '../../engines/data-policy.ts'
import type { TemplateEngine } from '../../engines/template-engine.ts'
import type { Duration } from '../../options/duration.ts'
import type { Compress } from '../../serializers/compression.ts'
import type { Serializer } from '../../serializers/serializer.ts'
import type { Store } from '../../stores/store.ts'
import type { DefinedFragment } from '../definition/define-fragment.ts'
import type { FragmentsOptions, ResolvedFragments } from '../definition/read-fragments.ts'
import type {
  Breaker,
  DetectLeaksFunction,
  EntryOptions,
  KeyOptions,
  LimitOptions,
  Safety,
  SafetyOptions,
  SingleFlightMode,
  SingleFlightOptions,
  ValuesOptions,
  VersionedBy,
} from './cache-option-groups.ts'

/** Options of {@link FragmentCache}. Times are milliseconds, or strings such as `'90s'`. */
export interface FragmentCacheOptions {
  /** Where entries are stored. */
  store: Store
  /**
   * The template engine. May be left out if pages are rendered by an environment that
   * `installCache` was called with.
   * @defaultValue none
   */
  engine?: TemplateEngine | undefined
  /**
   * Start of all keys.
   * @defaultValue `'onetrip'`
   */
  prefix?: string
  /**
   * Part of every key, for two releases that run side by side and must not share entries.
   * @defaultValue `''`
   */
  release?: string | undefined
  /**
   * How long an entry is fresh where its tag gives no `ttl=`. `0`: it is not stored; `'forever'`:
   * until it is invalidated.
   * @defaultValue none: each tag must have `ttl=`
   */
  ttl?: Duration | undefined
  /**
   * How long after that an entry is still served, while one process of those that share the store
   * renders it again in the background.
   * @defaultValue 0
   */
  staleWhileRevalidate?: Duration | undefined
  /**
   * How long after that an entry is served where rendering it again fails: its body throws, or a
   * value that it loads.
   * @defaultValue 0
   */
  staleIfError?: Duration | undefined
  /**
   * How entries expire and are refreshed.
   * @defaultValue those of {@link EntryOptions}
   */
  entries?: EntryOptions | undefined
  /**
   * Functions of the request, by name, whose results fragments may differ by; a tag names them:
   * `vary=["locale"]`. Each is called once for a page, and again when the page is rendered, since a
   * value that has changed meanwhile is an error.
   * @defaultValue none
   */
  vary?: Readonly<Record<string, VaryFunction>> | undefined
  /**
   * Key options, beside a tag's name, parts and `vary=`.
   * @defaultValue those of {@link KeyOptions}
   */
  keys?: KeyOptions | undefined
  /**
   * Function of the request that leaves out a part of the cache: `'read'` renders everything again
   * and stores it, `'write'` stores nothing, `'both'` does not use the store, `false` leaves out
   * nothing.
   * @defaultValue none
   */
  bypass?: BypassFunction | undefined
  /**
   * Names whose values differ for each request, such as `['csrfToken', 'cspNonce']`. Where a
   * template prints one, in a fragment too, it is rendered for each request, as in `{% nocache %}`.
   * @defaultValue none
   */
  perRequest?: readonly string[] | undefined
  /**
   * Fragments with a template and a loader of their own, which templates show by
   * `{% fragment %}`. An array is its `define`.
   * @defaultValue none
   */
  fragments?: readonly DefinedFragment<never>[] | FragmentsOptions | undefined
  /**
   * The check that no visitor sees another visitor's content; a string is its `mode`.
   * @defaultValue `'error'`; in production (`NODE_ENV`) `'uncached'`
   */
  safety?: Safety | SafetyOptions | undefined
  /**
   * Signs entries, so that an entry written without the secret is a miss. At least 16 characters.
   * Of an array, the first one signs, and entries signed with the others are read.
   * @defaultValue none
   */
  secret?: string | readonly string[] | undefined
  /**
   * One render of a missing fragment at a time; a string is its `mode`.
   * @defaultValue `'process'`
   */
  singleFlight?: SingleFlightMode | SingleFlightOptions | undefined
  /**
   * How long a page waits for the store, all its round trips together, before it is rendered
   * without the cache.
   * @defaultValue 100 ms
   */
  timeout?: Duration | undefined
  /**
   * Circuit breaker around reads of the store; `false` disables it.
   * @defaultValue those of {@link Breaker}
   */
  breaker?: Breaker | false | undefined
  /**
   * Largest sizes, counts and times.
   * @defaultValue those of {@link LimitOptions}
   */
  limits?: LimitOptions | undefined
  /**
   * How the values of `cache.values` and of cached functions are stored.
   * @defaultValue those of {@link ValuesOptions}
   */
  values?: ValuesOptions | undefined
}

/** Returns the value that a fragment differs by, for a request: a string, a number or a boolean. */
// biome-ignore lint/suspicious/noExplicitAny: the request is the framework's
export type VaryFunction = (request: any) => unknown

/** Returns the part of the cache that a request leaves out. */
// biome-ignore lint/suspicious/noExplicitAny: the request is the framework's
export type BypassFunction = (request: any) => Bypass

/**
 * The part of the cache that a request leaves out: `'read'` renders everything again and stores it,
 * `'write'` stores nothing, `'both'` does not use the store, `false` leaves out nothing.
 */
export type Bypass = 'read' | 'write' | 'both' | false

/** The options of a cache with their defaults, without groups. Times in milliseconds. */
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
  readonly onTemplateChange: 'miss' | 'stale'
  readonly vary: Readonly<Record<string, VaryFunction>>
  readonly defaultVary: readonly string[]
  readonly versionedParts: readonly VersionedBy[]
  readonly bypass: BypassFunction | undefined
  readonly fragments: ResolvedFragments
  readonly safety: Safety
  readonly dataPolicy: DataPolicy
  readonly detectLeaks: DetectLeaksFunction | undefined
  readonly secrets: readonly string[]
  readonly singleFlight: SingleFlightMode
  readonly lockWait: number
  readonly lockTtl: number
  readonly timeout: number
  readonly breaker: { readonly failures: number; readonly retryAfter: number }
  readonly maxEntryBytes: number
  readonly maxPendingBytes: number
  readonly maxVariants: number
  readonly variantWindow: number
  readonly maxRender: number
  readonly invalidateTimeout: number
  readonly closeTimeout: number
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
  'entries',
  'vary',
  'keys',
  'bypass',
  'perRequest',
  'fragments',
  'safety',
  'secret',
  'singleFlight',
  'timeout',
  'breaker',
  'limits',
  'values',
] as const satisfies readonly (keyof FragmentCacheOptions)[]
