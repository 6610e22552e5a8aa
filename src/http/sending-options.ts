import { OptionError } from '../errors.ts'
import type { Hints } from '../options/option-names.ts'
import { readBoolean } from '../options/read-option.ts'
import { type PurgeTargets, readTargets } from '../purge/purge-invalidated.ts'
import { CacheHeaders } from './cache-headers/cache-headers.ts'
import {
  CACHE_HEADERS_MEMBERS,
  type CacheHeadersOptions,
  readCacheHeaders,
} from './cache-headers/cache-headers-options.ts'
import {
  COMPRESS_MEMBERS,
  type CompressPagesOptions,
  readCompressPages,
} from './compress/compress-options.ts'
import { PageCompression } from './compress/page-compression.ts'
import { PageSender } from './page-sender.ts'

/** Options of how `reply.view` and `res.render` send pages. */
export interface SendingOptions {
  /**
   * Compresses pages. One that consists of the same text and the same entries as an earlier one is
   * sent from its compressed copy in memory.
   * @defaultValue false
   */
  compress?: boolean | CompressPagesOptions | undefined
  /**
   * Sends an `ETag` with pages, made of what they consist of without reading the bytes of entries,
   * and answers 304 to a visitor who has the page.
   * @defaultValue false
   */
  etag?: boolean | undefined
  /**
   * Sends `Cache-Control`, `X-Accel-Expires` and the tags of pages for shared caches in front of
   * the site. A page that may belong to one visitor is `private, no-store`.
   * @defaultValue false
   */
  cacheHeaders?: boolean | CacheHeadersOptions | undefined
  /**
   * Caches in front of the site where pages are purged whose tags this process invalidates: what
   * `varnish()` or `cdn()` of `onetrip/purge` returns, or an array of these.
   * @defaultValue none
   */
  purge?: PurgeTargets | undefined
}

/** All names of {@link SendingOptions}. */
export const SENDING_OPTIONS = [
  'compress',
  'etag',
  'cacheHeaders',
  'purge',
] as const satisfies readonly (keyof SendingOptions)[]

/** Names of the members of each group. */
export const SENDING_GROUPS = { compress: COMPRESS_MEMBERS, cacheHeaders: CACHE_HEADERS_MEMBERS } as const

const TAG_HEADER_NAMES = {
  xkey: ['xkey', 'xKey'],
  'Surrogate-Key': ['surrogateKey', 'surrogateKeys', 'surrogatekey', 'surrogate-key', 'Surrogate-Key'],
  'Cache-Tag': ['cacheTag', 'cacheTags', 'cachetag', 'cache-tag', 'Cache-Tag'],
}

/** Hints for members that are guessed: headers of tags are named in `tags`. */
export const SENDING_HINTS: Hints = Object.fromEntries(
  Object.entries(TAG_HEADER_NAMES).flatMap(([header, names]) =>
    names.map((name) => [
      `cacheHeaders.${name}`,
      `did you mean "tags"? Write cacheHeaders: { tags: ['${header}'] }.`,
    ]),
  ),
)

/**
 * @param method name of the method that renders
 * @returns undefined: pages are sent as they are
 * @throws OptionError
 */
export function readSending(options: SendingOptions, method: string | false): PageSender | undefined {
  if (options.purge !== undefined) readTargets(options.purge)
  const compress = readCompressPages(options.compress)
  const etag = readBoolean('etag', options.etag === undefined ? false : options.etag)
  const headers = readCacheHeaders(options.cacheHeaders)
  if (!compress && !etag && !headers) return undefined
  if (method === false) {
    throw new OptionError(
      'The options compress, etag and cacheHeaders are for pages that the plugin or the middleware renders itself: ' +
        'with render: false, leave them to other plugins.',
    )
  }
  return new PageSender(compress && new PageCompression(compress), etag, headers && new CacheHeaders(headers))
}
