import { messageOf, StoreError } from '../../errors.ts'
import { STAMP_LENGTH } from '../../stores/store.ts'
import type { MissReason } from '../events.ts'
import { type Fragment, fragmentsIn, withInner } from '../fragment/fragment.ts'
import type { PageNode } from '../fragment/page-node.ts'
import { writeBack } from '../write-back/write-back.ts'
import type { FragmentPage } from './fragment-page.ts'
import { PageRender, type RenderedPage } from './page-render.ts'
import { refreshWaves } from './refresh-waves.ts'
import { fillNodes } from './render-page.ts'

/**
 * Outcome of a refresh:
 * - `stored`: its entry was replaced;
 * - `not stored`: it was rendered, and an event says why it was not stored;
 * - `left`: nothing was to be done, or it is another process' to do.
 */
export type Refreshed = 'stored' | 'not stored' | 'left'

/** Reasons of a miss for which the entry of another release may be there: it is left alone. */
const OF_ANOTHER_RELEASE: readonly (MissReason | undefined)[] = [
  'template changed',
  'bound otherwise',
  'version changed',
  'damaged',
]

/**
 * The entries that are replaced:
 * - `any`;
 * - `missing`: none that is fresh;
 * - an entry that was found due, by its stamp in hex, `''` for none: if another one is there by
 *   now, nothing is done.
 */
export type Replaces = 'any' | 'missing' | { readonly due: string }

/**
 * Renders the fragment of a page that is nothing else, and replaces its entry.
 * @throws StoreError, and what rendering throws
 */
export async function refreshFragment(
  page: RenderedPage,
  engine: FragmentPage,
  replaces: Replaces,
): Promise<Refreshed> {
  const render = new PageRender(engine.title, {}, engine, {}, page)
  const { services, context } = render
  const run = await engine.run(engine.title, {}, render.host)
  render.host.skeleton = run
  const waves = refreshWaves(render)
  const [fragment] = fragmentsIn(run.holes as readonly PageNode[]) as [Fragment]
  await waves.lookup.lookUp([fragment])
  const { stamp } = fragment
  if (stamp instanceof Error) throw new StoreError(messageOf(stamp), { cause: stamp })
  if (replaces === 'missing' && fragment.entry) return 'left'
  if (
    typeof replaces === 'object' &&
    (services.refreshes.rests(fragment.key) || isLeft(fragment, replaces.due))
  )
    return 'left'
  fragment.bypass()
  try {
    await fillNodes(waves, [fragment], undefined)
    const missed = withInner([fragment]).filter(({ reason }) => reason !== undefined)
    render.check.look(missed)
    render.check.mark(missed)
    await writeBack(missed, context, services)
    services.refreshes.succeeded(fragment.key)
  } catch (error) {
    services.refreshes.failed(fragment.key)
    throw error
  }
  return fragment.stored ? 'stored' : 'not stored'
}

function isLeft({ entry, stamp, reason }: Fragment, due: string): boolean {
  if (OF_ANOTHER_RELEASE.includes(reason)) return true
  const found = entry ? entry.stamp.subarray(0, STAMP_LENGTH) : stamp
  const isSame = Buffer.isBuffer(found) && found.toString('hex') === due
  return entry !== undefined && !isSame
}
