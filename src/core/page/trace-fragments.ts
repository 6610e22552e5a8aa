import type { Fragment } from '../fragment/fragment.ts'
import { describeFragments } from '../inspect/describe-fragments.ts'
import type { PageContext } from '../page-context.ts'
import type { Services } from '../services.ts'
import type { PageTrace } from '../trace/page-trace.ts'

/** Adds the fragments of a render to the trace of its page, each once. */
export function traceFragments(
  fragments: readonly Fragment[],
  trace: PageTrace,
  { versions, trips }: PageContext,
  { store }: Pick<Services, 'store'>,
): void {
  // The overlay shows them before the render is over.
  trace.trips = trips.total
  const added = fragments.filter((fragment) => trace.numberOf(fragment) === undefined)
  trace.addFragments(added, describeFragments(added, trace, versions, store.now()))
}
