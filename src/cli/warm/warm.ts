import type { Params } from '../../core/definition/params.ts'
import type { FragmentCache } from '../../core/fragment-cache.ts'
import type { WarmParams } from '../../core/warm/warm-targets.ts'
import { messageOf, OnetripError } from '../../errors.ts'
import { nearestOf } from '../../options/nearest-name.ts'
import { shown, UsageError } from '../usage-error.ts'
import { parseWarm, WARM_HELP, type WarmArguments } from './warm-arguments.ts'
import { definitionsOf, exportedParams, importCache, paramsIn, type WarmModule } from './warm-module.ts'
import { WarmReport } from './warm-report.ts'

interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
}

/** Runs `onetrip warm`. @returns the exit code: 1 if fragments failed. @throws UsageError */
export async function warm(args: readonly string[], output: Output, progress: Output): Promise<number> {
  const parsed = parseWarm(args)
  if (parsed === 'help') {
    output.write(WARM_HELP)
    return 0
  }
  const module = await importCache(parsed.file)
  const abort = new AbortController()
  const stop = () => abort.abort(new Error('It was ended by a signal'))
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  try {
    let failed = 0
    for (const name of namesOf(module, parsed)) {
      failed += await warmOne(module, name, parsed, abort.signal, output, progress)
    }
    await module.cache.settled()
    return failed > 0 ? 1 : 0
  } catch (error) {
    // The message is enough: no stack is printed.
    if (!(error instanceof OnetripError) && !abort.signal.aborted) throw error
    progress.write(`${messageOf(error)}\n`)
    return 1
  } finally {
    process.removeListener('SIGINT', stop)
    process.removeListener('SIGTERM', stop)
    await module.cache.close()
  }
}

/** Returns the fragments to warm. @throws UsageError */
function namesOf({ cache, params }: WarmModule, { fragment, hot }: WarmArguments): readonly string[] {
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

/** @returns the number of fragments that are not stored because of an error */
async function warmOne(
  module: WarmModule,
  name: string,
  { params, hot, vary, rate, concurrency, force }: WarmArguments,
  signal: AbortSignal,
  output: Output,
  progress: Output,
): Promise<number> {
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
    const result = await module.cache.warm(name, list, {
      ...{ rate, concurrency, force, signal, onProgress },
      ...(vary && { vary }),
    })
    report.end()
    output.write(report.summary(result))
    return result.failed + report.writeErrors
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
