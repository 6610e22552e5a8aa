import { UnsettledError } from '../errors.ts'
import { isCut, type Lazy, type MaybePromise, type Run, type RunHost } from '../template/template-engine.ts'
import type { Fragment } from './fragment.ts'
import type { Loads } from './load.ts'

/** How often a template or a body is run before it is given up. */
export const MOST_RUNS = 50

/**
 * Renders the bodies of misses. They go in step: all run, what they missed is loaded together and in parallel,
 * and those that were cut run again.
 *
 * @throws what a body throws, and UnsettledError
 */
export async function renderBodies(misses: readonly Fragment[], host: RunHost, loads: Loads): Promise<void> {
  let pending = misses
  for (let runs = 1; pending.length > 0; runs++) {
    const results = await runAll(pending, host)
    const cut: Fragment[] = []
    const missing = new Map<Lazy<unknown>, string>()
    for (const [n, fragment] of pending.entries()) {
      const run = results[n] as Run
      if (isCut(run)) cut.push(fragment)
      else fill(fragment, run)
      for (const [lazy, name] of run.missing) missing.set(lazy, name)
    }
    if (cut.length > 0 && runs === MOST_RUNS) throw unsettled(cut, [...missing.values()])
    if (missing.size > 0) await loads.load(missing)
    pending = cut
  }
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
  const run = fragment.run(host)
  if (run instanceof Promise) return run.finally(over)
  over()
  return run
}

function fill(fragment: Fragment, run: Run): void {
  fragment.templates = run.templates
  fragment.fillWithText(run.parts.length === 1 ? (run.parts[0] as string) : run.parts.join(''))
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
