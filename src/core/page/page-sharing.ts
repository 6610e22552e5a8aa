import { Fragment } from '../fragment/fragment.ts'
import type { Page } from './page.ts'
import type { PageRender } from './page-render.ts'

/** Facts about a page by which its headers let shared caches keep it. */
export interface PageSharing {
  /** Reason why it may not be kept for other visitors; undefined: it may. */
  readonly unshared: string | undefined
  /** Some key on it differs by a function of the request, such as the visitor's language. */
  readonly varies: boolean
  /** How long all of its fragments are still fresh, in ms; Infinity if none of them expires. */
  readonly freshFor: number
  /** The tags of its fragments, each once. */
  readonly tags: readonly string[]
}

/**
 * Reads what shared caches need to know of a page. It may be kept only if it consists of entries,
 * and nothing on it is known to belong to one visitor. That is all that the cache knows: data that
 * templates print outside of fragments may be the visitor's, so the request must be anonymous, too.
 */
export function sharingOf(page: Page): PageSharing {
  const { options, store } = page.services
  const fragments = page.renders.flatMap((render) => render.fragments)
  const tags = new Set<string>()
  let freshUntil = Number.POSITIVE_INFINITY
  for (const { entry, stale } of fragments) {
    if (!entry) continue
    for (const [tag] of entry.tags) tags.add(tag)
    freshUntil = Math.min(freshUntil, stale ? Number.NEGATIVE_INFINITY : entry.freshUntil)
  }
  // NaN where the clock of the store is not known.
  const left = freshUntil === Number.POSITIVE_INFINITY ? freshUntil : freshUntil - store.now()
  return {
    unshared: unsharedPage(page, fragments),
    varies: options.defaultVary.length > 0 || fragments.some(({ vary }) => vary !== undefined),
    freshFor: Number.isNaN(left) ? 0 : Math.max(0, left),
    tags: [...tags],
  }
}

function unsharedPage({ renders, context }: Page, fragments: readonly Fragment[]): string | undefined {
  if (context.bypass !== false || context.unknown) return 'it is rendered past the cache'
  if (fragments.length === 0) return 'it has no fragments'
  for (const render of renders) {
    const reason = unsharedRender(render)
    if (reason !== undefined) return reason
  }
  for (const fragment of fragments) {
    const reason = unsharedFragment(fragment)
    if (reason !== undefined) return reason
  }
  return undefined
}

/** Returns why what stands outside of the fragments of a render is not shared. */
function unsharedRender({ host }: PageRender): string | undefined {
  if (!host.skeleton) return 'a render of it failed'
  const { holes, readsNocache, perVisitorReads } = host.skeleton
  if (readsNocache || holes.some((hole) => !(hole instanceof Fragment))) return 'it has a {% nocache %}'
  return perVisitorReads.size > 0 ? "it prints one visitor's data" : undefined
}

function unsharedFragment(fragment: Fragment): string | undefined {
  const { entry, hasNocache, name } = fragment
  if (!entry || fragment.joined) return `"${name}" is a miss`
  if (hasNocache || entry.holes.length > 0) return `"${name}" has a {% nocache %}`
  return fragment.perVisitor ? `"${name}" is one visitor's` : undefined
}
