import { processClock, type Timer } from '../../src/clock.ts'
import { TestClock } from './test-clock.ts'

/**
 * A clock that stands still until a test moves it, while its timers run in real time: for what asks
 * a server again and again.
 */
export class SteadyClock extends TestClock {
  override setTimeout(fn: () => void, ms: number): Timer {
    return processClock.setTimeout(fn, ms)
  }

  override clearTimeout(timer: Timer | undefined): void {
    processClock.clearTimeout(timer)
  }

  override setInterval(fn: () => void, ms: number): Timer {
    return processClock.setInterval(fn, ms)
  }

  override clearInterval(timer: Timer | undefined): void {
    processClock.clearInterval(timer)
  }
}
