import type { CompiledFunction, Context, Environment, Frame, RenderCallback } from '../nunjucks.ts'
import { type BlockChains, chainsOf, type OwnBlocks, withBlock, withParent } from './block-chains.ts'
import { askBlock, type BorrowedCode } from './borrowed.ts'
import { UNKNOWN } from './cut.ts'

/** The run that a context belongs to. */
export interface ContextRun {
  /** How many tags were met. */
  readonly tagsMet: number
  /** How many bodies are around what runs now. */
  readonly depth: number
  readonly around: { contextFor(made: PageContext): PageContext }
  /** Notes code of the page that a body takes. */
  borrow(): BorrowedCode
  /** Notes a block of a context that this run may not have made itself. */
  runsBlock(context: PageContext, question: string): void
  /** Notes the marked values inside what a filter or a function is given. */
  noteShown(title: string, name: string, args: readonly unknown[], result: unknown): void
}

/**
 * The context that filters, functions and extensions get as `this`. It has the members of the
 * context of nunjucks, which does not export it. Beyond that it belongs to a run, and its variables
 * are copied on write: an include and a fragment's body each begin with those around them, and
 * change only their own.
 */
export class PageContext implements Context {
  readonly env: Environment
  readonly run: ContextRun
  /** The context that this one, a body's, stands for; else itself. */
  readonly origin: PageContext
  /** It sees nothing of a page's data: it is that of an import without context, or inside one. */
  readonly pure: boolean
  /** How often its variables were looked at. */
  lookups = 0
  #ctx: Record<string, unknown>
  exported: string[]
  #blocks: BlockChains
  #shared: boolean
  /** The variables as they were before they changed, by how many tags had been met. */
  #past: { mark: number; ctx: Record<string, unknown> }[] | undefined
  #mark: number

  private constructor(
    env: Environment,
    run: ContextRun,
    ctx: Record<string, unknown>,
    shared: boolean,
    pure: boolean,
    blocks: OwnBlocks,
    of?: PageContext,
  ) {
    this.env = env
    this.run = run
    this.#ctx = ctx
    this.#shared = shared
    this.pure = pure
    this.#mark = run.tagsMet
    this.origin = of?.origin ?? this
    this.#blocks = chainsOf(blocks)
    this.exported = of ? [...of.exported] : []
  }

  /** The context of a template that is rendered with `data`. */
  static of(env: Environment, run: ContextRun, data: object, blocks: OwnBlocks): PageContext {
    return new PageContext(env, run, data as Record<string, unknown>, true, false, blocks)
  }

  /** The context of a template that is imported for itself. */
  static ofImport(env: Environment, run: ContextRun, blocks: OwnBlocks): PageContext {
    return new PageContext(env, run, {}, false, true, blocks)
  }

  /** The context of a template that runs inside this one's. */
  enter(blocks: OwnBlocks): PageContext {
    return new PageContext(this.env, this.run, this.share(), true, this.pure, blocks)
  }

  /** The same context in another run, with variables as they were when `share()` gave them. */
  fork(run: ContextRun, ctx: Record<string, unknown>): PageContext {
    return new PageContext(this.env, run, ctx, true, this.pure, NO_BLOCKS, this)
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

  /** The variables, for code that looks at them itself. */
  get ctx(): Record<string, unknown> {
    this.lookups++
    return this.#ctx
  }

  /** Returns true if a variable is not known yet. */
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
      // Not by spreading: V8 makes a new shape each time that a property is added to such a copy,
      // and reads all of them without inline caches.
      this.#ctx = Object.assign({}, this.#ctx)
      this.#shared = false
      this.#mark = mark
    }
    this.#ctx[name] = value
  }

  getVariables(): Record<string, unknown> {
    return this.ctx
  }

  /** The blocks of the page's template and of those that it extends. */
  get blocks(): BlockChains {
    return this.origin.#blocks
  }

  set blocks(chains: BlockChains) {
    this.origin.#blocks = chains
  }

  /** Adds the blocks of a template that is extended. */
  extend(parent: OwnBlocks): void {
    this.blocks = withParent(this.blocks, parent)
  }

  addBlock(name: string, block: CompiledFunction): this {
    this.blocks = withBlock(this.blocks, name, block)
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
    return this.exportTo({})
  }

  /** Gives an object the variables that are exported. */
  exportTo<T extends object>(exported: T): T {
    for (const name of this.exported) exported[name as keyof T] = this.#ctx[name] as T[keyof T]
    return exported
  }
}

const NO_BLOCKS: OwnBlocks = {}
