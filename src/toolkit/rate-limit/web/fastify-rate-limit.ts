import type { RateLimit, RateLimitResult } from '../rate-limit.ts'
import { mergeHeader } from './rate-limit-headers.ts'
import { type LimitedRequest, WebRateLimit, type WebRateLimitOptions } from './web-rate-limit.ts'

/** The part of a reply of Fastify that is used. */
export interface FastifyReplyPart {
  code(status: number): unknown
  getHeader(name: string): unknown
  header(name: string, value: string): unknown
  type(contentType: string): unknown
  send(body: unknown): unknown
}

/** Options of {@link fastifyRateLimit}. */
export interface FastifyRateLimitOptions<Request, Reply> extends WebRateLimitOptions<Request> {
  /**
   * Sends or returns the page for a request that is refused. Status 429 and the headers are set. As
   * in a route of Fastify, one that sends later returns the reply.
   *
   * @defaultValue a line of text
   */
  readonly answer?: ((request: Request, reply: Reply, result: RateLimitResult) => unknown) | undefined
}

/**
 * Returns a hook for `onRequest`, `preHandler` and others that answers with status 429 what a limit
 * refuses. It sets the headers `RateLimit`, `RateLimit-Policy` and `Retry-After`.
 *
 * @throws OptionError, DurationError
 *
 * @example
 * ```ts
 * const logins = kit.rateLimit('login', { limit: 5, per: '1m' })
 * app.post('/login', { preHandler: fastifyRateLimit(logins) }, login)
 * ```
 */
export function fastifyRateLimit<
  Request extends LimitedRequest = LimitedRequest,
  Reply extends FastifyReplyPart = FastifyReplyPart,
>(
  limit: RateLimit,
  options: FastifyRateLimitOptions<Request, Reply> = {},
): (request: LimitedRequest, reply: FastifyReplyPart) => Promise<unknown> {
  const web = new WebRateLimit<Request>('fastifyRateLimit', limit, options, ['answer'])
  const { answer } = options
  const hook = async (request: Request, reply: Reply) => {
    const { refusal, result, headers } = await web.check(request)
    for (const [name, value] of Object.entries(headers))
      reply.header(name, mergeHeader(name, reply.getHeader(name), value))
    if (!refusal) return undefined
    reply.code(refusal.status)
    if (answer && result) {
      // A reply that was returned settles, when it is sent, with undefined.
      const page: unknown = await answer(request, reply, result)
      if (page !== undefined) reply.send(page)
    } else {
      reply.type('text/plain; charset=utf-8')
      reply.send(refusal.text)
    }
    return reply
  }
  // Fastify passes what the functions of the options take. It says so by types of its own, which
  // differ from route to route.
  return hook as (request: LimitedRequest, reply: FastifyReplyPart) => Promise<unknown>
}
