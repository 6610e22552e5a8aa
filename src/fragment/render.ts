import { UnsettledError } from '../errors.ts'
import {
  type Hole,
  isCut,
  type Lazy,
  type MaybePromise,
  type Run,
  type RunHost,
} from '../template/template-engine.ts'
import { BodyHost } from './declare.ts'
import type { Fragment } from './fragment.ts'
import type { Loads } from './load.ts'

/** How often a template or a body is run before it is given up. */
export const MOST_RUNS = 50

/** Fetches all of these fragments in one trip, and fills those that are asked for. */
export type Fill = (met: readonly Fragment[], wanted: readonly Fragment[]) => Promise<void>

/**
 * Runs the bodies of misses. They go in step: all run, what they missed is loaded together and in parallel, texts
 * of fragments that they use are fetched with all that was met so far, and those that were cut run again.
 *
 * @returns the fragments that stand inside: the next wave
 * @throws what a body throws, and UnsettledError
 */
export async function renderBodies(
  misses: readonly Fragment[],
  host: RunHost,
  loads: Loads,
  fill: Fill,
): Promise<Fragment[]> {
  const inner: Fragment[] = []
  let pending = misses
  for (let runs = 1; pending.length > 0; runs++) {
    const results = await runAll(pending, host)
    const cut: Fragment[] = []
    const met: Hole[] = []
    const captured: Hole[] = []
    const missing = new Map<Lazy<unknown>, string>()
    for (const [n, fragment] of pending.entries()) {
      const run = results[n] as Run
      met.push(...run.holes)
      if (isCut(run)) {
        // Nothing can be done for it here: what declared it is run again, and declares it anew.
        if (run.missing.size === 0 && run.captured.size === 0) continue
        cut.push(fragment)
        captured.push(...run.captured)
        for (const [lazy, name] of run.missing) missing.set(lazy, name)
      } else {
        const fragments = unique(run.holes)
        fragment.templates = run.templates
        fragment.fillWith(run.parts as readonly (string | Fragment)[], fragments)
        inner.push(...fragments)
      }
    }
    if (cut.length > 0 && runs === MOST_RUNS) throw unsettled(cut, [...missing.values()])
    // Lazy values first: with them other texts may be needed, and all are fetched together.
    if (missing.size > 0) await loads.load(missing)
    else if (captured.length > 0) {
      // One that is being rendered is not waited for inside itself.
      const wanted = unique(captured).filter((fragment) => !cut.includes(fragment))
      await fill(unique([...met, ...captured]), wanted)
    }
    pending = cut
  }
  return unique(inner)
}

/** In the order in which they were first met. */
export function unique(holes: readonly Hole[]): Fragment[] {
  const list = {}
  const fragments: Fragment[] = []
  for (const hole of holes as readonly Fragment[]) {
    if (hole.listedIn === list) continue
    hole.listedIn = list
    fragments.push(hole)
  }
  return fragments
}

/** Most bodies are synchronous: a promise is made only for those that are not. */
function runAll(pending: readonly Fragment[], host: RunHost): MaybePromise<Run[]> {
  const runs: MaybePromise<Run>[] = []
  try {
    for (const fragment of pending) runs.push(timed(fragment, host))
  } catch (error) {
    // The page fails; what else goes wrong meanwhile must not end the process.
    for (const run of runs) if (run instanceof Promise) run.catch(() => {})
    throw error
  }
  return runs.some((run) => run instanceof Promise) ? Promise.all(runs) : (runs as Run[])
}

function timed(fragment: Fragment, host: RunHost): MaybePromise<Run> {
  const begun = performance.now()
  const over = () => {
    fragment.renderTime += performance.now() - begun
  }
  const run = fragment.run(new BodyHost(host, fragment))
  if (run instanceof Promise) return run.finally(over)
  over()
  return run
}

function unsettled(cut: readonly Fragment[], missing: readonly string[]): UnsettledError {
  const names = cut.map(({ name, place }) => `"${name}" (${place.template}, line ${place.line})`)
  return new UnsettledError(
    `Fragments never settle: ${names.join(', ')} were run ${MOST_RUNS} times, and each run reads ` +
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

/** The error of a fragment whose body waits for what it is part of. */
export function neverFilled({ name, place }: Fragment): UnsettledError {
  return new UnsettledError(
    `The fragment "${name}" (${place.template}, line ${place.line}) never settles: its body uses a text that it is part of.`,
  )
}
