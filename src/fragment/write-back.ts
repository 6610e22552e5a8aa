import { type LeakError, StoreError } from '../errors.ts'
import { FOREVER, headClock, headKind, type Ttl, type Write } from '../stores/store.ts'
import { collectTags, collectTemplates, costOf, endsOf, unsharedInside } from './carried.ts'
import { writeEntry } from './entry.ts'
import { encodeMadeOf } from './entry-fields.ts'
import type { Events } from './events.ts'
import { asStoreError } from './fetch.ts'
import type { Fragment } from './fragment.ts'
import { Canary } from './leaks.ts'
import type { Services } from './services.ts'
import { StoredBody, storedHeads } from './stored-body.ts'
import { tagKey, type Versions } from './tags.ts'

/**
 * Stores the misses of a page in one trip. Each is written only if its key is still as the fetch saw it, and
 * not later than `maxRender` after the page began: what was deleted meanwhile stays deleted.
 *
 * Never rejects.
 *
 * @param startedAt when the page's data began to be loaded, by `performance.now()`
 * @param request the page's, for `detectLeaks`
 */
export async function writeBack(
  misses: readonly Fragment[],
  versions: Versions,
  startedAt: number,
  request: unknown,
  services: Services,
): Promise<void> {
  const { clock, events, options, carriedTags, keyPrefix } = services
  await clock.refresh()
  const start = clock.at(startedAt)
  const now = clock.at(performance.now())
  const safe = withoutLeaks(withoutReported(misses, events), request, services)
  const kept: Stored[] = []
  const keys = new Map<string, Fragment>()
  for (const fragment of safe) {
    const other = keys.get(fragment.key)
    if (other) fragment.conflictsWith = other.place.id
    const stored = other ? CONFLICT : storedForm(fragment, versions, start, now, services)
    if (fragment.conflictsWith !== undefined) reportConflict(fragment, fragment.conflictsWith, events)
    if (typeof stored === 'string') {
      reportSkips([fragment], stored, events)
      continue
    }
    keys.set(fragment.key, fragment)
    kept.push(stored)
  }
  if (kept.length === 0) return
  const writes = kept.map(({ write }) => write)
  const lives = new Map<string, Ttl>()
  for (const { fragment, write, tags } of kept) {
    carriedTags.remember(
      fragment.key,
      tags.filter((tag) => !fragment.tags.includes(tag)),
    )
    for (const tag of tags) lives.set(tag, longer(lives.get(tag), write.ttl))
  }
  // A version lives at least as long as the longest entry that names it.
  const touches = [...lives].map(([tag, ttl]) => ({ key: tagKey(keyPrefix, tag), ttl }))
  try {
    const [results] = await Promise.all([
      options.store.setMany(writes),
      touches.length > 0 ? options.store.touchMany(touches) : undefined,
    ])
    report(kept, results, services)
  } catch (error) {
    const failed = { type: 'error', error: asStoreError(error), during: 'write back' } as const
    events.emit({ ...failed, keys: writes.map(({ key }) => key) })
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
    const canary = new Canary(options, request)
    return misses.filter((fragment) => {
      const error = canary.search(fragment)
      if (!error) return true
      reportLeak(fragment, error, events)
      return false
    })
  } catch (error) {
    reportSkips(misses, `detectLeaks failed: ${error instanceof Error ? error.message : error}`, events)
    return []
  }
}

const CONFLICT = 'another place gives the same key'

interface Stored {
  readonly fragment: Fragment
  readonly write: Write
  /** How long it is fresh, in milliseconds; the key lives longer. */
  readonly ttl: number
  readonly tags: readonly string[]
}

/** What to write; a text: why nothing. */
function storedForm(
  fragment: Fragment,
  versions: Versions,
  start: number,
  now: number,
  { options, signatures, variants }: Services,
): Stored | string {
  const { key, name, head, place } = fragment
  const { maxRender } = options
  if (fragment.unshared !== undefined) return fragment.unshared
  if (head instanceof Error) return 'its key could not be read'
  if (fragment.conflictsWith !== undefined) return CONFLICT
  const unshared = unsharedInside(fragment)
  if (unshared !== undefined) return unshared
  if (Number.isNaN(start)) return "the store's clock is not known"
  // The page's data may be older than what the key's last writer knew. Foreign bytes have no clock.
  if (head && headKind(head) !== undefined && headClock(head) >= start)
    return 'it was deleted or stored after the page began'
  const ends = endsOf(fragment, now)
  if (ends.fresh < 1)
    return fragment.life.until - now < 1
      ? 'its until= has passed'
      : 'a fragment inside it has expired, or is not stored'
  const used = new Map<string, string>()
  const unnamed = collectTemplates(fragment, used)
  if (unnamed !== undefined) return `the template ${unnamed} has no name to find it by`
  const tags = new Map<string, Buffer>()
  const unsure = collectTags(fragment, versions, start, tags)
  if (unsure !== undefined) return unsure
  const madeOf = encodeMadeOf({
    engine: fragment.engine,
    place: place.id,
    placeDigest: place.digest,
    templates: [...used],
  })
  const body = new StoredBody(fragment)
  const heads = storedHeads(fragment.inner, body.live)
  if (!(fragment.allowEmpty ?? options.allowEmpty) && isEmpty(body) && heads.length === 0)
    return 'it is empty, which is stored only where allowEmpty says so'
  const nameless = [...body.holes, ...heads.flatMap(({ holes }) => holes)].find(
    ({ template }) => used.get(template) === undefined,
  )
  if (nameless) return `a {% nocache %} in it stands in ${nameless.template}, which has no name to find it by`
  if (variants && !variants.admit(name, key)) return variants.reason
  const entry = writeEntry(key, body, {
    ends,
    cost: costOf(fragment),
    madeOf,
    tags: [...tags],
    holes: body.holes,
    version: fragment.version,
    heads,
  })
  const value = signatures ? signatures.sign(key, entry) : entry
  // The key outlives the entry, so that a render which began before cannot find it absent.
  const life = Math.ceil(Math.max(ends.revalidate, ends.onError, maxRender))
  const ttl: Ttl = Number.isFinite(life) ? life : FOREVER
  const write: Write = { key, value, ttl, only: head, until: start + maxRender }
  return { fragment, write, ttl: ends.fresh, tags: [...tags.keys()] }
}

function isEmpty(body: StoredBody): boolean {
  return body.holes.length === 0 && body.isBlank
}

function longer(a: Ttl | undefined, b: Ttl): Ttl {
  return a === FOREVER || b === FOREVER ? FOREVER : Math.max(a ?? 0, b)
}

function report(kept: readonly Stored[], results: readonly (boolean | Error)[], { events }: Services): void {
  if (!events.heard) return
  kept.forEach(({ fragment, write, ttl }, n) => {
    const result = results[n] ?? new StoreError('The store did not say whether it has stored the entry')
    if (result instanceof Error) {
      const error = asStoreError(result)
      events.emit({ type: 'error', error, during: 'write back', keys: [fragment.key] })
    } else if (result) {
      events.emit({ type: 'write', ...fragment.subject, bytes: write.value.length, ttl })
    } else {
      reportSkips([fragment], LOST, events)
    }
  })
}

const LOST = 'its key was written or deleted meanwhile, or the page took longer than maxRender'

function reportConflict({ key, name, place }: Fragment, other: string, events: Events): void {
  events.emit({ type: 'conflict', key, name, places: [other, place.id] })
}

/** Says of fragments that they are not stored. */
export function reportSkips(fragments: readonly Fragment[], reason: string, events: Events): void {
  if (!events.heard) return
  for (const { subject } of fragments) events.emit({ type: 'skip', ...subject, reason })
}
