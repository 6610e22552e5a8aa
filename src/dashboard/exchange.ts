import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { SECURITY_HEADERS } from './security/headers.ts'

/** A request to the live page, and its response. */
export interface Exchange {
  /** The request of the framework, for `authorize`. */
  readonly request: unknown
  readonly message: IncomingMessage
  readonly response: ServerResponse
  /** Path after that of the option: `''`, `/`, `/tags`. */
  readonly path: string
  readonly query: URLSearchParams
  /** True if the visitor's connection is encrypted, as far as is known. */
  readonly secure: boolean
}

/**
 * Sends an answer. Headers that the site has set are replaced: those of the live page are stricter.
 * @param body for a HEAD it is left out
 */
export function answer(
  { message, response }: Exchange,
  status: number,
  headers: OutgoingHttpHeaders,
  body: string | Buffer,
): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  writeHead(response, status, { ...headers, 'content-length': bytes.length })
  response.end(message.method === 'HEAD' ? undefined : bytes)
}

/** Sends the headers of an answer whose body follows. */
export function writeHead(response: ServerResponse, status: number, headers: OutgoingHttpHeaders): void {
  for (const name of response.getHeaderNames()) if (!KEPT.has(name)) response.removeHeader(name)
  response.writeHead(status, { ...SECURITY_HEADERS, ...headers })
}

/** Headers of the site that stay: a session may be renewed by any request. */
const KEPT = new Set(['set-cookie', 'strict-transport-security'])
