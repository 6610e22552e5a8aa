/**
 * A number as C's `long double` of x86 holds it: an integer of at most 64 bits, times a power of
 * two. Redis adds up INCRBYFLOAT and HINCRBYFLOAT in this type, which is why 3.0 and 1.1 are 4.1
 * there. Its results are calculated here with integers, bit by bit the same.
 */
export interface LongDouble {
  readonly mantissa: bigint
  readonly exponent: number
}

export type LongDoubleOrInfinity = LongDouble | 'infinity'

/** Bits of a mantissa. */
const PRECISION = 64
/** Smallest exponent of a mantissa that is an integer: that of the smallest number above 0. */
const MIN_EXPONENT = -16_445
/** Largest exponent of a mantissa of 64 bits. */
const MAX_EXPONENT = 16_383 - 63
/** Longest text that Redis reads, in bytes. */
const MAX_TEXT = 5 * 1024 - 1
/** Exponents beyond it overflow, or underflow, with whatever digits a text has room for. */
const EXPONENT_BOUND = 50_000
/** Digits that are written after the point. */
const FRACTION_DIGITS = 17

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i
const HEXADECIMAL = /^([+-]?)0x([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?\d+))?$/i
const INFINITY = /^[+-]?inf(inity)?$/i

/**
 * Reads a number as C's `strtold` does. Returns undefined for anything else, NaN, numbers too
 * large, and numbers too small to differ from 0.
 */
export function readLongDouble(text: string): LongDoubleOrInfinity | undefined {
  if (text.length > MAX_TEXT) return undefined
  const decimal = DECIMAL.exec(text)
  const match = decimal ?? HEXADECIMAL.exec(text)
  if (!match) return INFINITY.test(text) ? 'infinity' : undefined
  const [, sign, whole = '', fraction = '', power = '0'] = match
  if (whole === '' && fraction === '') return undefined
  const exponent = Math.max(-EXPONENT_BOUND, Math.min(EXPONENT_BOUND, Number(power)))
  const digits = BigInt(`${decimal ? '' : '0x'}${whole}${fraction}`)
  const size = decimal
    ? roundDecimal(digits, exponent - fraction.length)
    : roundBinary(digits, exponent - 4 * fraction.length)
  if (size === 'infinity' || (size.mantissa === 0n && digits !== 0n)) return undefined
  return sign === '-' ? { mantissa: -size.mantissa, exponent: size.exponent } : size
}

/** Adds two numbers, and rounds the sum. */
export function addLongDoubles(a: LongDoubleOrInfinity, b: LongDoubleOrInfinity): LongDoubleOrInfinity {
  if (a === 'infinity' || b === 'infinity') return 'infinity'
  const exponent = Math.min(a.exponent, b.exponent)
  const sum = (a.mantissa << BigInt(a.exponent - exponent)) + (b.mantissa << BigInt(b.exponent - exponent))
  const rounded = roundBinary(sum < 0n ? -sum : sum, exponent)
  if (rounded === 'infinity' || sum >= 0n) return rounded
  return { mantissa: -rounded.mantissa, exponent: rounded.exponent }
}

/** Writes a number as `%.17Lf` of C does, without zeros at the end. */
export function formatLongDouble({ mantissa, exponent }: LongDouble): string {
  const negative = mantissa < 0n
  const scaled = (negative ? -mantissa : mantissa) * 10n ** BigInt(FRACTION_DIGITS)
  const units = exponent >= 0 ? scaled << BigInt(exponent) : divide(scaled, 1n << BigInt(-exponent))
  if (units === 0n) return '0'
  const digits = units.toString().padStart(FRACTION_DIGITS + 1, '0')
  const whole = digits.slice(0, -FRACTION_DIGITS)
  let end = FRACTION_DIGITS
  const fraction = digits.slice(-FRACTION_DIGITS)
  while (end > 0 && fraction.charCodeAt(end - 1) === 48) end--
  return `${negative ? '-' : ''}${whole}${end > 0 ? `.${fraction.slice(0, end)}` : ''}`
}

/** Rounds `digits * 10 ** power`. */
function roundDecimal(digits: bigint, power: number): LongDoubleOrInfinity {
  if (power >= 0) return roundBinary(digits * 10n ** BigInt(power), 0)
  const divisor = 10n ** BigInt(-power)
  // The quotient has more bits than a mantissa; a rest counts as a bit behind all of them.
  const shift = Math.max(0, bitLength(divisor) - bitLength(digits) + PRECISION + 2)
  const dividend = digits << BigInt(shift)
  const quotient = dividend / divisor
  const rest = quotient * divisor === dividend ? 0n : 1n
  return roundBinary((quotient << 1n) | rest, -shift - 1)
}

/** Rounds `value * 2 ** exponent`, half to even. */
function roundBinary(value: bigint, exponent: number): LongDoubleOrInfinity {
  if (value === 0n) return { mantissa: 0n, exponent: 0 }
  const surplus = Math.max(bitLength(value) - PRECISION, MIN_EXPONENT - exponent, 0)
  const mantissa = surplus === 0 ? value : divide(value, 1n << BigInt(surplus))
  const top = exponent + surplus + bitLength(mantissa) - PRECISION
  return top > MAX_EXPONENT ? 'infinity' : { mantissa, exponent: exponent + surplus }
}

/** Divides and rounds, half to even. */
function divide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor
  const twice = (value - quotient * divisor) * 2n
  const up = twice > divisor || (twice === divisor && (quotient & 1n) === 1n)
  return up ? quotient + 1n : quotient
}

function bitLength(value: bigint): number {
  if (value === 0n) return 0
  const hex = value.toString(16)
  return hex.length * 4 - (Math.clz32(Number.parseInt(hex.charAt(0), 16)) - 28)
}
