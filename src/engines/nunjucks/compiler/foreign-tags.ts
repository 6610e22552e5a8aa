import type { AstNode, Frame } from '../nunjucks.ts'
import { Macros } from './macros.ts'

/** The tags of other extensions. */
export class ForeignTags extends Macros {
  /**
   * The tag of another extension. It gets the text of its contents, so a fragment in there is
   * captured.
   */
  protected emitForeign(node: AstNode, frame: Frame, async: boolean): void {
    const autoescape = typeof node.autoescape === 'boolean' ? node.autoescape : true
    const escaped = `${autoescape} && env.opts.autoescape`
    const args = this._tmpid()
    this._emit(`var ${args}; `)
    this.emitGuarded(args, () => {
      this._emit('[context')
      for (const arg of node.args?.children ?? []) {
        this._emit(', ')
        this._compileExpression(arg, frame)
      }
      for (const content of node.contentArgs) {
        this._emit(', ')
        if (content) this.emitContent(content, frame, async)
        else this._emit('null')
      }
      this._emit(']')
    })
    const method = `"${node.extName}", "${node.prop}", ${args}`
    if (async) {
      const output = this._tmpid()
      this._emitLine(`runtime.extensionAsync(${method}, ${this._makeCallback(output)}`)
      this._emitLine(`${this.buffer} += runtime.show(${output}, ${escaped});`)
      this._addScopeLevel()
    } else {
      this._emitLine(
        `try { ${this.buffer} += runtime.extension(${method}, ${escaped}); } catch (e) { runtime.cut(e); }`,
      )
    }
  }

  private emitContent(content: AstNode, frame: Frame, mayWait: boolean): void {
    this._emitLine('function(cb) {')
    this._emitLine(`var cuts = runtime.cuts; ${this.scratch}`)
    const buffer = this._pushBuffer()
    const text = `runtime.textNow(${this.form.list(buffer)}, ${buffer}, cuts)`
    const begin = 'var begun = cb ? null : runtime.atOnce(); if (begun) cb = begun.callback;'
    const compile = () =>
      this.textAtOnce(content, begin, () => {
        this.compile(content, frame)
        this._emitLine(`if (cb) cb(null, ${text});`)
      })
    if (mayWait) compile()
    else this.atOnce(compile)
    this.buffer = this.bufferStack.pop() ?? null
    this._emitLine(`return ${text};`)
    this._emitLine('}')
  }
}
