import { TRIP_KINDS } from '../../metrics/snapshot.ts'
import { adviceRows } from '../numbers/advice-rows.ts'
import { type Chart, chartOf } from '../numbers/charts.ts'
import { count, decimal, duration, percent } from '../numbers/format.ts'
import { RANGES, type RangeNumbers, readRange } from '../numbers/ranges.ts'
import { orGap, sharesOf, sumsOf } from '../numbers/sums.ts'
import type { Sources } from '../sources.ts'
import { addressOf, type Page, type View } from './page.ts'

/** Routes in the table. */
const MOST_ROUTES = 20

export const overviewPage: Page = {
  name: '',
  title: 'Overview',
  template: 'overview.njk',
  params: ['range'],
  inMenu: () => true,
  interval: ({ range }) => range.interval,
  load: loadOverview,
}

async function loadOverview(view: View, sources: Sources): Promise<object> {
  const [numbers, processes] = await Promise.all([
    readRange(sources.numbers, view.range, sources.now()),
    sources.numbers.processes(),
  ])
  const { total } = numbers
  const sums = sumsOf(total)
  return {
    ranges: rangeLinks('', view),
    pages: total.pages,
    sums,
    pagesPerSecond: total.pages / (numbers.elapsed / 1000),
    tripsPerPage: (total.trips + total.valueTrips) / total.pages,
    median: sums.time.quantile(0.5) / 1000,
    slow: sums.time.quantile(0.95) / 1000,
    breaker: total.breaker,
    breakerOpened: total.breakerOpened,
    waiters: total.waiters,
    tiers: total.tiers.hits + total.tiers.misses > 0 ? total.tiers : undefined,
    charts: chartsOf(numbers),
    advice: adviceRows(total, sources),
    reasons: sharesOf(sums.reasons),
    errors: sharesOf(total.errors),
    trips: tripsOf(numbers),
    routes: routesOf(numbers),
    processes: processes.map((process) => ({ ...process, ago: Math.max(0, sources.now() - process.seen) })),
  }
}

/** Returns the choices of a range, as links. */
export function rangeLinks(name: string, { query, range }: View): object[] {
  return RANGES.map((one) => ({
    title: one.title,
    href: addressOf(name, query, { range: one.name }),
    current: one === range,
  }))
}

function chartsOf(numbers: RangeNumbers): Chart[] {
  const { points, range } = numbers
  const sums = points.map(({ numbers }) => sumsOf(numbers))
  const pages = points.map(({ numbers }) => numbers.pages)
  const ms = (q: number) => sums.map(({ time }) => (time.count > 0 ? time.quantile(q) / 1000 : null))
  return [
    chartOf(numbers, {
      id: 'hit-ratio',
      title: 'Hit ratio',
      unit: 'percent',
      max: 1,
      format: percent,
      lines: [{ label: 'Fragments from the store', values: sums.map(({ hitRatio }) => orGap(hitRatio)) }],
    }),
    chartOf(numbers, {
      id: 'time',
      title: 'Time of a page in onetrip',
      unit: 'ms',
      format: duration,
      lines: [
        { label: '95th percentile', values: ms(0.95) },
        { label: 'Median', values: ms(0.5) },
      ],
    }),
    chartOf(numbers, {
      id: 'pages',
      title: 'Pages per second',
      unit: 'count',
      format: decimal,
      lines: [{ label: 'Pages per second', values: pages.map((count) => count / (range.point / 1000)) }],
    }),
    chartOf(numbers, {
      id: 'trips',
      title: 'Round trips per page',
      unit: 'count',
      format: decimal,
      lines: [
        {
          label: 'Round trips per page',
          values: points.map(({ numbers: { pages, trips, valueTrips } }) =>
            orGap((trips + valueTrips) / pages),
          ),
        },
      ],
    }),
  ]
}

function tripsOf({ total }: RangeNumbers): object[] {
  return TRIP_KINDS.filter((kind) => total.trip[kind].count > 0).map((kind) => {
    const { count, failed, keys, time } = total.trip[kind]
    return { kind, count, failed, keys, median: time.quantile(0.5) / 1000, slow: time.quantile(0.95) / 1000 }
  })
}

function routesOf({ total }: RangeNumbers): object[] {
  const routes = total.routes.size > 0 ? total.routes : total.templates
  return [...routes]
    .map(([route, numbers]) => ({
      route,
      pages: count(numbers.pages),
      hitRatio: (numbers.hits + numbers.stale) / (numbers.hits + numbers.stale + numbers.misses),
      median: numbers.time.quantile(0.5) / 1000,
      slow: numbers.time.quantile(0.95) / 1000,
      savedTime: numbers.savedTime,
      lostTime: numbers.lostTime,
    }))
    .sort((a, b) => b.lostTime - a.lostTime)
    .slice(0, MOST_ROUTES)
}
