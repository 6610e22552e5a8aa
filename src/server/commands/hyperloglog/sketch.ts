import { CommandError } from '../../command-error.ts'
import { latin1 } from '../../protocol/latin1.ts'
import { DENSE_BYTES, denseRegister, setDenseRegister } from './dense.ts'
import { estimate, REGISTERS } from './registers.ts'
import { EMPTY_SPARSE, type Run, readRuns, setSparseRegister } from './sparse.ts'

/** Bytes before the registers: `HYLL`, encoding, 3 zeros, the last estimate (little endian). */
const HEADER_BYTES = 16
const ENCODING_AT = 4
const ESTIMATE_AT = 8
/** The highest bit of the estimate: set where registers were changed since. */
const STALE = 0x80

const DENSE = 0
const SPARSE = 1

const NOT_A_SKETCH = new CommandError('WRONGTYPE Key is not a valid HyperLogLog string value.')
const CORRUPTED = new CommandError('INVALIDOBJ Corrupted HLL object detected')

/**
 * A HyperLogLog: estimates how many different elements were added to it. Byte for byte the string
 * of Redis, so that GET and SET copy it between servers.
 */
export class Sketch {
  #bytes: Buffer

  private constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** Returns one without elements. */
  static empty(): Sketch {
    const bytes = Buffer.alloc(HEADER_BYTES + EMPTY_SPARSE.length)
    bytes.write('HYLL', 'latin1')
    bytes[ENCODING_AT] = SPARSE
    bytes.set(EMPTY_SPARSE, HEADER_BYTES)
    return new Sketch(bytes)
  }

  /** @throws CommandError if the string is no HyperLogLog */
  static from(text: string): Sketch {
    const encoding = text.charCodeAt(ENCODING_AT)
    const valid =
      text.length >= HEADER_BYTES &&
      text.startsWith('HYLL') &&
      (encoding === SPARSE || (encoding === DENSE && text.length === HEADER_BYTES + DENSE_BYTES))
    if (!valid) throw NOT_A_SKETCH
    return new Sketch(Buffer.from(text, 'latin1'))
  }

  get isDense(): boolean {
    return this.#bytes[ENCODING_AT] === DENSE
  }

  /** The runs of registers of a sparse one. */
  get runs(): Iterable<Run> {
    return readRuns(this.#registers)
  }

  /** The estimate, if no register was changed since it was stored. */
  get storedEstimate(): bigint | undefined {
    if ((this.#bytes[ESTIMATE_AT + 7] as number) & STALE) return undefined
    return this.#bytes.readBigUInt64LE(ESTIMATE_AT)
  }

  storeEstimate(value: number): void {
    this.#bytes.writeBigUInt64LE(BigInt(value), ESTIMATE_AT)
  }

  dropEstimate(): void {
    this.#bytes[ESTIMATE_AT + 7] = (this.#bytes[ESTIMATE_AT + 7] as number) | STALE
  }

  /**
   * Raises a register. Returns false if it is as high already.
   *
   * @param maxSparseBytes length of the string beyond which it becomes dense
   * @throws CommandError if the string is damaged
   */
  raise(index: number, value: number, maxSparseBytes: number): boolean {
    if (this.isDense) return setDenseRegister(this.#registers, index, value)
    const registers = setSparseRegister(this.#registers, index, value, maxSparseBytes - HEADER_BYTES)
    if (registers === 'damaged') throw CORRUPTED
    if (registers === 'unchanged') return false
    if (registers === 'too large') {
      this.makeDense()
      return setDenseRegister(this.#registers, index, value)
    }
    this.#bytes = Buffer.concat([this.#bytes.subarray(0, HEADER_BYTES), registers])
    return true
  }

  /**
   * Changes the encoding to dense.
   *
   * @throws CommandError if the string is damaged
   */
  makeDense(): void {
    if (this.isDense) return
    const values = this.values()
    const bytes = Buffer.alloc(HEADER_BYTES + DENSE_BYTES)
    bytes.set(this.#bytes.subarray(0, HEADER_BYTES))
    bytes[ENCODING_AT] = DENSE
    this.#bytes = bytes
    const registers = this.#registers
    for (let n = 0; n < REGISTERS; n++) setDenseRegister(registers, n, values[n] as number)
  }

  /**
   * Returns the values of all registers.
   *
   * @throws CommandError if the string is damaged
   */
  values(): Uint8Array {
    const values = new Uint8Array(REGISTERS)
    const registers = this.#registers
    if (this.isDense) {
      for (let n = 0; n < REGISTERS; n++) values[n] = denseRegister(registers, n)
      return values
    }
    let at = 0
    for (const { value, length } of readRuns(registers)) {
      if (at + length > REGISTERS) throw CORRUPTED
      values.fill(value, at, at + length)
      at += length
    }
    if (at !== REGISTERS) throw CORRUPTED
    return values
  }

  toString(): string {
    return latin1(this.#bytes, 0, this.#bytes.length)
  }

  get #registers(): Buffer {
    return this.#bytes.subarray(HEADER_BYTES)
  }
}

/** Estimates the number of different elements from the values of all registers. */
export function estimateValues(values: Uint8Array): number {
  const counts = new Uint32Array(64)
  for (const value of values) counts[value] = (counts[value] as number) + 1
  return estimate(counts)
}

/** Raises each value to that of the other where it is higher. */
export function mergeValues(into: Uint8Array, from: Uint8Array): void {
  for (let n = 0; n < into.length; n++)
    if ((from[n] as number) > (into[n] as number)) into[n] = from[n] as number
}
