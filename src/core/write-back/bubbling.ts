import { expirationsOf } from '../entry/entry.ts'
import { parseProvenance } from '../entry/entry-fields.ts'
import type { Expirations } from '../entry/lifetime.ts'
import { type Fragment, fragmentsIn } from '../fragment/fragment.ts'
import { tagsChangedSince } from '../tags/changed-since.ts'
import type { TagVersions } from '../tags/tag-versions.ts'

/**
 * Properties that a fragment takes over from those inside it: lifetime, tags, templates, visitors.
 */

/**
 * Returns how long a fragment may be shown: no longer than what stands inside it.
 * @param now the store's time
 */
export function endsOf({ entry, lifetime, inner, body }: Fragment, now: number): Expirations {
  if (entry) return expirationsOf(entry, now)
  let fresh = Math.min(body?.ttlBy(lifetime) ?? lifetime.ttl, lifetime.until - now)
  let revalidate = fresh + lifetime.staleWhileRevalidate
  let onError = fresh + lifetime.staleIfError
  for (const one of fragmentsIn(inner)) {
    if (!one.bubbles) continue
    const ends = endsOf(one, now)
    fresh = Math.min(fresh, ends.fresh)
    revalidate = Math.min(revalidate, ends.revalidate)
    onError = Math.min(onError, ends.onError)
  }
  const ends = { fresh, revalidate: Math.max(fresh, revalidate), onError: Math.max(fresh, onError) }
  return body?.dependencies?.shorten(ends, now) ?? ends
}

/** Returns the time that a fragment took, with what was rendered inside it, in ms. */
export function costOf({ entry, body, inner }: Fragment): number {
  if (entry) return 0
  const own = body ? body.renderTime + body.loadTime : 0
  return fragmentsIn(inner).reduce((sum, one) => sum + costOf(one), own)
}

/** Returns why a fragment, or one inside it, is not for all visitors. */
export function unsharedInside(fragment: Fragment): string | undefined {
  if (fragment.readsNocache)
    return 'it used the text of a {% nocache %}, or of a fragment that is for this page alone'
  const { body } = fragment
  if (body?.result?.unusable !== undefined) {
    return `${body.result.unusable}: await it before, or pass lazy(() => ...), which the page waits for`
  }
  if (body?.changedResponse) {
    return 'its body changed the status, a header or a cookie of the response, which would be missing on a hit'
  }
  if (body?.keyChanged) return 'the values of its key were changed while the page was rendered'
  for (const inner of fragmentsIn(fragment.inner)) {
    if (inner.ofThisPage !== undefined)
      return `the fragment ${inner.title} in it is for this page alone: ${inner.ofThisPage}`
    const unshared = unsharedInside(inner)
    if (unshared !== undefined) return unshared
  }
  return undefined
}

/**
 * Collects the versions of a fragment's tags, and of all that stands inside it.
 * @returns why they do not vouch for what was rendered
 */
export function collectTags(
  { entry, tags, inner, body }: Fragment,
  versions: TagVersions,
  start: number,
  into: Map<string, Buffer>,
): string | undefined {
  for (const [tag, stamp] of entry?.tags ?? []) into.set(tag, stamp)
  if (entry) return undefined
  const changed = tagsChangedSince(start, tags, versions)
  if (changed !== undefined) return changed
  for (const tag of tags) into.set(tag, versions.kept(tag) as Buffer)
  for (const fragment of fragmentsIn(inner)) {
    const unsure = collectTags(fragment, versions, start, into)
    if (unsure !== undefined) return unsure
  }
  return body?.dependencies?.collectTags(into)
}

/**
 * Collects the templates whose code ran in a body, or in an entry inside it.
 * @returns the name of one that cannot be found by it
 */
export function collectTemplates(
  { entry, body, inner }: Fragment,
  used: Map<string, string>,
): string | undefined {
  const templates = entry ? parseProvenance(entry.provenance).templates : body?.result?.templates
  for (const [name, digest] of templates ?? []) {
    if (digest === null) return name
    used.set(name, digest)
  }
  for (const fragment of fragmentsIn(inner)) {
    const nameless = collectTemplates(fragment, used)
    if (nameless !== undefined) return nameless
  }
  return undefined
}
