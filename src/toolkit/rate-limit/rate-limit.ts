import { OptionError, RateLimitError } from '../../errors.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import type { ScriptText } from '../../redis/script-text.ts'
import { checkName, type KitContext } from '../kit-context.ts'
import { type RateLimitRules, readRateLimitOptions, readWhole } from './rate-limit-options.ts'
import { SCRIPTS } from './rate-limit-scripts.ts'
import { subjectKey } from './subject-key.ts'

/** Answer of a {@link RateLimit}. All times are in ms, by the clock of the server. */
export interface RateLimitResult {
  readonly allowed: boolean
  /** Most that can be taken at once: the limit, or the `burst` of a token bucket. */
  readonly limit: number
  /** Amount that can still be taken now. */
  readonly remaining: number
  /**
   * Time until more remains: the end of a fixed window, the time when the oldest event leaves a
   * sliding window, or the next token. 0 if nothing was taken.
   */
  readonly resetAfter: number
  /** Time until the same call would be allowed, if nothing else is taken until then. 0 if it is. */
  readonly retryAfter: number
}

/** Options of a call of a {@link RateLimit}. */
export interface TakeOptions {
  /**
   * How much of the limit the event takes, a whole number.
   *
   * @defaultValue 1
   */
  readonly cost?: number | undefined
  /**
   * Ends the wait for the answer. The event may count nevertheless.
   *
   * @defaultValue none
   */
  readonly signal?: AbortSignal | undefined
}

/** Options of {@link RateLimit.wrap}. */
export interface WrapOptions<Args extends readonly unknown[]> {
  /** Returns the key of a call: all calls with the same one share a limit. */
  readonly key: (...args: Args) => string
  /**
   * How much of the limit a call takes.
   *
   * @defaultValue 1
   */
  readonly cost?: number | undefined
}

/**
 * Limits how often something is done for each key, such as an address or a user. Made by
 * {@link Toolkit.rateLimit}.
 *
 * Each call is one script in one trip. Calls that are refused do not count. Every key expires when
 * it no longer matters.
 */
export class RateLimit {
  readonly name: string
  /** @internal */
  readonly rules: RateLimitRules
  /** @internal */
  readonly context: KitContext
  readonly #begin: string

  /** @internal */
  constructor(context: KitContext, name: string, options: unknown) {
    this.context = context
    this.name = checkName('rateLimit', name)
    this.rules = readRateLimitOptions(`rateLimit "${name}"`, options)
    // One key for each subject, and no hash tag: in a cluster they are spread over all nodes. Two
    // names cannot make the same key, and another algorithm begins anew.
    const escaped = name.replace(/[%:{}]/g, encodeURIComponent)
    this.#begin = `${context.prefix}rate-limit:${escaped}:${this.rules.algorithm}:`
  }

  /**
   * Counts an event, if it is allowed.
   *
   * @param key a long one is stored as its hash
   * @throws OptionError, StoreError, ClosedError, the reason of the signal
   *
   * @example
   * ```ts
   * const logins = kit.rateLimit('login', { limit: 5, per: '1m' })
   * const { allowed, retryAfter } = await logins.take(request.ip)
   * ```
   */
  take(key: string, options?: TakeOptions): Promise<RateLimitResult> {
    return this.#ask(SCRIPTS[this.rules.algorithm].take, key, options)
  }

  /** Answers whether an event would be allowed. It counts nothing. @throws like `take` */
  peek(key: string, options?: TakeOptions): Promise<RateLimitResult> {
    return this.#ask(SCRIPTS[this.rules.algorithm].peek, key, options)
  }

  /** Forgets all events of a key. @returns true if there were any */
  async reset(key: string): Promise<boolean> {
    return (await this.context.commands.call('DEL', [this.#keyOf(key)])) === 1
  }

  /**
   * Calls a function, if it is allowed.
   *
   * @throws RateLimitError, what the function throws, and what `take` throws
   */
  async run<T>(key: string, fn: () => T | PromiseLike<T>, options?: TakeOptions): Promise<T> {
    if (typeof fn !== 'function') throw new OptionError(`run: ${show(fn)} is not a function`)
    const result = await this.take(key, options)
    if (result.allowed) return fn()
    throw new RateLimitError(
      `The rate limit "${this.name}" refused the call: try again in ${result.retryAfter} ms`,
      { retryAfter: result.retryAfter },
    )
  }

  /**
   * Returns a function that calls another one, if it is allowed.
   *
   * @example
   * ```ts
   * const signIn = logins.wrap(checkPassword, { key: (name) => name })
   * ```
   */
  wrap<This, Args extends readonly unknown[], T>(
    fn: (this: This, ...args: Args) => T | PromiseLike<T>,
    options: WrapOptions<Args>,
  ): (this: This, ...args: Args) => Promise<T> {
    if (typeof fn !== 'function') throw new OptionError(`wrap: ${show(fn)} is not a function`)
    if (typeof options?.key !== 'function')
      throw new OptionError(
        `wrap takes { key }, a function that returns the key of a call; got ${show(options)}`,
      )
    refuseUnknownOptions('wrap', options, ['key', 'cost'])
    const { key, cost } = options
    const limit = this
    return async function (...args) {
      return limit.run(key(...args), () => fn.apply(this, args as never), { cost })
    }
  }

  /** @internal @throws OptionError */
  checkCost(cost: number): void {
    const { capacity } = this.rules
    if (readWhole('cost', cost) <= capacity) return
    throw new OptionError(`rateLimit "${this.name}": the cost is ${cost}: it must be at most ${capacity}`)
  }

  async #ask(script: ScriptText, key: string, options: TakeOptions = {}): Promise<RateLimitResult> {
    const owner = `rateLimit "${this.name}"`
    if (!isPlainObject(options))
      throw new OptionError(`${owner} takes an object such as { cost: 2 }; got ${show(options)}`)
    refuseUnknownOptions(owner, options, ['cost', 'signal'], { points: 'cost', weight: 'cost' })
    const { cost = 1, signal } = options as TakeOptions
    this.checkCost(cost)
    const { limit, per, capacity } = this.rules
    const args = [limit, per, cost, capacity].map(String)
    const reply = await this.context.commands.runBuffer(script, [this.#keyOf(key)], args, { signal })
    const [allowed, remaining, resetAfter, retryAfter] = reply as [number, number, number, number]
    return { allowed: allowed === 1, limit: capacity, remaining, resetAfter, retryAfter }
  }

  #keyOf(key: unknown): string {
    return this.#begin + subjectKey(`rateLimit "${this.name}"`, key)
  }
}
