/** The protocol of Redis, versions 2 and 3, as far as one has to know where a value ends. */

const CR = 13
const NESTED: Readonly<Record<string, number>> = { '*': 1, '~': 1, '>': 1, '%': 2 }
const TEXTS = '$=!'

/** @returns where the value that begins at `from` ends; -1: it is not all there yet */
export function valueEnd(bytes: Buffer, from: number): number {
  const line = bytes.indexOf(CR, from)
  if (line === -1 || line + 2 > bytes.length) return -1
  const type = String.fromCharCode(bytes[from] as number)
  const next = line + 2
  const length = Number(bytes.toString('latin1', from + 1, line))
  if (TEXTS.includes(type)) {
    if (length < 0) return next
    return next + length + 2 <= bytes.length ? next + length + 2 : -1
  }
  const each = NESTED[type]
  return each === undefined ? next : valuesEnd(bytes, next, length * each)
}

function valuesEnd(bytes: Buffer, from: number, count: number): number {
  let end = from
  for (let n = 0; n < count && end !== -1; n++) end = valueEnd(bytes, end)
  return end
}

/** Takes a stream apart into values. */
export class Values {
  #rest: Buffer = Buffer.alloc(0)

  /** @returns the values that are complete with this chunk, each with all its bytes */
  push(chunk: Buffer): Buffer[] {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const values: Buffer[] = []
    for (let end = 0; bytes.length > 0; bytes = bytes.subarray(end)) {
      end = valueEnd(bytes, 0)
      if (end === -1) break
      values.push(bytes.subarray(0, end))
    }
    this.#rest = bytes
    return values
  }
}

/** Returns the name of a command: the first string of its array. */
export function commandName(command: Buffer): string {
  const length = command.indexOf('$')
  const text = command.indexOf(CR, length) + 2
  return command.toString('latin1', text, command.indexOf(CR, text)).toLowerCase()
}

/** A list's values without the last ones: well formed, and too short. */
export function shortened(list: Buffer, without: number): Buffer {
  const line = list.indexOf(CR)
  const count = Number(list.toString('latin1', 1, line)) - without
  const end = valuesEnd(list, line + 2, count)
  return Buffer.concat([
    Buffer.from(`${list.toString('latin1', 0, 1)}${count}\r\n`),
    list.subarray(line + 2, end),
  ])
}
