import { expect, test } from 'vitest'
import { Flights } from '../../../src/core/single-flight/flights.ts'
import type { LookupSnapshot } from '../../../src/core/single-flight/lookup-snapshot.ts'
import { TestClock } from '../../helpers/test-clock.ts'

test('a page beyond the 10,000 that wait finds no flight, until one of them has stopped waiting', async () => {
  const flights = new Flights(60_000, new TestClock())
  const seen = { key: 'k', equals: () => true } as unknown as LookupSnapshot
  const flight = flights.start(seen, { waitsFor: new Set() })
  const waits = Array.from({ length: 9_999 }, () => flights.wait([flight], 60_000))
  expect(flights.find(seen)).toBe(flight)
  waits.push(flights.wait([flight], 60_000))
  expect(flights.find(seen)).toBe(undefined)
  flight.resolve(() => undefined)
  await Promise.all(waits)
  expect(flights.find(seen)).toBe(flight)
})
