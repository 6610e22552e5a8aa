import { addNginxNumbers, emptyNginxNumbers } from '../../metrics/nginx/nginx-numbers.ts'
import { type NginxReport, nginxReport } from '../../metrics/nginx/nginx-report.ts'
import { chartOf } from '../numbers/charts.ts'
import { decimal, percent } from '../numbers/format.ts'
import { sharesOf } from '../numbers/sums.ts'
import type { Sources } from '../sources.ts'
import { rangeLinks } from './overview.ts'
import type { Page, View } from './page.ts'

const MOST_ROUTES = 50

/** Numbers of nginx in front of the site: ratios of its cache, and times of its misses. */
export const nginxPage: Page = {
  name: 'nginx',
  title: 'nginx',
  template: 'nginx.njk',
  params: ['range'],
  inMenu: ({ nginx }) => nginx !== undefined,
  interval: ({ range }) => range.interval,
  load: loadNginx,
}

async function loadNginx(view: View, { nginx, now }: Sources): Promise<object> {
  const ranges = rangeLinks('nginx', view)
  if (!nginx) return { ranges }
  const { point, length, step } = view.range
  const from = Math.floor(now() / point) * point - length
  const points = Array.from({ length: length / point }, (_, n) => ({
    from: from + n * point,
    numbers: emptyNginxNumbers(),
  }))
  const total = emptyNginxNumbers()
  for (const one of await nginx.series({ from, to: now(), step })) {
    addNginxNumbers(total, one)
    const into = points[Math.floor((one.from - from) / point)]
    if (into) addNginxNumbers(into.numbers, one)
  }
  const report = nginxReport(total)
  return {
    ranges,
    report: report.requests > 0 || report.routes.length > 0 ? report : undefined,
    perSecond: report.requests / ((now() - from) / 1000),
    statuses: sharesOf(report.statuses.map(({ cache, requests }) => [cache, requests] as const)),
    charts: chartsOf(
      view,
      points.map(({ from, numbers }) => ({ from, report: nginxReport(numbers) })),
    ),
    routes: report.routes
      .slice(0, MOST_ROUTES)
      .map(({ kind, route, requests, hitRatio, misses, missTime, upstream }) => ({
        ...{ kind, route, requests, hitRatio, misses },
        missTime: missTime.sum,
        median: missTime.quantile(0.5),
        slow: missTime.quantile(0.95),
        upstream: upstream.quantile(0.95),
      })),
  }
}

function chartsOf(
  { range }: View,
  points: readonly { readonly from: number; readonly report: NginxReport }[],
): object[] {
  const seconds = range.point / 1000
  return [
    chartOf(
      { points, range },
      {
        id: 'nginx-ratio',
        title: 'Hit ratio of nginx',
        unit: 'percent',
        max: 1,
        format: percent,
        lines: [
          {
            label: 'Requests from its cache',
            values: points.map(({ report }) => (report.requests > 0 ? report.hitRatio : null)),
          },
        ],
      },
    ),
    chartOf(
      { points, range },
      {
        id: 'nginx-requests',
        title: 'Requests per second',
        unit: 'count',
        format: decimal,
        lines: [
          { label: 'Requests per second', values: points.map(({ report }) => report.requests / seconds) },
        ],
      },
    ),
  ]
}
