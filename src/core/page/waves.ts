import type { MaybePromise } from '../../engines/template-engine.ts'
import { Fragment, fragmentsIn } from '../fragment/fragment.ts'
import { NocacheHole } from '../fragment/nocache-hole.ts'
import { firstOpen, type PageNode, unique } from '../fragment/page-node.ts'
import type { Fill, Waves } from './page-render.ts'
import { renderBodies } from './render-bodies.ts'

/** Looks up all that was met, and the fragments in the nodes that are wanted, in one trip. */
export async function lookUpMet(
  waves: Waves,
  met: readonly PageNode[],
  wanted: readonly PageNode[],
  fill: Fill,
): Promise<void> {
  const inside = await fragmentsOf(waves, wanted, fill)
  await waves.lookup.lookUp(unique([...fragmentsIn(met), ...inside]))
}

/**
 * Returns the fragments among nodes, and those in the `{% nocache %}` holes among them, which are
 * rendered to find them.
 */
export async function fragmentsOf(
  waves: Waves,
  nodes: readonly PageNode[],
  fill: Fill,
): Promise<readonly Fragment[]> {
  if (nodes.every((node) => node instanceof Fragment)) return nodes
  const inside = await render(waves, nodes.filter(isOpenHole), fill)
  return unique([...fragmentsIn(nodes.flatMap(openIn)), ...inside])
}

/**
 * Renders the misses among fragments, and what the hits among them render for each request.
 * @returns the fragments that stand inside: the next wave
 */
export async function renderMissed(
  waves: Waves,
  fragments: readonly Fragment[],
  fill: Fill,
): Promise<readonly Fragment[]> {
  if (!firstOpen(fragments)) {
    waves.flights?.resolveComplete()
    return NO_FRAGMENTS
  }
  const open = fragments.flatMap(({ filled, complete, inner }) => (filled && !complete ? inner : []))
  const bodies = [...fragments.filter(({ filled }) => !filled), ...open.filter(isOpenHole)]
  const inner = await render(waves, bodies, fill)
  waves.flights?.resolveComplete()
  return unique([...inner, ...(await fragmentsOf(waves, open, fill))])
}

/** Runs bodies, and the holes in them. @returns the fragments that stand inside */
function render(waves: Waves, bodies: readonly PageNode[], fill: Fill): MaybePromise<readonly Fragment[]> {
  if (bodies.length === 0) return NO_FRAGMENTS
  const declared = waves.host.declareAgain()
  return declared ? declared.then(() => renderBodies(bodies, waves, fill)) : renderBodies(bodies, waves, fill)
}

const NO_FRAGMENTS: readonly Fragment[] = []

/** Returns true for a hole that is rendered for each request, and was not yet. */
function isOpenHole(node: PageNode): boolean {
  return node instanceof NocacheHole && !node.filled
}

/** Replaces a hole that is rendered for each request by what stands open in it. */
function openIn(node: PageNode): PageNode[] {
  if (!(node instanceof NocacheHole)) return [node]
  return node.complete ? [] : node.inner.flatMap(openIn)
}
