import type { CompiledFunction, Context, Environment, Frame, RenderCallback } from '../nunjucks.ts'
import { askBlock } from './borrowed.ts'
import { UNKNOWN } from './cut.ts'
import type { TemplateRun } from './run.ts'

type Blocks = Record<string, CompiledFunction[]>

/**
 * What filters, functions and extensions get as `this`: the members are those of nunjucks' own
 * context, which it does not export. Beyond that it belongs to a run, and its variables are copied
 * on write: an include and a fragment's body each begin with those around them, and change only
 * their own.
 */
export class PageContext implements Context {
  readonly env: Environment
  readonly run: TemplateRun
  /** The context that this one, a body's, stands for; else itself. */
  readonly origin: PageContext
  /** It sees nothing of a page's data: it is that of an import without context, or inside one. */
  readonly pure: boolean
  /** How often its variables were looked at. */
  lookups = 0
  #ctx: Record<string, unknown>
  blocks: Blocks
  exported: string[]
  #shared: boolean
  /** The variables as they were before they changed, by how many tags had been met. */
  #past: { mark: number; ctx: Record<string, unknown> }[] | undefined
  #mark: number

  private constructor(
    env: Environment,
    run: TemplateRun,
    ctx: Record<string, unknown>,
    shared: boolean,
    pure: boolean,
    of?: PageContext,
  ) {
    this.env = env
    this.run = run
    this.#ctx = ctx
    this.#shared = shared
    this.pure = pure
    this.#mark = run.tagsMet
    this.origin = of?.origin ?? this
    this.blocks = of?.blocks ?? {}
    this.exported = of ? [...of.exported] : []
  }

  /** The context of a template that is rendered with `data`. */
  static of(
    env: Environment,
    run: TemplateRun,
    data: object,
    blocks: Record<string, CompiledFunction>,
  ): PageContext {
    return new PageContext(env, run, data as Record<string, unknown>, true, false).#withBlocks(blocks)
  }

  /** The context of a template that is imported for itself. */
  static ofImport(env: Environment, run: TemplateRun, blocks: Record<string, CompiledFunction>): PageContext {
    return new PageContext(env, run, {}, false, true).#withBlocks(blocks)
  }

  /** The context of a template that runs inside this one's. */
  enter(blocks: Record<string, CompiledFunction>): PageContext {
    return new PageContext(this.env, this.run, this.share(), true, this.pure).#withBlocks(blocks)
  }

  /** The same context in another run, with variables as they were when `share()` gave them. */
  fork(run: TemplateRun, ctx: Record<string, unknown>): PageContext {
    return new PageContext(this.env, run, ctx, true, this.pure, this)
  }

  /** The variables as they are now; they are copied before they change. */
  share(): Record<string, unknown> {
    this.#shared = true
    return this.#ctx
  }

  /**
   * The variables as they were when `mark` tags had been met: a body calls macros of contexts that
   * have gone on.
   */
  asOf(mark: number): Record<string, unknown> {
    return this.#past?.find((past) => past.mark >= mark)?.ctx ?? this.share()
  }

  #withBlocks(blocks: Record<string, CompiledFunction>): this {
    for (const name of Object.keys(blocks)) this.addBlock(name, blocks[name] as CompiledFunction)
    return this
  }

  /** The variables, for code that looks at them itself. */
  get ctx(): Record<string, unknown> {
    this.lookups++
    return this.#ctx
  }

  /** Whether a variable is not known yet. */
  get hasUnknown(): boolean {
    return Object.values(this.#ctx).includes(UNKNOWN)
  }

  lookup(name: string): unknown {
    this.lookups++
    return name in this.env.globals && !(name in this.#ctx) ? this.env.globals[name] : this.#ctx[name]
  }

  setVariable(name: string, value: unknown): void {
    const mark = this.run.tagsMet
    if (mark !== this.#mark) {
      this.#past ??= []
      this.#past.push({ mark, ctx: this.#ctx })
    }
    if (this.#shared || mark !== this.#mark) {
      this.#ctx = { ...this.#ctx }
      this.#shared = false
      this.#mark = mark
    }
    this.#ctx[name] = value
  }

  getVariables(): Record<string, unknown> {
    return this.ctx
  }

  addBlock(name: string, block: CompiledFunction): this {
    this.blocks[name] ??= []
    this.blocks[name].push(block)
    return this
  }

  getBlock(name: string): CompiledFunction {
    const block = this.blocks[name]?.[0]
    if (!block) throw new Error(`unknown block "${name}"`)
    if (this.origin !== this) this.run.runsBlock(this, askBlock(name))
    return block
  }

  getSuper(
    env: Environment,
    name: string,
    block: CompiledFunction,
    frame: Frame,
    runtime: unknown,
    callback: RenderCallback,
  ): void {
    const blocks = this.blocks[name] ?? []
    const at = blocks.indexOf(block)
    const next = at === -1 ? undefined : blocks[at + 1]
    if (!next) throw new Error(`no super block available for "${name}"`)
    if (this.origin !== this) this.run.runsBlock(this, askBlock(name, block))
    next(env, this, frame, runtime, callback)
  }

  addExport(name: string): void {
    this.exported.push(name)
  }

  getExported(): Record<string, unknown> {
    return Object.fromEntries(this.exported.map((name) => [name, this.#ctx[name]]))
  }
}
