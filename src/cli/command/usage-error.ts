import { redact } from '../../options/redact.ts'

/**
 * A wrong command line. It is printed without a stack and without passwords; the exit code is 2.
 */
export class UsageError extends Error {
  constructor(message: string) {
    super(redact(message))
  }
}

/**
 * Returns an argument as a message shows it: as one word, so that all of its password is hidden.
 */
export function shown(argument: string): string {
  return argument.replaceAll(/\s/g, '%20')
}
