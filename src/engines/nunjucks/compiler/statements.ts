import type { AstNode, Frame } from '../nunjucks.ts'
import { assignedNames } from '../syntax/names.ts'
import { isConstant } from './emitter.ts'
import { Expressions } from './expressions.ts'

const TOO_LATE =
  'An async filter in a {% call %} or filter block comes too late for it: set a variable before the block, such as ' +
  '{% set text = value | filter %}, and use that in it'

/** Names that nunjucks' transformer makes; a list of nodes may stand for an expression, too. */
function isLeftBehind({ typename, value }: AstNode): boolean {
  return typename === 'Symbol' && String(value).startsWith('hole_')
}

/** Output and the statements that choose: each is cut on its own, and the run goes on behind it. */
export class Statements extends Expressions {
  /**
   * nunjucks lifts an async filter of a {% call %} or a filter block twice, and leaves a name in
   * its place.
   */
  compileNodeList(node: AstNode, frame: Frame): void {
    for (const child of node.children) {
      if (!isLeftBehind(child)) {
        this.compile(child, frame)
        continue
      }
      this.emitLineOf(child)
      this._emitLine(`throw new Error(${JSON.stringify(TOO_LATE)});`)
    }
  }

  compileOutput(node: AstNode, frame: Frame): void {
    for (const child of node.children) {
      if (child.typename === 'TemplateData') {
        if (!child.value) continue
        this._emit(`${this.buffer} += `)
        this.compileLiteral(child)
        this._emitLine(';')
      } else {
        this.emitValue(node, child, frame)
      }
    }
  }

  protected emitValue(output: AstNode, node: AstNode, frame: Frame): void {
    const [before, after] = this.form.print(String(this.buffer), isConstant(node))
    this._emit(before)
    if (this.throwOnUndefined) this._emit('runtime.ensureDefined(')
    this.compile(node, frame)
    if (this.throwOnUndefined) this._emit(`,${output.lineno},${output.colno})`)
    this._emit(after)
  }

  compileSet(node: AstNode, frame: Frame): void {
    const names = node.targets.map((target) => target.value as string)
    const ids = names.map((name) => {
      const known = this.variable(frame, name)
      if (known) return known
      const id = this._tmpid()
      this._emitLine(`var ${id};`)
      return id
    })
    this.emitGuarded(ids.join(' = '), () => {
      if (node.value) this._compileExpression(node.value as AstNode, frame)
      else this.emitCapture(node.body, frame, 'runtime.setText')
    })
    names.forEach((name, n) => {
      this._emitLine(`frame.set("${name}", ${ids[n]}, true);`)
      this._emitLine(`if(frame.topLevel) { context.setVariable("${name}", ${ids[n]});`)
      if (!name.startsWith('_')) this._emitLine(`context.addExport("${name}", ${ids[n]});`)
      this._emitLine('}')
    })
  }

  /** A filter block: its filter needs the text now. */
  compileCapture(node: AstNode, frame: Frame): void {
    this.emitCapture(node, frame, 'runtime.textNow')
  }

  private emitCapture(node: AstNode, frame: Frame, finish: string): void {
    const { buffer } = this
    this.buffer = 'output'
    this._emitLine(`(function() { ${this.form.declare('output')} var cuts = runtime.cuts; ${this.scratch}`)
    this.atOnce(() => this.compile(node.body, frame))
    this._emit(`return ${finish}(${this.form.list('output')}, output, cuts); })()`)
    this.buffer = buffer
  }

  compileIf(node: AstNode, frame: Frame, async = false): void {
    const condition = this.guardedExpression(node.cond, frame)
    const compile = (body: AstNode | null) => {
      if (body) this.compile(body, frame)
      if (async) this._emit('cb()')
    }
    const branch = (body: AstNode | null) =>
      async ? this._withScopedSyntax(() => compile(body)) : this.atOnce(() => compile(body))
    this._emit(this.unknownOr(condition, node, frame, async ? 'cb()' : ''))
    this._emitLine(`if(${condition}) {`)
    branch(node.body)
    if (node.else_ || async) {
      this._emitLine('} else {')
      branch(node.else_)
    }
    this._emitLine('}')
  }

  compileIfAsync(node: AstNode, frame: Frame): void {
    this._emit('(function(cb) {')
    this.compileIf(node, frame, true)
    this._emit(`})(${this._makeCallback()}`)
    this._addScopeLevel()
  }

  compileSwitch(node: AstNode, frame: Frame): void {
    const value = this.guardedExpression(node.expr, frame)
    this._emit(this.unknownOr(value, node, frame))
    this._emitLine(`switch (${value}) {`)
    for (const { cond, body } of node.cases) {
      this._emit('case ')
      this.compile(cond, frame)
      this._emit(': ')
      this.atOnce(() => this.compile(body, frame))
      // An empty case falls through, as in nunjucks.
      if (body.children.length) this._emitLine('break;')
    }
    const otherwise = node.default
    if (otherwise) {
      this._emit('default:')
      this.atOnce(() => this.compile(otherwise, frame))
    }
    this._emit('}')
  }

  /** Begins a statement that is skipped where a value is not known. */
  protected unknownOr(value: string, node: AstNode, frame: Frame, end = ''): string {
    return this.form.unknown(value, this.aside(() => this.emitUnknown(node, frame)) + end)
  }

  /** Makes unknown, from here on, each name that the skipped statement would have set. */
  protected emitUnknown(node: AstNode, frame: Frame): void {
    for (const name of assignedNames(node)) {
      const id = this.variable(frame, name)
      if (id) this._emitLine(`${id} = own.UNKNOWN;`)
      this._emitLine(`runtime.unknown(context, frame, "${name}");`)
    }
  }
}
