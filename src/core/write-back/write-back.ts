import { type LeakError, messageOf, StoreError } from '../../errors.ts'
import type { Ttl, Write } from '../../stores/store.ts'
import type { Events } from '../events.ts'
import type { Fragment } from '../fragment/fragment.ts'
import { noticeConflict } from '../notices.ts'
import { LeakScan } from '../safety/leak-scan.ts'
import type { Services } from '../services.ts'
import type { PageContext } from '../single-flight/page-flights.ts'
import { asStoreError } from '../store-access/store-failure.ts'
import { touchesOf } from '../tags/tag-versions.ts'
import { CONFLICT, type PreparedEntry, prepareEntry } from './prepare-entry.ts'

/**
 * Stores the misses of a page in one trip. Each is written only if its key is still as the fetch saw it, and
 * not later than `maxRender` after the page began: what was deleted meanwhile stays deleted.
 *
 * Never rejects.
 */
export async function writeBack(
  misses: readonly Fragment[],
  { versions, startedAt, request }: Pick<PageContext, 'versions' | 'startedAt' | 'request'>,
  services: Services,
): Promise<void> {
  const { store, events, knownTags, keyPrefix, signer, clears } = services
  if (store.unavailable) return reportSkips(misses, store.unavailable.message, events)
  const cleared = clears.refresh()
  await store.syncClock()
  if (cleared) await cleared
  const start = store.at(startedAt)
  const now = store.now()
  const safe = withoutLeaks(withoutReported(misses, events), request, services)
  const kept: PreparedEntry[] = []
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
  const until = clears.until(start)
  const writes = kept.map(
    (stored) => new EntryWrite(stored, until, signer?.sign(stored.fragment.key, stored.entry, now)),
  )
  for (const { fragment, tags } of kept) {
    knownTags.remember(
      fragment.key,
      tags.filter((tag) => !fragment.tags.includes(tag)),
    )
  }
  try {
    const results = await store.write(writes, touchesOf(kept, keyPrefix))
    report(kept, results, services)
  } catch (error) {
    const failed = { type: 'error', error: asStoreError(error), during: 'write back' } as const
    events.emit({ ...failed, keys: writes.map(({ key }) => key) })
  }
}

/** Why the second of two fragments with one key is not stored. */
function conflictWith({ place }: Fragment, fragment: Fragment): string {
  return place.id === fragment.place.id ? 'its page has stored its key with other code' : CONFLICT
}

/** A class, not a literal: see `Values#holes`. */
class EntryWrite implements Write {
  readonly key: string
  readonly value: Buffer
  readonly ttl: Ttl
  readonly ifStamp: Buffer | null
  readonly notAfter: number

  constructor({ fragment, entry, ttl }: PreparedEntry, until: number, signed: Buffer | undefined) {
    const { key, stamp } = fragment
    this.key = key
    this.value = signed ?? entry
    this.ttl = ttl
    this.ifStamp = stamp as Buffer | null
    this.notAfter = until
  }
}

/** Leaves out fragments that the check has found to leak, and says so. */
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
  reportSkips([fragment], 'it holds a value that belongs to one visitor', events)
}

/** Leaves out fragments that hold what `detectLeaks` gives. If that itself fails, nothing is known to be safe. */
function withoutLeaks(
  misses: readonly Fragment[],
  request: unknown,
  { options, events }: Services,
): readonly Fragment[] {
  if (!options.detectLeaks) return misses
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

function report(
  kept: readonly PreparedEntry[],
  results: readonly (boolean | Error)[],
  { events }: Services,
): void {
  kept.forEach(({ fragment }, n) => {
    fragment.stored = results[n] === true
  })
  if (!events.heard) return
  kept.forEach(({ fragment, entry, fresh }, n) => {
    const result = results[n] ?? new StoreError('The store did not say whether it has stored the entry')
    if (result instanceof Error) {
      const error = asStoreError(result)
      events.emit({ type: 'error', error, during: 'write back', keys: [fragment.key] })
    } else if (result) {
      events.emit({ type: 'write', ...fragment.subject, bytes: entry.length, ttl: fresh })
    } else {
      reportSkips([fragment], LOST, events)
    }
  })
}

const LOST =
  'its key was written or deleted meanwhile, the page took longer than maxRender, or the write took seconds to arrive'

function reportConflict({ key, name, place }: Fragment, other: string, events: Events): void {
  const places = [other, place.id] as const
  noticeConflict(name, places)
  events.emit({ type: 'conflict', key, name, places })
}

/** Says of fragments that they are not stored. */
export function reportSkips(fragments: readonly Fragment[], reason: string, events: Events): void {
  if (!events.heard) return
  for (const { subject } of fragments) events.emit({ type: 'skip', ...subject, reason })
}
