/**
 * Codes of all errors. `docs/errors.md` is kept equal to {@link ERROR_CODES} by a test.
 */

/** The meaning of each code. The table in `docs/errors.md` is this one. */
export const ERROR_CODES = {
  ERR_ONETRIP_OPTION: 'An option is missing, unknown, or has a value that is not allowed.',
  ERR_ONETRIP_DURATION:
    'A duration is neither a number of milliseconds nor a string such as 90s, 5m or 1h30m.',
  ERR_ONETRIP_KEY_PART: 'A part of a fragment key is undefined, null, or a value without a stable form.',
  ERR_ONETRIP_TAG: 'A cache tag is in a place where it cannot work, or its arguments are wrong.',
  ERR_ONETRIP_LAZY:
    'The loader of a lazy value or of a defined fragment failed, or JavaScript read a lazy value that is not loaded.',
  ERR_ONETRIP_LEAK:
    'A fragment reads, or contains, a value that belongs to one visitor and is not in its key.',
  ERR_ONETRIP_RENDER: 'A fragment could not be rendered. Its stale entry was served.',
  ERR_ONETRIP_UNSETTLED: 'A template did not settle: each of its runs needed another run.',
  ERR_ONETRIP_RECURSION: 'A cached function called itself with the same key.',
  ERR_ONETRIP_STORE: 'The store could not be read or written. The page is served without it.',
  ERR_ONETRIP_STORE_FULL: 'The store has no room for an entry. The page is served.',
  ERR_ONETRIP_STORE_TIMEOUT: 'The store did not answer within its time limit. The page is served without it.',
  ERR_ONETRIP_CLOSED: 'The cache, or its store, was used after close().',
  ERR_ONETRIP_STREAM:
    'A command on a stream was refused: an id that is not above the last one, a key of another type, a group or a stream that does not exist, or a message that cannot be decoded.',
  ERR_ONETRIP_REGISTERED:
    'The plugin or the middleware is already registered, or a name that it needs is taken.',
  ERR_ONETRIP_QUEUE: 'Redis did not answer a call of a task queue, or refused it.',
  ERR_ONETRIP_TASK_ARGUMENTS: 'Arguments of a task, or its result, cannot be sent as JSON or are too large.',
  ERR_ONETRIP_TASK_FAILED: 'A task failed on a worker, and is not tried again.',
  ERR_ONETRIP_TASK_TIMEOUT: 'A task took longer than its timeout, or a result was not there in time.',
  ERR_ONETRIP_TASK_CANCELLED: 'A task was cancelled.',
  ERR_ONETRIP_TASK_UNKNOWN:
    'A worker read a task whose name it does not know, or which it could not decode; or a queue has no task of an id.',
  ERR_ONETRIP_TOOLKIT:
    'An operation of the toolkit was refused: a key of another type, a value that cannot be decoded, a Bloom filter that is full, a batch that was used twice, or what its reason says.',
  ERR_ONETRIP_TASK_CRASHED: 'Workers died while they ran a task, more often than maxCrashes allows.',
  ERR_ONETRIP_MODEL:
    'An operation on records of a model was refused: a value of a wrong type, a copy that is old, a value that must be unique, a field without an index, or what its reason says.',
  ERR_ONETRIP_LOCK: 'A lock was not free in time, or was lost while it was held.',
  ERR_ONETRIP_RATE_LIMIT: 'A rate limit refused a call.',
  ERR_ONETRIP_PURGE: 'A cache in front of the site did not purge pages that were invalidated.',
} as const

/** The stable code of an `OnetripError`. */
export type ErrorCode = keyof typeof ERROR_CODES
