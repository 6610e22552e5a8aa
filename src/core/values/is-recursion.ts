import { RecursionError } from '../../errors.ts'

/** Returns true for a {@link RecursionError}, and for an error that was caused by one. */
export function isRecursion(error: unknown): boolean {
  for (let one = error, depth = 0; one instanceof Error && depth < 10; one = one.cause, depth++)
    if (one instanceof RecursionError) return true
  return false
}
