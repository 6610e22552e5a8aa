/** The content type of a page, where the handler set none. */
export const HTML = 'text/html; charset=utf-8'

/** Returns the Error for error handlers: a template or a loader may throw what is no Error. */
export function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  return new Error(`The page failed with ${String(thrown)}`, { cause: thrown })
}
