import { OTHER } from '../../metrics/snapshot.ts'
import { linePath } from '../numbers/line-path.ts'
import { readRange } from '../numbers/ranges.ts'
import { fragmentsByTag } from '../numbers/tags-of-traces.ts'
import type { Sources } from '../sources.ts'
import { rangeLinks } from './overview.ts'
import { addressOf, type Page, type View } from './page.ts'

const SPARK = { width: 96, height: 22 }
/** Limit of the tags that were not invalidated. The metrics bound the number of others. */
const MOST_OTHERS = 100
/** Names of fragments in a row. */
const MOST_FRAGMENTS = 5

export const tagsPage: Page = {
  name: 'tags',
  title: 'Tags',
  template: 'tags.njk',
  params: ['range'],
  inMenu: () => true,
  interval: ({ range }) => range.interval,
  load: loadTags,
}

/**
 * Shows the tags that were invalidated in the range, and those of the traced pages: one that was
 * never invalidated has a button, too.
 */
async function loadTags(view: View, sources: Sources): Promise<object> {
  const { points, total, elapsed } = await readRange(sources.numbers, view.range, sources.now())
  const minutes = elapsed / 60_000
  const shownBy = fragmentsByTag(sources.traces?.recent ?? [])
  const rowOf = (name: string) => {
    const invalidations = total.tags.get(name)?.invalidations ?? 0
    const each = points.map(({ numbers }) => numbers.tags.get(name)?.invalidations ?? 0)
    return {
      name,
      fragments: listOf(shownBy.get(name)),
      invalidations,
      perMinute: invalidations / minutes,
      spark: invalidations > 0 ? linePath(each, Math.max(...each), SPARK) : undefined,
      href: name === OTHER ? undefined : addressOf('invalidate', new URLSearchParams(), { tag: name }),
    }
  }
  const others = [...shownBy.keys()].filter((name) => !total.tags.has(name)).sort()
  const rows = [...total.tags.keys(), ...others.slice(0, MOST_OTHERS)].map(rowOf)
  rows.sort((a, b) => b.invalidations - a.invalidations || (a.name < b.name ? -1 : 1))
  return {
    ranges: rangeLinks('tags', view),
    rows,
    omitted: Math.max(0, others.length - MOST_OTHERS),
    spark: SPARK,
  }
}

/** Returns the first names of a set as text. */
function listOf(names: ReadonlySet<string> = new Set()): string {
  const sorted = [...names].sort()
  const more = sorted.length - MOST_FRAGMENTS
  return sorted.slice(0, MOST_FRAGMENTS).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
