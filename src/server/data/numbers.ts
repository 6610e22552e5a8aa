/** Smallest and largest integer of Redis: 64 bits. */
export const MIN_INTEGER = -(2n ** 63n)
export const MAX_INTEGER = 2n ** 63n - 1n

/**
 * Reads an integer that a number holds exactly; undefined for anything else. As in Redis there are
 * no blanks, no plus sign and no leading zeros.
 */
export function readInteger(text: string): number | undefined {
  const { length } = text
  if (length === 0 || length > 17) return undefined
  let at = 0
  const negative = text.charCodeAt(0) === 45
  if (negative) at = 1
  const first = text.charCodeAt(at) - 48
  if (length === 1 && first === 0) return 0
  if (!(first >= 1 && first <= 9)) return undefined
  let value = first
  for (at++; at < length; at++) {
    const digit = text.charCodeAt(at) - 48
    if (!(digit >= 0 && digit <= 9)) return undefined
    value = value * 10 + digit
  }
  if (value > Number.MAX_SAFE_INTEGER) return undefined
  return negative ? -value : value
}

/** Reads an integer of 64 bits; undefined for anything else. */
export function readInteger64(text: string): bigint | undefined {
  const small = readInteger(text)
  if (small !== undefined) return BigInt(small)
  if (!/^-?[1-9][0-9]{0,18}$/.test(text)) return undefined
  const value = BigInt(text)
  return value < MIN_INTEGER || value > MAX_INTEGER ? undefined : value
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const INFINITY = /^([+-]?)inf(inity)?$/i
const HEXADECIMAL = /^([+-]?)0x([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?\d+))?$/i
/** A digit that is not 0 before the exponent. */
const NOT_ZERO = /^[+-]?(0x[^p]*[1-9a-f]|[^ex]*[1-9])/i

/**
 * Reads a number as C's strtod does, without blanks: decimal, hexadecimal, `inf`, `infinity`.
 * Undefined for anything else, for NaN, and for what overflows or is so small that it becomes 0.
 */
export function readDouble(text: string): number | undefined {
  const small = readInteger(text)
  if (small !== undefined) return small
  const value = readRoundedDouble(text)
  if (value === 0) return NOT_ZERO.test(text) ? undefined : value
  return value === undefined || Number.isFinite(value) || INFINITY.test(text) ? value : undefined
}

/** Reads a number as `readDouble` does: what overflows is infinite, what is too small is 0. */
export function readRoundedDouble(text: string): number | undefined {
  if (DECIMAL.test(text)) return Number(text)
  const infinity = INFINITY.exec(text)
  if (infinity) return infinity[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const hex = HEXADECIMAL.exec(text)
  if (!hex) return undefined
  const [, sign, whole = '', fraction = '', exponent = '0'] = hex
  if (whole === '' && fraction === '') return undefined
  const value = scale(Number(BigInt(`0x${whole}${fraction}`)), Number(exponent) - 4 * fraction.length)
  return sign === '-' ? -value : value
}

/** Returns `value * 2 ** exponent`, in steps whose powers of two are numbers themselves. */
function scale(value: number, exponent: number): number {
  let scaled = value
  let left = Math.max(-5_000, Math.min(5_000, exponent))
  for (; left > 1_000; left -= 1_000) scaled *= 2 ** 1_000
  for (; left < -1_000; left += 1_000) scaled *= 2 ** -1_000
  return scaled * 2 ** left
}

/** Writes a double as `%.17g` of C does, which is how Redis 7.0 answers scores. */
export function formatDouble(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return 'inf'
  if (value === Number.NEGATIVE_INFINITY) return '-inf'
  if (Number.isNaN(value)) return 'nan'
  if (Number.isSafeInteger(value)) return Object.is(value, -0) ? '-0' : String(value)
  return formatG(value, 17)
}

/** Writes a double as `%.<digits>g` of C does. */
export function formatG(value: number, digits: number): string {
  const scientific = value.toExponential(digits - 1)
  const at = scientific.indexOf('e')
  const exponent = Number(scientific.slice(at + 1))
  if (exponent < -4 || exponent >= digits) {
    const mantissa = trimZeros(scientific.slice(0, at))
    const size = Math.abs(exponent)
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${size < 10 ? `0${size}` : size}`
  }
  return trimZeros(value.toFixed(Math.max(0, digits - 1 - exponent)))
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}
