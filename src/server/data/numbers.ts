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

/**
 * Reads a number as C's strtod does, without blanks: decimal, hexadecimal, `inf`, `infinity`.
 * Undefined for anything else, and for NaN.
 */
export function readDouble(text: string): number | undefined {
  const small = readInteger(text)
  if (small !== undefined) return small
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
    const value = Number(text)
    // Redis refuses what overflows, and what is so small that it becomes 0.
    if (value === 0 && /^[^e]*[1-9]/i.test(text)) return undefined
    return Number.isFinite(value) ? value : undefined
  }
  const infinity = /^([+-]?)inf(inity)?$/i.exec(text)
  if (infinity) return infinity[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const hex = /^([+-]?)0x([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?\d+))?$/i.exec(text)
  if (!hex) return undefined
  const [, sign, whole = '', fraction = '', exponent = '0'] = hex
  if (whole === '' && fraction === '') return undefined
  let value = 0
  for (const digit of whole + fraction) value = value * 16 + Number.parseInt(digit, 16)
  value *= 2 ** (Number(exponent) - 4 * fraction.length)
  return sign === '-' ? -value : value
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
