import type { Vary } from './key/vary.ts'
import type { Bypass } from './options/cache-options.ts'
import type { WaitBudget } from './single-flight/wait-budget.ts'
import type { TripCounter } from './store-access/trip-counter.ts'
import type { ReadContext } from './tags/read-keys.ts'
import type { PreloadScopeState } from './values/preload-scope.ts'

/** The state of one page that its renders have in common. */
export interface PageContext extends ReadContext {
  readonly bypass: Bypass
  readonly trips: TripCounter
  /** Values to read ahead for the page, once that was asked for. */
  ahead: PreloadScopeState | undefined
  /** The framework's request, for `detectLeaks`. */
  readonly request: unknown
  /** When the page's data began to be loaded, by the process' clock. */
  readonly startedAt: number
  /** What its keys vary by, which must be as it was when they were made. */
  readonly vary: Vary
  /** How long it waits for others' renders, in all. */
  readonly waitBudget: WaitBudget
  /** Returns true if what the page renders may be stored, by its method and its status so far. */
  readonly mayStore: () => boolean
}
