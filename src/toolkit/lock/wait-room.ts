import type { Timer } from '../../clock.ts'
import { ClosedError, LockError } from '../../errors.ts'
import { onAbort } from '../../redis/on-abort.ts'
import type { ChannelListener } from '../../redis/subscription.ts'
import type { LeaseBegin } from './lease.ts'
import type { LockKey } from './lock-key.ts'

/** Longest time after which a lock is asked for again, in ms, should a message have been lost. */
const ASK_AGAIN = 5_000
/** Time after which Redis is asked again that did not answer, in ms. */
const RETRY = 500
/** Shortest and longest time for which a place in a queue is kept, in ms. */
const KEEP_PLACE = [1_000, 10_000] as const

/** Result for one that waits. */
type Granted = Pick<LeaseBegin, 'token' | 'fence' | 'askedAt'>

interface Waiter {
  readonly resolve: (granted: Granted) => void
  readonly reject: (error: unknown) => void
  /** Redis has answered since this one waits. */
  asked: boolean
  /** Time until which its place in the queue is kept; 0 if it has none. */
  keptUntil: number
  /** A question about it has no answer, so Redis may know it. */
  uncertain: boolean
}

/** The owner of a room. */
export interface RoomHost {
  /** Listens on the channel of the lock. @returns a function that ends it. @throws ClosedError */
  listen(listener: ChannelListener): () => void
  /** Forgets the room: none waits in it. */
  leave(): void
}

/**
 * Those in this process who wait for one lock. Only one question about the lock is under way at a
 * time, whatever their number. It is asked when the lock is announced to be free, and when the ttl
 * of its holder ends.
 */
export class WaitRoom {
  readonly #lock: LockKey
  readonly #ttl: number
  readonly #host: RoomHost
  /** By their tokens, in the order of asking. */
  readonly #waiters = new Map<string, Waiter>()
  readonly #keepPlace: number
  #asking = false
  #again = false
  #timer: Timer | undefined
  #endListening: (() => void) | undefined
  #failure: unknown

  constructor(lock: LockKey, ttl: number, host: RoomHost) {
    this.#lock = lock
    this.#ttl = ttl
    this.#host = host
    const [least, most] = KEEP_PLACE
    this.#keepPlace = Math.min(Math.max(ttl, least), most)
  }

  /**
   * Waits for the lock.
   *
   * @throws LockError (`timeout`), StoreError if Redis does not answer at first, ClosedError, the
   * reason of the signal
   */
  wait(token: string, wait: number, signal: AbortSignal | undefined): Promise<Granted> {
    const { clock } = this.#lock.context
    return new Promise((resolve, reject) => {
      const end = () => {
        clock.clearTimeout(timer)
        endSignal?.()
      }
      const waiter: Waiter = {
        resolve: (granted) => {
          end()
          resolve(granted)
        },
        reject: (error) => {
          end()
          reject(error)
        },
        asked: false,
        keptUntil: 0,
        uncertain: false,
      }
      const giveUp = (error: unknown) => {
        waiter.reject(error)
        this.#remove(token, waiter)
      }
      const timer = clock.setTimeout(() => giveUp(this.#timeout(wait)), wait)
      const endSignal = signal && onAbort(signal, () => giveUp(signal.reason))
      this.#waiters.set(token, waiter)
      void this.#ask()
    })
  }

  readonly #listener: ChannelListener = {
    subscribed: () => void this.#ask(),
    message: (token) => {
      // Of a fair lock, it names the one whose turn it is.
      if (token === '' || this.#waiters.has(token)) void this.#ask()
    },
    closed: (error) => this.#rejectAll(error),
  }

  /** Asks for the lock, and again as long as something has changed meanwhile. */
  async #ask(): Promise<void> {
    this.#again = true
    if (this.#asking) return
    this.#asking = true
    let wait = 0
    while (this.#again && this.#waiters.size > 0) {
      this.#again = false
      wait = await this.#askOnce()
    }
    this.#asking = false
    this.#rest(wait)
  }

  /** @returns the time until Redis should be asked again, in ms */
  async #askOnce(): Promise<number> {
    const { clock } = this.#lock.context
    const askedAt = clock.now()
    const tokens = this.#tokens(askedAt)
    try {
      const waits = this.#lock.fair ? this.#keepPlace : 0
      const { token, fence, askAgainIn } = await this.#lock.ask(tokens, this.#ttl, waits)
      this.#failure = undefined
      for (const waiter of this.#waiters.values()) waiter.asked = true
      for (const one of tokens) {
        const waiter = this.#waiters.get(one)
        if (!waiter) this.#release(one)
        else if (this.#lock.fair) waiter.keptUntil = askedAt + this.#keepPlace
      }
      // Another program may have taken the life of the key.
      if (token === undefined) return askAgainIn < 0 ? ASK_AGAIN : askAgainIn
      const waiter = this.#waiters.get(token)
      this.#waiters.delete(token)
      waiter?.resolve({ token, fence, askedAt })
      // It may be released before the others listen.
      if (!this.#endListening) this.#again = true
      return this.#ttl
    } catch (error) {
      if (error instanceof ClosedError) this.#rejectAll(error)
      else this.#failed(tokens, error)
      return RETRY
    }
  }

  /** Returns the first, and those whose place in the queue has to be kept. */
  #tokens(now: number): string[] {
    const [first = ''] = this.#waiters.keys()
    if (!this.#lock.fair) return [first]
    const due = [...this.#waiters].filter(
      ([token, { keptUntil }]) => token === first || keptUntil - now < this.#keepPlace * 0.7,
    )
    return due.map(([token]) => token)
  }

  #failed(tokens: readonly string[], error: unknown): void {
    this.#failure = error
    for (const token of tokens) {
      const waiter = this.#waiters.get(token)
      if (waiter) waiter.uncertain = true
      else this.#release(token)
    }
    for (const [token, waiter] of [...this.#waiters]) {
      if (waiter.asked) continue
      waiter.reject(error)
      this.#remove(token, waiter)
    }
  }

  /** Listens, and sets the timer; or closes the room, if none waits. */
  #rest(wait: number): void {
    const { clock } = this.#lock.context
    clock.clearTimeout(this.#timer)
    if (this.#waiters.size === 0) {
      this.#endListening?.()
      this.#endListening = undefined
      this.#host.leave()
      return
    }
    const limit = this.#lock.fair ? this.#keepPlace / 3 : ASK_AGAIN
    this.#timer = clock.setTimeout(() => void this.#ask(), Math.min(wait + 1, limit, ASK_AGAIN))
    if (this.#endListening) return
    try {
      this.#endListening = this.#host.listen(this.#listener)
    } catch (error) {
      this.#rejectAll(error)
    }
  }

  #remove(token: string, waiter: Waiter): void {
    this.#waiters.delete(token)
    if (waiter.keptUntil > 0 || waiter.uncertain) this.#release(token)
    if (this.#waiters.size === 0 && !this.#asking) this.#rest(0)
  }

  /** Gives back what a token has that none waits for. Otherwise it ends after its ttl. */
  #release(token: string): void {
    this.#lock.release(token).catch(() => {})
  }

  #rejectAll(error: unknown): void {
    for (const waiter of this.#waiters.values()) waiter.reject(error)
    this.#waiters.clear()
    if (!this.#asking) this.#rest(0)
  }

  #timeout(wait: number): LockError {
    const why = this.#failure === undefined ? '' : ': Redis does not answer'
    return new LockError(`The lock "${this.#lock.name}" was not free within ${wait} ms${why}`, {
      reason: 'timeout',
      cause: this.#failure,
    })
  }
}
