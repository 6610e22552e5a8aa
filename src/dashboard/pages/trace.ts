import type { PageTrace, TraceSpan } from '../../core/trace/page-trace.ts'
import type { Sources } from '../sources.ts'
import type { Page, View } from './page.ts'
import { titleOf } from './traces.ts'

/** Rows of each table: a page may have thousands of steps. */
const MOST_ROWS = 300
/** Thinnest bar, as a share of the page in percent: steps of microseconds are seen, too. */
const THINNEST = 0.4

/** One page of the sample: all its steps in time, and the outcome of its fragments. */
export const tracePage: Page = {
  name: 'page',
  title: 'Page',
  template: 'trace.njk',
  parent: 'pages',
  params: ['id'],
  load: loadTrace,
}

async function loadTrace({ query }: View, { traces }: Sources): Promise<object> {
  const trace = traces?.recent.find(({ id }) => String(id) === query.get('id'))
  if (!trace) return {}
  const { fragments, spans, template, status, trips, runs, notStored } = trace
  const end = endOf(trace)
  return {
    trace: { title: titleOf(trace), template, status, trips, runs, notStored, duration: end - trace.start },
    startedAt: new Date(trace.startedAt).toISOString().slice(11, 23),
    spans: spans.slice(0, MOST_ROWS).map((span) => barOf(span, trace.start, end)),
    omittedSpans: Math.max(0, spans.length - MOST_ROWS) + trace.omitted,
    fragments: fragments.slice(0, MOST_ROWS).map(({ tags, ...fragment }) => ({
      ...fragment,
      tags: tags.map(({ name }) => name).join(', '),
    })),
    omittedFragments: Math.max(0, fragments.length - MOST_ROWS),
  }
}

/** Returns the end of a page, which may still be writing back. */
function endOf({ start, end, spans }: PageTrace): number {
  return Math.max(
    end ?? start,
    ...spans.slice(0, MOST_ROWS).map((span) => span.end ?? span.start),
    start + 0.001,
  )
}

function barOf({ kind, name, start, end, detail }: TraceSpan, from: number, to: number): object {
  const percent = (time: number) => Math.round((time / (to - from)) * 1000) / 10
  const width = Math.max(THINNEST, percent((end ?? to) - start))
  return {
    ...{ kind, name, detail },
    after: start - from,
    took: end === undefined ? undefined : end - start,
    x: Math.min(100 - width, Math.max(0, percent(start - from))),
    width,
    tone: kind.replaceAll(' ', '-'),
  }
}
