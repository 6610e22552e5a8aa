import { OptionError } from '../../errors.ts'
import { readBoolean, readCount, refuseOption } from '../../options/read-option.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import type { VaryValues } from '../definition/define-fragment.ts'

/** Options of `warm()`. */
export interface WarmOptions {
  /**
   * Number of fragments that are rendered at a time.
   * @defaultValue 4
   */
  readonly concurrency?: number | undefined
  /**
   * Most fragments that are begun in a second: a number, or a string such as `'50/s'` or `'300/m'`.
   * @defaultValue no limit
   */
  readonly rate?: number | string | undefined
  /**
   * The values that the fragment varies by, by name; of an array, each parameters are warmed with
   * all of them.
   * @defaultValue none
   */
  readonly vary?: VaryValues | readonly VaryValues[] | undefined
  /**
   * Renders fragments, too, that have a fresh entry.
   * @defaultValue false
   */
  readonly force?: boolean | undefined
  /**
   * Called after each fragment.
   * @defaultValue none
   */
  readonly onProgress?: ((progress: WarmProgress) => void) | undefined
  /**
   * Ends the call: the promise rejects with the signal's reason once the running renders are done.
   * @defaultValue none
   */
  readonly signal?: AbortSignal | undefined
}

/** The counts of `warm()` so far. */
export interface WarmProgress {
  /** Number of fragments that are done; the sum of the others but `total`. */
  readonly done: number
  /** Number of all; undefined if the parameters are not an array. */
  readonly total: number | undefined
  /** Rendered and stored. */
  readonly stored: number
  /** Not rendered, since there was a fresh entry. */
  readonly fresh: number
  /** Rendered and not stored; a `skip` event says why. */
  readonly skipped: number
  /** Not rendered, because of an error. */
  readonly failed: number
}

/** The result of `warm()`. */
export interface WarmResult extends WarmProgress {
  /** The first 20 errors. */
  readonly errors: readonly WarmError[]
}

/** An error of a fragment that was to be warmed. */
export interface WarmError {
  /** Parameters of the fragment. */
  readonly params: unknown
  /** The values that it varies by, by name. */
  readonly vary: VaryValues
  /** The reason why it was not rendered. */
  readonly error: unknown
}

/** Limit of the errors that a result has. */
export const MOST_ERRORS = 20

const OPTIONS = [
  'concurrency',
  'rate',
  'vary',
  'force',
  'onProgress',
  'signal',
] as const satisfies readonly (keyof WarmOptions)[]

export interface ResolvedWarmOptions {
  readonly concurrency: number
  readonly perSecond: number
  readonly varies: readonly VaryValues[]
  readonly force: boolean
  readonly onProgress: (progress: WarmProgress) => void
  readonly signal: AbortSignal | undefined
}

/** @throws OptionError */
export function resolveWarmOptions(options: unknown): ResolvedWarmOptions {
  if (!isPlainObject(options))
    throw new OptionError(`The options of warm() must be an object, not ${show(options)}.`)
  refuseUnknownOptions('warm()', options, OPTIONS)
  const { concurrency = 4, rate, vary, force = false, onProgress = ignore, signal } = options as WarmOptions
  if (typeof onProgress !== 'function') return refuseOption('onProgress', 'a function', onProgress)
  if (signal !== undefined && !(signal instanceof AbortSignal))
    return refuseOption('signal', 'an AbortSignal', signal)
  return {
    concurrency: readCount('concurrency', concurrency, 1),
    perSecond: rate === undefined ? Infinity : readRate(rate),
    varies: readVaries(vary),
    force: readBoolean('force', force),
    onProgress,
    signal,
  }
}

function ignore(): void {}

const SECONDS = { s: 1, m: 60, h: 3600 } as const

/** Returns a rate in a second. @throws OptionError */
export function readRate(rate: unknown): number {
  const [, count, unit] = (typeof rate === 'string' && /^(\d+(?:\.\d+)?)\/([smh])$/.exec(rate)) || []
  const perSecond = count === undefined ? rate : Number(count) / SECONDS[unit as keyof typeof SECONDS]
  if (typeof perSecond === 'number' && perSecond > 0 && perSecond < Infinity) return perSecond
  return refuseOption('rate', "a number in a second, or a string such as '50/s' or '300/m'", rate)
}

function readVaries(vary: unknown): readonly VaryValues[] {
  const list: readonly unknown[] = vary === undefined ? [{}] : Array.isArray(vary) ? vary : [vary]
  if (list.length > 0 && list.every(isPlainObject)) return list as readonly VaryValues[]
  return refuseOption('vary', "an object such as { locale: 'en' }, or an array of such objects", vary)
}
