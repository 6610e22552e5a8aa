import { OnetripError } from '../../errors.ts'
import type { Events } from '../events.ts'
import type { Bypass } from '../options/cache-options.ts'
import type { Services } from '../services.ts'
import { Deadline } from '../store-access/deadline.ts'
import type { Found, TripCounter } from '../store-access/read-batcher.ts'
import { asStoreError, lateError } from '../store-access/store-failure.ts'
import type { PageTrace } from '../trace/page-trace.ts'
import { TagVersions, tagKey } from './tag-versions.ts'

/** State that the reads of a page, or of values, have in common. */
export interface ReadContext {
  readonly versions: TagVersions
  readonly deadline: Deadline
  /** Counts the round trips, where they are counted. */
  readonly trips?: TripCounter | undefined
  /** It reads values, and no fragments. */
  readonly forValues?: boolean | undefined
  /** Left out: `false`, nothing is. */
  readonly bypass?: Bypass | undefined
  /** Values to read ahead in the same trip. */
  readonly ahead?: { load(): Promise<void> } | undefined
  /** Records what a page does, where it is traced. */
  readonly trace?: PageTrace | undefined
}

/** Returns the context of reads of values that belong together, with the time limit of a page. */
export function newReadContext(
  { signer, options, time }: Pick<Services, 'signer' | 'options' | 'time'>,
  trips: TripCounter | undefined,
  trace?: PageTrace,
): ReadContext {
  const deadline = new Deadline(options.timeout, time)
  return { versions: new TagVersions(signer), deadline, trips, forValues: true, trace }
}

type Reading = Pick<Services, 'store' | 'keyPrefix' | 'events'>

/**
 * Reads keys, and the versions of tags, in one command. Never rejects. The versions are noted in
 * the context.
 * @param keys those of the tags are the last
 * @returns what is at each key
 */
export async function readKeys(
  keys: readonly string[],
  tags: readonly string[],
  { versions, deadline, trips, forValues }: ReadContext,
  { store, events }: Reading,
): Promise<Found> {
  // The event of the breaker has said it already.
  const reports = events.heardRarely && store.unavailable === undefined
  const found = await store.read(keys, deadline, trips, forValues ? 'values' : 'fetch')
  const first = keys.length - tags.length
  tags.forEach((tag, n) => {
    versions.note(tag, found[first + n] as Found[number])
  })
  if (reports) reportFailures(keys, found, events)
  return found
}

/** Reads the versions of tags. Never rejects. */
export function readVersions(
  tags: readonly string[],
  context: ReadContext,
  services: Reading,
): Promise<unknown> {
  const keys = tags.map((tag) => tagKey(services.keyPrefix, tag))
  return readKeys(keys, tags, context, services)
}

/**
 * Creates the versions of those tags that are absent. One that another page has created meanwhile
 * stays. Never rejects.
 */
export async function ensureVersions(
  tags: readonly string[],
  { versions, deadline, trips, forValues, trace }: ReadContext,
  { store, keyPrefix, events, options }: Reading & Pick<Services, 'options'>,
): Promise<void> {
  const absent = tags.filter((tag) => versions.of(tag) === null)
  if (absent.length === 0) return
  const keys = absent.map((tag) => tagKey(keyPrefix, tag))
  const late = lateError(options.timeout)
  if (!store.unavailable) trips?.count(keys, forValues)
  const span = trace?.begin('fetch', 'new tag versions')
  const stamps = await deadline.wait(store.ensureVersions(keys), () => absent.map(() => late))
  span?.finish(`${keys.length} keys`)
  absent.forEach((tag, n) => {
    const stamp = stamps[n] ?? new Error('The store did not answer')
    versions.created(tag, stamp instanceof Error ? asStoreError(stamp) : Buffer.from(stamp))
  })
  if (!events.heardRarely) return
  const found = absent.map((tag) => versions.of(tag) as Found[number])
  reportFailures(keys, found, events)
}

/** Emits one event for each kind of failure among what was read. */
function reportFailures(keys: readonly string[], found: Found, events: Events): void {
  const failed = new Map<OnetripError, string[]>()
  found.forEach((value, n) => {
    if (!(value instanceof OnetripError)) return
    const known = failed.get(value)
    if (known) known.push(keys[n] as string)
    else failed.set(value, [keys[n] as string])
  })
  for (const [error, failedKeys] of failed)
    events.emit({ type: 'error', error, during: 'fetch', keys: failedKeys })
}
