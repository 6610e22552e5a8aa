import type { Page } from '../../core/page/page.ts'
import { type PageSharing, sharingOf } from '../../core/page/page-sharing.ts'
import { purgeKey } from '../../purge/purge-key.ts'
import type { Exchange } from '../exchange.ts'
import { withVary } from '../vary-header.ts'
import { privateIfChanged, seesLateHeaders } from './before-headers.ts'
import type { CacheHeadersConfig, TagHeader } from './cache-headers-options.ts'

const SECOND = 1000
/** A response that no cache keeps. `X-Accel-Expires` is nginx' own, and wins there. */
const PRIVATE = { 'x-accel-expires': '0', 'cache-control': 'private, no-store' } as const

/**
 * Sets the headers by which shared caches keep a page, or do not. A page is for all visitors if
 * nothing of it is known to belong to one, and its request is anonymous.
 */
export class CacheHeaders {
  readonly #config: CacheHeadersConfig

  constructor(config: CacheHeadersConfig) {
    this.#config = config
  }

  /**
   * Sets the headers of a page. Where the handler has set `Cache-Control`, its response is left as
   * it is.
   */
  set(page: Page, exchange: Exchange): void {
    if (exchange.getHeader('cache-control') !== undefined) return
    const sharing = sharingOf(page)
    if (!this.#isShared(sharing, exchange)) {
      for (const [name, value] of Object.entries(PRIVATE)) exchange.setHeader(name, value)
      return
    }
    const { vary = [], tags } = this.#config
    for (const name of vary) exchange.setHeader('vary', withVary(exchange.getHeader('vary'), name))
    // Each page has the name of the cache, too: by it, all of them are purged.
    const keys = [page.services.keyPrefix, ...sharing.tags].map(purgeKey)
    const fits = tags.every((name) => joined(name, keys).length <= this.#config.maxTagBytes)
    if (fits) for (const name of tags) exchange.setHeader(name, joined(name, keys))
    const maxAge = fits ? this.#config.maxAge : Math.min(this.#config.maxAge, SECOND)
    const seconds = Math.floor(Math.min(maxAge, sharing.freshFor) / SECOND)
    // In this order: nginx heeds the first of them. Visitors ask again each time.
    exchange.setHeader('x-accel-expires', String(seconds))
    exchange.setHeader('cache-control', `public, max-age=0, s-maxage=${seconds}`)
    privateIfChanged(
      exchange.response,
      PRIVATE,
      tags.map((name) => name.toLowerCase()),
    )
  }

  #isShared({ unshared, varies }: PageSharing, exchange: Exchange): boolean {
    const { method, statusCode, requestHeaders } = exchange
    if (unshared !== undefined || statusCode !== 200 || (method !== 'GET' && method !== 'HEAD')) return false
    if (varies && this.#config.vary === undefined) return false
    if (exchange.getHeader('set-cookie') !== undefined || !seesLateHeaders(exchange.response)) return false
    const { anonymous } = this.#config
    if (anonymous) return anonymous(exchange.request) === true
    return requestHeaders.cookie === undefined && requestHeaders.authorization === undefined
  }
}

function joined(header: TagHeader, keys: readonly string[]): string {
  return keys.join(header === 'Cache-Tag' ? ',' : ' ')
}
