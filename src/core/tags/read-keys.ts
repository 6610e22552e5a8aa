import type { Services } from '../services.ts'
import type { Deadline } from '../store-access/deadline.ts'
import { asStoreError, type Found, lateError, reportFailures } from '../store-access/read-batcher.ts'
import type { TripCounter } from '../store-access/trip-counter.ts'
import { type TagVersions, tagKey, versionTtl } from './tag-versions.ts'

/** What of a page its fetches need. */
export interface ReadContext {
  readonly versions: TagVersions
  readonly deadline: Deadline
  /** Left out: nobody counts. */
  readonly trips?: TripCounter | undefined
  /** What is read ahead in the same trip. */
  readonly ahead?: { load(): Promise<void> } | undefined
}

/** Reads keys, and versions of tags, in one command. @returns what is at the keys */
export async function fetchKeys(
  keys: readonly string[],
  tags: readonly string[],
  { versions, deadline, trips }: ReadContext,
  { readBatcher, keyPrefix, events, pendingInvalidations, breaker }: Services,
): Promise<Found> {
  const all = tags.length === 0 ? keys : [...keys, ...tags.map((tag) => tagKey(keyPrefix, tag))]
  const broken = breaker.error !== undefined
  const answered = await readBatcher.fetch(all, deadline, trips)
  const found = pendingInvalidations.isIdle
    ? answered
    : answered.map((value, n) => pendingInvalidations.errorFor(all[n] as string) ?? value)
  tags.forEach((tag, n) => {
    versions.note(tag, found[keys.length + n] as Found[number])
  })
  // Once is enough, and the breaker has said it.
  if (!broken) reportFailures(all, found, events)
  return found
}

/** Makes versions that are absent; what another page has made meanwhile stays. Never rejects. */
export async function createVersions(
  tags: readonly string[],
  { versions, deadline, trips }: ReadContext,
  { options, keyPrefix, events, creations, breaker }: Services,
): Promise<void> {
  const keys = tags.map((tag) => tagKey(keyPrefix, tag))
  const late = lateError(options.timeout)
  if (!breaker.error) trips?.count(keys)
  const made = await deadline.wait(creations.make(keys, versionTtl(options)), () => tags.map(() => late))
  tags.forEach((tag, n) => {
    const head = made[n] ?? new Error('The store did not answer')
    versions.created(tag, head instanceof Error ? asStoreError(head) : Buffer.from(head))
  })
  reportFailures(
    keys,
    tags.map((tag) => versions.of(tag) as Found[number]),
    events,
  )
}
