import { type AstNode, type Frame, nunjucks } from '../nunjucks.ts'
import { Templates } from './templates.ts'

/** Macros and `{% call %}`: functions that are made in one scope and called in another. */
export class Macros extends Templates {
  compileMacro(node: AstNode, frame: Frame): void {
    const name = node.name.value as string
    const id = this.emitMacro(node)
    if (!frame.parent && !name.startsWith('_')) this._emitLine(`context.addExport("${name}");`)
    this.define(frame, name, id)
  }

  compileCaller(node: AstNode, frame: Frame): void {
    this._emit('(function (){')
    this._emit(this.form.codeName('caller'))
    const id = this.emitMacro(node, frame)
    this._emit(`return ${id};})()`)
  }

  /** @param outer the scope that a caller keeps; a macro has none but its arguments */
  private emitMacro(node: AstNode, outer?: Frame): string {
    const last = node.args.children.at(-1)
    const keywords = last && isDict(last) ? last.children : []
    const args = node.args.children.filter((arg) => arg !== last || !isDict(arg))
    for (const arg of args) this.assertType(arg, nunjucks.nodes.Symbol)
    const names = args.map((arg) => arg.value as string)
    const keywordNames = keywords.map((pair) => pair.key.value as string)
    const id = `macro_${this._tmpid()}`
    const scope = outer ? outer.push(true) : new nunjucks.runtime.Frame()

    this._emitLine(
      `var ${id} = own.macro(${JSON.stringify(names)}, ${JSON.stringify(keywordNames)}, context,`,
    )
    this._emitLine('function (context, runtime, args, kwargs) {')
    this._emitLine('runtime.ran(own);')
    this._emitLine(`var callerFrame = frame, cuts = runtime.cuts, again = runtime.again; ${this.scratch}`)
    this._emitLine(`frame = ${outer ? 'frame.push(true)' : 'new own.Frame()'};`)
    this._emitLine('try {')
    this._emitLine('if (own.has(kwargs, "caller")) frame.variables.caller = kwargs.caller;')
    names.forEach((name, n) => {
      this._emitLine(`var l_${name} = args[${n}];`)
      this.emitBinding(name, `l_${name}`)
      scope.set(name, `l_${name}`)
    })
    keywords.forEach((pair, n) => {
      const name = keywordNames[n] as string
      const value = this.aside(() => this._compileExpression(pair.value as AstNode, scope))
      this.emitBinding(name, `own.has(kwargs, "${name}") ? kwargs["${name}"] : ${value}`)
    })
    const buffer = this._pushBuffer()
    const begin = 'var begun = runtime.atOnce(), cb = begun.callback;'
    this.atOnce(() => this.textAtOnce(node, begin, () => this.compile(node.body, scope)))
    this._emitLine(`return runtime.macroText(${this.form.list(buffer)}, ${buffer}, cuts);`)
    this._emitLine(
      '} catch (e) { throw runtime.fail(e, lineno, colno, own); } finally { frame = callerFrame; }',
    )
    this._emitLine(`}, own, "${node.lineno + 1}:${node.colno}", ${outer !== undefined});`)
    this.buffer = this.bufferStack.pop() ?? null
    return id
  }
}

function isDict(node: AstNode): boolean {
  return node.typename === 'Dict' || node.typename === 'KeywordArgs'
}
