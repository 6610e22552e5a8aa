import { TagError } from '../../../errors.ts'
import type { MaybePromise, RunHost, StoredNocache } from '../../template-engine.ts'
import type { CompiledFunction, Frame, RenderCallback, Template } from '../nunjucks.ts'
import type { HolePlace } from '../own-code.ts'
import { codeOf } from '../template-code.ts'
import { type Called, called } from './callback.ts'
import type { PageContext } from './context.ts'
import { runInPlace } from './in-place.ts'
import { frameOf, refuseBound, valuesOf } from './live.ts'
import type { TemplateRun } from './run.ts'

/**
 * Meets a `{% nocache %}`: on a page it leaves a hole, which is filled for each request; without
 * caching it is rendered here, with what it would have then.
 *
 * @param atOnce what is around it cannot wait
 * @throws TagError for a name that the code around it has set, and for values that JSON does not
 *   keep
 */
export function meetNocache(
  run: TemplateRun,
  place: HolePlace,
  body: CompiledFunction,
  given: Record<string, unknown>,
  context: PageContext,
  frame: Frame,
  atOnce: boolean,
  callback: RenderCallback,
): void {
  refuseBound(place, given, context, frame, run.data)
  const values = valuesOf(place, given)
  const { env } = context
  if (run.inline && !run.host.ownData) {
    const start = (done: RenderCallback) =>
      run.around.asAtStart(() => body(env, run.dataContext(env), frameOf(values), run, done))
    return runInPlace(run, place, atOnce, start, callback)
  }
  const { template, number } = place
  const readsNocache = run.readsNocache && Object.keys(values).length > 0
  const start = (host: RunHost) =>
    runHole(run, { env, path: template }, body, values, run.made(host, readsNocache))
  const hole = run.host.addNocache({ template, number, values, reads: place.names, body: start })
  run.addHole(hole)
  callback(null, hole)
}

/**
 * Runs a `{% nocache %}` of an entry.
 * @param find where its template is found: itself, or its name
 */
export function renderStored(
  run: TemplateRun,
  find: Template | string,
  { template, number, values }: StoredNocache,
  host: RunHost,
): MaybePromise<TemplateRun> {
  const render = ({ error, result }: Called<Template>) => {
    if (error) throw error
    const { dataPolicy } = run
    const body = codeOf(result, { inline: false, once: false, dataPolicy }).holes[number]
    if (body) return runHole(run, result, body, values, run.made(host, false))
    throw new TagError(`${template} was changed while it was rendered: its {% nocache %} is gone`)
  }
  const found = called<Template>((callback) => run.env.getTemplate(find, false, null, false, callback))
  return found instanceof Promise ? found.then(render) : render(found)
}

function runHole(
  run: TemplateRun,
  of: Pick<Template, 'env' | 'path'>,
  body: CompiledFunction,
  values: Readonly<Record<string, unknown>>,
  inner: TemplateRun,
): MaybePromise<TemplateRun> {
  return run.around.asAtStart(() =>
    inner.drive(of, true, (callback) =>
      body(of.env, inner.dataContext(of.env), frameOf(values), inner, callback),
    ),
  )
}
