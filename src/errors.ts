/**
 * Every error that onetrip throws or reports, each with a stable `code`.
 *
 * A message says what was given, what is allowed, and where. `cause` is the original error.
 */

import type { ErrorCode } from './error-codes.ts'
import { redact, redactError } from './options/redact.ts'

/**
 * Base class of all errors of this package. `name` is the name of the class; `code` is stable over
 * releases. Messages hold no passwords.
 */
export class OnetripError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(redact(message), options)
    this.code = code
    this.name = new.target.name
  }
}

/** A wrong option. Thrown when the option is passed, not when it is first used. */
export class OptionError extends OnetripError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_ONETRIP_OPTION', message, options)
  }
}

/** A duration that cannot be read. */
export class DurationError extends OnetripError {
  constructor(message: string) {
    super('ERR_ONETRIP_DURATION', message)
  }
}

/** A key part that cannot be part of a key. */
export class KeyPartError extends OnetripError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_ONETRIP_KEY_PART', message, options)
  }
}

/** A cache tag that cannot work, found when its template is compiled wherever that is possible. */
export class TagError extends OnetripError {
  constructor(message: string) {
    super('ERR_ONETRIP_TAG', message)
  }
}

/**
 * A lazy value that failed to load (`cause` is the error of its loader), or that was read where it
 * cannot be.
 */
export class LazyError extends OnetripError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_ONETRIP_LAZY', message, options)
  }
}

/**
 * A fragment that reads, or contains, a value of one visitor. With `safety: 'error'` it fails the
 * page; otherwise it is an event, and the fragment is not stored.
 */
export class LeakError extends OnetripError {
  constructor(message: string) {
    super('ERR_ONETRIP_LEAK', message)
  }
}

/**
 * A fragment whose body failed (`cause` is its error), and whose stale entry is served. Never
 * thrown: it is an event.
 */
export class RenderError extends OnetripError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_ONETRIP_RENDER', message, options)
  }
}

/** A template whose runs never settle. */
export class UnsettledError extends OnetripError {
  constructor(message: string) {
    super('ERR_ONETRIP_UNSETTLED', message)
  }
}

/** A cached function that was called, by its own calls, with a key for which it is running. */
export class RecursionError extends OnetripError {
  constructor(message: string) {
    super('ERR_ONETRIP_RECURSION', message)
  }
}

/** A failure of the store. Never thrown by a page: it is an event, and a miss. */
export class StoreError extends OnetripError {
  constructor(message: string, options?: ErrorOptions, code: ErrorCode = 'ERR_ONETRIP_STORE') {
    redactError(options?.cause)
    super(code, message, options)
  }
}

/** A store that has no room for an entry. */
export class StoreFullError extends StoreError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options, 'ERR_ONETRIP_STORE_FULL')
  }
}

/** A store that did not answer in time. */
export class StoreTimeoutError extends OnetripError {
  constructor(message: string, options?: ErrorOptions) {
    redactError(options?.cause)
    super('ERR_ONETRIP_STORE_TIMEOUT', message, options)
  }
}

/** Use after `close()`. */
export class ClosedError extends OnetripError {
  constructor(what: string) {
    super('ERR_ONETRIP_CLOSED', `${what} was used after close()`)
  }
}

/** The kind of a {@link StreamError}. */
export type StreamErrorReason =
  | 'id-too-small'
  | 'no-group'
  | 'no-stream'
  | 'not-supported'
  | 'undecodable'
  | 'wrong-type'

/** A command on a stream that cannot be carried out. */
export class StreamError extends OnetripError {
  /** The kind of the error, if it is known. */
  readonly reason: StreamErrorReason | undefined

  constructor(message: string, options: ErrorOptions & { reason?: StreamErrorReason } = {}) {
    redactError(options.cause)
    super('ERR_ONETRIP_STREAM', message, options)
    this.reason = options.reason
  }
}

/** The kind of a {@link ToolkitError}. */
export type ToolkitErrorReason =
  /** A batch was used in a way that it cannot serve, such as twice. */
  | 'batch'
  /** Redis holds a thing of this name that was made with other parameters. */
  | 'conflict'
  /** No more can be added. */
  | 'full'
  /** A value that its schema refuses. */
  | 'invalid'
  /** A number was asked of something that is none, or that is out of its range. */
  | 'not-a-number'
  | 'not-found'
  /** Redis, or the client, does not offer it. */
  | 'not-supported'
  /** A search would read or hold more than it may. */
  | 'too-large'
  /** Redis holds something that the codec cannot decode. `cause` is its error; see `stored`. */
  | 'undecodable'
  /** The key holds another type. */
  | 'wrong-type'

/** An operation of the toolkit that cannot be carried out. */
export class ToolkitError extends OnetripError {
  readonly reason: ToolkitErrorReason
  readonly #stored: readonly Buffer[]

  constructor(
    message: string,
    options: ErrorOptions & { reason: ToolkitErrorReason },
    stored: readonly Buffer[] = [],
  ) {
    redactError(options.cause)
    super('ERR_ONETRIP_TOOLKIT', message, options)
    this.reason = options.reason
    this.#stored = stored
  }

  /**
   * All that Redis replied, if a value of it cannot be decoded: `pop` and `take` have removed it.
   * Of a sorted set a score follows each value. Logs do not show it.
   */
  get stored(): readonly Buffer[] {
    return this.#stored
  }
}

/** A second registration, or a name that another plugin has taken. */
export class RegisteredError extends OnetripError {
  constructor(message: string) {
    super('ERR_ONETRIP_REGISTERED', message)
  }
}

/** A failure of Redis, at a call of a task queue. `cause` is the error of the client. */
export class QueueError extends OnetripError {
  constructor(message: string, options?: ErrorOptions) {
    redactError(options?.cause)
    super('ERR_ONETRIP_QUEUE', message, options)
  }
}

/** Arguments or a result that JSON does not have, or that are too large. */
export class TaskArgumentsError extends OnetripError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_ONETRIP_TASK_ARGUMENTS', message, options)
  }
}

/**
 * A task that failed for good. `cause` has the name, the message and the stack of the error that
 * its handler threw on the worker.
 */
export class TaskFailedError extends OnetripError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_ONETRIP_TASK_FAILED', message, options)
  }
}

/** A task, or the wait for its result, that took longer than its timeout. */
export class TaskTimeoutError extends OnetripError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_ONETRIP_TASK_TIMEOUT', message, options)
  }
}

/** A task that was cancelled. */
export class TaskCancelledError extends OnetripError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_ONETRIP_TASK_CANCELLED', message, options)
  }
}

/** A task that no worker can run, or that a queue does not have. */
export class TaskUnknownError extends OnetripError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_ONETRIP_TASK_UNKNOWN', message, options)
  }
}

/** A task during which too many workers died. */
export class TaskCrashedError extends OnetripError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_ONETRIP_TASK_CRASHED', message, options)
  }
}

/** The kind of a {@link ModelError}; docs/errors.md says what to do. */
export type ModelErrorReason =
  | 'conflict'
  | 'duplicate'
  | 'invalid'
  | 'no-index'
  | 'not-found'
  | 'primary-key'
  | 'several'
  | 'undecodable'

/** An operation on records that cannot be carried out. */
export class ModelError extends OnetripError {
  readonly reason: ModelErrorReason

  constructor(message: string, options: ErrorOptions & { reason: ModelErrorReason }) {
    super('ERR_ONETRIP_MODEL', message, options)
    this.reason = options.reason
  }
}

/** A lock that was not acquired in time (`timeout`), or was lost while it was held (`lost`). */
export class LockError extends OnetripError {
  readonly reason: 'timeout' | 'lost'

  constructor(message: string, options: ErrorOptions & { reason: 'timeout' | 'lost' }) {
    super('ERR_ONETRIP_LOCK', message, options)
    this.reason = options.reason
  }
}

/** A call that a rate limit refused. Fastify and Express answer it with status 429. */
export class RateLimitError extends OnetripError {
  readonly statusCode = 429
  /** Time until the call is allowed, if nothing else is taken until then, in ms. */
  readonly retryAfter: number

  constructor(message: string, options: ErrorOptions & { retryAfter: number }) {
    super('ERR_ONETRIP_RATE_LIMIT', message, options)
    this.retryAfter = options.retryAfter
  }
}

/** Returns the message of a thrown value, which need not be an Error. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
