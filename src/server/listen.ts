import type { Server } from 'node:net'
import { ServerError } from './server-error.ts'

/**
 * Resolves when a server listens.
 *
 * @throws ServerError if it cannot
 */
export function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(listenError(error, port, host))
    server.once('error', fail)
    server.listen(port, host, () => {
      server.off('error', fail)
      resolve()
    })
  })
}

function listenError(cause: NodeJS.ErrnoException, port: number, host: string): ServerError {
  return new ServerError('ERR_ONETRIP_SERVER_LISTEN', reasonOf(cause, port, host), { cause })
}

function reasonOf({ code, message }: NodeJS.ErrnoException, port: number, host: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return (
        `Port ${port} of ${host} is taken: another program listens on it, maybe a Redis. ` +
        'Stop it, choose another port, or take a free one with port 0.'
      )
    case 'EACCES':
      return `Port ${port} of ${host} is not allowed for this user: choose one from 1024 on.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `The host ${host} is no address of this machine: 127.0.0.1 and ::1 are, 0.0.0.0 is all of them.`
    default:
      return `The server cannot listen on port ${port} of ${host}: ${message}`
  }
}

/** Returns the URL of a server for clients on this machine. */
export function urlOf(host: string, port: number, password: string): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  const name = reachable.includes(':') ? `[${reachable}]` : reachable
  const login = password === '' ? '' : `:${encodeURIComponent(password)}@`
  return `redis://${login}${name}:${port}`
}
