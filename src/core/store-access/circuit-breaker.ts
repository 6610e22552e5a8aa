import type { Clock, Timer } from '../../clock.ts'
import { type OnetripError, StoreError } from '../../errors.ts'
import type { Store } from '../../stores/store.ts'
import type { Events } from '../events.ts'
import { within } from './deadline.ts'
import { asStoreError } from './store-failure.ts'

/** Longest pause between two probes, in ms. */
const LONGEST_PAUSE_MS = 5_000
/** A failure within this time after a probe was answered, in ms: probes go on at the last pause. */
const RELAPSE_MS = 5_000

interface BreakerOptions {
  /** Failures in a row after which it opens. */
  readonly failures: number
  /** Pause before the second probe, in ms; later ones double. */
  readonly retryAfter: number
  /** Longest time of a probe, in ms. */
  readonly timeout: number
  /** Called when it closes. */
  readonly onClosed?: () => void
}

/**
 * Circuit breaker (Nygard, Release It!): once the store has failed, pages do without it at once,
 * rather than each find out and wait. It is probed in the background, first at once, so that a
 * store that was only slow for a moment is back in the next; no page is the one that tries.
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
  /** The failure that was reported last. */
  #reported = ''
  #closed = false
  #lastPause = 0
  #answeredAt = Number.NEGATIVE_INFINITY

  /** @param probeKey a key to read; nothing needs to be there */
  constructor(store: Store, probeKey: string, options: BreakerOptions, events: Events, clock: Clock) {
    this.#clock = clock
    this.#store = store
    this.#probeKey = probeKey
    this.#options = options
    this.#events = events
  }

  /** The failure for which it is open; undefined while it is closed. */
  get error(): OnetripError | undefined {
    return this.#error
  }

  succeeded(): void {
    this.#failures = 0
  }

  failed(cause: OnetripError): void {
    this.#failures++
    if (this.#failures < this.#options.failures || this.#error || this.#closed) return
    this.#error = new StoreError(`The circuit breaker is open since the store has failed: ${cause.message}`, {
      cause,
    })
    this.#reported = cause.message
    if (!this.#events.hearsBreaker) warnOnce(cause)
    this.#events.emit({ type: 'breaker', state: 'open', error: cause })
    if (this.#clock.now() - this.#answeredAt < RELAPSE_MS) this.#probeAfter(this.#lastPause)
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

  /** @param pause the last pause, in ms */
  #probeAfter(pause: number): void {
    const next = pause === 0 ? this.#options.retryAfter : Math.min(pause * 2, LONGEST_PAUSE_MS)
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
      this.#report(asStoreError(cause))
      return false
    }
  }

  /**
   * Reports a failure, unless it was reported last: after a lost connection the store may ask for a
   * password.
   */
  #report(error: OnetripError): void {
    if (error.message === this.#reported || this.#closed) return
    this.#reported = error.message
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

/** Warns on stderr: without a listener an outage would go unnoticed, since pages are served. */
export function warnOfOutage({ code, message }: OnetripError): void {
  process.emitWarning(`The store has failed, and pages are rendered without it: ${message}`, {
    type: 'OnetripWarning',
    code,
  })
}
