import { statSync } from 'node:fs'
import type { Params } from '../../core/definition/params.ts'
import type { FragmentCache } from '../../core/fragment-cache.ts'
import type { WarmParams } from '../../core/warm/warm-targets.ts'
import { messageOf, OnetripError } from '../../errors.ts'
import { nearestOf } from '../../options/nearest-name.ts'
import { shown, UsageError } from '../command/usage-error.ts'
import { DONE, FOUND } from '../exit-codes.ts'
import { type Output, writeJson } from '../output/output.ts'
import { existingModule } from '../store/import-module.ts'
import type { WarmFlags } from './warm-command.ts'
import { definitionsOf, exportedParams, importCache, paramsIn, type WarmModule } from './warm-module.ts'
import { WarmReport } from './warm-report.ts'

/** Runs `onetrip warm`. @returns the exit code @throws UsageError */
export async function warm(
  file: string,
  flags: WarmFlags,
  output: Output,
  progress: Output,
): Promise<number> {
  refuseWrong(flags)
  const module = await importCache(existingModule(file, 'your cache'))
  const abort = new AbortController()
  const stop = () => abort.abort(new Error('It was ended by a signal'))
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  try {
    const reports: WarmReport[] = []
    for (const name of namesOf(module, flags)) {
      const report = await warmOne(module, name, flags, abort.signal, progress)
      reports.push(report)
      if (!flags.json) output.write(report.summary())
    }
    if (flags.json) writeJson(output, { fragments: reports.map((report) => report.json()) })
    await module.cache.settled()
    return reports.some((report) => report.hasFailed) ? FOUND : DONE
  } catch (error) {
    // The message is enough: no stack is printed.
    if (!(error instanceof OnetripError) && !abort.signal.aborted) throw error
    progress.write(`${messageOf(error)}\n`)
    return FOUND
  } finally {
    process.removeListener('SIGINT', stop)
    process.removeListener('SIGTERM', stop)
    await module.cache.close()
  }
}

/** Refuses options that do not go together. @throws UsageError */
function refuseWrong({ fragment, params, hot }: WarmFlags): void {
  if (params !== undefined && hot !== undefined)
    throw new UsageError('onetrip warm takes either --params or --hot, not both.')
  if (params !== undefined && fragment === undefined)
    throw new UsageError('--params needs --fragment: the parameters are those of one fragment.')
  if (params !== undefined && !statSync(params, { throwIfNoEntry: false })?.isFile())
    throw new UsageError(`--params: there is no file ${shown(params)}.`)
}

/** Returns the fragments to warm. @throws UsageError */
function namesOf({ cache, params }: WarmModule, { fragment, hot }: WarmFlags): readonly string[] {
  const known = [...definitionsOf(cache).all].map(({ name }) => name)
  if (known.length === 0)
    throw new UsageError('The cache has no defined fragments: see its option fragments.')
  const chosen = fragment === undefined ? (hot === undefined ? Object.keys(params) : known) : [fragment]
  if (chosen.length === 0)
    throw new UsageError('The module exports no params: name a fragment with --fragment, or give --hot.')
  const unknown = chosen.find((name) => !known.includes(name))
  if (unknown === undefined) return chosen
  const nearest = nearestOf(unknown, known)
  const near = nearest === undefined ? '' : ` Did you mean "${nearest}"?`
  throw new UsageError(
    `The cache has no fragment "${shown(unknown)}".${near} It has: ${known.map(shown).join(', ')}.`,
  )
}

/** Warms one fragment. @returns the outcome */
async function warmOne(
  module: WarmModule,
  name: string,
  { params, hot, vary, rate, concurrency, force = false }: WarmFlags,
  signal: AbortSignal,
  progress: Output,
): Promise<WarmReport> {
  const report = new WarmReport(name, progress)
  const unsubscribe = watch(module.cache, report)
  try {
    const list: WarmParams<Params> =
      hot === undefined
        ? params === undefined
          ? await exportedParams(module, name)
          : paramsIn(params)
        : { hot }
    const onProgress = report.show.bind(report)
    report.result = await module.cache.warm(name, list, {
      ...{ rate, concurrency, force, signal, onProgress },
      ...(vary && { vary }),
    })
    return report
  } finally {
    report.end()
    unsubscribe()
  }
}

/** Notes why fragments were not stored. */
function watch(cache: FragmentCache, report: WarmReport): () => void {
  return cache.on((event) => {
    if (event.type === 'skip') report.noteSkip(event.reason)
    if (event.type === 'error' && event.during === 'write back')
      report.noteWriteError(event.error.message, event.keys.length)
  })
}
