import type { Serializer } from '../../serializers/serializer.ts'
import type { Expirations } from '../entry/lifetime.ts'
import type { Bypass } from '../options/cache-options.ts'
import type { CachedKey } from './cached.ts'
import type { FoundValue } from './found-value.ts'
import type { GivenArguments } from './given-arguments.ts'

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
