import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** An application behind nginx, which notes what reaches it. */
export interface App {
  readonly port: number
  readonly requests: IncomingMessage[]
  /** Replaces the handler. */
  handle(handler: Handler): void
  /** Refuses connections from now on. */
  stop(): Promise<void>
}

/** A page that may be stored for `ttl` seconds, as the documentation says to mark it. */
export function page(response: ServerResponse, body: string, ttl = 60): void {
  response.setHeader('Content-Type', 'text/html; charset=utf-8')
  response.setHeader('Cache-Control', 'no-cache')
  response.setHeader('X-Accel-Expires', String(ttl))
  response.end(body)
}

export async function startApp(handler: Handler): Promise<App> {
  let current = handler
  const requests: IncomingMessage[] = []
  const server: Server = createServer((request, response) => {
    requests.push(request)
    current(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    handle(next) {
      current = next
    },
    stop() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
