import { AS_LAZY, type Lazy, lazy } from '../../engines/lazy.ts'
import { OptionError } from '../../errors.ts'
import type { Bypass } from '../options/cache-options.ts'
import type { CurrentPage } from '../page-context.ts'
import type { Services } from '../services.ts'
import { CachedCalls } from './cached-calls.ts'
import { type CachedOptions, CachedRules } from './cached-options.ts'
import { GivenArguments } from './given-arguments.ts'
import type { PreloadScopeState } from './preload-scope.ts'
import type { ValueAccess } from './value-access.ts'

/** The key of one call of a cached function: what `preload` takes. */
export interface CachedKey {
  /** Of the cached function. */
  readonly name: string
  readonly key: string
  readonly tags: readonly string[]
}

/**
 * A function whose results are kept. It answers what the serializer keeps of a result, whether it was found or made anew, and
 * never fails for the store. Runs once at a time for each key.
 */
export interface CachedFunction<Args extends unknown[], Result> {
  (...args: Args): Promise<Result>
  /** The key of a call, for `preload`. @throws KeyPartError */
  key(...args: Args): CachedKey
  /** Runs the function, and keeps what it gives, whatever was kept before. @throws what the function throws */
  refresh(...args: Args): Promise<Result>
  /** Deletes what is kept of one call. @throws KeyPartError, StoreError as `FragmentCache#delete` does */
  invalidate(...args: Args): Promise<void>
  /**
   * Deletes what is kept of all calls; no call that is under way is kept after it. It takes as long as `FragmentCache#clear` does.
   * @throws StoreError
   */
  clear(): Promise<void>
  /** The call as a lazy value: what a template reads of it is loaded with all that it needs. */
  lazy(...args: Args): Lazy<Result>
}

/** What a cached function needs of its cache. */
export interface CachedHost {
  readonly services: Services
  readonly values: ValueAccess
  readonly scope: PreloadScopeState | undefined
  readonly page: CurrentPage | undefined
  /** What of the store the request leaves out that the running code belongs to. */
  readonly bypass: Bypass
  /** Whether that code may belong to a request which is not known. */
  readonly untracked: boolean
  /** Whether that code is in the context of a request that is over, and may belong to another. */
  readonly over: boolean
  checkOpen(): void
  /** Keeps `settled()` and `close()` waiting. */
  pending(work: Promise<void>): Promise<void>
}

/** @throws OptionError, DurationError */
export function cachedFunction<Args extends unknown[], Result>(
  name: string,
  options: CachedOptions<Args>,
  fn: (...args: Args) => Result,
  host: CachedHost,
): CachedFunction<Args, Awaited<Result>> {
  const rules = new CachedRules(name, options, host)
  if (typeof fn !== 'function') throw new OptionError(`cached(name, options, fn): "${name}" has no function.`)
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
