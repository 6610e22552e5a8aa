import type { ByteSize } from '../../options/byte-size.ts'
import type { Duration } from '../../options/duration.ts'
import type { CompressOptions } from '../../serializers/compression.ts'
import type { Serializer, SerializerName } from '../../serializers/serializer.ts'
import { FRAGMENTS_MEMBERS } from '../definition/read-fragments.ts'

/** Properties that make an object a versioned part: its key, and its version. */
export type VersionedBy = readonly [key: string, version: string]

/**
 * How entries expire and are refreshed.
 * @example entries: { jitter: 0.1, onTemplateChange: 'stale' }
 */
export interface EntryOptions {
  /**
   * Largest random reduction of a TTL, as a fraction in [0, 1), so that entries written together
   * expire apart.
   * @defaultValue 0.05
   */
  readonly jitter?: number | undefined
  /**
   * XFetch beta: refreshes hits before they expire, at random and in proportion to render cost.
   * 0 disables it; above 1 refreshes earlier.
   * @defaultValue 1
   */
  readonly beta?: number | undefined
  /**
   * Stores fragments of white space alone. By default they are not stored, since an empty fragment
   * is often a failure.
   * @defaultValue false
   */
  readonly allowEmpty?: boolean | undefined
  /**
   * How an entry is treated whose template was edited: `'miss'` renders it again, `'stale'` serves
   * it once more and renders it again in the background.
   * @defaultValue `'miss'`
   */
  readonly onTemplateChange?: 'miss' | 'stale' | undefined
}

/**
 * Key options, beside a tag's name, parts and `vary=`.
 * @example keys: { defaultVary: ['locale'] }
 */
export interface KeyOptions {
  /**
   * Names of `vary` that are part of every fragment's key.
   * @defaultValue none
   */
  readonly defaultVary?: readonly string[] | undefined
  /**
   * Pairs of properties that make an object a versioned part of a key: the first one is in the key,
   * and the entry is valid for one value of the second.
   * @defaultValue `[['cacheKey', 'cacheVersion']]`
   */
  readonly versionedParts?: readonly VersionedBy[] | undefined
}

/**
 * How a fragment is treated that reads one visitor's value without having it in its key: `'error'`
 * fails the page, `'uncached'` renders the fragment without storing it and emits an `error` event,
 * `'off'` does not check.
 */
export type Safety = 'error' | 'uncached' | 'off'

/**
 * The check that no visitor sees another visitor's content.
 * @example safety: { mode: 'uncached', shared: ['theme'] }
 */
export interface SafetyOptions {
  /**
   * How a fragment is treated that reads one visitor's value without having it in its key.
   * @defaultValue `'error'`; in production (`NODE_ENV`) `'uncached'`
   */
  readonly mode?: Safety | undefined
  /**
   * Names of a page's data whose values belong to one visitor.
   * @defaultValue {@link PER_VISITOR}: `user`, `session`, `cart` and others
   */
  readonly perVisitor?: readonly string[] | undefined
  /**
   * Names that are the same for all visitors. Takes precedence over `perVisitor` and `strict`.
   * @defaultValue none
   */
  readonly shared?: readonly string[] | undefined
  /**
   * Treats every name that is neither in the key nor in `shared` as one visitor's.
   * @defaultValue false
   */
  readonly strict?: boolean | undefined
  /**
   * Properties that tell an object from others of its kind: a key that has one of them has the
   * object.
   * @defaultValue {@link IDENTITIES}: `id`, `_id`, `uuid`, `slug`, `key`, `cacheKey`
   */
  readonly identities?: readonly string[] | undefined
  /**
   * Returns values of a request that must not be in a shared fragment, such as an e-mail address or
   * a session id. A fragment whose HTML has one of them, plain or escaped, is served and not
   * stored, and an `error` event is emitted. It finds only what was printed for a visitor of this
   * request.
   * @defaultValue none
   */
  readonly detectLeaks?: DetectLeaksFunction | undefined
}

/** Returns values of a request that must not be in a shared fragment. */
// biome-ignore lint/suspicious/noExplicitAny: the request is the framework's
export type DetectLeaksFunction = (request: any) => readonly unknown[]

/**
 * Which pages wait while one of them renders a missing fragment: `'process'` those of this process,
 * `'store'` those of all processes that share the store, `'off'` none. `'store'` costs a miss one
 * more round trip; on a store that other processes do not see it is `'process'`.
 */
export type SingleFlightMode = 'off' | 'process' | 'store'

/**
 * One render of a missing fragment at a time.
 * @example singleFlight: { mode: 'store', wait: '3s' }
 */
export interface SingleFlightOptions {
  /**
   * Which pages wait while one of them renders a missing fragment.
   * @defaultValue `'process'`
   */
  readonly mode?: SingleFlightMode | undefined
  /**
   * How long a page waits for renders of other pages, all its waits together, and a call of a
   * cached function for another call. Then it renders by itself.
   * @defaultValue `'5s'`
   */
  readonly wait?: Duration | undefined
  /**
   * TTL of the lock by which a process claims a fragment: after it, the claim of a dead process
   * ends.
   * @defaultValue `'2s'`
   */
  readonly lockTtl?: Duration | undefined
}

/**
 * Circuit breaker around reads of the store. While it is open, pages do not use the store; the
 * cache probes it in the background.
 * @example breaker: { failures: 3, retryAfter: '1s' }
 */
export interface Breaker {
  /**
   * How many reads in a row that failed, or timed out, open it.
   * @defaultValue 1
   */
  readonly failures?: number | undefined
  /**
   * Pause before the first probe; further pauses are longer.
   * @defaultValue `'250ms'`
   */
  readonly retryAfter?: Duration | undefined
}

/**
 * Largest sizes, counts and times.
 * @example limits: { maxEntryBytes: '2MB', maxRender: '30s' }
 */
export interface LimitOptions {
  /**
   * Larger entries are served and not stored: bytes, or a string such as `'2MB'`. Compressed values
   * count with their size before compression.
   * @defaultValue 1 MiB
   */
  readonly maxEntryBytes?: ByteSize | undefined
  /**
   * Bytes that may wait to be written to the store; beyond, the oldest writes are dropped.
   * @defaultValue 64 MiB
   */
  readonly maxPendingBytes?: ByteSize | undefined
  /**
   * How many keys of one fragment a process stores within `variantWindow`; further ones are
   * rendered and not stored. For fragments whose key has something that visitors choose.
   * @defaultValue Infinity
   */
  readonly maxVariants?: number | undefined
  /**
   * Interval in which `maxVariants` counts the keys of a fragment.
   * @defaultValue `'1h'`
   */
  readonly variantWindow?: Duration | undefined
  /**
   * Longest time from the start of a request to the write of its entries; later writes are refused.
   * @defaultValue `'60s'`
   */
  readonly maxRender?: Duration | undefined
  /**
   * How long `invalidate()` and `delete()` wait for a store that fails before they reject. They are
   * retried until the store applies them.
   * @defaultValue `'2s'`
   */
  readonly invalidateTimeout?: Duration | undefined
  /**
   * How long `close()` waits for writes that are under way.
   * @defaultValue `'5s'`
   */
  readonly closeTimeout?: Duration | undefined
}

/**
 * How the values of `cache.values` and of cached functions are stored.
 * @example values: { serializer: 'v8', compress: 'gzip' }
 */
export interface ValuesOptions {
  /**
   * How values become bytes: `'json'`, `'v8'` (Dates, Maps, BigInt), `'raw'` (strings and Buffers),
   * `msgpack` of `onetrip/serializers/msgpack`, or one of your own. Values of other serializers are
   * still read.
   * @defaultValue `'json'`
   */
  readonly serializer?: SerializerName | Serializer | undefined
  /**
   * Compresses values, not fragments, from a threshold of bytes on, where that makes them smaller.
   * @defaultValue false
   */
  readonly compress?: 'gzip' | 'brotli' | 'zstd' | CompressOptions | boolean | undefined
}

/** Names of the members of each group. */
export const CACHE_OPTION_GROUPS = {
  entries: ['jitter', 'beta', 'allowEmpty', 'onTemplateChange'] satisfies (keyof EntryOptions)[],
  fragments: FRAGMENTS_MEMBERS,
  keys: ['defaultVary', 'versionedParts'] satisfies (keyof KeyOptions)[],
  safety: [
    'mode',
    'perVisitor',
    'shared',
    'strict',
    'identities',
    'detectLeaks',
  ] satisfies (keyof SafetyOptions)[],
  singleFlight: ['mode', 'wait', 'lockTtl'] satisfies (keyof SingleFlightOptions)[],
  breaker: ['failures', 'retryAfter'] satisfies (keyof Breaker)[],
  limits: [
    'maxEntryBytes',
    'maxPendingBytes',
    'maxVariants',
    'variantWindow',
    'maxRender',
    'invalidateTimeout',
    'closeTimeout',
  ] satisfies (keyof LimitOptions)[],
  values: ['serializer', 'compress'] satisfies (keyof ValuesOptions)[],
} as const
