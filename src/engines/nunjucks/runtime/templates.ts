import { OnetripError } from '../../../errors.ts'
import type { DataPolicy } from '../../data-policy.ts'
import type { Hole, Place } from '../../template-engine.ts'
import type { CompiledFunction, Context, Environment, Frame, RenderCallback, Template } from '../nunjucks.ts'
import { nunjucks } from '../nunjucks.ts'
import type { OwnCode, TemplateCode } from '../own-code.ts'
import { codeOf } from '../template-code.ts'
import { Called } from './callback.ts'
import type { PageContext } from './context.ts'
import { CUT, UNKNOWN } from './cut.ts'
import { Exports } from './exports.ts'
import { markOrigin, prettify } from './failure.ts'
import { RunFrame } from './frame.ts'
import { makePrecompiled } from './macro.ts'
import { Output } from './output.ts'
import type { PageCode } from './page-code.ts'
import { asKeyPart } from './tag-arguments.ts'
import { Text } from './text.ts'

/** How a run goes through other templates: it is the `runtime` of all of them. */
export abstract class Templates extends Output {
  /** Bodies run at their places, as without caching. */
  readonly inline: boolean
  /** It is never cut, and leaves no holes. */
  get once(): boolean {
    return false
  }
  templates: ReadonlyMap<string, string | null> = NO_TEMPLATES
  /** The same, once there are several. */
  #templates: Map<string, string | null> | undefined
  #last: OwnCode | undefined
  /** Exports of templates that only define macros: the same for all imports of a run. */
  #libraries: Map<TemplateCode, Exports> | undefined
  /** How many other templates were imported. */
  #ordinary = 0
  /** Errors of precompiled code that was over. */
  #late: unknown[] | undefined

  constructor(host: Output['host'], code: PageCode, inline: boolean) {
    super(host, code)
    this.inline = inline
  }

  get dataPolicy(): DataPolicy {
    return this.host.dataPolicy
  }

  /** The context of a template that is imported for itself. */
  abstract contextOfImport(env: Environment, blocks: TemplateCode['blocks']): PageContext

  /** Notes that another template is run. */
  protected abstract runs(template: unknown): void

  /**
   * For code that nunjucks precompiled: nothing is known of what it reads, nor by which name it is
   * found.
   */
  makeMacro(...args: Parameters<typeof nunjucks.runtime.makeMacro>): ReturnType<typeof makePrecompiled> {
    this.code.handedOn = true
    this.#late ??= []
    return makePrecompiled(this.#late, ...args)
  }

  /**
   * The callback of a root function of such code. Its macros call it with their errors, also when
   * it is over.
   */
  noteLate(callback: RenderCallback): RenderCallback {
    this.#late ??= []
    const late = this.#late
    let over = false
    return (error, result) => {
      if (over && error) return void late.push(error)
      // Before it is called: it runs what goes on behind this code.
      over = true
      callback(error, result)
    }
  }

  /**
   * Every function of a template announces it: a fragment is only as good as the templates that its
   * body ran.
   */
  ran(own: OwnCode): void {
    if (own === this.#last) return
    this.#last = own
    const { templates } = this
    if (templates === NO_TEMPLATES) this.templates = own.alone
    else if (templates.get(own.name) !== own.digest) {
      if (this.#templates === undefined) this.templates = this.#templates = new Map(templates)
      this.#templates.set(own.name, own.digest)
    }
  }

  /** An error with the line that it came from, and the template. */
  fail(error: unknown, lineno: number, colno: number, own: OwnCode): unknown {
    if (error === CUT || error instanceof OnetripError) return error
    return markOrigin(error, lineno + own.first, colno + own.first, own.path)
  }

  /** A `{% fragment %}`: its template, and what that is rendered with, are the definition's. */
  defined(
    place: Place,
    name: string,
    given: Record<string, unknown>,
    perVisitorParams: readonly string[] | undefined,
  ): Hole {
    const params: Record<string, unknown> = {}
    let ofText = false
    for (const param of Object.keys(given)) {
      const value = given[param]
      ofText ||= value instanceof Text
      params[param] = asKeyPart(value)
    }
    const hole = this.host.declareDefined({
      place,
      name,
      params,
      perVisitor: this.takeKeyed() !== undefined || perVisitorParams !== undefined,
      perVisitorParams,
      readsNocache: ofText && this.readsNocache,
      enabled: !this.inline,
    })
    this.addHole(hole)
    return hole
  }

  include(
    name: unknown,
    parentName: string | null,
    ignoreMissing: boolean,
    context: PageContext,
    frame: Frame,
    callback: RenderCallback,
  ): void {
    if (name === UNKNOWN) return callback(null, '')
    this.runs(name)
    context.env.getTemplate(name, false, parentName, ignoreMissing, (error, template) => {
      if (error) return callback(error)
      this.renderInside(template as Template, context, frame, callback)
    })
  }

  /**
   * Renders a template with the variables and the frame of the place that includes it. Calls back
   * when its code has returned, so that an error of templates which include each other without end
   * finds room on the stack.
   */
  renderInside(template: Template, context: PageContext, frame: Frame, callback: RenderCallback): void {
    const { env, path } = template
    let outcome: Called<unknown> | undefined
    let returned = false
    const answer = ({ error, result }: Called<unknown>) =>
      error ? callback(prettify(error, path, env.opts.dev)) : callback(null, result)
    const once: RenderCallback = (error, output) => {
      // What failed goes on, and calls back once more.
      if (outcome) return
      outcome = new Called(error, output)
      if (returned) answer(outcome)
    }
    try {
      const { root, blocks } = codeOf(template, this)
      const inner = new RunFrame(frame, true)
      inner.topLevel = true
      root(env, context.enter(blocks), inner, this, once)
    } catch (error) {
      once(error)
    }
    returned = true
    if (outcome) answer(outcome)
  }

  importTemplate(
    name: unknown,
    parentName: string | null,
    withContext: boolean,
    context: PageContext,
    frame: Frame,
    callback: RenderCallback,
  ): void {
    if (name === UNKNOWN) return callback(null, UNKNOWN)
    this.runs(name)
    context.env.getTemplate(name, false, parentName, false, (error, template) => {
      if (error) return callback(error)
      const inner = withContext ? frame.push() : new RunFrame()
      this.exportsOf(template as Template, withContext ? context : null, inner, callback)
    })
  }

  /**
   * Runs a template for what it exports.
   * @param around whose variables it sees; null: none but its own
   */
  exportsOf(template: Template, around: PageContext | null, frame: Frame, callback: RenderCallback): void {
    const { env, path } = template
    let code: TemplateCode
    try {
      code = codeOf(template, this)
    } catch (error) {
      return callback(prettify(error, path, env.opts.dev))
    }
    const mayBeShared = around === null && code.own.isLibrary
    const known = mayBeShared ? this.#libraries?.get(code) : undefined
    if (known) return callback(null, known)
    const made = around ? around.enter(code.blocks) : this.contextOfImport(env, code.blocks)
    const ordinary = this.#ordinary
    frame.topLevel = true
    code.root(env, made, frame, this, (error) => {
      if (error) return callback(error, null)
      const exported = new Exports({ own: code.own, made })
      if (!mayBeShared || this.#ordinary !== ordinary) this.#ordinary++
      else this.#share(code, exported)
      callback(null, exported)
    })
  }

  #share(code: TemplateCode, exported: Exports): void {
    this.#libraries ??= new Map()
    this.#libraries.set(code, exported)
  }

  /** `{% from %}`: one name of what a template exports. */
  imported(exported: Exports | typeof UNKNOWN, name: string): unknown {
    if (exported === UNKNOWN) return UNKNOWN
    if (Object.hasOwn(exported, name)) return exported[name as never]
    throw new Error(`cannot import '${name}'`)
  }

  parent(name: unknown, parentName: string | null, context: PageContext, callback: RenderCallback): void {
    if (name === UNKNOWN) return callback(null, UNKNOWN)
    this.runs(name)
    context.env.getTemplate(name, false, parentName, false, (error, template) => {
      if (error) return callback(error)
      const { blocks } = this.#codeOf(template as Template)
      context.extend(blocks)
      callback(null, template)
    })
  }

  /** @throws the error as nunjucks shows it */
  #codeOf(template: Template): TemplateCode {
    try {
      return codeOf(template, this)
    } catch (error) {
      throw prettify(error, template.path, template.env.opts.dev)
    }
  }

  /** The root of the parent that {@link parent} found. */
  rootOf(template: Template | typeof UNKNOWN): CompiledFunction {
    return template === UNKNOWN ? NOTHING : codeOf(template as Template, this).root
  }

  /** In a child template a block at top level does not run. */
  readonly skippedBlock = NOTHING

  superBlock(
    context: Context,
    name: string,
    block: CompiledFunction,
    frame: Frame,
    callback: RenderCallback,
  ): void {
    const { cuts } = this
    context.getSuper(context.env, name, block, frame, this, (error, text) => {
      if (error) return callback(error)
      if (this.cuts !== cuts) return callback(null, UNKNOWN)
      callback(null, text instanceof Text ? text : new nunjucks.runtime.SafeString(text as string))
    })
  }
}

const NO_TEMPLATES: ReadonlyMap<string, string | null> = new Map()

const NOTHING: CompiledFunction = (_env, _context, _frame, _runtime, callback) => callback(null, '')
