import { OptionError } from '../../errors.ts'
import { readOneOf } from '../../options/read-option.ts'
import { show } from '../../options/show.ts'
import { type Arguments, integerArgument } from './arguments.ts'
import { integerOf, listOf } from './replies.ts'

/** A whole number of some bits: `u8` is unsigned, `i16` signed. At most `u63` and `i64`. */
export type IntegerType = `u${number}` | `i${number}`
/** A place: a number of bits, or `#n` for the n-th number of the type. */
export type BitOffset = number | `#${number}`
/** Result of an operation beyond the bounds of its type. */
export type Overflow = 'wrap' | 'saturate' | 'fail'

const NAMES = { wrap: 'WRAP', saturate: 'SAT', fail: 'FAIL' }

/**
 * Operations on a bit field that are carried out together, in one command. Each method adds one.
 *
 * @example
 * ```ts
 * const [old, now] = await bits.operations().get('u8', 0).incrementBy('u8', 0, 5).exec()
 * ```
 */
export class BitOperations {
  readonly #exec: (
    args: Arguments,
    read: (reply: unknown) => (number | undefined)[],
  ) => Promise<(number | undefined)[]>
  readonly #args: Arguments = []

  /** @internal */
  constructor(
    exec: (
      args: Arguments,
      read: (reply: unknown) => (number | undefined)[],
    ) => Promise<(number | undefined)[]>,
  ) {
    this.#exec = exec
  }

  /** Reads a number. @throws OptionError */
  get(type: IntegerType, offset: BitOffset): this {
    this.#args.push('GET', typeArgument(type), offsetArgument(offset))
    return this
  }

  /** Sets a number. Its result is the old one, or undefined for one too large with `fail`. */
  set(type: IntegerType, offset: BitOffset, value: number): this {
    const number = integerArgument('A value of a bit field', value)
    this.#args.push('SET', typeArgument(type), offsetArgument(offset), number)
    return this
  }

  /** Adds to a number. Its result is the new one, or undefined if it is too large with `fail`. */
  incrementBy(type: IntegerType, offset: BitOffset, by: number): this {
    const number = integerArgument('A step of a bit field', by)
    this.#args.push('INCRBY', typeArgument(type), offsetArgument(offset), number)
    return this
  }

  /** Says what becomes of numbers beyond their bounds, for all that follow; `wrap` until then. */
  overflow(overflow: Overflow): this {
    this.#args.push('OVERFLOW', NAMES[readOneOf('overflow', overflow, ['wrap', 'saturate', 'fail'] as const)])
    return this
  }

  /** Carries out all operations. @returns their results in their order */
  exec(): Promise<(number | undefined)[]> {
    return this.#exec([...this.#args], (reply) =>
      listOf(reply).map((one) => (one === null ? undefined : integerOf(one))),
    )
  }
}

function typeArgument(type: unknown): string {
  const [, sign, digits] = (typeof type === 'string' && /^([ui])(\d{1,2})$/.exec(type)) || []
  const bits = Number(digits)
  if (bits >= 1 && bits <= (sign === 'u' ? 63 : 64)) return String(type)
  throw new OptionError(`The type of a bit field must be u1 to u63 or i1 to i64; got ${show(type)}`)
}

function offsetArgument(offset: unknown): string {
  if (typeof offset === 'string' && /^#\d+$/.test(offset)) return offset
  if (Number.isSafeInteger(offset) && Number(offset) >= 0) return String(offset)
  throw new OptionError(
    `The offset of a bit field must be a whole number of bits, or '#n'; got ${show(offset)}`,
  )
}
