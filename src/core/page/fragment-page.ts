import type { DataPolicy } from '../../engines/data-policy.ts'
import type { DefinedCall } from '../../engines/defined-call.ts'
import type { FragmentRead, ParameterRead } from '../../engines/fragment-read.ts'
import type { Lazy } from '../../engines/lazy.ts'
import type {
  Hole,
  MaybePromise,
  Run,
  RunHost,
  StoredNocache,
  TemplateEngine,
} from '../../engines/template-engine.ts'
import { TagError } from '../../errors.ts'
import { EMPTY_RUN } from './run-without.ts'

/**
 * The page that the `{% nocache %}` holes of a fragment show: its data, undefined if they are an
 * error; or `'empty'` if their output is not used.
 */
export type HoleData = { readonly data: object | undefined } | 'empty'

/**
 * The engine of a page that is one defined fragment and nothing else. All templates that it runs
 * are those of the engine that it stands for.
 */
export class FragmentPage implements TemplateEngine {
  /** The name of the page, which is no template's. */
  readonly title: string
  readonly digest: string
  readonly #engine: TemplateEngine
  readonly #call: DefinedCall
  readonly #holes: HoleData

  /** @param caller the method that renders it, for messages */
  constructor(
    engine: TemplateEngine,
    fragment: Pick<DefinedCall, 'name' | 'params' | 'perVisitor'>,
    caller: string,
    holes: HoleData,
  ) {
    this.title = `{% fragment "${fragment.name}" %}`
    this.digest = engine.digest
    this.#engine = engine
    this.#holes = holes
    this.#call = { ...fragment, place: { template: caller, line: 0 }, readsNocache: false, enabled: true }
  }

  run(template: string, data: object, host: RunHost): MaybePromise<Run> {
    if (template !== this.title) return this.#engine.run(template, data, host)
    const hole = host.declareDefined(this.#call)
    return new OneHole(hole, (stored, bodyHost) => this.#renderHole(stored, host, bodyHost))
  }

  #renderHole(stored: StoredNocache, host: RunHost, bodyHost: RunHost): MaybePromise<Run> {
    if (this.#holes === 'empty') return EMPTY_RUN
    const { data } = this.#holes
    const renderer = data && this.#engine.holesWith?.(data, host)
    if (renderer) return renderer.renderHole(stored, bodyHost)
    throw new TagError(
      `The fragment "${this.#call.name}" has a {% nocache %} (${stored.template}), which shows the data of a page: pass it, ` +
        '{ data: { user } }.',
    )
  }

  digestOf(template: string): MaybePromise<string | null> {
    return this.#engine.digestOf(template)
  }

  readsOf(template: string, policy: DataPolicy): readonly FragmentRead[] {
    return template === this.title ? [] : (this.#engine.readsOf?.(template, policy) ?? [])
  }

  readsOfWhole(template: string, fragment: string, policy: DataPolicy): readonly FragmentRead[] {
    return this.#engine.readsOfWhole?.(template, fragment, policy) ?? []
  }

  readsOfParameters(template: string, policy: DataPolicy): readonly ParameterRead[] {
    return template === this.title ? [] : (this.#engine.readsOfParameters?.(template, policy) ?? [])
  }

  holesWith(data: object, host: RunHost): Pick<Run, 'renderHole'> {
    if (this.#engine.holesWith) return this.#engine.holesWith(data, host)
    throw new TagError('The template engine does not render {% nocache %} without a page.')
  }
}

/** A run that has put out one hole. */
class OneHole implements Run {
  readonly parts: readonly Hole[]
  readonly holes: readonly Hole[]
  readonly missing: ReadonlyMap<Lazy<unknown>, string> = new Map()
  readonly captured: ReadonlySet<Hole> = new Set()
  readonly readsNocache = false
  readonly perVisitorReads: ReadonlyMap<object, string> = new Map()
  readonly templates: ReadonlyMap<string, string | null> = new Map()
  readonly renderHole: Run['renderHole']

  constructor(hole: Hole, renderHole: Run['renderHole']) {
    this.parts = [hole]
    this.holes = [hole]
    this.renderHole = renderHole
  }
}
