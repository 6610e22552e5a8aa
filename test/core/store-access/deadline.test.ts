import { describe, expect, test } from 'vitest'
import { Deadline } from '../../../src/core/store-access/deadline.ts'
import { TestClock } from '../../helpers/test-clock.ts'

const late = () => 'late'

describe('Deadline', () => {
  test('counts the time of all waits', async () => {
    const clock = new TestClock()
    const deadline = new Deadline(100, clock)
    for (const left of [60, 20]) {
      const wait = deadline.wait(
        new Promise((resolve) => clock.setTimeout(() => resolve('in time'), 40)),
        late,
      )
      clock.advance(40)
      expect(await wait).toBe('in time')
      expect(deadline.left).toBe(left)
    }
    const wait = deadline.wait(new Promise(() => {}), late)
    clock.advance(20)
    expect(await wait).toBe('late')
    expect(deadline.left).toBe(0)
  })

  test('leaves a tenth for the next wait if the process was busy, not the store', async () => {
    const clock = new TestClock()
    const deadline = new Deadline(100, clock)
    const wait = deadline.wait(Promise.resolve('in time'), late)
    clock.advance(5_000)
    expect(await wait).toBe('in time')
    expect(deadline.left).toBe(10)
    expect(await deadline.wait(Promise.resolve('in time'), late)).toBe('in time')
  })

  test('is not longer for short waits near its end', async () => {
    const clock = new TestClock()
    const deadline = new Deadline(100, clock)
    for (const ms of [95, 4]) {
      const wait = deadline.wait(
        new Promise((resolve) => clock.setTimeout(() => resolve('in time'), ms)),
        late,
      )
      clock.advance(ms)
      expect(await wait).toBe('in time')
    }
    expect(deadline.left).toBe(1)
  })

  test('leaves nothing after a wait that was late', async () => {
    const clock = new TestClock()
    const deadline = new Deadline(100, clock)
    const wait = deadline.wait(new Promise(() => {}), late)
    clock.advance(5_000)
    expect(await wait).toBe('late')
    expect(deadline.left).toBe(0)
  })
})
