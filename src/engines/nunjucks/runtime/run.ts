import { TagError } from '../../../errors.ts'
import {
  type Hole,
  isCut,
  type MaybePromise,
  type Run,
  type RunHost,
  type StoredNocache,
} from '../../template-engine.ts'
import type { BodyNames } from '../compiler/tags.ts'
import type { CompiledFunction, Environment, Frame, RenderCallback, Template } from '../nunjucks.ts'
import { codeOf, type HolePlace, sourceOf, type TemplateCode } from '../template-code.ts'
import { bindingsOf } from './bindings.ts'
import { BorrowedCode } from './borrowed.ts'
import { Call, type Called, called } from './callback.ts'
import { PageContext } from './context.ts'
import { UNKNOWN } from './cut.ts'
import { prettify } from './failure.ts'
import { RunFrame } from './frame.ts'
import type { Given } from './given.ts'
import { runInPlace } from './in-place.ts'
import { readAgain } from './key-parts.ts'
import { frameOf, readsDataOnly, refuseBound, setAround, valuesOf } from './live.ts'
import { MetTag } from './met-tag.ts'
import { PageCode } from './page-code.ts'
import { RunRecord } from './run-record.ts'
import { allAsAtTag, copyFrame, keepFrame } from './scope.ts'
import type { TagArguments, TagDeclaration } from './tag-arguments.ts'
import { Templates } from './templates.ts'
import { type Parts, Text } from './text.ts'

const NO_PARTS: Parts = []

/**
 * One run of a template, or of a tag's body. Compiled code gets it as its `runtime`, so that it is known by a
 * parameter: two pages may render at the same time in one environment.
 */
export class TemplateRun extends Templates implements Run {
  parts: Parts = NO_PARTS
  keyParts: readonly unknown[] | undefined
  readonly #env: Environment
  /** The page's. */
  readonly #data: object
  /** The template that this runs; a body's or a hole's is not known. */
  #template: Template | undefined
  /** Contexts of other runs, whose macros are called in this one. */
  #contexts: Map<PageContext, PageContext> | undefined

  /** The run that met the tag whose body this is. Texts that it made may be asked for here. */
  #outer: TemplateRun | undefined
  /** The run that met the tag whose body, or whose hole, this is. */
  #madeBy: TemplateRun | undefined
  /** Which of the outer run's tags that was. */
  #tagMark = 0
  /** The context of the template around that tag. */
  #origin: PageContext | undefined
  /** How many bodies are around what runs now. */
  depth = 0
  borrowed: BorrowedCode | undefined
  /** The hole that this run of a body is to fill. */
  #own: Hole | undefined

  #callback: RenderCallback | undefined
  /** Reads the keys of the tags that this run has met once more. */
  #keyReader: TemplateRun | undefined
  protected readonly record: RunRecord

  constructor(env: Environment, data: object, host: RunHost, inline: boolean, code = new PageCode()) {
    super(host, code, inline)
    this.#env = env
    this.record = recordOf(host)
    this.#data = data
  }

  /** Runs a template. */
  static ofTemplate(
    template: Template,
    data: object,
    host: RunHost,
    inline: boolean,
  ): MaybePromise<TemplateRun> {
    return new TemplateRun(template.env, recordOf(host).dataOf(data), host, inline).render(template)
  }

  /** Runs a template with all of the data. @param begun is given its context */
  render(template: Template, begun?: (context: PageContext) => void): MaybePromise<TemplateRun> {
    this.#template = template
    return this.#drive(template, false, (callback) => {
      const { root, blocks } = codeOf(template, this)
      const frame = new RunFrame()
      frame.topLevel = true
      const context = PageContext.of(template.env, this, this.#data, blocks)
      begun?.(context)
      root(template.env, context, frame, this, callback)
    })
  }

  /** A tag: announces it, with a body that runs later, if at all. */
  hole(
    body: CompiledFunction,
    variables: readonly unknown[],
    context: PageContext,
    frame: Frame,
    names: BodyNames,
    declaration: TagDeclaration,
  ): Hole {
    const readsNocache = this.readsNocache && !readsDataOnly(context, frame, names, this.#data)
    const tag = new MetTag(
      this,
      body,
      allAsAtTag(variables),
      context,
      context.share(),
      keepFrame(frame, names.picked),
      names,
      declaration,
      ++this.tagsMet,
    )
    declaration.readsNocache = readsNocache
    declaration.keyed = this.takeKeyed()
    declaration.body = (host) => this.#runBody(tag, host)
    // Nothing on the page is code that a body could take, so far: nothing is made for it.
    if (this.code.any || names.callsSuper) declaration.bind = (...asked) => bindingsOf(tag, ...asked)
    tag.hole = this.host.declare(declaration)
    this.holes.push(tag.hole)
    return tag.hole
  }

  /** Runs the body of a tag that this run has met. */
  #runBody(tag: MetTag, host: RunHost): MaybePromise<TemplateRun> {
    const { body, variables, context, ctx, frame, declaration } = tag
    const run = this.#made(host, declaration.readsNocache)
    run.#outer = this
    run.#own = tag.hole
    run.#tagMark = tag.mark
    run.#origin = context.origin
    const start = (callback: RenderCallback) =>
      body(context.env, context.fork(run, ctx), copyFrame(frame, null), run, callback, variables)
    const of = { env: context.env, path: declaration.place.template }
    const running = run.#asAtTag(() => run.#drive(of, true, start))
    if (!body.keyAgain) return running
    return running instanceof Promise ? running.then(() => run.#withKeyOf(tag)) : run.#withKeyOf(tag)
  }

  /** Evaluates the parts of the key once more, now that the body has run. */
  #withKeyOf({ body, variables, context, ctx, frame, declaration }: MetTag): this {
    const { keyAgain } = body
    if (!keyAgain || isCut(this)) return this
    const outer = this.#outer as TemplateRun
    outer.#keyReader ??= outer.#made(outer.host, false)
    const reader = outer.#keyReader
    const scope = context.share() === ctx ? context : context.fork(reader, ctx)
    const { parts } = declaration
    this.keyParts = this.#asAtTag(() =>
      readAgain(() => keyAgain(context.env, scope, frame, reader, variables, parts), parts),
    )
    return this
  }

  /**
   * The same tag without caching: its body runs here, in the scope that it would have had later.
   * @param atOnce what is around it cannot wait
   */
  inlineBody(tag: TagArguments | typeof UNKNOWN, atOnce: boolean, callback: RenderCallback): void {
    if (tag === UNKNOWN) return callback(null, '')
    const [body, variables, context, frame, names, declaration] = tag as TagArguments
    this.host.declare(declaration)
    const scope = context.fork(this, context.share())
    const start = (done: RenderCallback) =>
      body(context.env, scope, copyFrame(frame, names.picked), this, done, allAsAtTag(variables))
    this.depth++
    runInPlace(this, declaration.place, atOnce, start, (error, output) => {
      this.depth--
      callback(error, output)
    })
  }

  /** What the code around a hole has set of the names that it reads. @param known those that are variables there */
  setAround(
    place: HolePlace,
    known: Record<string, unknown>,
    context: PageContext,
    frame: Frame,
  ): Record<string, unknown> {
    for (const [name, value] of setAround(place, known, context, frame, this.#data)) {
      known[name] = this.read(value, name)
    }
    return known
  }

  /**
   * A `{% nocache %}`: on a page it leaves a hole, which is filled for each request; without caching it is rendered
   * here, with what it would have then.
   *
   * @param atOnce what is around it cannot wait
   * @throws TagError for a name that the code around it has set, and for values that JSON does not keep
   */
  nocache(
    place: HolePlace,
    body: CompiledFunction,
    given: Record<string, unknown> | typeof UNKNOWN,
    context: PageContext,
    frame: Frame,
    atOnce: boolean,
    callback: RenderCallback,
  ): void {
    if (given === UNKNOWN) return callback(null, '')
    refuseBound(place, given as object, context, frame, this.#data)
    const values = valuesOf(place, given as Record<string, unknown>)
    const { env } = context
    if (this.inline) {
      const start = (done: RenderCallback) =>
        this.#asAtStart(() => body(env, this.#dataContext(env), frameOf(values), this, done))
      return runInPlace(this, place, atOnce, start, callback)
    }
    const { template, number } = place
    const readsNocache = this.readsNocache && Object.keys(values).length > 0
    const start = (host: RunHost) =>
      this.#runHole({ env, path: template }, body, values, this.#made(host, readsNocache))
    const hole = this.host.addNocache({ template, number, values, body: start })
    this.holes.push(hole)
    callback(null, hole)
  }

  renderHole({ template, number, values }: StoredNocache, host: RunHost): MaybePromise<TemplateRun> {
    const run = ({ error, result }: Called<Template>) => {
      if (error) throw error
      const body = codeOf(result, { inline: false, once: false, dataPolicy: this.dataPolicy }).holes[number]
      if (body) return this.#runHole(result, body, values, this.#made(host, false))
      throw new TagError(`${template} was changed while it was rendered: its {% nocache %} is gone`)
    }
    // A text of `renderString` has a name that no loader knows.
    const own = this.#template && sourceOf(this.#template).name === template ? this.#template : template
    const found = called<Template>((callback) => this.#env.getTemplate(own, false, null, false, callback))
    return found instanceof Promise ? found.then(run) : run(found)
  }

  #runHole(
    of: Pick<Template, 'env' | 'path'>,
    body: CompiledFunction,
    values: Readonly<Record<string, unknown>>,
    run: TemplateRun,
  ): MaybePromise<TemplateRun> {
    return this.#asAtStart(() =>
      run.#drive(of, true, (callback) =>
        body(of.env, run.#dataContext(of.env), frameOf(values), run, callback),
      ),
    )
  }

  /** A run of a body or a hole that this one has met. */
  #made(host: RunHost, readsNocache: boolean): TemplateRun {
    const run = new TemplateRun(this.#env, this.#data, host, false, this.code)
    run.readsNocache = readsNocache
    run.depth = this.depth + 1
    run.#madeBy = this
    return run
  }

  /** Whether a run is this one, or one that this one was met in. */
  isInside(run: TemplateRun): boolean {
    return run === this || this.#madeBy?.isInside(run) === true
  }

  protected changedBefore(): ReadonlyMap<object, Given> | undefined {
    const around = this.#madeBy?.changedBefore()
    const own = this.journal?.found
    return around && own ? new Map([...around, ...own]) : (own ?? around)
  }

  /** Whether a value stands in the page's data: no template has put code there. */
  isOfPage(value: object): boolean {
    this.code.data ??= new Set(
      Object.values(Object.getOwnPropertyDescriptors(this.#data)).map(
        (property) => property.value as unknown,
      ),
    )
    return this.code.data.has(value)
  }

  borrow(): BorrowedCode {
    this.borrowed ??= new BorrowedCode()
    return this.borrowed
  }

  /** Notes a block of a context that this run may not have made itself. */
  runsBlock({ origin }: PageContext, question: string): void {
    if (origin.run === this) return
    if (origin === this.#origin) this.borrow().blocks.add(question)
    else this.borrow().unsure = 'it runs a block of a template whose macro it calls'
  }

  protected runs(template: unknown): void {
    if (this.depth === 0 || typeof template === 'string') return
    this.borrow().unsure =
      'it runs a Template of the data, which no key tells from another: pass the name of the template'
  }

  /** Calls a function with all arrays as they were at the tag whose body, or whose hole, this is. */
  #asAtTag<T>(fn: () => T): T {
    if (this.#outer) return this.#outer.#asAt(this.#tagMark, fn)
    return this.#madeBy ? this.#madeBy.#asAtStart(fn) : fn()
  }

  /** The same for a tag that this run has met. */
  #asAt<T>(mark: number, fn: () => T): T {
    const { journal } = this
    return this.#asAtTag(journal ? () => journal.asOf(mark, fn) : fn)
  }

  /** Calls a function with all arrays as the page's data had them: on a hit nothing has changed them. */
  #asAtStart<T>(fn: () => T): T {
    const inner = () => (this.journal ? this.journal.asOf(0, fn) : fn())
    return this.#madeBy ? this.#madeBy.#asAtStart(inner) : inner()
  }

  /** What a live hole reads: the page's data and globals. */
  #dataContext(env: Environment): PageContext {
    return PageContext.of(env, this, this.#data, {})
  }

  contextOfImport(env: Environment, blocks: TemplateCode['blocks']): PageContext {
    return PageContext.ofImport(env, this, blocks)
  }

  /** A context of another run, in this one. */
  contextFor(made: PageContext): PageContext {
    this.#contexts ??= new Map()
    let scope = this.#contexts.get(made)
    if (!scope) {
      scope = made.fork(this, this.#asSeen(made))
      this.#contexts.set(made, scope)
    }
    return scope
  }

  /** The variables of a context, of this run or of one around it, as a tag of this run sees them. */
  seenAt(mark: number, made: PageContext): Record<string, unknown> {
    return made.run === this ? made.asOf(mark) : this.#asSeen(made)
  }

  /** The variables of another run's context, as they were at the tag in that run by which this one came about. */
  #asSeen(made: PageContext): Record<string, unknown> {
    if (this.#outer === undefined) return made.share()
    return this.#outer.seenAt(this.#tagMark, made)
  }

  /** A name of the outer run was read that is not known there. */
  get readsUnknown(): boolean {
    return this.cuts > 0
  }

  /** A text of the outer run, deep in a list, notes there what it misses, though it is this run that was cut. */
  #noteOuter(): void {
    if (this.#outer === undefined) return
    for (const hole of this.#outer.capturedLate) {
      if (hole !== this.#own && this.host.textOf(hole) === undefined) this.capture(hole)
    }
  }

  protected failLate(error: unknown): void {
    this.#callback?.(error)
  }

  /** Runs compiled code, and answers at once where that calls back at once. */
  #drive(
    of: Pick<Template, 'env' | 'path'>,
    isBody: boolean,
    start: (callback: RenderCallback) => void,
  ): MaybePromise<TemplateRun> {
    this.again = this.record.begin()
    const call = new Call<string | Text>()
    this.#callback = call.callback
    const outcome = call.outcomeOf(start)
    return outcome instanceof Promise ? this.#endLater(of, isBody, outcome) : this.#end(of, isBody, outcome)
  }

  async #endLater(
    of: Pick<Template, 'env' | 'path'>,
    isBody: boolean,
    outcome: Promise<Called<string | Text>>,
  ): Promise<TemplateRun> {
    return this.#end(of, isBody, await outcome)
  }

  #end(
    { env, path }: Pick<Template, 'env' | 'path'>,
    isBody: boolean,
    { error, result }: Called<string | Text>,
  ): TemplateRun {
    this.#noteOuter()
    this.over = true
    const cut = isCut(this)
    if (cut || isBody) this.journal?.rewind()
    if (cut) return this
    // Of the page's own template it is kept: that is run again where its data has changed before its bodies run.
    if (isBody) this.host.engineState = undefined
    if (error) throw prettify(error, path, env.opts.dev)
    // No literal: see `Values#holes`.
    this.parts = result instanceof Text ? result.partsIn(this) : Array.of(result)
    return this
  }
}

/** What the runs for a host have called and read. */
export function recordOf(host: RunHost): RunRecord {
  host.engineState ??= new RunRecord()
  return host.engineState as RunRecord
}
