import type { PageContext } from '../page-context.ts'
import type { Services } from '../services.ts'

/** A page, as far as its tracing needs it. */
interface TracedPage {
  readonly context: PageContext
  readonly services: Services
}

/** Begins to trace a page, unless it is traced already. */
export function startTrace(page: TracedPage): void {
  const { context, services } = page
  // A request whose begin is not known has one long ago.
  const start = context.startedAt > 0 ? context.startedAt : services.time.now()
  context.trace ??= services.tracing.begin(page, start)
}

/** Traces a page whose request asks for that, if it may. */
export async function inspectPage(page: TracedPage): Promise<void> {
  const { context } = page
  const { inspection } = context
  context.inspection = undefined
  if (!inspection || !(await inspection.allowed())) return
  startTrace(page)
  context.overlay = inspection.overlay
}

/** Hands over the trace of a page that is over, and stored. */
export function finishTrace(page: TracedPage): void {
  const { trace } = page.context
  if (trace) page.services.tracing.finish(page, trace)
}
