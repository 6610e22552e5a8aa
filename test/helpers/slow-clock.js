import { processClock } from '../../dist/clock.js'

/**
 * A clock for stores of processes of their own: a minute of this process is a second by it. However
 * busy the machine is, they wait for what the server answers.
 * @type {import('../../src/clock.ts').Clock}
 */
export const slowClock = {
  ...processClock,
  now: () => processClock.now() / 60,
  setTimeout: (fn, ms) => processClock.setTimeout(fn, ms * 60),
  setInterval: (fn, ms) => processClock.setInterval(fn, ms * 60),
}
