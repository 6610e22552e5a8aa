import { type AstNode, type Frame, nunjucks } from '../nunjucks.ts'
import { type OutputForm, PAGE_FORM } from './output-form.ts'

/**
 * The form of compiled functions, on top of nunjucks' compiler: how output is gathered, how a
 * statement is cut, how callbacks pass errors on.
 *
 * Output is gathered in two variables. `output` is a string, as in nunjucks; `output_l` is null
 * until the first hole is met, and from then on the list of all before `output`. So text is added
 * as cheaply as ever, and a hole is a value in a list, never a marker in text.
 */
export class Emitter extends nunjucks.compiler.Compiler {
  form: OutputForm = PAGE_FORM
  /** Declared by each function for itself: what a function inside reads, V8 keeps on the heap. */
  protected readonly scratch = 'var v, m, f;'
  /**
   * How many statements are around that need their text at once, and cannot wait for anything
   * inside them.
   */
  protected cannotWait = 0
  /** The function that is being compiled has a statement that calls back. */
  private callsBack = false

  _pushBuffer(): string {
    const id = this._tmpid()
    this.bufferStack.push(this.buffer)
    this.buffer = id
    this._emit(this.form.declare(id))
    return id
  }

  _emitFuncBegin(node: AstNode, name: string): void {
    this.buffer = 'output'
    this._scopeClosers = ''
    this._emitLine(`function ${name}(env, context, frame, runtime, cb, vars) {`)
    this._emitLine(`var lineno = ${node.lineno}, colno = ${node.colno}; ${this.form.declare('output')}`)
    this._emitLine(`${this.scratch} var auto = env.opts.autoescape, again = runtime.again;`)
    this._emitLine('runtime.ran(own);')
    this._emitLine('try {')
  }

  _emitFuncEnd(noReturn = false): void {
    if (!noReturn) this._emitLine(`cb(null, ${this.bufferText()});`)
    this._closeScopeLevels()
    this._emitLine('} catch (e) { cb(runtime.fail(e, lineno, colno, own)); }')
    this._emitLine('}')
    this.buffer = null
  }

  /**
   * A callback's rest is guarded: what it throws after an async filter must fail the render, not
   * the process.
   */
  _makeCallback(result?: string): string {
    this.callsBack = true
    const error = this._tmpid()
    return `function(${error}${result ? `,${result}` : ''}) {\nif(${error}) { cb(runtime.fail(${error}, lineno, colno, own)); return; }\n${this.scratch} try {`
  }

  _addScopeLevel(): void {
    this._scopeClosers += '} catch (e) { cb(runtime.fail(e, lineno, colno, own)); }})'
  }

  protected atOnce(compile: () => void): void {
    this.cannotWait++
    this._withScopedSyntax(compile)
    this.cannotWait--
  }

  /**
   * Compiles the statements of a function that returns their text at once, so that it throws what
   * one of them calls back with.
   * @param begin code that declares `begun`, and `cb` as its callback
   */
  protected textAtOnce(node: AstNode, begin: string, compile: () => void): void {
    const { callsBack } = this
    this.callsBack = false
    const declared = this.codebuf.push('') - 1
    this._withScopedSyntax(() => {
      compile()
      if (this.callsBack) this._emitLine('if (begun) begun.complete = true;')
    })
    if (this.callsBack) {
      this.codebuf[declared] = `${begin}\n`
      this._emitLine(`if (begun) runtime.ended(begun, own, ${node.lineno + 1}, cuts);`)
    }
    this.callsBack = callsBack
  }

  /** Sets a variable of the innermost scope. */
  protected emitBinding(name: string, value: string): void {
    this._emitLine(`frame.variables${propertyAccess(name)} = ${value};`)
  }

  /** Where an error of what follows is said to be. */
  protected emitLineOf({ lineno, colno }: AstNode): void {
    this._emitLine(`lineno = ${lineno}, colno = ${colno};`)
  }

  /** The buffer's content as an expression: a string, or text with holes. */
  protected bufferText(buffer: string | null = this.buffer): string {
    return this.form.text(String(buffer))
  }

  /** Adds what another template, block or loop put out: it is not escaped again. */
  protected emitAppend(text: string): void {
    this._emit(this.form.append(String(this.buffer), text))
  }

  /**
   * `target = value`, or UNKNOWN where evaluating the value reads something that is not there yet:
   * the statement is cut, the run goes on.
   */
  protected emitGuarded(target: string, emitValue: () => void): void {
    const [before, after] = this.form.assign(target)
    this._emit(before)
    emitValue()
    this._emit(after)
  }

  /** As {@link emitGuarded}, into a variable of its own. */
  protected guardedExpression(node: AstNode, frame: Frame): string {
    const id = this._tmpid()
    this._emit(`var ${id}; `)
    this.emitGuarded(id, () => this._compileExpression(node, frame))
    return id
  }

  /**
   * Compiles into a text of its own; what was being compiled goes on afterwards as if nothing had
   * been.
   */
  protected aside(compile: () => void): string {
    const { codebuf, buffer, bufferStack, _scopeClosers } = this
    this.codebuf = []
    this.bufferStack = []
    this._scopeClosers = ''
    compile()
    const code = this.codebuf.join('')
    Object.assign(this, { codebuf, buffer, bufferStack, _scopeClosers })
    return code
  }
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/

export function propertyAccess(name: string): string {
  return IDENTIFIER.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`
}

/** A value that cannot need a page: it has no names, calls or filters in it. */
export function isConstant(node: AstNode): boolean {
  return node.typename === 'Literal' || node.typename === 'TemplateData'
}
