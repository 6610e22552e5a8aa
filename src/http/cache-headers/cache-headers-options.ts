import { OptionError } from '../../errors.ts'
import type { ByteSize } from '../../options/byte-size.ts'
import { type Duration, toMilliseconds } from '../../options/duration.ts'
import { readBytes, readGroup, refuseOption } from '../../options/read-option.ts'
import { show } from '../../options/show.ts'

/** A header that tells a shared cache the tags of a page: Varnish, Fastly, Cloudflare. */
export type TagHeader = 'xkey' | 'Surrogate-Key' | 'Cache-Tag'

/**
 * Headers by which shared caches (nginx, Varnish, a CDN) keep pages for anonymous visitors.
 * @example cacheHeaders: { anonymous: (request) => !request.cookies.session, tags: ['xkey'] }
 */
export interface CacheHeadersOptions {
  /**
   * Function of the request. Returns true if it comes from no visitor that the page may be made
   * for: any other page is private.
   * @defaultValue the request has no `Cookie` and no `Authorization` header
   */
  // biome-ignore lint/suspicious/noExplicitAny: the framework's request, typed where it is used
  readonly anonymous?: ((request: any) => boolean) | undefined
  /**
   * Longest time that shared caches keep a page. It is kept no longer than its fragments are fresh.
   * @defaultValue `'1s'`
   */
  readonly maxAge?: Duration | undefined
  /**
   * Names of request headers that pages differ by, for `Vary`. Where keys vary by functions of the
   * request, pages are private unless this is given; `[]`: they differ by their URL alone.
   * @defaultValue none
   */
  readonly vary?: readonly string[] | undefined
  /**
   * Headers that carry the tags of the page's fragments, for purges.
   * @defaultValue `[]`
   */
  readonly tags?: readonly TagHeader[] | undefined
  /**
   * Largest header of tags, in bytes. A page with more tags is kept for 1 s at most.
   * @defaultValue `'4KB'`
   */
  readonly maxTagBytes?: ByteSize | undefined
}

export const CACHE_HEADERS_MEMBERS = [
  'anonymous',
  'maxAge',
  'vary',
  'tags',
  'maxTagBytes',
] as const satisfies readonly (keyof CacheHeadersOptions)[]

/** The option `cacheHeaders`, complete. */
export interface CacheHeadersConfig {
  readonly anonymous: ((request: unknown) => unknown) | undefined
  /** In ms. */
  readonly maxAge: number
  readonly vary: readonly string[] | undefined
  readonly tags: readonly TagHeader[]
  readonly maxTagBytes: number
}

const TAG_HEADERS: readonly TagHeader[] = ['xkey', 'Surrogate-Key', 'Cache-Tag']
/** A name of a header (RFC 9110, section 5.6.2). */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/

/** @returns undefined: no such headers are sent. @throws OptionError, DurationError */
export function readCacheHeaders(value: unknown): CacheHeadersConfig | undefined {
  if (value === undefined || value === false) return undefined
  const expected = "true, false, or an object such as { maxAge: '1s', tags: ['xkey'] }"
  const group = value === true ? {} : readGroup<CacheHeadersOptions>('cacheHeaders', value, expected)
  const { anonymous, maxAge = '1s', vary, tags = [], maxTagBytes = '4KB' } = group
  if (anonymous !== undefined && typeof anonymous !== 'function')
    return refuseOption('cacheHeaders.anonymous', 'a function of the request', anonymous)
  if (vary !== undefined && !(Array.isArray(vary) && vary.every(isToken)))
    return refuseOption('cacheHeaders.vary', "an array of header names such as ['Accept-Language']", vary)
  if (!Array.isArray(tags)) return refuseOption('cacheHeaders.tags', "an array such as ['xkey']", tags)
  const unknown: unknown = tags.find((name) => !TAG_HEADERS.includes(name))
  if (unknown !== undefined) {
    throw new OptionError(
      `The option cacheHeaders.tags has ${show(unknown)}: the headers are ${TAG_HEADERS.map(show).join(', ')}.`,
    )
  }
  return {
    anonymous,
    maxAge: toMilliseconds(maxAge, 'The option cacheHeaders.maxAge'),
    vary,
    tags,
    maxTagBytes: readBytes('cacheHeaders.maxTagBytes', maxTagBytes),
  }
}

function isToken(name: unknown): boolean {
  return typeof name === 'string' && TOKEN.test(name)
}
