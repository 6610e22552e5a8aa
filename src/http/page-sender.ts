import type { PageContent } from '../core/page/page-content.ts'
import { readCompressPages } from './compress/compress-options.ts'
import { PageCompression } from './compress/page-compression.ts'
import type { Exchange } from './exchange.ts'
import { withVary } from './vary-header.ts'

/** Options of how pages are sent. */
interface SendingOptions {
  readonly compress?: unknown
}

/** @returns undefined: pages are sent as they are. @throws OptionError */
export function readSending(options: SendingOptions): PageSender | undefined {
  const compress = readCompressPages(options.compress)
  return compress && new PageSender(new PageCompression(compress))
}

/** Makes a response of a page: its body as it is sent, and the headers that belong to that. */
export class PageSender {
  readonly #compression: PageCompression

  constructor(compression: PageCompression) {
    this.#compression = compression
  }

  /**
   * Returns the body to send, and sets its headers; undefined: none is sent. A response that is no
   * plain 200, or that is encoded already, is left as it is. Never fails: a page that cannot be
   * compressed is sent as it is.
   */
  prepare(content: PageContent, exchange: Exchange): Buffer | undefined | Promise<Buffer> {
    if (!isPlain(exchange)) return content.body
    return this.#compressed(content, exchange)
  }

  #compressed(content: PageContent, exchange: Exchange): Buffer | Promise<Buffer> {
    const type = exchange.getHeader('content-type')
    if (!this.#compression.mayCompress(content, type, exchange.getHeader('cache-control')))
      return content.body
    exchange.setHeader('vary', withVary(exchange.getHeader('vary'), 'Accept-Encoding'))
    const { 'accept-encoding': accept } = exchange.requestHeaders
    const encoding = this.#compression.encodingFor(accept as string | undefined)
    if (!encoding) return content.body
    const body = this.#compression.compress(content, encoding)
    if (Buffer.isBuffer(body)) {
      exchange.setHeader('content-encoding', encoding)
      return body
    }
    return body.then(
      (bytes) => {
        exchange.setHeader('content-encoding', encoding)
        return bytes
      },
      () => content.body,
    )
  }
}

/** Returns true for a response whose body may be replaced by an encoded one. */
function isPlain(exchange: Exchange): boolean {
  if (exchange.statusCode !== 200 || exchange.getHeader('content-range') !== undefined) return false
  const encoding = exchange.getHeader('content-encoding')
  return encoding === undefined || encoding === ''
}
