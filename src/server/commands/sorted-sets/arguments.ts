import { CommandError, NOT_A_FLOAT } from '../../command-error.ts'
import { readDouble } from '../../data/numbers.ts'
import { countArgument } from '../arguments/count-argument.ts'

/**
 * Reads a score.
 *
 * @throws CommandError
 */
export function readScore(text: string): number {
  const score = readDouble(text)
  if (score === undefined) throw NOT_A_FLOAT
  return score
}

const NOT_POSITIVE = new CommandError('ERR value is out of range, must be positive')

/**
 * Reads how many members a ZPOPMIN takes.
 *
 * @throws CommandError
 */
export function readPopCount(text: string): number {
  return countArgument(text, 0, NOT_POSITIVE)
}
