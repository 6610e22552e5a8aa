import type { CommandError } from '../../command-error.ts'
import { readInteger, readInteger64 } from '../../data/numbers.ts'

/**
 * Reads an integer that has a lower bound. Large ones are rounded.
 *
 * @param refusal thrown if it is no integer, or a smaller one
 * @throws CommandError
 */
export function countArgument(text: string, min: number, refusal: CommandError): number {
  const value = readInteger(text) ?? readInteger64(text)
  if (value === undefined || value < min) throw refusal
  return Number(value)
}
