import type { PageIdentity } from '../../core/page/page-identity.ts'

/**
 * Returns the entity tag of a page (RFC 9110, section 8.8.3); undefined for a page with a miss: its
 * next request finds an entry there, whose stamp is not known yet.
 *
 * It is strong for a page of entries that is sent as it is. A page with a hole has a weak one, and
 * so has a compressed page: its bytes depend on the compressor. Each coding has a tag of its own.
 */
export function entityTag(identity: PageIdentity, encoding: string | undefined): string | undefined {
  if (identity.kind === 'misses') return undefined
  const opaque = encoding === undefined ? identity.digest : `${identity.digest}-${encoding}`
  return identity.kind === 'holes' || encoding !== undefined ? `W/"${opaque}"` : `"${opaque}"`
}

/** Returns a tag as a weak one: that of a page whose bytes are compressed after it was made. */
export function asWeak(tag: string): string {
  return tag.startsWith('W/') ? tag : `W/${tag}`
}

/**
 * Says whether a visitor has the page, by `If-None-Match` (RFC 9110, section 13.1.2): `*`, or a
 * list that has its tag. Weak and strong tags are compared alike.
 */
export function matches(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false
  if (ifNoneMatch.trim() === '*') return true
  const opaque = opaqueOf(tag)
  return (ifNoneMatch.match(TAGS) ?? []).some((one) => opaqueOf(one) === opaque)
}

/** Entity tags: quoted, without a quotation mark inside. */
const TAGS = /(?:W\/)?"[^"]*"/g

function opaqueOf(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag
}
