import fc from 'fast-check'
import { OptionError } from 'onetrip'
import { memoryStore } from 'onetrip/stores/memory'
import { describe, expect, test } from 'vitest'
import { FragmentCache } from '../../../src/core/fragment-cache.ts'
import { StartedAt } from '../../../src/core/page/started-at.ts'
import { cacheOf, engineOf } from '../../helpers/templates.ts'
import { TestClock } from '../../helpers/test-clock.ts'

const MINUTE = 60_000

describe('startedAt', () => {
  test('is never taken for a later time than it was, by less than two milliseconds too early', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 3, noNaN: true }),
        fc.double({ min: 0, max: 3, noNaN: true }),
        (phase, before, after) => {
          const clock = new TestClock(phase)
          const startedAt = new StartedAt(clock, MINUTE)
          clock.advance(before)
          const [begun, wall] = [clock.now(), clock.wall()]
          clock.advance(after)
          const taken = startedAt.toClock(wall)
          expect(taken).toBeLessThanOrEqual(begun + 1e-3)
          expect(taken).toBeGreaterThan(begun - 2 - 1e-3)
        },
      ),
    )
  })

  test('is no later where the clock on the wall is set back, and exact again after a while', () => {
    const clock = new TestClock(0.5)
    const startedAt = new StartedAt(clock, MINUTE)
    const [begun, wall] = [clock.now(), clock.wall()]
    clock.advance(10)
    clock.setWall(-2_000)
    expect(startedAt.toClock(wall)).toBeLessThanOrEqual(begun)
    clock.advance(MINUTE + 1)
    startedAt.toClock(clock.wall())
    expect(startedAt.toClock(clock.wall())).toBeGreaterThan(clock.now() - 2)
  })

  test('lies at the call at the latest', () => {
    const clock = new TestClock()
    expect(new StartedAt(clock, MINUTE).toClock(clock.wall() + 5_000)).toBe(0)
  })

  test('is refused where it is no time', () => {
    const { cache } = cacheOf('')
    expect(() => cache.open({ startedAt: Number.NaN })).toThrow(OptionError)
  })
})

describe('a clock on the wall that is set back by 2 s while a page is made', () => {
  test.each(['open', 'startedAt'] as const)('brings nothing old back: %s', async (way) => {
    const clock = new TestClock(0.5)
    const engine = engineOf({ page: '{% cache "a", tags=["t"] %}{{ row }}{% endcache %}' })
    const cache = new FragmentCache({ store: memoryStore({}, clock), engine, ttl: '1h' }, clock)
    clock.advance(10)
    const startedAt = clock.wall()
    const early = cache.open()
    clock.advance(2)
    clock.setWall(-2_000)
    await cache.invalidate('t')
    clock.advance(2)
    const page = way === 'open' ? early : cache.open({ startedAt })
    await page.render('page', { row: 'old' })
    await page.writeBack()
    expect((await cache.render('page', { row: 'new' })).body.toString()).toBe('new')
    await cache.close()
  })
})
