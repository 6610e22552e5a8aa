import { type Clock, processClock, type Timer } from '../clock.ts'
import { OptionError, StoreError } from '../errors.ts'
import { type Duration, toMilliseconds } from '../options/duration.ts'
import { show } from '../options/show.ts'
import { refuseUnknownOptions } from '../options/unknown-option.ts'
import { CommandClient } from '../redis/command-client.ts'
import type { RedisSource } from '../redis/open-client.ts'
import type { HotFragments, HotParams } from './hot-fragments.ts'
import { type FragmentCounts, LocalCounts } from './local-counts.ts'
import { ADD, cellsOf, GROUP, TOP } from './sketch.ts'

export interface HotFragmentsOptions {
  /**
   * Begin of the keys in Redis: the `prefix` of the cache.
   *
   * @defaultValue `'onetrip'`
   */
  readonly prefix?: string | undefined
  /**
   * Length of a time window, at least 1 s. The current window and three earlier ones are counted;
   * each counts half as much as the next one.
   *
   * @defaultValue `'15m'`
   */
  readonly window?: Duration | undefined
  /** @internal Time by which windows begin, in ms since 1970. @defaultValue that of Redis */
  readonly now?: (() => number) | undefined
}

/** Number of windows that are counted, with the current one. */
const WINDOWS = 4
/** Shortest window, in ms: a script is to arrive in the window that it was made for. */
const SHORTEST_WINDOW = 1_000
/** Attempts of a script, if a window begins meanwhile. */
const ATTEMPTS = 3
/** Interval of the scripts that send what this process has counted, in ms. */
const SEND_EVERY = 1_000
/** Most params that this process counts between two scripts. */
const CAPACITY = 1_000
/** Longest wait of `close` for the last script, in ms. */
const CLOSE_WAIT = 1_000
/** Longest params that are counted, in characters. */
const LONGEST_PARAMS = 512
/** Highest weight, so that no sum is above that of a counter. */
const HIGHEST_WEIGHT = 1_000_000

/**
 * Counts the requests for params of fragments in Redis, in a sketch of bounded size: about 50 KB
 * for each fragment and window, whatever is asked for. Each process sends its counts in one script
 * a second. If Redis fails, they are dropped: nothing else fails.
 *
 * A request costs a page less than 1 us. A script with the counts of 20 params takes Redis 0.1 ms,
 * one with 1,000 params, which is the most, 3 ms. An ACL user needs `+evalsha +eval +script|load
 * +time +bitfield +zmscore +zadd +zremrangebyrank +pexpire +zunion` and the keys
 * `~onetrip:{hot}:*`.
 *
 * @example
 * ```ts
 * const hot = new RedisHotFragments(redis)
 * hot.note('sidebar', '{"id":42}')
 * const [first] = await hot.top('sidebar', 20)
 * ```
 */
export class RedisHotFragments implements HotFragments {
  readonly #redis: CommandClient
  readonly #prefix: string
  readonly #window: number
  readonly #now: (() => number) | undefined
  readonly #clock: Clock
  readonly #counts = new LocalCounts(CAPACITY)
  /** Number of the window in which Redis was at its last answer. */
  #current: number
  #timer: Timer | undefined
  #sending: Promise<void> | undefined

  /**
   * @param redis a client of ioredis, which stays open at `close`, or how to connect
   * @throws OptionError, DurationError
   */
  constructor(redis: RedisSource, options?: HotFragmentsOptions)
  /** @internal */
  constructor(redis: RedisSource, options: HotFragmentsOptions | undefined, clock: Clock)
  constructor(redis: RedisSource, options: HotFragmentsOptions = {}, clock = processClock) {
    refuseUnknownOptions('RedisHotFragments', options, ['prefix', 'window', 'now'])
    const { prefix = 'onetrip', window = '15m', now } = options
    if (typeof prefix !== 'string')
      throw new OptionError(`RedisHotFragments: prefix must be a string; got ${show(prefix)}`)
    this.#prefix = prefix
    this.#window = toMilliseconds(window, 'RedisHotFragments: window')
    if (this.#window < SHORTEST_WINDOW)
      throw new OptionError(`RedisHotFragments: window must be at least '1s'; got ${show(window)}`)
    this.#now = now
    this.#clock = clock
    this.#current = this.#windowAt(now?.() ?? clock.wall())
    this.#redis = new CommandClient('The hot fragments', 'RedisHotFragments', redis, [ADD, TOP], clock)
  }

  /** Counts a request. Params of more than 512 characters are not counted. */
  note(fragment: string, params: string, weight = 1): void {
    if (this.#redis.closed || params.length > LONGEST_PARAMS || !(weight > 0)) return
    this.#counts.add(fragment, params, Math.min(Math.ceil(weight), HIGHEST_WEIGHT))
    this.#timer ??= this.#clock.setTimeout(() => void this.flush(), SEND_EVERY).unref()
  }

  /**
   * Returns the params of a fragment that are asked for most: of the 200 most asked for in each
   * window.
   *
   * @throws OptionError if `n` is not a whole number of at least 1; ClosedError, StoreError
   */
  async top(fragment: string, n: number): Promise<HotParams[]> {
    if (!Number.isSafeInteger(n) || n < 1)
      throw new OptionError(`top(fragment, n): n must be a whole number of at least 1; got ${show(n)}`)
    const reply = await this.#inWindow(async (current) => {
      const lists = Array.from({ length: WINDOWS }, (_, age) => this.#keyOf('list', current - age, fragment))
      const found = (await this.#redis.run(TOP, lists, [...this.#timeArgs(current), String(n)])) as string[]
      return [Number(found[0]), found.slice(1)]
    })
    return Array.from({ length: reply.length / 2 }, (_, i) => {
      return { params: reply[2 * i] as string, count: Number(reply[2 * i + 1]) }
    })
  }

  /** Sends what this process has counted now. Never rejects. */
  async flush(): Promise<void> {
    this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
    // One at a time: what is counted meanwhile is sent next.
    while (this.#sending) await this.#sending
    if (this.#counts.size === 0) return
    this.#sending = this.#send(this.#counts.take())
    await this.#sending
  }

  /** Sends the rest, for at most a second, and closes a connection of its own. */
  async close(): Promise<void> {
    let timer: Timer | undefined
    const late = new Promise<void>((resolve) => {
      timer = this.#clock.setTimeout(resolve, CLOSE_WAIT).unref()
    })
    await Promise.race([this.flush(), late])
    this.#clock.clearTimeout(timer)
    await this.#redis.close()
  }

  async #send(counts: ReadonlyMap<string, FragmentCounts>): Promise<void> {
    try {
      await this.#inWindow(async (current) => {
        const { keys, args } = this.#addition(counts, current)
        const ttl = String(this.#window * (WINDOWS + 1))
        const found = await this.#redis.run(ADD, keys, [...this.#timeArgs(current), ttl, ...args])
        return [Number(found), undefined]
      })
    } catch {
      // Counts are estimates: those of an outage are missing.
    } finally {
      this.#sending = undefined
    }
  }

  #addition(counts: ReadonlyMap<string, FragmentCounts>, window: number): { keys: string[]; args: string[] } {
    const keys: string[] = []
    const args: string[] = []
    for (const [fragment, ofFragment] of counts) {
      const all = [...ofFragment]
      for (let from = 0; from < all.length; from += GROUP) {
        const group = all.slice(from, from + GROUP)
        keys.push(this.#keyOf('sketch', window, fragment), this.#keyOf('list', window, fragment))
        args.push(String(group.length))
        for (const [params, count] of group) args.push(String(count), ...cellsOf(params), params)
      }
    }
    return { keys, args }
  }

  /**
   * Runs a script with the keys of the current window, again if another one has begun.
   *
   * @param run returns the number of the current window, and the result if it is that one
   */
  async #inWindow<T>(run: (current: number) => Promise<[current: number, result: T]>): Promise<T> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const asked = this.#current
      const [current, result] = await run(asked)
      if (current === asked) return result
      if (Number.isSafeInteger(current)) this.#current = current
    }
    throw new StoreError(`${this.#redis.server} has not told the current time window of the hot fragments`)
  }

  #timeArgs(current: number): string[] {
    return [String(current), String(this.#window), this.#now === undefined ? '' : String(this.#now())]
  }

  /** All keys are in one slot of a cluster. */
  #keyOf(part: 'sketch' | 'list', window: number, fragment: string): string {
    return `${this.#prefix}:{hot}:${window}:${part}:${fragment}`
  }

  #windowAt(time: number): number {
    return Math.floor(time / this.#window)
  }
}
