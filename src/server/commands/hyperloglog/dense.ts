import { REGISTERS } from './registers.ts'

/** Bits of a register. */
const BITS = 6
const MASK = 2 ** BITS - 1

/** Bytes of all registers: 6 bits each, from the lowest bit of the first byte on. */
export const DENSE_BYTES = (REGISTERS * BITS) / 8

/** Returns the value of a register. */
export function denseRegister(bytes: Uint8Array, index: number): number {
  const at = (index * BITS) >> 3
  const shift = (index * BITS) & 7
  return (((bytes[at] as number) >> shift) | ((bytes[at + 1] ?? 0) << (8 - shift))) & MASK
}

/** Raises a register. Returns false if it is as high already. */
export function setDenseRegister(bytes: Uint8Array, index: number, value: number): boolean {
  if (denseRegister(bytes, index) >= value) return false
  const at = (index * BITS) >> 3
  const shift = (index * BITS) & 7
  bytes[at] = ((bytes[at] as number) & ~(MASK << shift)) | (value << shift)
  // Registers that end with their byte have nothing in the next one.
  if (shift + BITS > 8)
    bytes[at + 1] = ((bytes[at + 1] as number) & ~(MASK >> (8 - shift))) | (value >> (8 - shift))
  return true
}
