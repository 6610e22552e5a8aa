import { OTHER } from '../../metrics/snapshot.ts'
import { linePath } from '../numbers/line-path.ts'
import { readRange } from '../numbers/ranges.ts'
import type { Sources } from '../sources.ts'
import { rangeLinks } from './overview.ts'
import { addressOf, type Page, type View } from './page.ts'

const SPARK = { width: 96, height: 22 }

export const tagsPage: Page = {
  name: 'tags',
  title: 'Tags',
  template: 'tags.njk',
  params: ['range'],
  inMenu: () => true,
  interval: ({ range }) => range.interval,
  load: loadTags,
}

async function loadTags(view: View, sources: Sources): Promise<object> {
  const { points, total, elapsed } = await readRange(sources.numbers, view.range, sources.now())
  const minutes = elapsed / 60_000
  const rows = [...total.tags].map(([name, { invalidations }]) => {
    const each = points.map(({ numbers }) => numbers.tags.get(name)?.invalidations ?? 0)
    return {
      name,
      invalidations,
      perMinute: invalidations / minutes,
      spark: linePath(each, Math.max(...each), SPARK),
      href: name === OTHER ? undefined : addressOf('invalidate', new URLSearchParams(), { tag: name }),
    }
  })
  rows.sort((a, b) => b.invalidations - a.invalidations || (a.name < b.name ? -1 : 1))
  return { ranges: rangeLinks('tags', view), rows, spark: SPARK }
}
