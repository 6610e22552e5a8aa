import { OptionError } from '../../errors.ts'
import { type Duration, toTimer } from '../../options/duration.ts'
import { noticeShort } from '../../options/notice.ts'
import { readBoolean } from '../../options/read-option.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'

/** Options of {@link Toolkit.lock}. Everyone who uses a lock should give it the same. */
export interface LockOptions {
  /**
   * Time after which the lock of a holder ends that died, or that Redis has not heard of. A holder
   * that is alive renews it.
   *
   * @defaultValue `'30s'`
   */
  readonly ttl?: Duration | undefined
  /**
   * Longest wait of `acquire` and `run`.
   *
   * @defaultValue `'10s'`
   */
  readonly wait?: Duration | undefined
  /**
   * Gives the lock in the order in which it was asked for, over all processes. That takes a queue
   * in Redis. Otherwise the next that asks may be first.
   *
   * @defaultValue false
   */
  readonly fair?: boolean | undefined
  /**
   * Renews the lock while it is held. With `false` it ends after its ttl, unless it is extended.
   *
   * @defaultValue true
   */
  readonly renew?: boolean | undefined
}

/** Options of {@link Lock.acquire} and {@link Lock.run}. */
export interface AcquireOptions {
  /**
   * Longest wait.
   *
   * @defaultValue the `wait` of the lock
   */
  readonly wait?: Duration | undefined
  /**
   * Ends the wait.
   *
   * @defaultValue none
   */
  readonly signal?: AbortSignal | undefined
}

/** Checked options, in ms. */
export interface LockRules {
  readonly ttl: number
  readonly wait: number
  readonly fair: boolean
  readonly renew: boolean
}

/** Shortest ttl, in ms: a holder renews its lock three times in it. */
const SHORTEST = 30

const HINTS = { timeout: 'wait', retry: 'wait', duration: 'ttl', expire: 'ttl', lease: 'ttl' }

/** @throws OptionError, DurationError */
export function readLockOptions(owner: string, options: unknown): LockRules {
  if (!isPlainObject(options))
    throw new OptionError(`${owner} takes an object of options; got ${show(options)}`)
  refuseUnknownOptions(owner, options, ['ttl', 'wait', 'fair', 'renew'], HINTS)
  const { ttl = '30s', wait = '10s', fair = false, renew = true } = options as LockOptions
  const rules = {
    ttl: readTtl(ttl),
    wait: toTimer(wait, 'The option wait'),
    fair: readBoolean('fair', fair),
    renew: readBoolean('renew', renew),
  }
  return rules
}

/** @throws OptionError, DurationError */
export function readTtl(ttl: unknown): number {
  const milliseconds = toTimer(ttl, 'The option ttl')
  if (milliseconds < 1000) noticeShort(ttl, () => 'The option ttl of a lock')
  if (milliseconds >= SHORTEST) return milliseconds
  throw new OptionError(`The option ttl must be at least ${SHORTEST} ms, not ${show(ttl)}.`)
}

/** Returns the wait, in ms. @throws OptionError, DurationError */
export function readWait(owner: string, options: AcquireOptions, wait: number): number {
  if (!isPlainObject(options))
    throw new OptionError(`${owner} takes an object of options; got ${show(options)}`)
  refuseUnknownOptions(owner, options, ['wait', 'signal'], HINTS)
  return options.wait === undefined ? wait : toTimer(options.wait, 'The option wait')
}
