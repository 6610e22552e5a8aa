import { RdbError } from './rdb-error.ts'

/** Bytes that one compressed byte becomes at most. */
const MAX_RATIO = 88

/**
 * Decompresses a string of LibLZF.
 *
 * @param length of the result
 * @throws RdbError
 */
export function decompress(compressed: string, length: number): string {
  if (length > compressed.length * MAX_RATIO) throw new RdbError()
  const input = Buffer.from(compressed, 'latin1')
  const output = Buffer.alloc(length)
  let from = 0
  let to = 0
  while (from < input.length) {
    const control = input[from++] as number
    if (control < 32) {
      const end = from + control + 1
      if (end > input.length || to + control + 1 > length) throw new RdbError()
      to += input.copy(output, to, from, end)
      from = end
      continue
    }
    let count = control >> 5
    if (count === 7) count += input[from++] ?? 0
    let source = to - ((control & 31) << 8) - (input[from++] ?? 0) - 1
    if (source < 0 || from > input.length || to + count + 2 > length) throw new RdbError()
    // It may read what it has just written.
    for (let end = to + count + 2; to < end; to++) output[to] = output[source++] as number
  }
  if (to !== length) throw new RdbError()
  return output.toString('latin1')
}
