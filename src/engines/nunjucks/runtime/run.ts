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
import type { HolePlace, TemplateCode } from '../own-code.ts'
import { codeOf, sourceOf } from '../template-code.ts'
import { bindingsOf } from './bindings.ts'
import { BorrowedCode } from './borrowed.ts'
import { Call, type Called } from './callback.ts'
import { PageContext } from './context.ts'
import { UNKNOWN } from './cut.ts'
import { prettify } from './failure.ts'
import { RunFrame } from './frame.ts'
import type { Given } from './given.ts'
import { runInPlace } from './in-place.ts'
import { readAgain } from './key-parts.ts'
import { readsDataOnly, setAround } from './live.ts'
import { MetTag } from './met-tag.ts'
import { meetNocache, renderStored } from './nocache-run.ts'
import { PageCode } from './page-code.ts'
import { type RunRecord, recordOf } from './run-record.ts'
import { allAsAtTag, copyFrame, keepFrame } from './scope.ts'
import { Surroundings } from './surroundings.ts'
import type { TagArguments, TagDeclaration } from './tag-arguments.ts'
import { Templates } from './templates.ts'
import type { Text } from './text.ts'

/**
 * One run of a template, or of a tag's body. Compiled code gets it as its `runtime`, so that it is
 * known by a parameter: two pages may render at the same time in one environment.
 */
export class TemplateRun extends Templates implements Run {
  keyParts: readonly unknown[] | undefined
  readonly env: Environment
  /** The page's. */
  readonly data: object
  /** The template that this runs; a body's or a hole's is not known. */
  #template: Template | undefined
  #around: Surroundings | undefined
  /** How many bodies are around what runs now. */
  depth = 0
  borrowed: BorrowedCode | undefined
  #callback: RenderCallback | undefined
  /** Reads the keys of the tags that this run has met once more. */
  #keyReader: TemplateRun | undefined
  readonly record: RunRecord

  constructor(env: Environment, data: object, host: RunHost, inline: boolean, code = new PageCode()) {
    super(host, code, inline)
    this.env = env
    this.record = recordOf(host)
    this.data = data
  }

  /** The runs that this one came about in. */
  get around(): Surroundings {
    this.#around ??= new Surroundings(this)
    return this.#around
  }

  /** Runs a template with all of the data. @param begun is given its context */
  render(template: Template, begun?: (context: PageContext) => void): MaybePromise<TemplateRun> {
    this.#template = template
    return this.drive(template, false, (callback) => {
      const { root, blocks } = codeOf(template, this)
      const frame = new RunFrame()
      frame.topLevel = true
      const context = PageContext.of(template.env, this, this.data, blocks)
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
    const readsNocache = this.readsNocache && !readsDataOnly(context, frame, names, this.data)
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
    this.addHole(tag.hole)
    return tag.hole
  }

  /** Runs the body of a tag that this run has met. */
  #runBody(tag: MetTag, host: RunHost): MaybePromise<TemplateRun> {
    const { body, variables, context, ctx, frame, declaration } = tag
    const run = this.made(host, declaration.readsNocache, tag)
    const start = (callback: RenderCallback) =>
      body(context.env, context.fork(run, ctx), copyFrame(frame, null), run, callback, variables)
    const of = { env: context.env, path: declaration.place.template }
    const running = run.around.asAtTag(() => run.drive(of, true, start))
    if (!body.keyAgain) return running
    return running instanceof Promise ? running.then(() => run.#withKeyOf(tag)) : run.#withKeyOf(tag)
  }

  /** Evaluates the parts of the key once more, now that the body has run. */
  #withKeyOf({ body, variables, context, ctx, frame, declaration }: MetTag): this {
    const { keyAgain } = body
    if (!keyAgain || isCut(this)) return this
    const outer = this.around.outer as TemplateRun
    outer.#keyReader ??= outer.made(outer.host, false)
    const reader = outer.#keyReader
    const scope = context.share() === ctx ? context : context.fork(reader, ctx)
    const { parts } = declaration
    this.keyParts = this.around.asAtTag(() =>
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

  /**
   * Adds the names that a hole reads and that code around it has set, with their values.
   * @param known those that are variables there
   */
  setAround(
    place: HolePlace,
    known: Record<string, unknown>,
    context: PageContext,
    frame: Frame,
  ): Record<string, unknown> {
    for (const [name, value] of setAround(place, known, context, frame, this.data)) {
      known[name] = this.read(value, name)
    }
    return known
  }

  /** A `{% nocache %}`. */
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
    meetNocache(this, place, body, given as Record<string, unknown>, context, frame, atOnce, callback)
  }

  renderHole(stored: StoredNocache, host: RunHost): MaybePromise<TemplateRun> {
    // A text of `renderString` has a name that no loader knows.
    const own =
      this.#template && sourceOf(this.#template).name === stored.template ? this.#template : undefined
    return renderStored(this, own ?? stored.template, stored, host)
  }

  /** A run of a body or a hole that this one has met. */
  made(host: RunHost, readsNocache: boolean, tag?: MetTag): TemplateRun {
    const run = new TemplateRun(this.env, this.data, host, false, this.code)
    run.readsNocache = readsNocache
    run.depth = this.depth + 1
    run.#around = new Surroundings(run, this, tag)
    return run
  }

  changedBefore(): ReadonlyMap<object, Given> | undefined {
    return this.around.changed()
  }

  /** Returns true if a value stands in the page's data: no template has put code there. */
  isOfPage(value: object): boolean {
    return this.code.isOfPage(value, this.data)
  }

  borrow(): BorrowedCode {
    this.borrowed ??= new BorrowedCode()
    return this.borrowed
  }

  /** Notes a block of a context that this run may not have made itself. */
  runsBlock({ origin }: PageContext, question: string): void {
    if (origin.run === this) return
    if (origin === this.around.tag?.context.origin) this.borrow().blocks.add(question)
    else this.borrow().unsure = 'it runs a block of a template whose macro it calls'
  }

  protected runs(template: unknown): void {
    if (this.depth === 0 || typeof template === 'string') return
    this.borrow().unsure =
      'it runs a Template of the data, which no key tells from another: pass the name of the template'
  }

  /** The context of a nocache hole: the page's data and globals. */
  dataContext(env: Environment): PageContext {
    return PageContext.of(env, this, this.data, {})
  }

  contextOfImport(env: Environment, blocks: TemplateCode['blocks']): PageContext {
    return PageContext.ofImport(env, this, blocks)
  }

  /** A name of the outer run was read that is not known there. */
  get readsUnknown(): boolean {
    return this.cuts > 0
  }

  /**
   * A text of the outer run, deep in a list, notes there what it misses, though it is this run that
   * was cut.
   */
  #noteOuter(): void {
    const tag = this.#around?.tag
    if (!tag) return
    for (const hole of tag.run.capturedLate) {
      if (hole !== tag.hole && this.host.textOf(hole) === undefined) this.capture(hole)
    }
  }

  protected failLate(error: unknown): void {
    this.#callback?.(error)
  }

  /** Runs compiled code, and answers at once where that calls back at once. */
  drive(
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
    if (cut || isBody) this.changes?.rewind()
    if (cut) return this
    // Of the page's own template it is kept: that is run again where its data has changed before
    // its bodies run.
    if (isBody) this.host.engineState = undefined
    if (error) throw prettify(error, path, env.opts.dev)
    this.keep(result)
    return this
  }
}
