import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { PageContent } from '../core/page/page-content.ts'
import type { Exchange } from './exchange.ts'
import { PAGE_HEADERS, type PageSender } from './page-sender.ts'
import type { RequestPage } from './request-page.ts'
import { isSeenByHooks } from './route-context.ts'

/**
 * Sends a page. Hooks of others are given its HTML, as they would be without this package, and
 * {@link preparePayload} runs among them. Where there are none, the bytes need not be joined.
 */
export async function sendPage(
  requestPage: RequestPage,
  reply: FastifyReply,
  content: PageContent,
): Promise<void> {
  const { sender } = requestPage.web
  if (isSeenByHooks(reply)) {
    if (sender) requestPage.content = content
    reply.send(content.body)
    return
  }
  if (!sender) {
    requestPage.sent(content.body)
    reply.send(content.body)
    return
  }
  const prepared = sender.prepare(content, new ReplyExchange(reply), requestPage.page)
  const body = prepared instanceof Promise ? await prepared : prepared
  if (body === undefined) reply.send()
  else {
    if (body === content.joined) requestPage.sent(body)
    else content.recycle()
    reply.send(body)
  }
}

/** An onSend hook: replaces a page that no hook before it has changed. */
export function preparePayload(
  requestPage: RequestPage,
  reply: FastifyReply,
  payload: unknown,
  done: (error: Error | null, payload?: unknown) => void,
): void {
  const { content, web } = requestPage
  requestPage.content = undefined
  if (requestPage.prepared) dropPageHeaders(reply)
  if (!content || payload !== content.joined) return done(null, payload)
  requestPage.prepared = true
  const sender = web.sender as PageSender
  const prepared = sender.prepare(content, new ReplyExchange(reply), requestPage.page)
  const finish = (body: Buffer | undefined) => done(null, body ?? nothing(reply))
  if (prepared instanceof Promise) prepared.then(finish)
  else finish(prepared)
}

/** Hooks run once more where one of them has failed: what they are given then is its error. */
function dropPageHeaders(reply: FastifyReply): void {
  for (const name of PAGE_HEADERS) reply.removeHeader(name)
}

/**
 * Returns the payload of a reply without a body. Fastify's own hook for HEAD takes no null, and
 * makes a length of an empty text.
 */
function nothing({ request }: FastifyReply): Readable | null {
  return request.method === 'HEAD' ? Readable.from([]) : null
}

class ReplyExchange implements Exchange {
  readonly #reply: FastifyReply

  constructor(reply: FastifyReply) {
    this.#reply = reply
  }

  get request(): unknown {
    return this.#reply.request
  }

  get response(): ServerResponse {
    return this.#reply.raw
  }

  get method(): string {
    return this.#reply.request.method
  }

  get requestHeaders(): Exchange['requestHeaders'] {
    return this.#reply.request.headers
  }

  get statusCode(): number {
    return this.#reply.statusCode
  }

  getHeader(name: string): unknown {
    return this.#reply.getHeader(name)
  }

  setHeader(name: string, value: string): void {
    this.#reply.header(name, value)
  }

  setNotModified(): void {
    this.#reply.code(304).removeHeader('content-type').removeHeader('content-length')
  }
}
