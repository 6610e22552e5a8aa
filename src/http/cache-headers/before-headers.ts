import type { ServerResponse } from 'node:http'

/** Headers as they are handed to Node: an object by name, or what `setHeader` was given. */
type Handed = Record<string, unknown> | undefined

/** The member by which every `writeHead` ends, whoever has wrapped it. */
interface StoresHeader {
  _storeHeader?(firstLine: string, headers: Handed): void
}

/** Statuses of a page, and of an answer to a visitor who has it. */
const SHARED_STATUSES: ReadonlySet<number> = new Set([200, 304])

/**
 * Returns true if headers that are set late are seen by {@link privateIfChanged}. Those of HTTP/2
 * are not.
 */
export function seesLateHeaders(response: ServerResponse): boolean {
  return typeof (response as unknown as StoresHeader)._storeHeader === 'function'
}

/**
 * Makes a response private if it has a cookie, or is an error, when its headers are written:
 * sessions set their cookies last, in hooks and in wrappers of `writeHead`, and a hook that fails
 * leaves its error with the headers of the page.
 * @param headers headers of a private response, by lower-case name
 * @param dropped names of headers that a private response does not have
 */
export function privateIfChanged(
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
  dropped: readonly string[],
): void {
  const own = response as unknown as StoresHeader
  const { _storeHeader: store } = own
  if (typeof store !== 'function') return
  own._storeHeader = function (this: ServerResponse, firstLine, handed) {
    // Fastify hands over its own object; otherwise they are those of setHeader.
    const isPlain = handed !== undefined && Object.getPrototypeOf(handed) === Object.prototype
    const given = isPlain ? Object.keys(handed) : []
    const hasCookie =
      this.hasHeader('set-cookie') || given.some((name) => name.toLowerCase() === 'set-cookie')
    if (hasCookie || !SHARED_STATUSES.has(this.statusCode)) {
      for (const name of dropped) this.removeHeader(name)
      for (const name of given)
        if (dropped.includes(name.toLowerCase()) || name.toLowerCase() in headers) delete handed?.[name]
      if (isPlain) Object.assign(handed as object, headers)
      else for (const [name, value] of Object.entries(headers)) this.setHeader(name, value)
    }
    return store.call(this, firstLine, handed)
  }
}
