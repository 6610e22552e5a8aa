import type { Lazy } from '../../engines/lazy.ts'
import { type Hole, isCut, type MaybePromise, type Run } from '../../engines/template-engine.ts'
import { Fragment, fragmentsIn } from '../fragment/fragment.ts'
import { NocacheHole } from '../fragment/nocache-hole.ts'
import { type PageNode, unique } from '../fragment/page-node.ts'
import type { TraceSpan } from '../trace/page-trace.ts'
import { BodyHost } from './body-host.ts'
import type { LazyLoads } from './lazy-loads.ts'
import type { PageHost } from './page-host.ts'
import type { Fill, Waves } from './page-render.ts'
import { MAX_RUNS, unsettledBodies } from './unsettled.ts'
import { refusePromise } from './used-promise.ts'

/**
 * Runs bodies: those of misses, and `{% nocache %}` holes. They run in step: all run, what they
 * read is loaded in parallel, texts that they use are filled with all that was met so far, and
 * those that were cut run again. The holes that they leave run with them, so that the fragments in
 * those belong to the next wave.
 *
 * @returns the fragments that stand inside: the next wave
 * @throws what a body throws, and UnsettledError
 */
export async function renderBodies(
  bodies: readonly PageNode[],
  waves: Waves,
  fill: Fill,
): Promise<readonly Fragment[]> {
  const { host, loads, flights } = waves
  const fragments: PageNode[] = []
  let pending = bodies
  for (let runs = 1; pending.length > 0; runs++) {
    const running = runAll(pending, host)
    const results = running instanceof Promise ? await running : running
    const cut: PageNode[] = []
    const left: PageNode[] = []
    const met: Hole[] = []
    const captured: Hole[] = []
    const missing = new Map<Lazy<unknown>, string>()
    const reads = new Map<PageNode, Iterable<Lazy<unknown>>>()
    for (const [n, node] of pending.entries()) {
      const run = results[n] as Run | Failure
      if (run instanceof Failure) {
        const shown = rescue(node, host)
        if (shown.length === 0) throw run.error
        for (const one of shown) left.push(...one.inner.filter((hole) => !(hole instanceof Fragment)))
        node.startBody().failure = run
        host.failed(node, shown, run.error)
        continue
      }
      met.push(...run.holes)
      if (isCut(run)) {
        // Nothing can be done for it here: what declared it is run again, and declares it again.
        if (run.missing.size === 0 && run.captured.size === 0) continue
        cut.push(node)
        captured.push(...run.captured)
        reads.set(node, [...run.missing.keys()])
        for (const [lazy, name] of run.missing) missing.set(lazy, name)
      } else {
        if (run.usedPromise !== undefined) refusePromise(run.usedPromise, node.title)
        const inner = run.holes.length > 0 ? unique(run.holes) : NO_NODES
        node.rendered(run, inner)
        if (run.keyParts && node instanceof Fragment) host.checkKey(node, run.keyParts)
        for (const one of inner) (one instanceof Fragment ? fragments : left).push(one)
      }
    }
    if (cut.length > 0 && runs === MAX_RUNS) throw unsettledBodies(cut, missing)
    if (missing.size > 0 || captured.length > 0) flights?.beforeLoad()
    // Lazy values first: with them other texts may be needed, and all are looked up together.
    if (missing.size > 0) await loadWatched(reads, missing, loads, host)
    else if (captured.length > 0) {
      // One that is being rendered is not waited for inside itself.
      const wanted = unique(captured).filter((node) => !cut.includes(node))
      await fill(waves, unique([...met, ...captured]), wanted)
    }
    pending = unique([...cut, ...left.filter(({ filled }) => !filled)])
  }
  return fragmentsIn(unique(fragments))
}

const NO_NODES: readonly PageNode[] = []

/** An error that a body threw. */
class Failure {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}

/** Runs bodies. Most are synchronous: a promise is created only for those that are not. */
function runAll(pending: readonly PageNode[], host: PageHost): MaybePromise<(Run | Failure)[]> {
  const runs = pending.map((node) => timed(node, host))
  return runs.some((run) => run instanceof Promise) ? Promise.all(runs) : (runs as (Run | Failure)[])
}

function timed(node: PageNode, host: PageHost): MaybePromise<Run | Failure> {
  const begun = host.now
  const span = host.trace?.begin('render', node.title, keyOf(node))
  const before = host.watch?.state
  const running = started(node, host)
  if (running instanceof Promise) return timedLater(node, host, begun, before, running, span)
  noteTime(node, host, begun, before)
  span?.finish()
  return running
}

function started(node: PageNode, host: PageHost): MaybePromise<Run | Failure> {
  try {
    node.startBody()
    return node.run(new BodyHost(host, node))
  } catch (error) {
    return new Failure(error)
  }
}

async function timedLater(
  node: PageNode,
  host: PageHost,
  begun: number,
  before: unknown,
  running: Promise<Run | Failure>,
  span: TraceSpan | undefined,
): Promise<Run | Failure> {
  try {
    return await running
  } catch (error) {
    return new Failure(error)
  } finally {
    noteTime(node, host, begun, before)
    span?.finish()
  }
}

function keyOf(node: PageNode): string | undefined {
  return node instanceof Fragment ? node.key : undefined
}

function noteTime(node: PageNode, host: PageHost, begun: number, before: unknown): void {
  node.startBody().renderTime += host.now - begun
  if (host.watch && host.watch.state !== before) noteChange([node])
}

/**
 * Shows earlier entries in place of a body that has failed: that of the fragment itself, or else
 * those of all fragments around it.
 *
 * @returns the fragments that show an earlier entry; none: the page fails
 */
function rescue(node: PageNode, host: PageHost): Fragment[] {
  // A hole has no entry, and an entry around it would run it again.
  if (node instanceof NocacheHole) return []
  if (node instanceof Fragment && node.fallBack(host)) return [node]
  const around = [...node.around].map((outer) => rescue(outer, host))
  return around.every((shown) => shown.length > 0) ? around.flat() : []
}

/**
 * Loads what bodies read. A loader that changes the response (a cookie) counts for each body that
 * reads it.
 */
async function loadWatched(
  reads: ReadonlyMap<PageNode, Iterable<Lazy<unknown>>>,
  missing: Missing,
  loads: LazyLoads,
  { watch }: PageHost,
) {
  const loading = loads.load(missing, watch)
  // What loaders do later cannot be told apart: it counts for the fragments, if only they are
  // loaded for.
  const before = watch?.state
  await loading
  const nodes = [...reads.keys()]
  const later = watch && watch.state !== before && fragmentsIn(nodes).length === nodes.length
  for (const [node, lazies] of reads) {
    node.startBody().loadTime += Math.max(0, ...[...lazies].map((lazy) => loads.timeOf(lazy)))
    if (later || [...lazies].some((lazy) => loads.changedResponse(lazy))) noteChange([node])
  }
}

type Missing = ReadonlyMap<Lazy<unknown>, string>

/** Notes that bodies changed the response. A hole may: it is rendered for each request. */
function noteChange(nodes: readonly PageNode[]): void {
  for (const fragment of fragmentsIn(nodes)) fragment.startBody().changedResponse = true
}
