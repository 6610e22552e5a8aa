/** The content type of a page, where the handler set none. */
export const HTML = 'text/html; charset=utf-8'

/** What error handlers are given, where a template or a loader threw something that is no error. */
export function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  return new Error(`The page failed with ${String(thrown)}`, { cause: thrown })
}
