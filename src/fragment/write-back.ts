import { StoreError } from '../errors.ts'
import { headClock, headKind, type Write } from '../stores/store.ts'
import { encodeMadeOf, writeEntry } from './entry.ts'
import type { Events } from './events.ts'
import { asStoreError } from './fetch.ts'
import type { Fragment } from './fragment.ts'
import type { Services } from './services.ts'

/**
 * Stores the misses of a page in one trip. Each is written only if its key is still as the fetch saw it, and
 * not later than `maxRender` after the page began: what was deleted meanwhile stays deleted.
 *
 * Never rejects.
 *
 * @param startedAt when the page's data began to be loaded, by `performance.now()`
 */
export async function writeBack(
  misses: readonly Fragment[],
  startedAt: number,
  services: Services,
): Promise<void> {
  const { clock, events, options } = services
  await clock.refresh()
  const start = clock.at(startedAt)
  const kept: Fragment[] = []
  const writes: Write[] = []
  const keys = new Map<string, Fragment>()
  for (const fragment of misses) {
    const other = keys.get(fragment.key)
    if (other) fragment.conflictsWith = other.place.id
    const write = other ? CONFLICT : writeOf(fragment, start, options.maxRender)
    if (fragment.conflictsWith !== undefined) reportConflict(fragment, fragment.conflictsWith, events)
    if (typeof write === 'string') {
      reportSkips([fragment], write, events)
      continue
    }
    keys.set(fragment.key, fragment)
    kept.push(fragment)
    writes.push(write)
  }
  if (writes.length === 0) return
  try {
    report(kept, writes, await options.store.setMany(writes), services)
  } catch (error) {
    const failed = { type: 'error', error: asStoreError(error), during: 'write back' } as const
    events.emit({ ...failed, keys: writes.map(({ key }) => key) })
  }
}

const CONFLICT = 'another place gives the same key'

/** What to write; a text: why nothing. */
function writeOf(fragment: Fragment, start: number, maxRender: number): Write | string {
  const { key, head, ttl, place, templates } = fragment
  if (!fragment.enabled) return 'if= did not hold'
  if (head instanceof Error) return 'its key could not be read'
  if (fragment.conflictsWith !== undefined) return CONFLICT
  if (Number.isNaN(start)) return "the store's clock is not known"
  // The page's data may be older than what the key's last writer knew. Foreign bytes have no clock.
  if (head && headKind(head) !== undefined && headClock(head) >= start)
    return 'it was deleted or stored after the page began'
  const used: [string, string][] = []
  for (const [name, digest] of templates ?? []) {
    if (digest === null) return `the template ${name} has no name to find it by`
    used.push([name, digest])
  }
  const madeOf = encodeMadeOf({
    engine: fragment.engine,
    place: place.id,
    placeDigest: place.digest,
    templates: used,
  })
  const value = writeEntry(key, fragment, ttl, madeOf)
  if (!value) return 'it is made of more templates than an entry can name'
  // The key outlives the entry, so that a render which began before cannot find it absent.
  return { key, value, ttl: Math.max(ttl, maxRender), only: head, until: start + maxRender }
}

function report(
  fragments: readonly Fragment[],
  writes: readonly Write[],
  results: readonly (boolean | Error)[],
  { events }: Services,
): void {
  if (!events.heard) return
  fragments.forEach((fragment, n) => {
    const result = results[n] ?? new StoreError('The store did not say whether it has stored the entry')
    const { subject, ttl } = fragment
    if (result instanceof Error) {
      const error = asStoreError(result)
      events.emit({ type: 'error', error, during: 'write back', keys: [fragment.key] })
    } else if (result) {
      events.emit({ type: 'write', ...subject, bytes: (writes[n] as Write).value.length, ttl })
    } else {
      reportSkips(
        [fragment],
        'its key was written or deleted meanwhile, or the page took longer than maxRender',
        events,
      )
    }
  })
}

function reportConflict({ key, name, place }: Fragment, other: string, events: Events): void {
  events.emit({ type: 'conflict', key, name, places: [other, place.id] })
}

/** Says of fragments that they are not stored. */
export function reportSkips(fragments: readonly Fragment[], reason: string, events: Events): void {
  if (!events.heard) return
  for (const { subject } of fragments) events.emit({ type: 'skip', ...subject, reason })
}
