import { CommandError } from '../command-error.ts'
import { splitArguments } from '../protocol/request-parser.ts'

/** In the order of Redis. */
export const SCRIPT_FLAGS = ['no-writes', 'allow-oom', 'allow-stale', 'no-cluster', 'allow-cross-slot-keys']

/** The first line of a script, `#!lua flags=no-writes`. */
export interface ScriptHeader {
  /** Undefined without such a line: then the command decides what the script may do. */
  readonly flags: ReadonlySet<string> | undefined
  /** Number of characters that are no Lua, without the line's end: lines keep their numbers. */
  readonly length: number
}

/**
 * Reads the first line of a script.
 *
 * @throws CommandError
 */
export function readScriptHeader(text: string): ScriptHeader {
  if (!text.startsWith('#!')) return { flags: undefined, length: 0 }
  const length = text.indexOf('\n')
  if (length < 0) throw new CommandError('ERR Invalid script shebang')
  const [engine, ...options] = splitArguments(text.slice(0, length)) ?? []
  if (engine === undefined) throw new CommandError('ERR Invalid engine in script shebang')
  if (engine !== '#!lua') throw new CommandError(`ERR Unexpected engine in script shebang: ${engine}`)
  const flags = new Set<string>()
  for (const option of options) {
    if (!option.startsWith('flags=')) throw new CommandError(`ERR Unknown lua shebang option: ${option}`)
    const names = option.slice('flags='.length)
    for (const flag of names === '' ? [] : names.split(',')) {
      if (!SCRIPT_FLAGS.includes(flag))
        throw new CommandError(`ERR Unexpected flag in script shebang: ${flag}`)
      flags.add(flag)
    }
  }
  return { flags, length }
}
