import { type Hole, isCut, type Lazy, type MaybePromise, type Run } from '../../engines/template-engine.ts'
import { UnsettledError } from '../../errors.ts'
import type { BodyState } from '../fragment/body-state.ts'
import { Fragment, fragmentsIn } from '../fragment/fragment.ts'
import { NocacheHole } from '../fragment/nocache-hole.ts'
import { type PageNode, unique } from '../fragment/page-node.ts'
import type { LazyLoads } from './lazy-loads.ts'
import { BodyHost, type PageHost } from './page-host.ts'
import { refusePromise } from './used-promise.ts'

/** How often a template or a body is run before it is given up. */
export const MOST_RUNS = 50

/** Fetches all fragments that were met, in one trip, and fills those pieces that are asked for. */
export type Fill = (met: readonly PageNode[], wanted: readonly PageNode[]) => Promise<void>

/**
 * Runs bodies: those of misses, and live holes. They go in step: all run, what they missed is loaded together and in
 * parallel, texts that they use are fetched with all that was met so far, and those that were cut run again. Live
 * holes that they leave are run with them, so that the fragments in there belong to the next wave.
 *
 * @param beforeWait called before it waits for what they load, or use
 * @returns the fragments that stand inside: the next wave
 * @throws what a body throws, and UnsettledError
 */
export async function renderBodies(
  bodies: readonly PageNode[],
  host: PageHost,
  loads: LazyLoads,
  fill: Fill,
  beforeWait: () => void,
): Promise<readonly Fragment[]> {
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
    for (const [n, piece] of pending.entries()) {
      const run = results[n] as Run | Failure
      if (run instanceof Failure) {
        const shown = rescue(piece, host)
        if (shown.length === 0) throw run.error
        for (const one of shown) left.push(...one.inner.filter((hole) => !(hole instanceof Fragment)))
        piece.startBody().failure = run
        host.failed(piece, shown, run.error)
        continue
      }
      met.push(...run.holes)
      if (isCut(run)) {
        // Nothing can be done for it here: what declared it is run again, and declares it anew.
        if (run.missing.size === 0 && run.captured.size === 0) continue
        cut.push(piece)
        captured.push(...run.captured)
        reads.set(piece, [...run.missing.keys()])
        for (const [lazy, name] of run.missing) missing.set(lazy, name)
      } else {
        if (run.usedPromise !== undefined) refusePromise(run.usedPromise, piece.title)
        const inner = run.holes.length > 0 ? unique(run.holes) : NOTHING_INSIDE
        piece.rendered(run, inner)
        if (run.keyParts && piece instanceof Fragment) host.checkKey(piece, run.keyParts)
        for (const one of inner) (one instanceof Fragment ? fragments : left).push(one)
      }
    }
    if (cut.length > 0 && runs === MOST_RUNS) throw unsettled(cut, [...missing.values()])
    if (missing.size > 0 || captured.length > 0) beforeWait()
    // Lazy values first: with them other texts may be needed, and all are fetched together.
    if (missing.size > 0) await loadWatched(reads, missing, loads, host)
    else if (captured.length > 0) {
      // One that is being rendered is not waited for inside itself.
      const wanted = unique(captured).filter((node) => !cut.includes(node))
      await fill(unique([...met, ...captured]), wanted)
    }
    pending = unique([...cut, ...left.filter(({ filled }) => !filled)])
  }
  return fragmentsIn(unique(fragments))
}

const NOTHING_INSIDE: readonly PageNode[] = []

/** What a body threw. */
class Failure {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}

/** Most bodies are synchronous: a promise is made only for those that are not. */
function runAll(pending: readonly PageNode[], host: PageHost): MaybePromise<(Run | Failure)[]> {
  const runs = pending.map((node) => timed(node, host))
  return runs.some((run) => run instanceof Promise) ? Promise.all(runs) : (runs as (Run | Failure)[])
}

function timed(node: PageNode, host: PageHost): MaybePromise<Run | Failure> {
  const begun = host.now
  const before = host.watch?.state
  const running = started(node, host)
  if (running instanceof Promise) return timedLater(node, host, begun, before, running)
  noteTime(node, host, begun, before)
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
): Promise<Run | Failure> {
  try {
    return await running
  } catch (error) {
    return new Failure(error)
  } finally {
    noteTime(node, host, begun, before)
  }
}

function noteTime(node: PageNode, host: PageHost, begun: number, before: unknown): void {
  node.startBody().renderTime += host.now - begun
  if (host.watch && host.watch.state !== before) noteChange([node])
}

/**
 * A body has failed. What shows it is shown as it was before, if all of that has an entry left for this case: the
 * fragment itself, or those around it.
 *
 * @returns the fragments that show what they were; none: the page fails
 */
function rescue(node: PageNode, host: PageHost): Fragment[] {
  // What is rendered for each request has nothing that it was before, and an entry around it would run it again.
  if (node instanceof NocacheHole) return []
  if (node instanceof Fragment && node.fallBack(host)) return [node]
  const around = [...node.around].map((outer) => rescue(outer, host))
  return around.every((shown) => shown.length > 0) ? around.flat() : []
}

/** Loads what bodies read. A loader may set a cookie, too: then who reads it does. */
async function loadWatched(
  reads: ReadonlyMap<PageNode, Iterable<Lazy<unknown>>>,
  missing: Missing,
  loads: LazyLoads,
  { watch }: PageHost,
) {
  const loading = loads.load(missing, watch)
  // What loaders do later cannot be told apart: it is put down to fragments where nobody else is loaded.
  const before = watch?.state
  await loading
  const nodes = [...reads.keys()]
  const later = watch && watch.state !== before && fragmentsIn(nodes).length === nodes.length
  for (const [node, lazies] of reads) {
    node.startBody().loadTime += Math.max(0, ...[...lazies].map((lazy) => loads.timeOf(lazy)))
    if (later || [...lazies].some((lazy) => loads.changedResponse.has(lazy))) noteChange([node])
  }
}

type Missing = ReadonlyMap<Lazy<unknown>, string>

/** What is rendered for each request may change each response. */
function noteChange(nodes: readonly PageNode[]): void {
  for (const fragment of fragmentsIn(nodes)) fragment.startBody().changedResponse = true
}

function unsettled(cut: readonly PageNode[], missing: readonly string[]): UnsettledError {
  return new UnsettledError(
    `Fragments never settle: ${cut.map(({ title }) => title).join(', ')} were run ${MOST_RUNS} times, and each run reads ` +
      `${missing.length > 0 ? `a lazy value that is made anew: ${missing.join(', ')}` : 'a text that is not there'}.`,
  )
}

/** The error of a template whose own runs never settle. */
export function unsettledPage(template: string, run: Run): UnsettledError {
  const what =
    run.missing.size > 0
      ? `a lazy value that is made anew: ${[...run.missing.values()].join(', ')}`
      : `the text of a fragment whose key changes: ${[...run.captured].map((hole) => hole.place.id).join(', ')}`
  return new UnsettledError(
    `${template} never settles: it was run ${MOST_RUNS} times, and each run reads ${what}.`,
  )
}

/** The error of a piece that was never filled: of its body, or that it waits for what it is part of. */
export function neverFilled(node: PageNode): unknown {
  const { title } = node
  const failure = failureIn(node)
  if (failure) return failure.error
  return new UnsettledError(`The fragment ${title} never settles: its body uses a text that it is part of.`)
}

function failureIn(node: PageNode): BodyState['failure'] {
  if (node.body?.failure) return node.body.failure
  return node.inner.map(failureIn).find((failure) => failure !== undefined)
}
