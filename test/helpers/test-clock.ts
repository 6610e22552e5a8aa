import { type Clock, nextTurn, sleep, type Timer } from '../../src/clock.ts'
import type { StoreTime } from '../../src/testing/index.ts'

/**
 * How many turns of the event loop `until` lets go by before it goes on more slowly, and at most.
 */
const QUICK = 100
const LONGEST = 40_000

interface Pending extends Timer {
  readonly fn: () => void
  readonly every: number | undefined
  due: number
}

/** A clock that stands still until a test moves it; what is due then runs in its order. */
export class TestClock implements Clock {
  #now = 0
  /** The wall clock's lead over the monotonic clock, in milliseconds. */
  #ahead: number
  readonly #pending = new Set<Pending>()

  /** @param phase how much of a millisecond has passed on the wall when the other clock is at 0 */
  constructor(phase = 0) {
    this.#ahead = Date.UTC(2026, 0) + phase
  }

  now(): number {
    return this.#now
  }

  wall(): number {
    return Math.floor(this.#ahead + this.#now)
  }

  /** Sets the clock on the wall forward, or back. */
  setWall(by: number): void {
    this.#ahead += by
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#pending.size
  }

  /**
   * Moves on, a step in each turn of the event loop, until a promise is settled or a condition
   * holds. After some turns it goes on more slowly: what is waited for may be another process.
   */
  until<T>(done: Promise<T>, step?: number): Promise<T>
  until(done: () => boolean | Promise<boolean>, step?: number): Promise<void>
  async until(done: Promise<unknown> | (() => boolean | Promise<boolean>), step = 50): Promise<unknown> {
    if (typeof done === 'function') return this.#moveUntil(done, step)
    let settled = false
    const settle = () => {
      settled = true
    }
    done.then(settle, settle)
    await this.#moveUntil(() => settled, step)
    return done
  }

  async #moveUntil(holds: () => boolean | Promise<boolean>, step: number): Promise<void> {
    for (let turn = 0; turn < LONGEST; turn++) {
      await (turn < QUICK ? nextTurn() : sleep(1))
      if (await holds()) return
      this.advance(step)
    }
    throw new Error(`What the test waits for did not come about within ${LONGEST * step} ms of its clock`)
  }

  advance(ms: number): void {
    const until = this.#now + ms
    for (let next = this.#nextUntil(until); next; next = this.#nextUntil(until)) {
      this.#now = Math.max(this.#now, next.due)
      if (next.every === undefined) this.#pending.delete(next)
      else next.due += next.every
      next.fn()
    }
    this.#now = until
  }

  #nextUntil(time: number): Pending | undefined {
    let first: Pending | undefined
    for (const one of this.#pending) if (one.due <= time && !(first && first.due <= one.due)) first = one
    return first
  }

  setTimeout(fn: () => void, ms: number): Timer {
    return this.#add(fn, ms, undefined)
  }

  setInterval(fn: () => void, ms: number): Timer {
    return this.#add(fn, ms, Math.max(1, ms))
  }

  #add(fn: () => void, ms: number, every: number | undefined): Timer {
    const timer: Pending = { fn, every, due: this.#now + Math.max(1, ms), unref: () => timer }
    this.#pending.add(timer)
    return timer
  }

  clearTimeout(timer: Timer | undefined): void {
    this.#pending.delete(timer as Pending)
  }

  clearInterval(timer: Timer | undefined): void {
    this.#pending.delete(timer as Pending)
  }

  setImmediate(fn: () => void): void {
    setImmediate(fn)
  }
}

/** For the conformance suite of a store whose lives end by this clock. */
export function timeOf(clock: TestClock): StoreTime {
  return { now: () => clock.wall(), sleep: async (ms) => clock.advance(ms) }
}
