import { type CommandError, NOT_AN_INTEGER } from '../../command-error.ts'
import { readInteger64 } from '../../data/numbers.ts'

/**
 * Reads the id of a client.
 *
 * @param refusal thrown if it is no integer
 * @throws CommandError
 */
export function idArgument(text: string, refusal: CommandError = NOT_AN_INTEGER): number {
  const id = readInteger64(text)
  if (id === undefined) throw refusal
  return Number(id)
}
