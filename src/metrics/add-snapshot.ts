import { labelled } from './labels.ts'
import {
  emptyFragment,
  emptyRoute,
  type FragmentNumbers,
  LABEL_LIMITS,
  OTHER,
  type RouteNumbers,
  type Snapshot,
  TRIP_KINDS,
  type TripNumbers,
} from './snapshot.ts'

/**
 * Adds what another snapshot has counted. Labels beyond {@link LABEL_LIMITS} are counted under
 * `(other)`. The span becomes that of both, and the breaker's state that of the later one; where
 * both end at once, it is open if either is.
 */
export function addSnapshot(into: Snapshot, from: Snapshot): void {
  if (from.to > into.to) into.breaker = from.breaker
  else if (from.to === into.to && from.breaker === 'open') into.breaker = 'open'
  if (from.to > 0) into.from = into.to === 0 ? from.from : Math.min(into.from, from.from)
  into.to = Math.max(into.to, from.to)
  into.pages += from.pages
  into.trips += from.trips
  into.valueTrips += from.valueTrips
  into.waiters += from.waiters
  into.tiers.hits += from.tiers.hits
  into.tiers.misses += from.tiers.misses
  into.breakerOpened += from.breakerOpened
  into.deletes += from.deletes
  into.clears += from.clears
  for (const [label, numbers] of from.fragments)
    addFragment(labelled(into.fragments, label, LABEL_LIMITS.fragments, emptyFragment), numbers)
  for (const [label, numbers] of from.templates)
    addRoute(labelled(into.templates, label, LABEL_LIMITS.templates, emptyRoute), numbers)
  for (const [label, numbers] of from.routes)
    addRoute(labelled(into.routes, label, LABEL_LIMITS.routes, emptyRoute), numbers)
  for (const [label, { invalidations }] of from.tags)
    labelled(into.tags, label, LABEL_LIMITS.tags, () => ({ invalidations: 0 })).invalidations += invalidations
  for (const [code, count] of from.errors) addError(into, code, count)
  for (const kind of TRIP_KINDS) addTrip(into.trip[kind], from.trip[kind])
}

/** Counts errors of one code. */
export function addError({ errors }: Snapshot, code: string, count: number): void {
  const own = errors.has(code) || errors.size < LABEL_LIMITS.errors - 1
  const label = own ? code : OTHER
  errors.set(label, (errors.get(label) ?? 0) + count)
}

function addFragment(into: FragmentNumbers, from: FragmentNumbers): void {
  into.hits += from.hits
  into.stale += from.stale
  into.joined += from.joined
  into.writes += from.writes
  into.skips += from.skips
  into.bytesServed += from.bytesServed
  into.bytesWritten += from.bytesWritten
  into.savedTime += from.savedTime
  into.lostTime += from.lostTime
  for (const [reason, count] of Object.entries(from.misses)) {
    const misses = into.misses as Record<string, number>
    misses[reason] = (misses[reason] ?? 0) + count
  }
  into.render.merge(from.render)
  into.load.merge(from.load)
  into.age.merge(from.age)
  into.entryBytes.merge(from.entryBytes)
}

function addRoute(into: RouteNumbers, from: RouteNumbers): void {
  into.pages += from.pages
  into.hits += from.hits
  into.stale += from.stale
  into.misses += from.misses
  into.lostTime += from.lostTime
  into.savedTime += from.savedTime
  into.trips += from.trips
  into.time.merge(from.time)
}

function addTrip(into: TripNumbers, from: TripNumbers): void {
  into.count += from.count
  into.failed += from.failed
  into.keys += from.keys
  into.time.merge(from.time)
}
