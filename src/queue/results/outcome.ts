import { messageOf, TaskCancelledError, TaskFailedError, TaskUnknownError } from '../../errors.ts'

/** Most characters of a stack that is kept. */
const MOST_STACK = 8_000

/** An error as it is stored: with results, and with dead letters. */
export interface StoredError {
  /** Name of its class. */
  readonly name: string
  /** Its message. */
  readonly message: string
  /** Its stack, of at most 8,000 characters; absent if it had none. */
  readonly stack?: string | undefined
  /** Its `code`; absent if it had none. */
  readonly code?: string | undefined
}

/** Stored result of a task that was cancelled. */
const CANCELLED = 'C'

/** Returns what is stored for a completed task. @param json the result, or an empty string */
export function storedResult(json: string): string {
  return `R${json}`
}

/** Encodes an error that a handler threw, which need not be an Error. */
export function encodeError(thrown: unknown): string {
  const error = thrown instanceof Error ? thrown : undefined
  const code = error && 'code' in error ? error.code : undefined
  const stored: StoredError = {
    name: error?.name ?? 'Error',
    message: messageOf(thrown).slice(0, MOST_STACK),
    ...(typeof code === 'string' && { code }),
    ...(typeof error?.stack === 'string' && { stack: error.stack.slice(0, MOST_STACK) }),
  }
  return JSON.stringify(stored)
}

/** Decodes an error. Another program may have written something else. */
export function decodeError(json: string): StoredError {
  try {
    const { name, message, stack, code } = JSON.parse(json) as Record<string, unknown>
    return {
      name: String(name),
      message: String(message),
      ...(typeof stack === 'string' && { stack }),
      ...(typeof code === 'string' && { code }),
    }
  } catch {
    return { name: 'Error', message: json }
  }
}

/**
 * Returns the result of a task.
 *
 * @throws TaskFailedError, TaskCancelledError
 */
export function readOutcome(id: string, stored: string): unknown {
  const rest = stored.slice(1)
  if (stored.startsWith('R')) return rest === '' ? undefined : JSON.parse(rest)
  if (stored === CANCELLED) throw new TaskCancelledError(`The task ${id} was cancelled.`)
  const { name, message, stack, code } = decodeError(rest)
  const cause = Object.assign(new Error(message), { name, ...(code !== undefined && { code }) })
  if (stack !== undefined)
    Object.defineProperty(cause, 'stack', { value: stack, configurable: true, writable: true })
  throw new TaskFailedError(`The task ${id} failed: ${message}`, { cause })
}

/** Makes the error for a task of which the queue has nothing. */
export function unknownTask(queue: string, id: string): TaskUnknownError {
  return new TaskUnknownError(
    `The queue "${queue}" has no task ${id}: it was never added, or its result has expired or was not stored.`,
  )
}
