/**
 * Time for the whole package. Functions of the runtime are taken when this module is loaded: a test
 * that installs fake timers later stops neither the cache nor its stores.
 */
export interface Clock {
  /** Milliseconds, with a fraction, from any beginning. Never goes back. */
  now(): number
  /** Milliseconds since 1970, whole ones. May be set forward or back. */
  wall(): number
  setTimeout(fn: () => void, ms: number): Timer
  clearTimeout(timer: Timer | undefined): void
  setInterval(fn: () => void, ms: number): Timer
  clearInterval(timer: Timer | undefined): void
  setImmediate(fn: () => void): void
}

export interface Timer {
  /** Does not keep the process alive. */
  unref(): Timer
}

const { performance, setTimeout, clearTimeout, setInterval, clearInterval, setImmediate } = globalThis
const now = performance.now.bind(performance)

/** The clock and the timers of this process. */
export const processClock: Clock = {
  now,
  wall: () => Date.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
  setInterval: (fn, ms) => setInterval(fn, ms),
  clearInterval: (timer) => clearInterval(timer as NodeJS.Timeout | undefined),
  setImmediate: (fn) => {
    setImmediate(fn)
  },
}

/** Resolves after a time. */
export function sleep(ms: number, clock: Clock = processClock): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimeout(resolve, ms)
  })
}

/** Resolves in the next turn of the event loop. */
export function nextTurn(clock: Clock = processClock): Promise<void> {
  return new Promise((resolve) => clock.setImmediate(resolve))
}
