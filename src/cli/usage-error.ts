import { redact } from '../options/redact.ts'

/**
 * The command line was used in a way that it does not know. It is printed without a stack and without
 * passwords; the exit code is 2.
 */
export class UsageError extends Error {
  constructor(message: string) {
    super(redact(message))
  }
}

/** An argument as a message shows it: one word, so that all of its password is hidden. */
export function shown(argument: string): string {
  return argument.replaceAll(/\s/g, '%20')
}
