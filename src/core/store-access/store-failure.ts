import { messageOf, OnetripError, StoreError, StoreTimeoutError } from '../../errors.ts'

/** Returns what a store threw or answered as an error of this package. */
export function asStoreError(error: unknown): OnetripError {
  if (error instanceof OnetripError) return error
  return new StoreError(`The store failed: ${messageOf(error)}`, { cause: error })
}

/** Returns the error for a read that is not answered within a page's `timeout`, in ms. */
export function lateError(timeout: number): StoreTimeoutError {
  return new StoreTimeoutError(`The store did not answer within ${timeout} ms (timeout)`)
}
