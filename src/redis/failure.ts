import { StoreError, StoreFullError, StoreTimeoutError } from '../errors.ts'

/** Advice on an error of the server, by the beginning of its message. */
const ADVICE: readonly (readonly [start: RegExp, advice: string])[] = [
  [/^OOM/, 'its memory is full: raise maxmemory, or set maxmemory-policy to allkeys-lru'],
  [
    /^(NOAUTH|WRONGPASS|ERR invalid password|ERR AUTH)/,
    'give its password in the url, redis://user:password@host',
  ],
  [/^NOPERM/, 'its user may not run this command: allow it by ACL SETUSER'],
  [
    /The user executing the script can't run/,
    'its user may not run a command of the script, such as XADD for a log: allow it by ACL SETUSER',
  ],
  [/^READONLY/, 'it is a replica: connect to the primary'],
  [
    /^(MOVED|ASK|CROSSSLOT)/,
    'it is part of a Redis Cluster: connect by nodes: [{ host, port }], or by a Cluster of ioredis',
  ],
  [/^CLUSTERDOWN/, 'a part of the Redis Cluster has no primary; it will serve again when it has'],
  [
    /^ERR This instance has cluster support disabled/,
    'it is one server: connect by a url, or by a Redis of ioredis',
  ],
  [/^none of its nodes answers/, 'are they running?'],
  [/^WRONGTYPE/, 'another program keeps something else under this key: choose another prefix'],
  [/^(LOADING|BUSY|MASTERDOWN|TRYAGAIN)/, 'it will serve again by itself'],
  [/^ERR max number of clients/, 'raise its maxclients'],
  [/^ERR unknown command/, 'Redis 6.2 or later is needed'],
  [
    /^ERR DB index/,
    'it has no such database: raise databases in its configuration, or choose another in the url',
  ],
  [/ECONNREFUSED|ENOENT/, 'is it running?'],
  [/ENOTFOUND|EAI_AGAIN/, 'is the name of the host right?'],
]

/**
 * Messages of ioredis for commands that were under way. They name options that the user never set.
 */
const LOST =
  /max retries per request|Connection is closed|Stream isn't writeable|aborted due to connection close/

/** Converts an error of the server or of ioredis. */
export function storeFailure(server: string, doing: string, error: unknown): StoreError | StoreTimeoutError {
  const cause = withoutCommand(error)
  const reason = reasonOf(cause)
  const advice = ADVICE.find(([start]) => start.test(reason))?.[1]
  const message = `${server} ${doing}: ${reason}${advice ? ` (${advice})` : ''}`
  if (reason === 'Command timed out') return new StoreTimeoutError(message, { cause })
  return reason.startsWith('OOM')
    ? new StoreFullError(message, { cause })
    : new StoreError(message, { cause })
}

/** Converts an error that a script returned. Older servers leave the `-` and the line end in it. */
export function scriptFailure(server: string, text: string): StoreError {
  return storeFailure(server, 'did not write', new Error(text.replace(/^-/, '').trim()))
}

/** Returns true if a command failed because its connection ended. */
export function isLost(message: string): boolean {
  return LOST.test(message)
}

function reasonOf(error: Error): string {
  if (isLost(error.message)) return 'the connection was lost'
  // ioredis says that all nodes of a cluster failed. The reason of the last one says more.
  if ('lastNodeError' in error && error.lastNodeError instanceof Error) {
    return isLost(error.lastNodeError.message) ? 'none of its nodes answers' : reasonOf(error.lastNodeError)
  }
  if (error.message) return error.message
  // Node tried several addresses of one name. Its error has no message.
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0].message
  return 'code' in error ? String(error.code) : error.name
}

/**
 * Removes the command, which ioredis adds to its errors: with its arguments, a password or a whole
 * page would be printed with a `cause`. The error is not shared, since it is the reply to a command
 * of this package.
 */
export function withoutCommand(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error))
  if ('command' in error) delete error.command
  if ('lastNodeError' in error && error.lastNodeError instanceof Error) withoutCommand(error.lastNodeError)
  return error
}
