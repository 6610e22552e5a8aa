import type { Serializer } from '../../serializers/serializer.ts'
import type { Expirations } from '../entry/lifetime.ts'
import type { Bypass } from '../options/cache-options.ts'
import type { CurrentPage } from '../page-context.ts'
import type { Services } from '../services.ts'
import type { CachedKey, FoundValue } from './found-value.ts'
import type { GivenArguments } from './given-arguments.ts'
import type { PreloadScopeState } from './preload-scope.ts'
import type { ValueAccess } from './value-access.ts'

/** The cache, for its cached functions. */
export interface CachedHost {
  readonly services: Services
  readonly values: ValueAccess
  readonly scope: PreloadScopeState | undefined
  readonly page: CurrentPage | undefined
  /** The bypass of the request that the running code belongs to. */
  readonly bypass: Bypass
  /** That code may belong to a request that is not known. */
  readonly untracked: boolean
  /** That code is in the context of a request that is over, and may belong to another. */
  readonly over: boolean
  checkOpen(): void
  /** Makes `settled()` and `close()` wait. */
  pending(work: Promise<void>): Promise<void>
}

/** How the results of calls are kept. */
export interface CallRules<Args extends unknown[]> {
  /** The name that calls count under in the statistics. */
  readonly name: string
  /** Names what is called in a message, within a sentence. */
  readonly title: string
  readonly vary: readonly string[]
  readonly serializer: Serializer | undefined
  /** Returns the key of a call. @throws KeyPartError, OptionError */
  keyOf(args: Args): CachedKey
  /**
   * Returns the key within one request: without what differs by it.
   * @throws KeyPartError, OptionError
   */
  callOf(args: Args): CachedKey
  /** Returns how long a result may be given from now on. */
  newEnds(): Expirations
}

/** One call of a cached function, and what was found for it. */
export interface Call<Args extends unknown[]> {
  readonly self: unknown
  /**
   * As they are at the call: the function runs later, and a caller may go on with the same objects.
   */
  readonly args: GivenArguments<Args>
  readonly wanted: CachedKey
  readonly found: FoundValue
  /** When it began, or the page that it is made for: by the process' clock. */
  readonly begun: number
  /** When what is stored was read, or before, by the process' clock. */
  readonly readAt: number
  /**
   * Its arguments may be what its page has loaded since then. Otherwise its caller vouches for
   * them.
   */
  readonly ofPage: boolean
  /** Parts of the store's use that its request leaves out. */
  readonly bypass: Bypass
}

/** Returns a title as it stands at the beginning of a sentence. */
export function sentence(title: string): string {
  return `${title.charAt(0).toUpperCase()}${title.slice(1)}`
}
