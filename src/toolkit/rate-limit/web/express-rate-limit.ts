import { OptionError } from '../../../errors.ts'
import type { RateLimit, RateLimitResult } from '../rate-limit.ts'
import { mergeHeader } from './rate-limit-headers.ts'
import { type LimitedRequest, WebRateLimit, type WebRateLimitOptions } from './web-rate-limit.ts'

/** The part of a response of Express 4 and 5 that is used. */
export interface ExpressResponsePart {
  statusCode: number
  readonly headersSent: boolean
  getHeader(name: string): unknown
  setHeader(name: string, value: string): unknown
  end(body: string): unknown
}

/** Options of {@link expressRateLimit}. */
export interface ExpressRateLimitOptions<Request, Response> extends WebRateLimitOptions<Request> {
  /**
   * Sends the page for a request that is refused. Status 429 and the headers are set. Express sends
   * nothing that a function returns: text that is returned, and not sent, is an error.
   *
   * @defaultValue a line of text
   */
  readonly answer?: ((request: Request, response: Response, result: RateLimitResult) => unknown) | undefined
}

/**
 * Returns a middleware that answers with status 429 what a limit refuses. It sets the headers
 * `RateLimit`, `RateLimit-Policy` and `Retry-After`.
 *
 * @throws OptionError, DurationError
 *
 * @example
 * ```ts
 * const logins = kit.rateLimit('login', { limit: 5, per: '1m' })
 * app.post('/login', expressRateLimit(logins), login)
 * ```
 */
export function expressRateLimit<
  Request extends LimitedRequest = LimitedRequest,
  Response extends ExpressResponsePart = ExpressResponsePart,
>(
  limit: RateLimit,
  options: ExpressRateLimitOptions<Request, Response> = {},
): (request: LimitedRequest, response: ExpressResponsePart, next: (error?: unknown) => void) => void {
  const web = new WebRateLimit<Request>('expressRateLimit', limit, options, ['answer'])
  const { answer } = options
  const serve = async (request: Request, response: Response): Promise<boolean> => {
    const { refusal, result, headers } = await web.check(request)
    for (const [name, value] of Object.entries(headers))
      response.setHeader(name, mergeHeader(name, response.getHeader(name), value))
    if (!refusal) return true
    response.statusCode = refusal.status
    if (answer && result) {
      const page: unknown = await answer(request, response, result)
      if ((typeof page === 'string' || page instanceof Uint8Array) && !response.headersSent)
        throw new OptionError(
          'expressRateLimit: answer returned a page, but must send it: response.send(page)',
        )
    } else {
      response.setHeader('Content-Type', 'text/plain; charset=utf-8')
      response.end(refusal.text)
    }
    return false
  }
  return (request, response, next) => {
    // Express passes what the functions of the options take.
    serve(request as Request, response as Response).then((served) => {
      if (served) next()
    }, next)
  }
}
