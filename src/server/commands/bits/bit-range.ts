import { SYNTAX_ERROR } from '../../command-error.ts'

/** Bits of a string: the first and the last one. There are none if the first is behind the last. */
export interface BitRange {
  readonly first: number
  readonly last: number
}

/**
 * Reads the unit of a range, and returns its bits.
 *
 * @throws CommandError
 */
export function unitArgument(text: string): 1 | 8 {
  const unit = text.toUpperCase()
  if (unit === 'BIT') return 1
  if (unit === 'BYTE') return 8
  throw SYNTAX_ERROR
}

/**
 * Returns the bits of a range of BITCOUNT and BITPOS.
 *
 * @param start negative: from the end
 * @param end inclusive; negative: from the end
 */
export function bitRange(value: string, start: number, end: number, unit: 1 | 8): BitRange {
  const total = (value.length * 8) / unit
  const first = Math.max(0, start < 0 ? total + start : start)
  const last = Math.min(total - 1, Math.max(0, end < 0 ? total + end : end))
  return { first: first * unit, last: last * unit + unit - 1 }
}
