import type { Clock, Timer } from '../../clock.ts'
import { LockError } from '../../errors.ts'
import type { Duration } from '../../options/duration.ts'
import type { LockKey } from './lock-key.ts'
import { readTtl } from './lock-options.ts'

/** State of a lease at its begin. */
export interface LeaseBegin {
  readonly token: string
  readonly fence: number
  /** In ms. */
  readonly ttl: number
  readonly renew: boolean
  /** Time on the clock when the lock was asked for: it may have been given since then. */
  readonly askedAt: number
}

/**
 * A lock that is held. It is renewed by a timer, which does not keep the process alive.
 *
 * The lease is lost if Redis did not confirm it for as long as its ttl, or says that another has
 * the lock: then {@link Lease.signal} aborts.
 */
export class Lease implements AsyncDisposable, Disposable {
  /** Random text, of this lease alone. */
  readonly token: string
  /**
   * Fencing number: each holder has a higher one than all before it. A database that keeps the
   * highest one that it saw can refuse the write of a holder that lost the lock without knowing.
   */
  readonly fence: number
  readonly #lock: LockKey
  readonly #clock: Clock
  readonly #renews: boolean
  readonly #lost = new AbortController()
  #ttl: number
  /** Time until which the lock is surely held. */
  #until: number
  #timer: Timer | undefined
  #renewing = false
  #renewAt = 0
  #released = false

  /** @internal */
  constructor(lock: LockKey, { token, fence, ttl, renew, askedAt }: LeaseBegin) {
    this.token = token
    this.fence = fence
    this.#lock = lock
    this.#clock = lock.context.clock
    this.#renews = renew
    this.#ttl = ttl
    this.#until = askedAt + ttl
    this.#renewAt = askedAt + ttl / 3
    this.#schedule()
  }

  /** Aborts with a {@link LockError} (`lost`) when the lease is lost, but not by a release. */
  get signal(): AbortSignal {
    return this.#lost.signal
  }

  /** True as long as the lock is surely held. */
  get held(): boolean {
    return !this.#released && !this.signal.aborted && this.#clock.now() < this.#until
  }

  /**
   * Finds out that the lease is lost also where the process was too busy for the timer.
   *
   * @internal
   * @throws LockError (`lost`)
   */
  throwIfLost(): void {
    if (!this.#released && this.#clock.now() >= this.#until) this.#loseInTime()
    this.signal.throwIfAborted()
  }

  /**
   * Lets the lease live for at least a time from now. It is renewed by the longer time from then
   * on.
   *
   * @returns false if the lock is no longer held: then the lease is lost
   * @throws OptionError, DurationError, StoreError, ClosedError
   */
  async extend(ttl: Duration): Promise<boolean> {
    const milliseconds = readTtl(ttl)
    if (!this.held) return false
    return this.#renew(milliseconds)
  }

  /**
   * Gives the lock back, and wakes one that waits for it.
   *
   * @returns false if it was no longer held, or was released already
   * @throws StoreError, ClosedError: then the lock ends after its ttl
   */
  async release(): Promise<boolean> {
    if (this.#released) return false
    this.#released = true
    this.#clock.clearTimeout(this.#timer)
    return this.#lock.release(this.token)
  }

  /** Releases the lock. Where Redis does not answer, it ends after its ttl. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.release().catch(() => {})
  }

  /** Releases the lock, without waiting for Redis. */
  [Symbol.dispose](): void {
    void this[Symbol.asyncDispose]()
  }

  async #renew(ttl: number): Promise<boolean> {
    const askedAt = this.#clock.now()
    const held = await this.#lock.renew(this.token, ttl)
    if (this.#released || this.signal.aborted) return false
    if (!held) {
      this.#lose('it is no longer that of this holder')
      return false
    }
    this.#ttl = Math.max(this.#ttl, ttl)
    this.#until = Math.max(this.#until, askedAt + ttl)
    this.#renewAt = askedAt + this.#ttl / 3
    this.#schedule()
    return true
  }

  #schedule(): void {
    this.#clock.clearTimeout(this.#timer)
    const renewAt = this.#renews && !this.#renewing ? this.#renewAt : Infinity
    const wait = Math.min(renewAt, this.#until) - this.#clock.now()
    this.#timer = this.#clock.setTimeout(this.#due, Math.max(1, wait)).unref()
  }

  readonly #due = (): void => {
    if (this.#released) return
    const now = this.#clock.now()
    if (now >= this.#until) {
      this.#loseInTime()
      return
    }
    if (this.#renews && !this.#renewing && now >= this.#renewAt) void this.#renewInTime()
    this.#schedule()
  }

  async #renewInTime(): Promise<void> {
    this.#renewing = true
    try {
      await this.#renew(this.#ttl)
    } catch {
      // Tried again, until the lease ends.
      this.#renewAt = this.#clock.now() + Math.min(this.#ttl / 10, 1_000)
    } finally {
      this.#renewing = false
      if (!this.#released && !this.signal.aborted) this.#schedule()
    }
  }

  #loseInTime(): void {
    this.#lose(`its ttl of ${this.#ttl} ms ended before Redis confirmed that it was renewed`)
  }

  #lose(why: string): void {
    this.#clock.clearTimeout(this.#timer)
    this.#lost.abort(new LockError(`The lock "${this.#lock.name}" was lost: ${why}`, { reason: 'lost' }))
  }
}
