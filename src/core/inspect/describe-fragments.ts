import { stampTime } from '../../stores/store.ts'
import type { Entry } from '../entry/entry.ts'
import type { Fragment } from '../fragment/fragment.ts'
import { reportOf } from '../fragment/fragment-report.ts'
import type { RefusedEntry } from '../lookup/fragment-lookup.ts'
import type { TagVersions } from '../tags/tag-versions.ts'
import type { PageTrace, TracedFragment } from '../trace/page-trace.ts'
import { explainOutcome } from './explain-outcome.ts'
import { tagStatesOf } from './tag-states.ts'

/**
 * Describes the fragments of a traced page, before the page drops its entries.
 * @param now the store's time; NaN if it is not known
 */
export function describeFragments(
  fragments: readonly Fragment[],
  trace: PageTrace,
  versions: TagVersions,
  now: number,
): TracedFragment[] {
  return fragments.map((fragment) => {
    const { found, stamp, unshared, body, tags: named } = fragment
    const { joined: isJoined, ...report } = reportOf(fragment)
    const { state, reason } = report
    const refused = trace.refused.get(fragment) as RefusedEntry | undefined
    const entry = found?.entry ?? refused?.entry
    const tags = tagStatesOf(entry?.tags ?? [], named, versions)
    const joined = isJoined === true
    const conflictsWith = found?.conflictsWith
    const explanation = explainOutcome({
      ...{ state, reason, now, entry, stamp, tags, unshared, conflictsWith, joined },
      changes: refused?.changes,
    })
    return {
      ...report,
      explanation,
      cost: state === 'miss' ? (body?.renderTime ?? 0) + (body?.loadTime ?? 0) : (entry?.cost ?? 0),
      ...(joined && { joined }),
      ...(state === 'miss' && { loadTime: body?.loadTime ?? 0 }),
      ...(entry && timesOf(entry, now)),
      tags,
    }
  })
}

/** Returns the times of an entry, in ms; `ttl` alone if the time of the store is not known. */
export function timesOf({ stamp, freshUntil }: Pick<Entry, 'stamp' | 'freshUntil'>, now: number) {
  const writtenAt = stampTime(stamp)
  const ttl = freshUntil - writtenAt
  return Number.isNaN(now) ? { ttl } : { age: Math.max(0, now - writtenAt), ttl, freshFor: freshUntil - now }
}
