import { CommandError } from '../../command-error.ts'
import { readInteger, readInteger64 } from '../../data/numbers.ts'

/**
 * Reads an integer of 64 bits where only its size matters: beyond 2^53 it is rounded.
 *
 * @throws CommandError the refusal, for anything else
 */
export function integerOr(refusal: CommandError, text: string): number {
  const small = readInteger(text)
  if (small !== undefined) return small
  const large = readInteger64(text)
  if (large === undefined) throw refusal
  return Number(large)
}

/** The answer to a consumer group that does not exist. */
export function noGroup(key: string, group: string): CommandError {
  return new CommandError(`NOGROUP No such key '${key}' or consumer group '${group}'`)
}
