import { OptionError } from '../../errors.ts'
import { type Duration, toTimer } from '../../options/duration.ts'
import { readCount, refuseOption } from '../../options/read-option.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import { readLease } from './queue-options.ts'

/** Options of a {@link Worker}. */
export interface WorkerOptions {
  /**
   * Most tasks that run at a time.
   *
   * @defaultValue 16
   */
  readonly concurrency?: number | undefined
  /**
   * How long this worker may be silent before its tasks are given to others.
   *
   * @defaultValue the queue's `lease`
   */
  readonly lease?: Duration | undefined
  /**
   * How long `close()` waits for tasks that run. Then their signals abort, and they are given back.
   *
   * @defaultValue `'30s'`
   */
  readonly shutdownTimeout?: Duration | undefined
  /**
   * How long a handler may keep the event loop busy before the worker is taken for dead: until then
   * a thread renews its lease. False starts no thread.
   *
   * @defaultValue `'5m'`
   */
  readonly maxBlock?: Duration | false | undefined
}

/** Checked options of a worker. Durations are in ms. */
export interface ResolvedWorkerOptions {
  readonly concurrency: number
  readonly lease: number | undefined
  readonly shutdownTimeout: number
  readonly maxBlock: number
}

const NAMES = ['concurrency', 'lease', 'shutdownTimeout', 'maxBlock'] as const
const HINTS = {
  lockDuration: 'lease',
  limiter: 'rateLimit is an option of TaskQueue.',
  timeout: 'shutdownTimeout',
}

/** @throws OptionError, DurationError */
export function resolveWorkerOptions(options: unknown): ResolvedWorkerOptions {
  if (!isPlainObject(options))
    throw new OptionError(`A worker takes options such as { concurrency: 16 }, not ${show(options)}.`)
  refuseUnknownOptions('A worker', options, NAMES, HINTS)
  const { concurrency, lease, shutdownTimeout, maxBlock } = options
  const most = readCount('concurrency', concurrency ?? 16, 1)
  if (most > 10_000) refuseOption('concurrency', 'at most 10,000', concurrency)
  return {
    concurrency: most,
    lease: lease === undefined ? undefined : readLease(lease),
    shutdownTimeout: toTimer(shutdownTimeout ?? '30s', 'The option shutdownTimeout'),
    maxBlock: maxBlock === false ? 0 : toTimer(maxBlock ?? '5m', 'The option maxBlock'),
  }
}
