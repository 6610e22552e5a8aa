import type { Page } from '../core/page/page.ts'
import type { PageContent } from '../core/page/page-content.ts'
import type { CacheHeaders } from './cache-headers/cache-headers.ts'
import type { ContentEncoding } from './compress/encodings.ts'
import type { PageCompression } from './compress/page-compression.ts'
import type { KnownPage } from './compress/page-copies.ts'
import { asWeak, entityTag, matches } from './etag/entity-tag.ts'
import type { Exchange } from './exchange.ts'
import { withVary } from './vary-header.ts'

/** Headers that belong to the body of a page: not to an answer in its place. */
export const PAGE_HEADERS = ['content-encoding', 'etag']

/** Makes a response of a page: its body as it is sent, and the headers that belong to that. */
export class PageSender {
  readonly #compression: PageCompression | undefined
  readonly #tags: boolean
  readonly #headers: CacheHeaders | undefined

  /** @param tags whether pages have entity tags */
  constructor(
    compression: PageCompression | undefined,
    tags: boolean,
    headers: CacheHeaders | undefined = undefined,
  ) {
    this.#compression = compression
    this.#tags = tags
    this.#headers = headers
  }

  /**
   * Returns the body to send, and sets its headers; undefined: none is sent. A response that is no
   * plain 200, or that is encoded already, is left as it is. Never fails: a page that cannot be
   * compressed is sent as it is.
   * @param page the page of the request, whose fragments are those of all its renders
   */
  prepare(content: PageContent, exchange: Exchange, page: Page): Buffer | undefined | Promise<Buffer> {
    this.#headers?.set(page, exchange)
    if (!isPlain(exchange)) return content.body
    const compression = this.#compressionFor(content, exchange)
    const { 'accept-encoding': accept } = exchange.requestHeaders
    const encoding = compression?.encodingFor(accept as string | undefined)
    const known = encoding && compression?.find(content)
    if (this.#isKnownToVisitor(content, exchange, known, encoding)) {
      exchange.setNotModified()
      return undefined
    }
    if (!encoding || !compression) return content.body
    const body = compression.compress(content, known, encoding)
    if (Buffer.isBuffer(body)) {
      setEncoding(exchange, encoding)
      return body
    }
    return body.then(
      (bytes) => {
        setEncoding(exchange, encoding)
        return bytes
      },
      () => content.body,
    )
  }

  /** Notes that the response depends on `Accept-Encoding`, if it does. */
  #compressionFor(content: PageContent, exchange: Exchange): PageCompression | undefined {
    const type = exchange.getHeader('content-type')
    if (!this.#compression?.mayCompress(content, type, exchange.getHeader('cache-control'))) return undefined
    exchange.setHeader('vary', withVary(exchange.getHeader('vary'), 'Accept-Encoding'))
    return this.#compression
  }

  /** Sets the entity tag, unless there is one. Returns true if the visitor has the page by it. */
  #isKnownToVisitor(
    content: PageContent,
    exchange: Exchange,
    known: KnownPage | undefined,
    encoding: ContentEncoding | undefined,
  ): boolean {
    const { method, requestHeaders } = exchange
    const isRead = method === 'GET' || method === 'HEAD'
    if (!this.#tags || !isRead || exchange.getHeader('etag') !== undefined) return false
    // The identity that is kept has its digest from earlier requests.
    const tag = entityTag(known?.identity ?? content.identity, encoding)
    if (tag === undefined) return false
    exchange.setHeader('etag', tag)
    return matches(requestHeaders['if-none-match'] as string | undefined, tag)
  }
}

function setEncoding(exchange: Exchange, encoding: ContentEncoding): void {
  exchange.setHeader('content-encoding', encoding)
  // One that was made of the page before it was compressed.
  const tag = exchange.getHeader('etag')
  if (typeof tag === 'string') exchange.setHeader('etag', asWeak(tag))
}

/** Returns true for a response whose body may be replaced by an encoded one. */
function isPlain(exchange: Exchange): boolean {
  if (exchange.statusCode !== 200 || exchange.getHeader('content-range') !== undefined) return false
  const encoding = exchange.getHeader('content-encoding')
  return encoding === undefined || encoding === ''
}
