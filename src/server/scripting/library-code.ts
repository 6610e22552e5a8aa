import { CommandError } from '../command-error.ts'
import { splitArguments } from '../protocol/request-parser.ts'

/** The text of a library, as FUNCTION LOAD is given it. */
export interface LibraryCode {
  readonly name: string
  /** The whole text, with its first line. */
  readonly text: string
  /** The text from the end of the first line on: lines keep their numbers. */
  readonly lua: string
}

/** The only engine, as FUNCTION LIST names it. */
export const ENGINE = 'LUA'

/**
 * Reads the first line of a library, `#!lua name=mylib`.
 *
 * @throws CommandError
 */
export function readLibraryCode(text: string): LibraryCode {
  if (!text.startsWith('#!')) throw new CommandError('ERR Missing library metadata')
  const length = text.indexOf('\n')
  const parts = length < 0 ? undefined : splitArguments(text.slice(0, length))
  if (parts === undefined || parts.length === 0) throw new CommandError('ERR Invalid library metadata')
  const [engine = '', ...options] = parts
  const name = nameOf(options)
  if (!/^\w+$/.test(name))
    throw new CommandError(
      'ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character long',
    )
  if (engine.slice(2).toUpperCase() !== ENGINE)
    throw new CommandError(`ERR Engine '${engine.slice(2)}' not found`)
  return { name, text, lua: text.slice(length) }
}

function nameOf(options: readonly string[]): string {
  let name: string | undefined
  for (const option of options) {
    if (!option.toLowerCase().startsWith('name='))
      throw new CommandError(`ERR Invalid metadata value given: ${option}`)
    if (name !== undefined)
      throw new CommandError('ERR Invalid metadata value, name argument was given multiple times')
    name = option.slice('name='.length)
  }
  if (name === undefined) throw new CommandError('ERR Library name was not given')
  return name
}
