import { isCut, type Run } from '../../engines/template-engine.ts'
import { fragmentsIn } from '../fragment/fragment.ts'
import { type PageNode, unique } from '../fragment/page-node.ts'
import type { PageRender } from './page-render.ts'
import { MAX_RUNS, unsettledPage } from './unsettled.ts'
import { refusePromise } from './used-promise.ts'

/** Looks up all fragments that were met, in one trip, and fills those nodes that are wanted. */
export type FillMet = (
  render: PageRender,
  met: readonly PageNode[],
  wanted: readonly PageNode[],
) => Promise<void>

/**
 * Runs a page's template; again, if it reads lazy values, or uses the text of a fragment, outside
 * of fragments.
 * @returns the run that was not cut
 * @throws UnsettledError, and what the template throws
 */
export async function declarePage(render: PageRender, fill: FillMet): Promise<Run> {
  const { template, engine, given, host, lookup, context } = render
  host.again = render
  for (;;) {
    if (render.runs++ > 0) given.restore()
    const span = context.trace?.begin('declare', template)
    const started = engine.run(template, given.data, host)
    const run = started instanceof Promise ? await started : started
    span?.finish()
    host.skeleton = run
    if (run.holes.length + run.missing.size > 0) given.keep()
    if (!isCut(run)) {
      if (run.usedPromise !== undefined) refusePromise(run.usedPromise, template)
      return run
    }
    if (render.runs === MAX_RUNS) throw unsettledPage(template, run)
    if (run.missing.size > 0) {
      // A trip is made for values before the fragments are all known: those that were met go with
      // it.
      const { loads } = render
      const readsValues = context.ahead !== undefined || loads.calls.haveAll(run.missing.keys())
      if (readsValues) void lookup.lookUp(fragmentsIn(unique(run.holes)))
      await given.whileLoading(() => loads.load(run.missing))
    } else {
      // One trip for all that was met so far; only what was asked for has to be rendered yet.
      await fill(render, unique([...run.holes, ...run.captured]), unique([...run.captured]))
    }
  }
}
