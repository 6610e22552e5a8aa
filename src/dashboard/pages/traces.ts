import type { PageTrace } from '../../core/trace/page-trace.ts'
import type { Sources } from '../sources.ts'
import { addressOf, type Page, type View } from './page.ts'

const INTERVAL_MS = 2000

/** The recent pages of this process, a sample of them. */
export const tracesPage: Page = {
  name: 'pages',
  title: 'Pages',
  template: 'traces.njk',
  params: [],
  inMenu: ({ traces }) => traces !== undefined,
  interval: () => INTERVAL_MS,
  load: async (_view: View, { traces, now }: Sources) => ({
    rows: (traces?.recent ?? []).map((trace) => rowOf(trace, now())),
  }),
}

function rowOf(trace: PageTrace, now: number): object {
  const { id, template, status, trips, fragments, start, end } = trace
  const count = (state: string) => fragments.filter((one) => one.state === state).length
  return {
    href: addressOf('page', new URLSearchParams(), { id: String(id) }),
    title: titleOf(trace),
    template,
    status,
    trips,
    duration: end === undefined ? undefined : end - start,
    hits: count('hit'),
    stale: count('stale'),
    misses: count('miss'),
    ago: Math.max(0, now - trace.startedAt),
  }
}

/** Returns a page's route, or its template if no route is known. */
export function titleOf({ method, route, template }: PageTrace): string {
  return route === undefined ? (template ?? 'a page') : `${method ?? ''} ${route}`.trim()
}
