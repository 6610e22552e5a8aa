import type { Clock, Timer } from '../../clock.ts'
import { type OnetripError, StoreError } from '../../errors.ts'
import type { Store } from '../../stores/store.ts'
import type { Events } from '../events.ts'
import { within } from './deadline.ts'
import { asStoreError } from './store-failure.ts'

/** The longest pause between two probes, in milliseconds. */
const LONGEST_PAUSE = 5_000
/** What fails so soon after a probe was answered is not told apart by probes: they go on more rarely. In milliseconds. */
const RELAPSE = 5_000

interface BreakerOptions {
  /** After how many failures in a row it opens. */
  readonly failures: number
  /** Milliseconds until the second probe; later pauses are twice as long each. */
  readonly retryAfter: number
  /** Milliseconds within which a probe must be answered. */
  readonly timeout: number
  /** Called when the store is asked again. */
  readonly onClosed?: () => void
}

/**
 * A circuit breaker (Nygard, Release It!): once the store has failed, pages do without it at once, rather than find out
 * one by one and wait each. It is probed in the background, at first at once, so that a store that was only slow for a
 * moment is back in the next; no page is the one that tries.
 */
export class CircuitBreaker {
  readonly #store: Store
  readonly #probeKey: string
  readonly #options: BreakerOptions
  readonly #events: Events
  readonly #clock: Clock
  #failures = 0
  /** Set while it is open. */
  #error: OnetripError | undefined
  #timer: Timer | undefined
  /** What was told of the store's failure last. */
  #told = ''
  #closed = false
  #lastPause = 0
  #answeredAt = Number.NEGATIVE_INFINITY

  /** @param probeKey a key that is read to see whether the store answers; nothing needs to be there */
  constructor(store: Store, probeKey: string, options: BreakerOptions, events: Events, clock: Clock) {
    this.#clock = clock
    this.#store = store
    this.#probeKey = probeKey
    this.#options = options
    this.#events = events
  }

  /** Why nothing is asked of the store; undefined: it is. */
  get error(): OnetripError | undefined {
    return this.#error
  }

  succeeded(): void {
    this.#failures = 0
  }

  failed(cause: OnetripError): void {
    this.#failures++
    if (this.#failures < this.#options.failures || this.#error || this.#closed) return
    this.#error = new StoreError(
      `The store is not asked until it answers again; it has failed: ${cause.message}`,
      {
        cause,
      },
    )
    this.#told = cause.message
    if (!this.#events.hearsBreaker) warnOnce(cause)
    this.#events.emit({ type: 'breaker', state: 'open', error: cause })
    if (this.#clock.now() - this.#answeredAt < RELAPSE) this.#probeAfter(this.#lastPause)
    else void this.#probe(0)
  }

  async #probe(pause: number): Promise<void> {
    if (await this.#answers()) {
      if (this.#closed) return
      this.#failures = 0
      this.#error = undefined
      this.#lastPause = pause
      this.#answeredAt = this.#clock.now()
      this.#options.onClosed?.()
      this.#events.emit({ type: 'breaker', state: 'closed' })
      return
    }
    if (!this.#closed) this.#probeAfter(pause)
  }

  /** @param pause the last one */
  #probeAfter(pause: number): void {
    const next = pause === 0 ? this.#options.retryAfter : Math.min(pause * 2, LONGEST_PAUSE)
    // Spread, so that the processes of a site do not come back all at once.
    this.#timer = this.#clock
      .setTimeout(() => void this.#probe(next), next * (0.75 + Math.random() / 2))
      .unref()
  }

  async #answers(): Promise<boolean> {
    try {
      const answer = Promise.resolve(this.#store.getMany([this.#probeKey]))
      const [found] = await within(this.#options.timeout, answer, () => [], this.#clock)
      if (found instanceof Error) throw found
      return found !== undefined
    } catch (cause) {
      this.#tell(asStoreError(cause))
      return false
    }
  }

  /** First the connection was lost; then a password is asked for: the last reason is the one to know. */
  #tell(error: OnetripError): void {
    if (error.message === this.#told || this.#closed) return
    this.#told = error.message
    this.#events.emit({ type: 'error', error, during: 'probe', keys: [] })
  }

  close(): void {
    this.#closed = true
    this.#clock.clearTimeout(this.#timer)
  }
}

let warned = false

function warnOnce(error: OnetripError): void {
  if (!warned) warnOfOutage(error)
  warned = true
}

/** On stderr. Where nobody listens, and the pages are served, nobody would see it. */
export function warnOfOutage({ code, message }: OnetripError): void {
  process.emitWarning(`The store has failed, and pages are rendered without it: ${message}`, {
    type: 'OnetripWarning',
    code,
  })
}
