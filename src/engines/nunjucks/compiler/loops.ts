import type { AstNode, Frame } from '../nunjucks.ts'
import { readsAnyName, walk } from '../syntax/names.ts'
import { isLoopMember } from './expressions.ts'
import { Statements } from './statements.ts'

/** Objects that the body of a loop needs besides JavaScript variables. */
interface LoopNeeds {
  /**
   * A frame at run time: something inside assigns names, or is compiled as a function of its own.
   */
  frame: boolean
  /** The object `loop`, because it is read as a whole or by code that is compiled elsewhere. */
  object: boolean
}

/**
 * Loops. nunjucks sets the loop's variable and seven `loop.*` in a frame for each item; here they
 * are JavaScript variables, and a frame holds them only where something reads it.
 */
export class Loops extends Statements {
  compileFor(node: AstNode, frame: Frame): void {
    const needs = this.needs(node)
    const scope = frame.push()
    if (needs.frame) this._emitLine('frame = frame.push();')
    const array = this.guardedExpression(node.arr, scope)
    const i = this._tmpid()
    const length = this._tmpid()
    this._emitLine(`var ${i}, ${length};`)
    this._emit(this.unknownOr(array, node, frame))
    this._emitLine(`{ if(${array}) {`)
    this._emitLine(`${array} = runtime.fromIterator(${array});`)
    this.loops.set(scope, { i, length })
    if (node.name.typename === 'Array') this.emitPairs(node, scope, needs, array, i, length)
    else this.emitItems(node, scope, needs, [node.name], array, i, length, (item) => item)
    this._emitLine('}')
    if (node.else_) {
      // As nunjucks has it: the length that counts is that of the last loop that ran here.
      this._emitLine(`if (!${length}) {`)
      this.atOnce(() => this.compileElse(node.else_, scope))
      this._emitLine('}')
    }
    this._emitLine('}')
    if (needs.frame) this._emitLine('frame = frame.pop();')
  }

  private emitItems(
    node: AstNode,
    scope: Frame,
    needs: LoopNeeds,
    names: AstNode[],
    array: string,
    i: string,
    length: string,
    itemAt: (item: string, n: number) => string,
  ): void {
    this._emitLine(`${length} = ${array}.length;`)
    this._emitLine(`for(${i}=0; ${i} < ${array}.length; ${i}++) {`)
    names.forEach((name, n) => {
      const id = this._tmpid()
      this._emitLine(`var ${id} = ${itemAt(`${array}[${i}]`, n)};`)
      // nunjucks does not put the parts of an unpacked item into the frame (an include does not see
      // them).
      if (node.name === name) this.bind(scope, needs, name.value as string, id)
      else scope.set(name.value as string, id)
    })
    this.emitBody(node, scope, needs, i, length)
    this._emitLine('}')
  }

  /** `for a, b in x`: the items of an array of arrays, or the keys and values of an object. */
  private emitPairs(
    node: AstNode,
    scope: Frame,
    needs: LoopNeeds,
    array: string,
    i: string,
    length: string,
  ): void {
    const names = node.name.children
    this._emitLine(`if(runtime.isArray(${array})) {`)
    this.emitItems(node, scope, needs, names, array, i, length, (item, n) => `${item}[${n}]`)
    this._emitLine('} else {')
    const [key, value] = [this._tmpid(), this._tmpid()]
    this._emitLine(`${i} = -1; ${length} = runtime.keys(${array}).length;`)
    this._emitLine(`for(var ${key} in ${array}) {`)
    this._emitLine(`${i}++; var ${value} = runtime.itemOf(${array}, ${key});`)
    this.bind(scope, needs, names[0]?.value as string, key)
    this.bind(scope, needs, names[1]?.value as string, value)
    this.emitBody(node, scope, needs, i, length)
    this._emitLine('}')
    this._emitLine('}')
  }

  private bind(scope: Frame, needs: LoopNeeds, name: string, id: string): void {
    scope.set(name, id)
    if (needs.frame) this.emitBinding(name, id)
  }

  private emitBody(node: AstNode, scope: Frame, needs: LoopNeeds, i: string, length: string): void {
    if (needs.object) this._emitLine(`runtime.setLoop(frame, ${i}, ${length});`)
    this.atOnce(() => this.compile(node.body, scope))
  }

  compileAsyncEach(node: AstNode, frame: Frame): void {
    this.emitAsyncLoop(node, frame, false)
  }

  compileAsyncAll(node: AstNode, frame: Frame): void {
    this.emitAsyncLoop(node, frame, true)
  }

  private emitAsyncLoop(node: AstNode, frame: Frame, parallel: boolean): void {
    const i = this._tmpid()
    const length = this._tmpid()
    const scope = frame.push()
    const names = node.name.typename === 'Array' ? node.name.children : [node.name]
    this._emitLine('frame = frame.push();')
    const array = this.guardedExpression(node.arr, scope)
    this._emit(this.unknownOr(array, node, frame, `${array} = [];`))
    this._emitLine(`${array} = runtime.fromIterator(${array});`)
    // Not the names themselves: one may be that of a variable of ours.
    const params = names.map(() => this._tmpid())
    this._emitLine(
      `runtime.${parallel ? 'asyncAll' : 'asyncEach'}(${array}, ${names.length}, function(${params.join(',')},${i},${length},next) {`,
    )
    names.forEach((name, n) => {
      scope.set(name.value as string, params[n])
      this.emitBinding(name.value as string, params[n] as string)
    })
    // Read from the frame, as in nunjucks, whose iterations share one where they overlap.
    this.loops.set(scope, null)
    this._emitLine(`runtime.setLoop(frame, ${i}, ${length});`)
    this._withScopedSyntax(() => {
      const buffer = parallel ? this._pushBuffer() : null
      this.compile(node.body, scope)
      this._emitLine(`next(${i}${buffer ? `,${this.bufferText()}` : ''});`)
      if (buffer) this.buffer = this.bufferStack.pop() ?? null
    })
    const output = this._tmpid()
    this._emitLine(`}, ${this._makeCallback(output)}`)
    this._addScopeLevel()
    if (parallel) this.emitAppend(output)
    if (node.else_) {
      this._emitLine(`if (!${array}.length) {`)
      this._withScopedSyntax(() => this.compileElse(node.else_, scope))
      this._emitLine('}')
    }
    this._emitLine('frame = frame.pop();')
  }

  /** Where a loop had nothing to do there is no `loop` but that of a loop around it. */
  private compileElse(body: AstNode | null, scope: Frame): void {
    this.loops.delete(scope)
    if (body) this.compile(body, scope)
  }

  private needs({ body, else_ }: AstNode): LoopNeeds {
    const anyName = readsAnyName(body)
    const needs = { frame: anyName, object: anyName }
    walk(body, (node) => {
      if (isLoopMember(node) && !this.assignsLoop) return false
      if (node.typename === 'Symbol' && node.value === 'loop') needs.object = needs.frame = true
      if (NEEDS_FRAME.has(node.typename)) needs.frame = true
      return true
    })
    // What the other branch assigns ends with the loop, too.
    if (else_) {
      walk(else_, (node) => {
        if (NEEDS_FRAME.has(node.typename)) needs.frame = true
        return true
      })
    }
    return needs
  }
}

const NEEDS_FRAME = new Set([
  'Set',
  'Macro',
  'Caller',
  'Import',
  'FromImport',
  'Extends',
  'AsyncEach',
  'AsyncAll',
  'IfAsync',
  'FilterAsync',
])
