import { expect, test } from 'vitest'
import { Config } from '../../../src/server/config/config.ts'
import { AccessFrequency } from '../../../src/server/data/access-frequency.ts'
import { Entry } from '../../../src/server/data/entry.ts'

const MINUTE = 60_000

function create(parameters: Record<string, string> = {}) {
  const config = new Config()
  config.set(Object.entries({ 'maxmemory-policy': 'allkeys-lfu', ...parameters }))
  return { config, frequency: new AccessFrequency(config) }
}

test('is counted while the policy asks for it', () => {
  const { config, frequency } = create()
  expect(frequency.enabled).toBe(true)
  config.set([['maxmemory-policy', 'allkeys-lru']])
  expect(frequency.enabled).toBe(false)
})

test('grows with each access at first, then slower and slower', () => {
  const { frequency } = create()
  const entry = new Entry('value', 0)
  const after = [1, 100, 10_000].map((accesses) => {
    for (let n = 0; n < accesses; n++) frequency.count(entry, 0)
    return entry.frequency
  })
  expect(after[0]).toBe(6)
  expect(after[1]).toBeGreaterThan(6)
  expect(after[1]).toBeLessThan(40)
  expect(after[2]).toBeGreaterThan(after[1] as number)
  expect(after[2]).toBeLessThan(120)
})

test('is never above 255', () => {
  const { frequency } = create({ 'lfu-log-factor': '0' })
  const entry = new Entry('value', 0)
  for (let n = 0; n < 1_000; n++) frequency.count(entry, 0)
  expect(entry.frequency).toBe(255)
})

test('sinks with each minute without an access', () => {
  const { frequency } = create()
  const entry = new Entry('value', 0)
  expect([0, 1, 3, 5, 100].map((minutes) => frequency.of(entry, minutes * MINUTE))).toEqual([5, 4, 2, 0, 0])
})

test('sinks slower, or never, as lfu-decay-time says', () => {
  const entry = new Entry('value', 0)
  expect(create({ 'lfu-decay-time': '2' }).frequency.of(entry, 5 * MINUTE)).toBe(3)
  expect(create({ 'lfu-decay-time': '0' }).frequency.of(entry, 500 * MINUTE)).toBe(5)
})
