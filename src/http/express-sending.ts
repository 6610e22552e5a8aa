import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PageContent } from '../core/page/page-content.ts'
import { HTML } from './answer.ts'
import type { Exchange } from './exchange.ts'
import { PAGE_HEADERS } from './page-sender.ts'
import type { RequestPage } from './request-page.ts'

/** The part of Express' responses that is used: 4 and 5 have it alike. */
interface SendingResponse extends ServerResponse {
  req: IncomingMessage
  send(body: Buffer): void
}

/** Sends a page. */
export async function sendPage(
  { web: { sender }, page }: RequestPage,
  response: SendingResponse,
  content: PageContent,
): Promise<void> {
  if (!response.hasHeader('content-type')) response.setHeader('content-type', HTML)
  if (!sender) {
    response.send(content.body)
    return
  }
  const prepared = sender.prepare(content, new ResponseExchange(response), page)
  const body = prepared instanceof Promise ? await prepared : prepared
  if (body === undefined) {
    response.end()
    return
  }
  if (body !== content.joined) content.recycle()
  try {
    response.send(body)
  } catch (error) {
    // A wrapper of res.send has failed: the page of the error is another one, and not compressed.
    if (!response.headersSent) for (const name of PAGE_HEADERS) response.removeHeader(name)
    throw error
  }
}

class ResponseExchange implements Exchange {
  readonly response: SendingResponse

  constructor(response: SendingResponse) {
    this.response = response
  }

  get request(): unknown {
    return this.response.req
  }

  get method(): string {
    return this.response.req.method ?? ''
  }

  get requestHeaders(): Exchange['requestHeaders'] {
    return this.response.req.headers
  }

  get statusCode(): number {
    return this.response.statusCode
  }

  getHeader(name: string): unknown {
    return this.response.getHeader(name)
  }

  setHeader(name: string, value: string): void {
    this.response.setHeader(name, value)
  }

  setNotModified(): void {
    this.response.statusCode = 304
    for (const name of ['content-type', 'content-length', 'transfer-encoding'])
      this.response.removeHeader(name)
  }
}
