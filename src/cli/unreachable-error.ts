import { redact } from '../options/redact.ts'

/** A server that does not answer. It is printed without a stack and without passwords. */
export class UnreachableError extends Error {
  constructor(message: string) {
    super(redact(message))
  }
}
