import { CommandError, NOT_AN_INTEGER } from '../../command-error.ts'
import { MIN_INTEGER, readInteger, readInteger64 } from '../../data/numbers.ts'

/** Most members that one command picks if they may repeat: more would block all clients. */
const MOST_REPEATED = 1_000_000

const OUT_OF_RANGE = new CommandError('ERR value is out of range')
const NOT_IN_RANGE = new CommandError(
  'ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807',
)

/**
 * Reads the count of SRANDMEMBER and the like: negative if members may repeat. Large ones are
 * rounded.
 *
 * @throws CommandError
 */
export function randomCount(text: string): number {
  const count = readInteger(text) ?? readInteger64(text)
  if (count === undefined) throw NOT_AN_INTEGER
  if (count === MIN_INTEGER) throw NOT_IN_RANGE
  if (count < -MOST_REPEATED) throw OUT_OF_RANGE
  return Number(count)
}
