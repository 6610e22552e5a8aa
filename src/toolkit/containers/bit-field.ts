import { OptionError } from '../../errors.ts'
import { show } from '../../options/show.ts'
import { scriptText } from '../../redis/script-text.ts'
import type { KitContext } from '../kit-context.ts'
import { noArguments, sliceArguments } from './arguments.ts'
import { BitOperations } from './bit-operations.ts'
import { Container } from './container.ts'
import { ignore, integerOf, isOne, listOf } from './replies.ts'

/** Most bits of a slice: more do not fit into a number of JavaScript. */
const MOST_BITS = 53

/** BITCOUNT takes an end before the first byte for the first byte. */
const COUNT_BEFORE_END = scriptText(`
local last = redis.call('STRLEN', KEYS[1]) + tonumber(ARGV[2])
if last < 0 then return 0 end
return redis.call('BITCOUNT', KEYS[1], ARGV[1], last)`)

/**
 * Bits, and whole numbers of any number of bits: a string of Redis. Bit 0 is the highest of the
 * first byte. Absent bits are 0.
 *
 * @example
 * ```ts
 * const flags = kit.bitField('flags:ann')
 * await flags.setSlice(0, 8, 166)
 * await flags.slice(4, 8) // 6
 * ```
 */
export class BitField extends Container {
  /** @internal */
  constructor(context: KitContext, name: unknown) {
    super(context, 'a bit field', name)
  }

  /** Collects operations on numbers, which `exec()` carries out in one command. */
  operations(): BitOperations {
    return new BitOperations((args, read) =>
      args.length === 0 ? Promise.resolve([]) : this.send('BITFIELD', () => args, read),
    )
  }

  /** Returns a bit. */
  getBit(at: number): Promise<boolean> {
    return this.send('GETBIT', () => [bitArgument(at)], isOne)
  }

  /** Sets a bit. @returns the old one */
  setBit(at: number, value: boolean): Promise<boolean> {
    return this.send('SETBIT', () => [bitArgument(at), value ? '1' : '0'], isOne)
  }

  /** Returns the number of bits that are set, in the bytes from `start` to before `end`. */
  count(start?: number, end?: number): Promise<number> {
    const args = () => sliceArguments('count', start, end)
    if (Number(end) < 0) return this.run(COUNT_BEFORE_END, args, integerOf)
    return this.send('BITCOUNT', args, integerOf)
  }

  /** Returns the bits from `start` to before `end`, at most 53, as an unsigned number. */
  slice(start: number, end: number): Promise<number> {
    return this.send('BITFIELD', () => ['GET', ...sliceOf(start, end)], firstOf)
  }

  /**
   * Sets the bits from `start` to before `end`. @returns the old number
   * @throws OptionError for a number that they do not hold
   */
  setSlice(start: number, end: number, value: number): Promise<number> {
    const args = () => {
      const place = sliceOf(start, end)
      if (Number.isSafeInteger(value) && value >= 0 && value < 2 ** (end - start))
        return ['SET', ...place, String(value)]
      throw new OptionError(
        `${end - start} bits hold whole numbers from 0 to ${2 ** (end - start) - 1}; got ${show(value)}`,
      )
    }
    return this.send('BITFIELD', args, firstOf)
  }

  /** Sets the bits from `start` to before `end` to 0. @returns the old number */
  clearSlice(start: number, end: number): Promise<number> {
    return this.send('BITFIELD', () => ['SET', ...sliceOf(start, end), '0'], firstOf)
  }

  /** Returns all bytes. */
  toBuffer(): Promise<Buffer> {
    return this.send('GET', noArguments, (reply) => (reply === null ? Buffer.alloc(0) : (reply as Buffer)))
  }

  /** Replaces all bytes. The time that the field has to live stays. */
  replace(bytes: Uint8Array): Promise<void> {
    const args = () => {
      if (!(bytes instanceof Uint8Array))
        throw new OptionError(`replace takes a Uint8Array; got ${show(bytes)}`)
      return [Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), 'KEEPTTL']
    }
    return this.send('SET', args, ignore)
  }
}

const firstOf = (reply: unknown) => integerOf(listOf(reply)[0])

function bitArgument(at: unknown): string {
  if (Number.isSafeInteger(at) && Number(at) >= 0) return String(at)
  throw new OptionError(`A bit must be a whole number of at least 0; got ${show(at)}`)
}

function sliceOf(start: unknown, end: unknown): [type: string, offset: string] {
  const from = bitArgument(start)
  const count = Number(bitArgument(end)) - Number(from)
  if (count >= 1 && count <= MOST_BITS) return [`u${count}`, from]
  throw new OptionError(
    `A slice of bits must have 1 to ${MOST_BITS} bits; got ${show(start)} to ${show(end)}`,
  )
}
