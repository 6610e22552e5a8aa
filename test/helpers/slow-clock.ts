import { type Clock, processClock } from '../../src/clock.ts'

/** How much slower it runs. */
const SLOWER = 10

/**
 * A clock that goes on by itself, but slowly: for a store that has to look and try again while its
 * servers change, and must not take those for silent that a busy machine holds up.
 */
export const slowClock: Clock = {
  ...processClock,
  now: () => processClock.now() / SLOWER,
  setTimeout: (fn, ms) => processClock.setTimeout(fn, ms * SLOWER),
  setInterval: (fn, ms) => processClock.setInterval(fn, ms * SLOWER),
}
