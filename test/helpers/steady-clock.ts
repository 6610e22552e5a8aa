import { processClock } from '../../src/clock.ts'
import { TestClock } from './test-clock.ts'

/**
 * A clock that stands still until a test moves it, while its timers run in real time: for what asks
 * a server again and again.
 */
export function steadyClock(): TestClock {
  const { setTimeout, clearTimeout, setInterval, clearInterval } = processClock
  return Object.assign(new TestClock(), { setTimeout, clearTimeout, setInterval, clearInterval })
}
