import { type LeakError, messageOf } from '../../errors.ts'
import type { Events } from '../events.ts'
import type { Fragment } from '../fragment/fragment.ts'
import { noticeConflict } from '../notices.ts'
import type { PageContext } from '../page-context.ts'
import { LeakScan } from '../safety/leak-scan.ts'
import type { Services } from '../services.ts'
import { CONFLICT, type FragmentEntry, prepareEntry } from './prepare-entry.ts'
import { writeEntries } from './write-entries.ts'

/**
 * Stores the misses of a page in one round trip. Each is written only if its key still has the
 * stamp that the lookup found, and at most `maxRender` after the page began: what was deleted
 * meanwhile stays deleted. Never rejects.
 */
export async function writeBack(
  misses: readonly Fragment[],
  context: Pick<PageContext, 'versions' | 'startedAt' | 'request' | 'forNobody'>,
  services: Services,
): Promise<void> {
  const { versions, startedAt } = context
  const { store, events, knownTags, clears } = services
  if (store.unavailable) return reportSkips(misses, store.unavailable.message, events)
  const cleared = clears.refresh()
  await store.syncClock()
  if (cleared) await cleared
  const start = store.at(startedAt)
  const now = store.now()
  const safe = withoutLeaks(withoutReported(misses, events), context, services)
  const kept: FragmentEntry[] = []
  const keys = new Map<string, Fragment>()
  for (const fragment of safe) {
    const other = keys.get(fragment.key)
    if (other && other.place.id !== fragment.place.id)
      fragment.found = fragment.found?.inConflictWith(other.place.id)
    const stored = other
      ? conflictWith(other, fragment)
      : prepareEntry(fragment, versions, start, now, services)
    const conflict = fragment.found?.conflictsWith
    if (conflict !== undefined) reportConflict(fragment, conflict, events)
    if (typeof stored === 'string') {
      reportSkips([fragment], stored, events)
      continue
    }
    keys.set(fragment.key, fragment)
    kept.push(stored)
  }
  if (kept.length === 0) return
  for (const { fragment, tags } of kept) {
    const inside = tags.filter((tag) => !fragment.tags.includes(tag))
    knownTags.remember(fragment.key, inside)
  }
  report(kept, await writeEntries(kept, now, 'write back', services), events)
}

/** Returns why the second of two fragments with one key is not stored. */
function conflictWith({ place }: Fragment, fragment: Fragment): string {
  return place.id === fragment.place.id ? 'its page has stored its key with other code' : CONFLICT
}

/** Returns the fragments in which the check found no leak, and reports the others. */
function withoutReported(misses: readonly Fragment[], events: Events): readonly Fragment[] {
  if (!misses.some(({ leak }) => leak)) return misses
  return misses.filter((fragment) => {
    if (!fragment.leak) return true
    reportLeak(fragment, fragment.leak, events)
    return false
  })
}

function reportLeak(fragment: Fragment, error: LeakError, events: Events): void {
  events.emit({ type: 'error', error, during: 'write back', keys: [fragment.key] })
  reportSkips([fragment], 'it contains a value that belongs to one visitor', events)
}

/**
 * Returns the fragments without values of `detectLeaks`. If that fails, nothing is known to be
 * safe.
 */
function withoutLeaks(
  misses: readonly Fragment[],
  { request, forNobody }: Pick<PageContext, 'request' | 'forNobody'>,
  { options, events }: Services,
): readonly Fragment[] {
  if (!options.detectLeaks || forNobody) return misses
  try {
    const leakScan = new LeakScan(options, request)
    return misses.filter((fragment) => {
      const error = leakScan.search(fragment)
      if (!error) return true
      reportLeak(fragment, error, events)
      return false
    })
  } catch (error) {
    reportSkips(misses, `detectLeaks failed: ${messageOf(error)}`, events)
    return []
  }
}

function report(kept: readonly FragmentEntry[], results: readonly (boolean | Error)[], events: Events): void {
  kept.forEach(({ fragment, bytes, fresh }, n) => {
    const result = results[n]
    fragment.stored = result === true
    if (!events.heardRarely) return
    if (result === true) events.emit({ type: 'write', ...fragment.subject, bytes, ttl: fresh })
    else if (result === false) reportSkips([fragment], LOST, events)
  })
}

const LOST =
  'its key was written or deleted meanwhile, the page took longer than maxRender, or the write took seconds to arrive'

function reportConflict({ key, name, place }: Fragment, other: string, events: Events): void {
  const places = [other, place.id] as const
  noticeConflict(name, places)
  events.emit({ type: 'conflict', key, name, places })
}

/** Reports that fragments are not stored. */
export function reportSkips(fragments: readonly Fragment[], reason: string, events: Events): void {
  if (!events.heardRarely) return
  for (const { subject } of fragments) events.emit({ type: 'skip', ...subject, reason })
}
