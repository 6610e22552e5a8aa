import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'

type GivenHeaders = OutgoingHttpHeaders | OutgoingHttpHeader[] | undefined

/** Headers that describe the body of a response. */
const OF_BODY = [
  ...['content-length', 'content-encoding', 'transfer-encoding', 'content-range', 'accept-ranges'],
  ...['vary', 'location'],
]

/** Headers by which caches keep a response, some of them whatever `Cache-Control` says. */
const OF_CACHES = [
  ...['etag', 'last-modified', 'expires', 'x-accel-expires', 'surrogate-control'],
  ...['cdn-cache-control', 'cloudflare-cdn-cache-control'],
]

/** The page is for one who may see it, at this moment. */
const NOT_CACHED = 'private, no-store'

/** Keeps caches from storing a response, whatever headers it is sent with. */
export function sendUncached(response: ServerResponse): void {
  const { writeHead } = response
  const send = (status: number, reason: unknown, headers: GivenHeaders) => {
    setAll(response, headers)
    forbidCaching(response)
    const args = typeof reason === 'string' ? [status, reason] : [status]
    return Reflect.apply(writeHead, response, args)
  }
  response.writeHead = ((status: number, reason?: unknown, headers?: GivenHeaders) =>
    send(status, reason, typeof reason === 'string' ? headers : (reason as GivenHeaders))) as typeof writeHead
}

/**
 * Sends JSON in place of whatever a response is given, however it is sent: by a framework, by a
 * middleware that compresses, or piece by piece.
 * @param makeJson is called when the response ends, with the status that it would have had
 */
export function answerWithJson(response: ServerResponse, makeJson: (status: number) => unknown): void {
  const { writeHead, flushHeaders, write, end } = response
  let status: number | undefined
  response.writeHead = ((given: number, ...rest: unknown[]) => {
    status = given
    const headers = typeof rest[0] === 'string' ? rest[1] : rest[0]
    setAll(response, headers as GivenHeaders)
    return response
  }) as typeof writeHead
  response.flushHeaders = () => {}
  response.write = ((_chunk: unknown, ...rest: unknown[]) => {
    callLast(rest)
    return true
  }) as typeof response.write
  response.end = ((...args: unknown[]) => {
    const body = Buffer.from(`${JSON.stringify(makeJson(status ?? response.statusCode), null, 2)}\n`)
    Object.assign(response, { writeHead, flushHeaders, write, end })
    for (const name of OF_BODY) response.removeHeader(name)
    response.setHeader('content-type', 'application/json; charset=utf-8')
    forbidCaching(response)
    response.setHeader('content-length', body.length)
    response.statusCode = withBody(status ?? response.statusCode)
    const done = args.at(-1)
    return Reflect.apply(end, response, typeof done === 'function' ? [body, done] : [body])
  }) as typeof end
}

function forbidCaching(response: ServerResponse): void {
  for (const name of OF_CACHES) response.removeHeader(name)
  response.setHeader('cache-control', NOT_CACHED)
}

/** The status decides whether the page is stored: it stays, unless it forbids a body. */
function withBody(status: number): number {
  return status === 204 || status === 205 || status === 304 ? 200 : status
}

function setAll(response: ServerResponse, headers: GivenHeaders): void {
  if (Array.isArray(headers)) {
    for (let n = 0; n + 1 < headers.length; n += 2)
      response.setHeader(String(headers[n]), headers[n + 1] as OutgoingHttpHeader)
    return
  }
  for (const [name, value] of Object.entries(headers ?? {}))
    if (value !== undefined) response.setHeader(name, value)
}

function callLast(args: readonly unknown[]): void {
  const done = args.at(-1)
  if (typeof done === 'function') process.nextTick(done)
}
