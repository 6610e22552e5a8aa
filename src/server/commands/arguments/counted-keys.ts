import { CommandError } from '../../command-error.ts'
import { readInteger } from '../../data/numbers.ts'

/** Error of commands whose number of keys is not a positive integer. */
export const NO_KEYS = new CommandError('ERR numkeys should be greater than 0')

/**
 * Returns keys that follow their number, for COMMAND GETKEYS: none if the number is not right.
 *
 * @param at index of the number
 */
export function countedKeys(args: readonly string[], at: number): readonly string[] {
  const count = readInteger(args[at] ?? '') ?? 0
  if (count < 1 || at + count >= args.length) return []
  return args.slice(at + 1, at + 1 + count)
}
