import { OptionError, StoreTimeoutError } from '../../../errors.ts'
import { type Duration, toTimer } from '../../../options/duration.ts'
import { readOneOf } from '../../../options/read-option.ts'
import { isPlainObject, show } from '../../../options/show.ts'
import { refuseUnknownOptions } from '../../../options/unknown-option.ts'
import { RateLimit, type RateLimitResult } from '../rate-limit.ts'
import { addressKey } from './address-key.ts'
import { rateLimitHeaders, seconds } from './rate-limit-headers.ts'

/** Options of a rate limit for requests. */
export interface WebRateLimitOptions<Request> {
  /**
   * Returns the key of a request, such as the name of a user. A request without one is not limited.
   *
   * @defaultValue `addressKey(request.ip)`; a request without an address, as on a Unix socket, is
   * not limited, and the process warns once
   */
  readonly key?: ((request: Request) => string | undefined | PromiseLike<string | undefined>) | undefined
  /**
   * How much of the limit a request takes.
   *
   * @defaultValue 1
   */
  readonly cost?: number | undefined
  /**
   * Answer to requests when Redis does not answer: `allow` serves them, `refuse` answers with
   * status 503.
   *
   * @defaultValue `'allow'`
   */
  readonly onError?: 'allow' | 'refuse' | undefined
  /**
   * Longest wait for Redis. After it, or an error, Redis is asked once a second.
   *
   * @defaultValue `'500ms'`
   */
  readonly timeout?: Duration | undefined
  /**
   * Receives the error when Redis does not answer, at most once a second.
   *
   * @defaultValue one warning of the process
   */
  readonly report?: ((error: Error) => void) | undefined
}

/** A request of Fastify or Express, as far as it is read. */
export interface LimitedRequest {
  /**
   * Address of the visitor: behind a proxy, only with `trustProxy` or `trust proxy`.
   *
   * @defaultValue none: the option `key` is needed
   */
  readonly ip?: string | undefined
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/** The answer to a request. */
export interface WebAnswer {
  /** Undefined if the request is served. */
  readonly refusal: { readonly status: 429 | 503; readonly text: string } | undefined
  /** Undefined if Redis did not answer, or the request has no key. */
  readonly result: RateLimitResult | undefined
  readonly headers: Readonly<Record<string, string>>
}

/** Time for which Redis is not asked after it did not answer, in ms. */
const PAUSE = 1_000
const SERVED: WebAnswer = { refusal: undefined, result: undefined, headers: {} }
const UNAVAILABLE: WebAnswer = {
  refusal: { status: 503, text: 'The service is not available. Try again in a moment.' },
  result: undefined,
  headers: { 'Retry-After': '1' },
}

/** A rate limit for requests, which no failure of Redis delays for long. */
export class WebRateLimit<Request extends LimitedRequest> {
  readonly #limit: RateLimit
  readonly #options: WebRateLimitOptions<Request>
  readonly #timeout: number
  #askAgainAt = 0
  #reportAgainAt = 0
  #failing = false
  #warned = false
  #warnedOfAddress = false

  /** @param names of options that the helper has besides */
  constructor(owner: string, limit: RateLimit, options: WebRateLimitOptions<Request>, names: string[]) {
    if (!(limit instanceof RateLimit))
      throw new OptionError(`${owner} takes a limit of kit.rateLimit; got ${show(limit)}`)
    if (!isPlainObject(options))
      throw new OptionError(`${owner} takes an object of options; got ${show(options)}`)
    const functions = ['key', 'report', ...names]
    refuseUnknownOptions(owner, options, ['cost', 'onError', 'timeout', ...functions], {
      keyGenerator: 'key',
      handler: 'answer',
    })
    for (const name of functions) {
      const value = (options as Record<string, unknown>)[name]
      if (value !== undefined && typeof value !== 'function')
        throw new OptionError(`${owner}: ${name} is not a function; got ${show(value)}`)
    }
    if (options.onError !== undefined) readOneOf('onError', options.onError, ['allow', 'refuse'])
    this.#timeout = toTimer(options.timeout ?? 500, 'The option timeout')
    this.#limit = limit
    this.#options = { ...options }
    limit.checkCost((options as WebRateLimitOptions<Request>).cost ?? 1)
  }

  /** @throws OptionError, what the function `key` throws */
  async check(request: Request): Promise<WebAnswer> {
    const { key } = this.#options
    const found = key ? await key(request) : this.#addressOf(request)
    if (found === undefined) return SERVED
    const { clock } = this.#limit.context
    if (this.#failing && clock.now() < this.#askAgainAt) return this.#withoutRedis()
    // Others do not wait for this one, which may fail again.
    this.#askAgainAt = clock.now() + PAUSE
    try {
      const result = await this.#take(found)
      this.#failing = false
      return this.#answer(result)
    } catch (error) {
      if (error instanceof OptionError) throw error
      this.#failing = true
      this.#reportOnce(error as Error)
      return this.#withoutRedis()
    }
  }

  #addressOf({ ip }: Request): string | undefined {
    if (ip) return addressKey(ip)
    if (!this.#warnedOfAddress)
      this.#warn('does not limit requests that have no address (request.ip): pass the option key')
    this.#warnedOfAddress = true
    return undefined
  }

  async #take(key: string): Promise<RateLimitResult> {
    const { clock, client } = this.#limit.context
    const giveUp = new AbortController()
    const timer = clock.setTimeout(() => {
      giveUp.abort(new StoreTimeoutError(`${client.server} did not answer within ${this.#timeout} ms`))
    }, this.#timeout)
    try {
      return await this.#limit.take(key, { cost: this.#options.cost, signal: giveUp.signal })
    } finally {
      clock.clearTimeout(timer)
    }
  }

  #answer(result: RateLimitResult): WebAnswer {
    const wait = Math.max(1, seconds(result.retryAfter))
    const text = `Too many requests. Try again in ${wait} second${wait === 1 ? '' : 's'}.`
    const headers = rateLimitHeaders(this.#limit, result)
    return { refusal: result.allowed ? undefined : { status: 429, text }, result, headers }
  }

  #withoutRedis(): WebAnswer {
    return this.#options.onError === 'refuse' ? UNAVAILABLE : SERVED
  }

  /** Many requests may have waited for the same answer. */
  #reportOnce(error: Error): void {
    const now = this.#limit.context.clock.now()
    if (now < this.#reportAgainAt) return
    this.#reportAgainAt = now + PAUSE
    this.#report(error)
  }

  #report(error: Error): void {
    const { report, onError = 'allow' } = this.#options
    if (report) return report(error)
    if (this.#warned) return
    this.#warned = true
    const served = onError === 'allow' ? 'served without it' : 'refused'
    this.#warn(`does not work, requests are ${served}: ${error.message}`)
  }

  #warn(what: string): void {
    process.emitWarning(`The rate limit "${this.#limit.name}" ${what}`, { code: 'ONETRIP_RATE_LIMIT' })
  }
}
