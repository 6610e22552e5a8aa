import { AS_LAZY, type Lazy, lazy } from '../../engines/lazy.ts'
import { OptionError } from '../../errors.ts'
import { CachedCalls } from './cached-calls.ts'
import { type CachedOptions, CachedRules } from './cached-options.ts'
import type { CachedHost } from './call.ts'
import type { CachedKey } from './found-value.ts'
import { GivenArguments } from './given-arguments.ts'

/**
 * A function whose results are stored. It returns what the serializer keeps of a result, whether
 * that was stored or not, and never fails because of the store. It runs once at a time for each
 * key.
 */
export interface CachedFunction<Args extends unknown[], Result> {
  (...args: Args): Promise<Result>
  /** Returns the key of a call, for `preload`. @throws KeyPartError */
  key(...args: Args): CachedKey
  /**
   * Runs the function even if a result is stored, and stores the new one.
   * @throws what the function throws
   */
  refresh(...args: Args): Promise<Result>
  /** Deletes the stored result of a call. @throws KeyPartError, StoreError */
  invalidate(...args: Args): Promise<void>
  /**
   * Deletes the results of all calls; no call under way is stored after it. Takes as long as {@link
   * FragmentCache.clear}.
   * @throws StoreError
   */
  clear(): Promise<void>
  /**
   * Returns the call as a lazy value, which runs only if a template reads it.
   * @example reply.view('note.njk', { html: noteHtml.lazy(note) })
   */
  lazy(...args: Args): Lazy<Result>
}

/** @throws OptionError, DurationError */
export function cachedFunction<Args extends unknown[], Result>(
  name: string,
  options: CachedOptions<Args>,
  fn: (...args: Args) => Result,
  host: CachedHost,
): CachedFunction<Args, Awaited<Result>> {
  const rules = new CachedRules(name, options, host)
  if (typeof fn !== 'function')
    throw new OptionError(`cached(name, options, fn): the function of "${name}" is missing.`)
  const calls = new CachedCalls(rules, fn, host)
  const cached = function (this: unknown, ...args: Args) {
    return calls.call(this, args)
  }
  const methods = {
    key: (...args: Args) => rules.keyOf(args),
    refresh: (...args: Args) => calls.refresh(undefined, args),
    invalidate: (...args: Args) => calls.invalidate(args),
    clear: async () => {
      host.checkOpen()
      await host.values.clear(rules.keyPrefix, name)
    },
    lazy: (...args: Args) => {
      const given = new GivenArguments(args)
      return lazy(() => calls.call(undefined, given.keyed))
    },
  }
  Object.defineProperty(cached, 'name', { value: name })
  Object.defineProperty(cached, AS_LAZY, {
    value: (...args: Args) => ({ key: rules.callOf(args).key, lazy: methods.lazy(...args) }),
  })
  return Object.assign(cached, methods) as unknown as CachedFunction<Args, Awaited<Result>>
}
