import { OptionError } from '../../errors.ts'
import { type Duration, toMilliseconds, toTimer } from '../../options/duration.ts'
import { readBoolean, readCount, readNumber, readOneOf, refuseOption } from '../../options/read-option.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import type { Priority } from '../keys.ts'

/** Time between two attempts: `delay * factor ** (attempt - 1)`, at most `max`. */
export interface Backoff {
  /**
   * Time before the second attempt.
   * @defaultValue `'1s'`
   */
  readonly delay?: Duration | undefined
  /**
   * Factor by which the time grows with each attempt.
   * @defaultValue 2
   */
  readonly factor?: number | undefined
  /**
   * Longest time between two attempts.
   * @defaultValue `'1h'`
   */
  readonly max?: Duration | undefined
  /**
   * Largest random change of the time, as a fraction: 0.2 is 20 % longer or shorter, so that tasks
   * that failed together are tried again apart.
   *
   * @defaultValue 0.2
   */
  readonly jitter?: number | undefined
}

/** Options of a task, for all of its calls. */
export interface TaskOptions {
  /**
   * How often a task that failed is tried again before it goes to the dead letters.
   *
   * @defaultValue 3
   */
  readonly retries?: number | undefined
  /**
   * Longest time of one attempt. Then its `signal` aborts and the attempt has failed.
   *
   * @defaultValue no limit
   */
  readonly timeout?: Duration | undefined
  /**
   * Times between attempts.
   *
   * @defaultValue those of {@link Backoff}
   */
  readonly backoff?: Backoff | undefined
  /**
   * False stores no result: `handle.result()` cannot be used, and a task costs less.
   *
   * @defaultValue true
   */
  readonly result?: boolean | undefined
  /**
   * Tasks of a higher priority begin first.
   *
   * @defaultValue `'normal'`
   */
  readonly priority?: Priority | undefined
}

/** A key that at most one task of the queue has at a time. */
export interface UniqueKey {
  /** The key, of at most 500 characters. */
  readonly key: string
  /**
   * How long the key is taken, from the call on, also after the task has ended.
   *
   * @defaultValue until the task has ended
   */
  readonly ttl?: Duration | undefined
}

/** Options of single calls, which `task.with()` takes. */
export interface CallOptions {
  /**
   * Begins the task this long after the call.
   *
   * @defaultValue none: at once
   */
  readonly delay?: Duration | undefined
  /**
   * Begins the task at a time: a Date, or ms since 1970. A time in the past is now.
   *
   * @defaultValue none: at once
   */
  readonly at?: Date | number | undefined
  /**
   * Adds nothing while another task has this key: the handle is then that task's.
   *
   * @defaultValue none
   */
  readonly unique?: string | UniqueKey | undefined
  /**
   * Tasks of one order key run one after the other, in the order of their calls.
   *
   * @defaultValue none
   */
  readonly order?: string | undefined
  /**
   * Priority of this call.
   *
   * @defaultValue that of the task
   */
  readonly priority?: Priority | undefined
  /**
   * How often this call is tried again.
   *
   * @defaultValue that of the task
   */
  readonly retries?: number | undefined
  /**
   * Longest time of one attempt of this call.
   *
   * @defaultValue that of the task
   */
  readonly timeout?: Duration | undefined
}

/** Checked options of a task. Durations are in ms. */
export interface ResolvedTaskOptions {
  readonly retries: number
  readonly timeout: number | undefined
  readonly backoff: {
    readonly delay: number
    readonly factor: number
    readonly max: number
    readonly jitter: number
  }
  readonly result: boolean
  readonly priority: Priority
}

/** Checked options of a call. Durations are in ms. */
export interface ResolvedCallOptions {
  readonly delay?: number
  readonly at?: number
  readonly unique?: string
  readonly uniqueTtl?: number
  readonly order?: string
  readonly priority?: Priority
  readonly retries?: number
  readonly timeout?: number
}

const PRIORITIES: readonly Priority[] = ['high', 'normal', 'low']
const TASK_NAMES = ['retries', 'timeout', 'backoff', 'result', 'priority'] as const
const CALL_NAMES = ['delay', 'at', 'unique', 'order', 'priority', 'retries', 'timeout'] as const
const HINTS = {
  attempts: 'retries',
  maxRetries: 'retries',
  concurrency: 'concurrency is an option of queue.worker().',
  removeOnComplete: 'result',
}
const CALL_HINTS = {
  ...HINTS,
  jobId: 'unique',
  deduplication: 'unique',
  group: 'order',
  result: 'result is an option of queue.task().',
  backoff: 'backoff is an option of queue.task().',
}

/** @throws OptionError, DurationError */
export function resolveTaskOptions(task: string, options: unknown): ResolvedTaskOptions {
  if (!isPlainObject(options))
    throw new OptionError(`The options of the task "${task}" must be an object, not ${show(options)}.`)
  refuseUnknownOptions(`The task "${task}"`, options, TASK_NAMES, HINTS)
  const { retries, timeout, result, priority } = options
  return {
    retries: readCount('retries', retries ?? 3, 0),
    timeout: timeout === undefined ? undefined : toTimer(timeout, 'The option timeout'),
    backoff: readBackoff(options.backoff ?? {}),
    result: readBoolean('result', result ?? true),
    priority: readOneOf('priority', priority ?? 'normal', PRIORITIES),
  }
}

function readBackoff(value: unknown): ResolvedTaskOptions['backoff'] {
  if (!isPlainObject(value)) refuseOption('backoff', "an object such as { delay: '1s', factor: 2 }", value)
  refuseUnknownOptions('backoff', value, ['delay', 'factor', 'max', 'jitter'], { type: 'factor' })
  return {
    delay: toMilliseconds(value.delay ?? '1s', 'The option backoff.delay'),
    factor: readNumber('backoff.factor', value.factor ?? 2, 1),
    max: toMilliseconds(value.max ?? '1h', 'The option backoff.max'),
    jitter: readNumber('backoff.jitter', value.jitter ?? 0.2, 0, 1),
  }
}

/** @throws OptionError, DurationError */
export function resolveCallOptions(task: string, options: unknown): ResolvedCallOptions {
  if (!isPlainObject(options))
    throw new OptionError(`with() of the task "${task}" takes an object, not ${show(options)}.`)
  refuseUnknownOptions(`with() of the task "${task}"`, options, CALL_NAMES, CALL_HINTS)
  const { delay, at, order, priority, retries, timeout } = options
  if (delay !== undefined && at !== undefined)
    throw new OptionError(`with() of the task "${task}" takes delay or at, not both.`)
  return {
    ...(delay !== undefined && { delay: toMilliseconds(delay, 'The option delay') }),
    ...(at !== undefined && { at: readTime(at) }),
    ...readUnique(options.unique),
    ...(order !== undefined && { order: readKey('order', order) }),
    ...(priority !== undefined && { priority: readOneOf('priority', priority, PRIORITIES) }),
    ...(retries !== undefined && { retries: readCount('retries', retries, 0) }),
    ...(timeout !== undefined && { timeout: toTimer(timeout, 'The option timeout') }),
  }
}

function readTime(value: unknown): number {
  const time = value instanceof Date ? value.getTime() : value
  if (typeof time === 'number' && Number.isFinite(time)) return Math.ceil(time)
  return refuseOption('at', 'a Date that is valid, or milliseconds since 1970', value)
}

function readUnique(value: unknown): Pick<ResolvedCallOptions, 'unique' | 'uniqueTtl'> {
  if (value === undefined) return {}
  if (typeof value === 'string') return { unique: readKey('unique', value) }
  if (!isPlainObject(value))
    refuseOption('unique', "a string, or an object such as { key, ttl: '1h' }", value)
  refuseUnknownOptions('unique', value, ['key', 'ttl'], { id: 'key' })
  const unique = readKey('unique.key', value.key)
  if (value.ttl === undefined) return { unique }
  return { unique, uniqueTtl: toMilliseconds(value.ttl, 'The option unique.ttl') }
}

function readKey(option: string, value: unknown): string {
  if (typeof value !== 'string' || value === '')
    return refuseOption(option, 'a string that is not empty', value)
  return value.length <= 500 ? value : refuseOption(option, 'a string of at most 500 characters', value)
}
