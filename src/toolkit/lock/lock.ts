import { randomBytes } from 'node:crypto'
import { OptionError } from '../../errors.ts'
import { show } from '../../options/show.ts'
import type { KitContext } from '../kit-context.ts'
import { Lease } from './lease.ts'
import { LockKey } from './lock-key.ts'
import { type AcquireOptions, type LockRules, readLockOptions, readWait } from './lock-options.ts'
import { waitRoomOf } from './wait-rooms.ts'

/** A function that runs while a lock is held. Its signal aborts when the lock is lost. */
export type LockedFunction<T> = (signal: AbortSignal, lease: Lease) => T | PromiseLike<T>

/**
 * A lock by name, which one holder has at a time, over all processes that use the same Redis. Made
 * by {@link Toolkit.lock}.
 *
 * It is kept by one server. Where Redis is restarted without its data, or a replica takes over that
 * had not received a lock, two holders are possible: {@link Lease.fence} tells them apart.
 */
export class Lock {
  readonly name: string
  readonly #key: LockKey
  readonly #rules: LockRules

  /** @internal */
  constructor(context: KitContext, name: string, options: unknown) {
    this.#rules = readLockOptions(`lock "${name}"`, options)
    this.#key = new LockKey(context, name, this.#rules.fair)
    this.name = name
  }

  /**
   * Waits for the lock, and holds it. One that holds it already waits like any other.
   *
   * @throws LockError (`timeout`), StoreError, ClosedError, the reason of the signal
   *
   * @example
   * ```ts
   * await using lease = await kit.lock('import').acquire({ wait: '10s' })
   * ```
   */
  async acquire(options: AcquireOptions = {}): Promise<Lease> {
    const wait = readWait('acquire', options, this.#rules.wait)
    options.signal?.throwIfAborted()
    const { ttl, renew } = this.#rules
    const room = waitRoomOf(this.#key, ttl)
    return new Lease(this.#key, { ...(await room.wait(newToken(), wait, options.signal)), ttl, renew })
  }

  /**
   * Holds the lock if it is free, and if it is fair, none waits for it.
   *
   * @returns undefined if it is not free
   * @throws StoreError, ClosedError
   */
  async tryAcquire(): Promise<Lease | undefined> {
    const { ttl, renew } = this.#rules
    const token = newToken()
    const askedAt = this.#key.context.clock.now()
    try {
      const answer = await this.#key.ask([token], ttl, 0)
      return answer.token === token
        ? new Lease(this.#key, { token, fence: answer.fence, ttl, renew, askedAt })
        : undefined
    } catch (error) {
      // The server may have given it, without the answer having arrived.
      this.#key.release(token).catch(() => {})
      throw error
    }
  }

  /**
   * Calls a function while the lock is held, and releases it.
   *
   * @throws what the function throws; LockError: `timeout` if it was not called, `lost` if the lock
   * was lost before it ended; StoreError, ClosedError, the reason of the signal
   *
   * @example
   * ```ts
   * await kit.lock('import').run(async (signal) => importFilms({ signal }))
   * ```
   */
  run<T>(fn: LockedFunction<T>): Promise<T>
  run<T>(options: AcquireOptions, fn: LockedFunction<T>): Promise<T>
  async run<T>(first: AcquireOptions | LockedFunction<T>, second?: LockedFunction<T>): Promise<T> {
    const [options, fn] = typeof first === 'function' ? [{}, first] : [first, second]
    if (typeof fn !== 'function') throw new OptionError(`run: ${show(fn)} is not a function`)
    const lease = await this.acquire(options)
    try {
      const result = await fn(lease.signal, lease)
      lease.throwIfLost()
      return result
    } finally {
      await lease[Symbol.asyncDispose]()
    }
  }

  /**
   * Returns a function that calls another one while the lock is held. It is a decorator of methods,
   * too.
   *
   * @example
   * ```ts
   * const importOnce = kit.lock('import').wrap(importFilms)
   * ```
   */
  readonly wrap = <This, Args extends readonly unknown[], T>(
    fn: (this: This, ...args: Args) => T | PromiseLike<T>,
    _context?: object,
  ): ((this: This, ...args: Args) => Promise<T>) => {
    if (typeof fn !== 'function') throw new OptionError(`wrap: ${show(fn)} is not a function`)
    const lock = this
    return function (this: This, ...args: Args) {
      return lock.run(() => fn.apply(this, args as never))
    }
  }

  /**
   * Takes the lock from whoever has it. The holder finds out at its next renewal.
   *
   * @returns false if it was free
   * @throws StoreError, ClosedError
   */
  clear(): Promise<boolean> {
    return this.#key.clear()
  }
}

function newToken(): string {
  return randomBytes(16).toString('base64url')
}
