import { type Histogram, upperBound } from '../../metrics/histogram.ts'
import { emptyFragment, fragmentLabel, missesOf } from '../../metrics/snapshot.ts'
import { chartOf } from '../numbers/charts.ts'
import { bytes, duration, percent } from '../numbers/format.ts'
import { readRange } from '../numbers/ranges.ts'
import { hitRatioOf, orGap, sharesOf } from '../numbers/sums.ts'
import type { Sources } from '../sources.ts'
import { rangeLinks } from './overview.ts'
import { addressOf, type Page, type View } from './page.ts'

/** Bars of a histogram: buckets are put together until there are no more. */
const MOST_BARS = 16

export const fragmentPage: Page = {
  name: 'fragment',
  title: 'Fragment',
  template: 'fragment.njk',
  parent: 'fragments',
  params: ['range', 'name', 'template'],
  interval: ({ range }) => range.interval,
  load: loadFragment,
}

async function loadFragment(view: View, sources: Sources): Promise<object> {
  const name = view.query.get('name') ?? ''
  const template = view.query.get('template') ?? ''
  const label = fragmentLabel(name, template)
  const numbers = await readRange(sources.numbers, view.range, sources.now())
  const known = numbers.total.fragments.get(label)
  const fragment = known ?? emptyFragment()
  const { hits, stale, joined, writes, skips, bytesServed, savedTime, lostTime } = fragment
  const each = numbers.points.map(({ numbers }) => numbers.fragments.get(label) ?? emptyFragment())
  const misses = missesOf(fragment)
  return {
    ranges: rangeLinks('fragment', view),
    ...{ name, template, known: known !== undefined },
    lookUp: addressOf('entry', new URLSearchParams(), { name }),
    ...{ hits, stale, joined, misses, writes, skips, bytesServed, savedTime, lostTime },
    hitRatio: (hits + stale) / (hits + stale + misses),
    cost: lostTime / misses,
    reasons: sharesOf(Object.entries(fragment.misses)),
    charts: [
      chartOf(numbers, {
        id: 'hit-ratio',
        title: 'Hit ratio',
        unit: 'percent',
        max: 1,
        format: percent,
        lines: [{ label: 'Shown from the store', values: each.map((one) => orGap(hitRatioOf(one))) }],
      }),
      chartOf(numbers, {
        id: 'cost',
        title: 'Time of a miss',
        unit: 'ms',
        format: duration,
        lines: [{ label: 'Load and render', values: each.map((one) => orGap(one.lostTime / missesOf(one))) }],
      }),
    ],
    histograms: [
      barsOf('Render time', fragment.render, (us) => duration(us / 1000)),
      barsOf('Load time', fragment.load, (us) => duration(us / 1000)),
      barsOf('Age when shown', fragment.age, duration),
      barsOf('Size of an entry', fragment.entryBytes, bytes),
    ].filter(({ total }) => total > 0),
  }
}

/** Returns a histogram as a few bars, each up to a bound. */
function barsOf(title: string, histogram: Histogram, format: (value: number) => string) {
  const buckets = [...histogram.buckets]
  const first = buckets[0]?.[0] ?? 0
  const last = buckets.at(-1)?.[0] ?? 0
  const wide = Math.max(1, Math.ceil((last - first + 1) / MOST_BARS))
  const counts = new Map<number, number>()
  for (const [index, count] of buckets) {
    const bar = Math.floor((index - first) / wide)
    counts.set(bar, (counts.get(bar) ?? 0) + count)
  }
  const most = Math.max(1, ...counts.values())
  const bars = Array.from({ length: Math.ceil((last - first + 1) / wide) }, (_, bar) => {
    const count = counts.get(bar) ?? 0
    return {
      upTo: format(upperBound(Math.min(last, first + (bar + 1) * wide - 1))),
      count,
      width: Math.round((count / most) * 1000) / 10,
    }
  })
  return {
    title,
    total: histogram.count,
    median: format(histogram.quantile(0.5)),
    slow: format(histogram.quantile(0.95)),
    bars,
  }
}
