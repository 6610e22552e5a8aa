import { ServerError } from '../server-error.ts'

/** @throws ServerError always: `The option port must be ..., not 'x'.` */
export function refuseOption(option: string, expected: string, value: unknown): never {
  throw optionError(`The option ${option} must be ${expected}, not ${show(value)}.`)
}

export function optionError(message: string): ServerError {
  return new ServerError('ERR_ONETRIP_SERVER_OPTION', message)
}

/** @throws ServerError */
export function readText(option: string, value: unknown): string {
  return typeof value === 'string' && value !== '' ? value : refuseOption(option, 'a string', value)
}

/** @throws ServerError */
export function readPort(value: unknown): number {
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535) return value as number
  return refuseOption('port', 'a whole number from 0 to 65535 (0 takes a free port)', value)
}

const UNITS: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 }

/** Reads a size in bytes. @throws ServerError */
export function readBytes(option: string, value: unknown): number {
  let bytes = value
  if (typeof value === 'string') {
    const [, number, unit = 'b'] = /^(\d+(?:\.\d+)?) ?([kmg]?b)$/i.exec(value) ?? []
    bytes = Math.floor(Number(number) * (UNITS[unit.toLowerCase()] as number))
  }
  if (Number.isSafeInteger(bytes) && (bytes as number) >= 0) return bytes as number
  return refuseOption(option, "a number of bytes, or a string such as '64MB'", value)
}

/**
 * Refuses names of options that there are not.
 *
 * @param owner what takes the options, such as `startServer()`
 * @throws ServerError with the name that was most likely meant
 */
export function refuseUnknown(owner: string, options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown === undefined) return
  const plain = (text: string) => text.toLowerCase().replaceAll(/[-_]/g, '')
  const near = known
    .map((name) => ({ name, far: distance(plain(name), plain(unknown)) }))
    .sort((one, other) => one.far - other.far)
    .find(({ far }) => far <= 2)?.name
  throw optionError(
    `${owner} has no option "${unknown}"${near ? `: did you mean "${near}"?` : '.'} It takes: ${known.join(', ')}.`,
  )
}

/** Returns how an error message shows a value that was given. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

/** Number of characters to insert, delete or replace (Levenshtein, by one row). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, n) => n)
  for (let n = 1; n <= one.length; n++) {
    const next = [n]
    for (let m = 1; m <= other.length; m++) {
      const replaced = (row[m - 1] as number) + (one[n - 1] === other[m - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[m] as number) + 1, (next[m - 1] as number) + 1))
    }
    row = next
  }
  return row[other.length] as number
}
