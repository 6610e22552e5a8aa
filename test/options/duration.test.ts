import { DurationError } from 'onetrip'
import { expect, test } from 'vitest'
import { toMilliseconds } from '../../src/options/duration.ts'

test.each([
  [1, 1],
  [1500, 1500],
  [0.2, 1],
  [10.5, 11],
  ['250ms', 250],
  ['90s', 90_000],
  ['5m', 300_000],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['2d', 172_800_000],
  ['1w', 604_800_000],
])('%j is %i ms', (duration, milliseconds) => {
  expect(toMilliseconds(duration, 'ttl')).toBe(milliseconds)
})

test.each([
  [0],
  [-1],
  [Number.NaN],
  [Number.POSITIVE_INFINITY],
  [''],
  ['5'],
  ['5 minutes'],
  ['-5m'],
  ['0s'],
  ['5mm'],
  ['forever'],
  [null],
  [true],
  [{}],
  [`${'9'.repeat(30)}d`],
])('%j is refused, with what was given and what is allowed', (duration) => {
  expect(() => toMilliseconds(duration, 'The option ttl')).toThrow(DurationError)
  expect(() => toMilliseconds(duration, 'The option ttl')).toThrow(
    /^The option ttl is .*'90s', '5m', '1h30m' or '2d'$/,
  )
})
