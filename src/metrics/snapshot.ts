import type { MissReason } from '../core/events.ts'
import type { ObservedTrip } from '../core/observe/cache-observer.ts'
import { Histogram } from './histogram.ts'

/** Kind of a round trip to the store. */
export type TripKind = ObservedTrip['kind']

/** Kinds of round trips, in the order in which they are shown. */
export const TRIP_KINDS: readonly TripKind[] = ['fetch', 'values', 'write', 'tags', 'delete']

/** The label of everything beyond a limit of labels. */
export const OTHER = '(other)'

/** How many labels of each kind are told apart; the rest is counted under {@link OTHER}. */
export const LABEL_LIMITS = { fragments: 500, templates: 200, routes: 200, tags: 200, errors: 50 } as const

/** Numbers of one fragment: of all places in one template that have its name. */
export interface FragmentNumbers {
  /** Times that it was shown from the store, or as another page rendered it; not the stale ones. */
  hits: number
  /** Times that its entry was shown although it had expired. */
  stale: number
  /** Those of the hits that another page of the process rendered at the same time. */
  joined: number
  /** Times that it was rendered, by reason. */
  misses: Partial<Record<MissReason, number>>
  /** Entries written. */
  writes: number
  /** Times that it was rendered and not stored, such as for a leak or its `if=`. */
  skips: number
  /** HTML shown by hits and stale hits, in bytes. */
  bytesServed: number
  /** HTML of the entries written, in bytes. */
  bytesWritten: number
  /** Sum of what the shown entries had cost to load and render, in ms: the time saved. */
  savedTime: number
  /** Sum of what the misses took to load and render, in ms: the time lost. */
  lostTime: number
  /** Render times of misses, in us. */
  render: Histogram
  /** Load times of misses, in us. */
  load: Histogram
  /** Ages of the shown entries, in ms. */
  age: Histogram
  /** HTML of the entries written, in bytes. */
  entryBytes: Histogram
}

/** Numbers of the pages of one route, or of one template. */
export interface RouteNumbers {
  pages: number
  /** Fragments of these pages that were hits, joined ones included. */
  hits: number
  stale: number
  misses: number
  /** See {@link FragmentNumbers.lostTime}. */
  lostTime: number
  /** See {@link FragmentNumbers.savedTime}. */
  savedTime: number
  /** Round trips to the store, those for values included. */
  trips: number
  /** Time from the call of render until the bytes were there, in us. */
  time: Histogram
}

/** Numbers of one kind of round trip. */
export interface TripNumbers {
  count: number
  failed: number
  keys: number
  /** In us. */
  time: Histogram
}

/** Numbers of all that was counted in a span of time: by one process, or added up over several. */
export interface Snapshot {
  /** Begin and end, in ms since 1970. Both 0 as long as nothing was added. */
  from: number
  to: number
  pages: number
  /** Round trips of pages for fragments, and further ones for values. */
  trips: number
  valueTrips: number
  /** Fragments whose page waited for another page of the process, or for another process. */
  waiters: number
  /** By {@link fragmentLabel}. */
  fragments: Map<string, FragmentNumbers>
  /** By name of the page's template. */
  templates: Map<string, RouteNumbers>
  /** By pattern of the framework's route. */
  routes: Map<string, RouteNumbers>
  tags: Map<string, { invalidations: number }>
  trip: Record<TripKind, TripNumbers>
  /** Keys that were found, and not found, among the copies of the first tier. */
  tiers: { hits: number; misses: number }
  /** Errors of the store and of refreshes, by code. */
  errors: Map<string, number>
  /** State of the circuit breaker at the end. */
  breaker: 'closed' | 'open'
  /** Times that the circuit breaker opened. */
  breakerOpened: number
  /** Entries deleted by `delete()`. */
  deletes: number
  /** Calls of `clear()`. */
  clears: number
}

/** Returns the key of a fragment in {@link Snapshot.fragments}. */
export function fragmentLabel(name: string, template: string): string {
  return `${name}\0${template}`
}

/** Returns the name and the template of a key of {@link Snapshot.fragments}. */
export function labelParts(label: string): { readonly name: string; readonly template: string } {
  const at = label.indexOf('\0')
  if (at === -1) return { name: label, template: label }
  return { name: label.slice(0, at), template: label.slice(at + 1) }
}

/** Returns a snapshot that has counted nothing. */
export function emptySnapshot(): Snapshot {
  const trip = () => ({ count: 0, failed: 0, keys: 0, time: new Histogram() })
  return {
    ...{ from: 0, to: 0, pages: 0, trips: 0, valueTrips: 0, waiters: 0 },
    ...{ fragments: new Map(), templates: new Map(), routes: new Map(), tags: new Map() },
    trip: { fetch: trip(), values: trip(), write: trip(), tags: trip(), delete: trip() },
    tiers: { hits: 0, misses: 0 },
    ...{ errors: new Map(), breaker: 'closed', breakerOpened: 0, deletes: 0, clears: 0 },
  }
}

// Classes, so that all have the same fields in the same order: they are counted in for each hit.
class FragmentCounts implements FragmentNumbers {
  hits = 0
  stale = 0
  joined = 0
  misses: FragmentNumbers['misses'] = {}
  writes = 0
  skips = 0
  bytesServed = 0
  bytesWritten = 0
  savedTime = 0
  lostTime = 0
  render = new Histogram()
  load = new Histogram()
  age = new Histogram()
  entryBytes = new Histogram()
}

class RouteCounts implements RouteNumbers {
  pages = 0
  hits = 0
  stale = 0
  misses = 0
  lostTime = 0
  savedTime = 0
  trips = 0
  time = new Histogram()
}

export function emptyFragment(): FragmentNumbers {
  return new FragmentCounts()
}

export function emptyRoute(): RouteNumbers {
  return new RouteCounts()
}

/** Returns the sum of a fragment's misses, whatever their reason. */
export function missesOf({ misses }: FragmentNumbers): number {
  let sum = 0
  for (const count of Object.values(misses)) sum += count
  return sum
}
