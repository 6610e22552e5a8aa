import type { Fragment } from './fragment.ts'

/** How long caches in front of the application may show what was rendered. */
export interface ProxyLife {
  /** In ms. 0: it is for one visitor, or is not stored. Infinity: until it is invalidated. */
  readonly life: number
  /** Tags by which it is invalidated. */
  readonly tags: readonly string[]
}

/**
 * Returns how long the HTML of fragments may be shown by other caches, provided that the misses
 * among them are stored. To be called before their write-back, which drops their entries.
 * @param now the store's time, in ms
 */
export function proxyLifeOf(fragments: readonly Fragment[], now: number): ProxyLife {
  let life = fragments.length === 0 ? 0 : Number.POSITIVE_INFINITY
  const tags = new Map<string, Buffer>()
  for (const fragment of fragments) {
    life = Math.min(life, lifeOf(fragment, now))
    for (const tag of fragment.tags) tags.set(tag, NO_VERSION)
    for (const [tag, version] of fragment.entry?.tags ?? []) tags.set(tag, version)
    fragment.body?.dependencies?.collectTags(tags)
  }
  return { life, tags: [...tags.keys()] }
}

/**
 * Returns true if each of them is known to be in the store. To be called after their write-back. Of
 * what another page has rendered at the same time, that page knows.
 */
export function areStored(fragments: readonly Fragment[]): boolean {
  return fragments.every(({ reason, stored, joined }) => stored || (reason === undefined && !joined))
}

const NO_VERSION = Buffer.alloc(0)

function lifeOf(fragment: Fragment, now: number): number {
  const { entry, lifetime, leak, unshared, hasNocache, perVisitor } = fragment
  if (leak || unshared !== undefined || hasNocache || perVisitor) return 0
  const left = entry ? entry.freshUntil - now : lifetime.ttl
  return Number.isNaN(left) ? 0 : Math.max(left, 0) // the store's time may not be known
}
