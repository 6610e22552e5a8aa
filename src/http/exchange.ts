import type { ServerResponse } from 'node:http'

/**
 * A request and its response, as far as sending a page needs them: Fastify's and Express' are alike
 * in this form.
 */
export interface Exchange {
  /** The framework's request. */
  readonly request: unknown
  /** Node's response. */
  readonly response: ServerResponse
  readonly method: string
  readonly requestHeaders: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly statusCode: number
  getHeader(name: string): unknown
  setHeader(name: string, value: string): void
  /** Makes it a `304 Not Modified`, without the headers of a body. */
  setNotModified(): void
}
