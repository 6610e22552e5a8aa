import { FragmentLookup } from '../lookup/fragment-lookup.ts'
import { Deadline } from '../store-access/deadline.ts'
import { PageHost } from './page-host.ts'
import type { PageRender, Waves } from './page-render.ts'

/**
 * Returns the waves of a refresh, which are its own: nothing that the page shows stale may become
 * part of what is new.
 */
export function refreshWaves(render: PageRender): Waves {
  const { engine, digest, page, loads, context, services } = render
  const { versions } = context
  const host = new PageHost(page, digest, [], undefined)
  host.skeleton = render.host.skeleton
  host.render = render
  // The visitor does not wait for it: it has a deadline of its own.
  const deadline = new Deadline(services.options.timeout, services.time)
  const lookup = new FragmentLookup(engine, digest, host, { versions, deadline }, services, false)
  return { host, lookup, loads, flights: undefined }
}
