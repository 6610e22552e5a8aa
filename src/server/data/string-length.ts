import { CommandError } from '../command-error.ts'

/** Longest string in bytes: the longest of V8, which is 24 bytes below the 512 MB of Redis. */
export const MAX_STRING_LENGTH = 512 * 1024 * 1024 - 24

const TOO_LONG = new CommandError('ERR string exceeds maximum allowed size (proto-max-bulk-len)')

/**
 * Refuses a string that would be too long, before it is built.
 *
 * @throws CommandError
 */
export function checkStringLength(length: number): void {
  if (length > MAX_STRING_LENGTH) throw TOO_LONG
}
