import { TagError } from '../../../errors.ts'
import type { Declaration, Hole, MaybePromise, Place, Run, RunHost } from '../../template-engine.ts'
import type { CompiledFunction, Environment, Frame, RenderCallback, Template } from '../nunjucks.ts'
import { nunjucks } from '../nunjucks.ts'
import { BODY_WAITS } from '../tag-checks.ts'
import { codeOf, type TemplateCode } from '../template-code.ts'
import { PageContext } from './context.ts'
import { UNKNOWN } from './cut.ts'
import { prettify } from './failure.ts'
import { asAtTag, copyFrame, scopeOf } from './scope.ts'
import { Templates } from './templates.ts'
import { type Parts, Text } from './text.ts'

/** What compiled code says of a tag: its place, its body, the scope that the body needs, and its arguments. */
type TagArguments = [
  place: Place,
  body: CompiledFunction,
  variables: unknown[],
  context: PageContext,
  frame: Frame,
  names: readonly string[] | null,
  name: string,
  parts: unknown[],
  ttl: unknown,
  condition: unknown,
  tags: unknown,
  vary: unknown,
  bubble: unknown,
]

const NO_PARTS: Parts = []

/**
 * One run of a template, or of a tag's body. Compiled code gets it as its `runtime`, so that it is known by a
 * parameter: two pages may render at the same time in one environment.
 */
export class TemplateRun extends Templates implements Run {
  parts: Parts = NO_PARTS
  /** Contexts of other runs, whose macros are called in this one. */
  #contexts: Map<PageContext, PageContext> | undefined

  /** The run that met the tag whose body this is. Texts that it made may be asked for here. */
  #outer: TemplateRun | undefined
  /** Which of the outer run's tags that was. */
  #tagMark = 0
  /** The hole that this run of a body is to fill. */
  #own: Hole | undefined

  /** Calls a function with all arrays as they were at the tag whose body this is. */
  #asAtTag: <T>(fn: () => T) => T = (fn) => fn()

  /** Runs a template. */
  static ofTemplate(
    template: Template,
    data: object,
    host: RunHost,
    inline: boolean,
  ): MaybePromise<TemplateRun> {
    const run = new TemplateRun(host, inline)
    return run.#drive(template, false, (callback) => {
      const { root, blocks } = codeOf(template, inline)
      const frame = new nunjucks.runtime.Frame()
      frame.topLevel = true
      root(template.env, run.contextOf(template.env, data, blocks), frame, run, callback)
    })
  }

  /** A tag: announces it, with a body that runs later, if at all. */
  hole(
    ...[
      place,
      body,
      variables,
      context,
      frame,
      names,
      name,
      parts,
      ttl,
      condition,
      tags,
      vary,
      bubble,
    ]: TagArguments
  ): Hole {
    const ctx = context.share()
    const scope = scopeOf(frame, names)
    const kept = variables.map(asAtTag)
    const mark = ++this.tagsMet
    let hole: Hole | undefined
    const declaration: Declaration = {
      place,
      name,
      parts: parts.map(asKeyPart),
      ttl,
      enabled: Boolean(condition),
      tags,
      vary,
      bubbles: bubble !== false,
      body: (host) => {
        const run = new TemplateRun(host, false)
        run.#outer = this
        run.#own = hole
        run.#tagMark = mark
        const start = () =>
          run.#drive({ env: context.env, path: place.template }, true, (callback) =>
            body(context.env, context.fork(run, ctx), scope(), run, callback, kept),
          )
        run.#asAtTag = (fn) => this.#asAtTag(() => (this.journal ? this.journal.asOf(mark, fn) : fn()))
        return run.#asAtTag(start)
      },
    }
    hole = this.host.declare(declaration)
    this.holes.push(hole)
    return hole
  }

  /** The same tag without caching: its body runs here, in the scope that it would have had later. */
  /** @param atOnce what is around it cannot wait */
  inlineBody(tag: TagArguments | typeof UNKNOWN, atOnce: boolean, callback: RenderCallback): void {
    if (tag === UNKNOWN) return callback(null, '')
    const [place, body, variables, context, frame, names, name, parts, ttl, condition, tags, vary, bubble] =
      tag as TagArguments
    const unused = () => {
      throw new Error('A body that has run at its place was run again')
    }
    this.host.declare({
      place,
      name,
      parts: parts.map(asKeyPart),
      ttl,
      enabled: Boolean(condition),
      tags,
      vary,
      bubbles: bubble !== false,
      body: unused,
    })
    // Whatever the body changes is changed back: with caching it may not run at all.
    const mark = ++this.tagsMet
    const scope = context.fork(this, context.share())
    let over = false
    let tooLate = false
    body(
      context.env,
      scope,
      copyFrame(frame, names),
      this,
      (error, output) => {
        this.journal?.undo(mark)
        over = true
        if (!tooLate) callback(error, output)
      },
      variables.map(asAtTag),
    )
    tooLate = atOnce && !over
    if (tooLate) throw new TagError(`${BODY_WAITS} (${place.template}, line ${place.line})`)
  }

  contextOf(env: Environment, data: object, blocks: TemplateCode['blocks']): PageContext {
    return PageContext.of(env, this, data, blocks)
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

  /** The variables of another run's context, as they were at the tag in that run by which this one came about. */
  #asSeen(made: PageContext): Record<string, unknown> {
    if (this.#outer === undefined) return made.share()
    return this.#outer === made.run ? made.asOf(this.#tagMark) : this.#outer.#asSeen(made)
  }

  /** A name of the outer run was read that is not known there. */
  get readsUnknown(): boolean {
    return this.cuts > 0
  }

  /** A text of the outer run, deep in a list, notes there what it misses, though it is this run that was cut. */
  #noteOuter(): void {
    for (const hole of this.#outer?.capturedLate ?? []) {
      if (hole !== this.#own && this.host.textOf(hole) === undefined) this.captured.add(hole)
    }
  }

  /** Calls compiled code, and answers at once where that calls back at once. */
  #drive(
    { env, path }: Pick<Template, 'env' | 'path'>,
    isBody: boolean,
    start: (callback: RenderCallback) => void,
  ): MaybePromise<TemplateRun> {
    let result: { error: unknown; output: unknown } | undefined
    let settle: (() => void) | undefined
    let started = false
    const callback: RenderCallback = (error, output) => {
      // The first callback counts: what failed in an include goes on, and calls back once more.
      if (result) return
      result = { error, output }
      if (started) settle?.()
    }
    const end = (): TemplateRun => {
      this.over = true
      this.#noteOuter()
      const cut = this.missing.size > 0 || this.captured.size > 0 || this.readsUnknown
      if (cut || isBody) this.journal?.rewind()
      if (cut) return this
      const { error, output } = result as { error: unknown; output: unknown }
      if (error) throw prettify(error, path, env.opts.dev)
      this.parts = output instanceof Text ? output.partsIn(this) : [output as string]
      return this
    }
    try {
      start(callback)
    } catch (error) {
      callback(error)
    }
    started = true
    // Only now: code behind an include that failed has gone on, and may have noted what it misses.
    if (result) return end()
    return new Promise<void>((resolve) => {
      settle = resolve
    }).then(end)
  }
}

/** A key part that is a text with holes is asked for before the page sees it. */
function asKeyPart(part: unknown): unknown {
  return part instanceof Text ? part.toString() : part
}
