import type { Hole } from '../../template-engine.ts'
import type { BodyNames } from '../compiler/tags.ts'
import type { CompiledFunction, Frame } from '../nunjucks.ts'
import type { TagScope } from './bindings.ts'
import type { PageContext } from './context.ts'
import type { TemplateRun } from './run.ts'
import type { TagDeclaration } from './tag-arguments.ts'

/**
 * A tag that a run has met: its body, and all that this sees, as it was then. A class: see
 * {@link Values#addHole}.
 */
export class MetTag implements TagScope {
  readonly run: TemplateRun
  readonly body: CompiledFunction
  readonly variables: readonly unknown[]
  readonly context: PageContext
  readonly ctx: Record<string, unknown>
  readonly frame: Frame
  readonly names: BodyNames
  readonly declaration: TagDeclaration
  readonly mark: number
  /** Hole that the page has given for it. */
  hole: Hole | undefined

  constructor(
    run: TemplateRun,
    body: CompiledFunction,
    variables: readonly unknown[],
    context: PageContext,
    ctx: Record<string, unknown>,
    frame: Frame,
    names: BodyNames,
    declaration: TagDeclaration,
    mark: number,
  ) {
    this.run = run
    this.body = body
    this.variables = variables
    this.context = context
    this.ctx = ctx
    this.frame = frame
    this.names = names
    this.declaration = declaration
    this.mark = mark
  }
}
