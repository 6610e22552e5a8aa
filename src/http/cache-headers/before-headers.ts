import type { ServerResponse } from 'node:http'

/** Headers as they are handed to Node: an object by name, or what `setHeader` was given. */
type Handed = Record<string, unknown> | undefined

/** The member by which every `writeHead` ends, whoever has wrapped it. */
interface StoresHeader {
  _storeHeader?(firstLine: string, headers: Handed): void
}

/**
 * Makes a response private if it has a cookie when its headers are written: sessions set theirs
 * last, in hooks and in wrappers of `writeHead`.
 * @param headers headers of a private response, by lower-case name
 * @param dropped names of headers that a private response does not have
 */
export function privateWithCookie(
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
    const names = Object.keys(handed ?? {}).filter((name) => name.toLowerCase() === 'set-cookie')
    if (isPlain && names.length > 0) {
      for (const name of Object.keys(handed))
        if (dropped.includes(name.toLowerCase()) || name.toLowerCase() in headers) delete handed[name]
      Object.assign(handed, headers)
    } else if (this.hasHeader('set-cookie')) {
      for (const name of dropped) this.removeHeader(name)
      for (const [name, value] of Object.entries(headers)) this.setHeader(name, value)
    }
    return store.call(this, firstLine, handed)
  }
}
