import type { AstNode, Frame } from '../nunjucks.ts'
import { Loops } from './loops.ts'

/**
 * Tags that run another template. The running page goes along: it is the `runtime` of all of them.
 */
export class Templates extends Loops {
  compileInclude(node: AstNode, frame: Frame): void {
    this.emitLineOf(node)
    const name = this.guardedExpression(node.template, frame)
    const output = this._tmpid()
    this._emitLine(
      `runtime.include(${name}, ${this._templateName()}, ${Boolean(node.ignoreMissing)}, context, frame, ${this._makeCallback(output)}`,
    )
    this.emitAppend(output)
    this._addScopeLevel()
  }

  compileImport(node: AstNode, frame: Frame): void {
    const exported = this.emitImport(node, frame)
    this.define(frame, node.target.value as string, exported)
  }

  compileFromImport(node: AstNode, frame: Frame): void {
    const exported = this.emitImport(node, frame)
    for (const imported of node.names.children) {
      const pair = imported.typename === 'Pair'
      const name = (pair ? imported.key : imported).value as string
      const alias = (pair ? (imported.value as AstNode) : imported).value as string
      const id = this._tmpid()
      this._emitLine(`var ${id} = runtime.imported(${exported}, "${name}");`)
      this.define(frame, alias, id)
    }
  }

  private emitImport(node: AstNode, frame: Frame): string {
    this.emitLineOf(node)
    const name = this.guardedExpression(node.template, frame)
    const exported = this._tmpid()
    this._emitLine(
      `runtime.importTemplate(${name}, ${this._templateName()}, ${Boolean(node.withContext)}, context, frame, ${this._makeCallback(exported)}`,
    )
    this._addScopeLevel()
    return exported
  }

  /**
   * Makes a macro or an import known: to the rest of this function, and to all that looks names up.
   */
  protected define(frame: Frame, name: string, id: string): void {
    frame.set(name, id)
    this._emit(this.form.codeName(name))
    if (frame.parent) this.emitBinding(name, id)
    else this._emitLine(`context.setVariable("${name}", ${id});`)
  }

  compileExtends(node: AstNode, frame: Frame): void {
    this.emitLineOf(node)
    const name = this.guardedExpression(node.template, frame)
    const parent = this._tmpid()
    this._emitLine(`runtime.parent(${name}, ${this._templateName()}, context, ${this._makeCallback(parent)}`)
    // `extends` may stand inside an `if`: what it found is kept for the end of the root function.
    this._emitLine(`parentTemplate = ${parent};`)
    this._addScopeLevel()
  }

  compileBlock(node: AstNode): void {
    const output = this._tmpid()
    const block = `context.getBlock("${node.name.value}")`
    // In a child template a block at top level runs where the parent has it, not here as well.
    this._emit(this.inBlock ? block : `(parentTemplate ? runtime.skippedBlock : ${block})`)
    this._emitLine(`(env, context, frame, runtime, ${this._makeCallback(output)}`)
    this.emitAppend(output)
    this._addScopeLevel()
  }

  compileSuper(node: AstNode, frame: Frame): void {
    this.emitLineOf(node)
    const name = node.blockName.value
    const id = node.symbol.value as string
    this._emitLine(`runtime.superBlock(context, "${name}", b_${name}, frame, ${this._makeCallback(id)}`)
    this._addScopeLevel()
    frame.set(id, id)
  }

  compileFilterAsync(node: AstNode, frame: Frame): void {
    this.emitLineOf(node)
    const symbol = node.symbol.value as string
    const args = this._tmpid()
    this._emit(`var ${args}; `)
    this.emitGuarded(args, () => this._compileAggregate(node.args, frame, '[', ']'))
    this._emitLine(
      `runtime.filterAsync("${node.name.value}", context, ${args}, ${this._makeCallback(symbol)}`,
    )
    this._addScopeLevel()
    frame.set(symbol, symbol)
  }
}
