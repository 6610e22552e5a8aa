import { messageOf } from '../../errors.ts'
import { type Fragment, hasMiss, withInner } from '../fragment/fragment.ts'
import { withHead } from '../fragment/head-block.ts'
import { firstOpen, type PageNode, unique } from '../fragment/page-node.ts'
import { reportSkips, writeBack } from '../write-back/write-back.ts'
import { declarePage } from './declare-page.ts'
import { withMarks } from './overlay-marks.ts'
import { PageContent } from './page-content.ts'
import type { PageRender, Waves } from './page-render.ts'
import { RenderResult } from './render-result.ts'
import { traceFragments } from './trace-fragments.ts'
import { MAX_DEPTH, neverFilled, tooDeep } from './unsettled.ts'
import { fragmentsOf, lookUpMet, renderMissed } from './waves.ts'

/**
 * Renders a template as a page, in five steps. The sixth is {@link storePage}.
 * @throws see `Page#render`
 */
export async function renderPage(render: PageRender): Promise<RenderResult> {
  const { host, context, services } = render
  const tripsBefore = context.trips.total
  // 1. Declare: the template runs. Each tag makes its key and leaves a hole; no body runs yet.
  const run = await declarePage(render, fillMet) //              declare-page.ts, page-host.ts
  const holes = unique(run.holes)
  await fillNodes(render, holes, render) //                      steps 2 to 4, below
  const open = firstOpen(holes)
  if (open) throw neverFilled(open)
  context.refuseChangedVary()
  // 5. Send: literal text, and the bytes of entries as they are, are joined when they are sent.
  const fragments = withInner(holes)
  // Fragments with nothing inside add nothing to the head.
  const hasInner = (fragments as readonly PageNode[]) !== holes
  const missed = hasMiss(fragments)
  const parts = hasInner ? withHead(run.parts, holes, host.watch) : run.parts
  const { trace, overlay } = context
  if (trace) traceFragments(fragments, trace, context, services)
  const content = new PageContent(trace && overlay ? withMarks(parts, overlay, trace, host.watch) : parts)
  // Joined where it is sent, or here to see how long that takes.
  trace?.begin('assemble', render.template).finish(`${content.body.length} bytes`)
  host.engineState = undefined
  render.page.earlier.push(host.fragments)
  render.fragments = fragments
  if (missed) render.check.look(fragments)
  return new RenderResult(content, fragments, context.trips.total - tripsBefore, render.runs)
}

/**
 * Fills nodes, wave by wave. The fragments in the bodies of one wave's misses are the next wave.
 * @param render whose misses may be left to other pages; undefined: this page renders them all
 */
export async function fillNodes(
  waves: Waves,
  nodes: readonly PageNode[],
  render: PageRender | undefined,
): Promise<void> {
  let wave = await fragmentsOf(waves, nodes, fillInside)
  for (let depth = 1; wave.length > 0 || render?.waitsForOthers; depth++) {
    // Only when this page has nothing else to do: others may wait for what it renders.
    if (render?.joined && wave.length === 0)
      wave = await renderMissed(waves, await render.joined.wait(), fillInside)
    if (depth > MAX_DEPTH && wave[0]) throw tooDeep(wave[0])
    // 2. Fetch: all keys of the wave, and the versions of their tags, in one trip.
    await waves.lookup.lookUp(wave) //                           lookup/fragment-lookup.ts
    if (!waves.flights && !firstOpen(wave)) return
    const own = render ? await render.leaveToOthers(wave) : wave // single-flight/
    // 3. Load what the bodies of misses read, and 4. render those bodies.
    wave = await renderMissed(waves, own, fillInside) //         lazy-loads.ts, render-bodies.ts
  }
}

/** Looks up what the template has declared so far, and fills the nodes whose text it uses. */
async function fillMet(
  render: PageRender,
  met: readonly PageNode[],
  wanted: readonly PageNode[],
): Promise<void> {
  await lookUpMet(render, met, wanted, fillInside)
  await fillNodes(render, wanted, render)
}

/**
 * Looks up and fills what bodies use as texts. The page waits for no other page meanwhile: its
 * bodies run in step, and other pages may wait for one of them.
 */
async function fillInside(
  waves: Waves,
  met: readonly PageNode[],
  wanted: readonly PageNode[],
): Promise<void> {
  await lookUpMet(waves, met, wanted, fillInside)
  await fillNodes(waves, wanted, undefined)
}

/**
 * 6. Write back: stores in one trip, after the response, what the renders of a page have missed.
 */
export async function storePage(renders: readonly PageRender[]): Promise<void> {
  // Some may be stored already, because other processes waited for them.
  for (const { flights } of renders) await flights?.stored()
  const missed = renders.flatMap(storable)
  const [first] = renders
  if (first && missed.length > 0) {
    const span = first.context.trace?.begin('write back', `${missed.length} fragments`)
    await writeBack(missed, first.context, first.services) //    write-back/
    span?.finish()
  }
  for (const { flights } of renders) flights?.end()
}

function storable({ check, missed, services }: PageRender): readonly Fragment[] {
  try {
    check.mark(missed)
    return missed.filter(({ stored }) => !stored)
  } catch (error) {
    // Nothing is known to be safe.
    reportSkips(missed, `the leak check failed: ${messageOf(error)}`, services.events)
    return []
  }
}
