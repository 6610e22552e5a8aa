import type { AstNode, Frame } from '../nunjucks.ts'
import { FAST_FILTERS } from '../runtime/fast-filters.ts'
import { expressionText } from '../syntax/expression-text.ts'
import { Emitter, propertyAccess } from './emitter.ts'

/** JavaScript of `loop.index` and the like, by the loop's counter and length. */
const LOOP_VALUES: Record<string, (i: string, length: string) => string> = {
  index: (i) => `(${i} + 1)`,
  index0: (i) => i,
  revindex: (i, length) => `(${length} - ${i})`,
  revindex0: (i, length) => `(${length} - ${i} - 1)`,
  first: (i) => `(${i} === 0)`,
  last: (i, length) => `(${i} === ${length} - 1)`,
  length: (_i, length) => length,
}

/** The JavaScript variables of a loop's counter and length. */
export interface LoopVariables {
  i: string
  length: string
}

/** Expressions: every read of a name or a member finds a lazy value. */
export class Expressions extends Emitter {
  /**
   * The counter and the length of the loops whose `loop.*` are read from them; by the loop's
   * compile-time frame.
   */
  protected readonly loops = new WeakMap<Frame, LoopVariables | null>()
  /** Members are read inline where nunjucks' own `memberLookup` is in force. */
  inlineMembers = false
  /** Filters are found as nunjucks finds them: each place in a template looks itself. */
  inlineFilters = false
  /** How many places read a member inline. */
  private members = 0
  /** The template assigns a variable named `loop`. */
  protected assignsLoop = false
  /**
   * JavaScript for what is being put together and where, where no operand of `~` and `+` may be
   * undefined or null.
   */
  private whole: string | undefined

  compileSymbol(node: AstNode, frame: Frame): void {
    const name = node.value as string
    const id = this.variable(frame, name)
    this._emit(id ? `runtime.value(${id}, "${name}")` : `runtime.lookupValue(context, frame, "${name}")`)
  }

  /**
   * An expression that is called, or whose member is read: code that it names is not handed on by
   * that.
   */
  private emitTarget(node: AstNode, frame: Frame): void {
    if (node.typename !== 'Symbol') return this._compileExpression(node, frame)
    const name = node.value as string
    const id = this.variable(frame, name)
    this._emit(id ? `runtime.read(${id}, "${name}")` : `runtime.lookup(context, frame, "${name}")`)
  }

  compileLookupVal(node: AstNode, frame: Frame): void {
    const loopValue = this.loopValue(node, frame)
    if (loopValue) {
      this._emit(loopValue)
      return
    }
    const member = node.val
    if (this.inlineMembers && member.typename === 'Literal' && typeof member.value === 'string') {
      // A property access of its own, so that each place in a template has its own inline cache.
      const name = JSON.stringify(member.value)
      const place = () => `p_${this.members++}`
      const [before, after] = this.form.member(propertyAccess(member.value), name, place)
      this._emit(before)
      this.emitTarget(node.target, frame)
      this._emit(after)
      return
    }
    this._emit('runtime.memberOf((')
    this.emitTarget(node.target, frame)
    this._emit('),')
    this._compileExpression(member, frame)
    this._emit(')')
  }

  /** Declares what each place that reads a member inline has found so far. */
  protected emitMemberPlaces(): void {
    for (let n = 0; n < this.members; n++) this._emitLine(`var p_${n} = 0;`)
  }

  compileFunCall(node: AstNode, frame: Frame): void {
    const label = JSON.stringify(this._getNodeName(node.name))
    this._emit(`(lineno = ${node.lineno}, colno = ${node.colno}, `)
    if (node.name.typename === 'LookupVal' && !this.loopValue(node.name, frame)) {
      this._emit('runtime.callMember((')
      this.emitTarget(node.name.target, frame)
      this._emit('),')
      this._compileExpression(node.name.val, frame)
    } else {
      this._emit('runtime.call(')
      this.emitTarget(node.name, frame)
    }
    this._emit(`, ${label}, context, `)
    this._compileAggregate(node.args, frame, '[', ']))')
  }

  override compileFilter(node: AstNode, frame: Frame): void {
    const name = JSON.stringify(node.name.value)
    const lookup = this.inlineFilters
      ? `env.filters[${name}] || env.getFilter(${name})`
      : `env.getFilter(${name})`
    const stock = `own.pureFilters[${name}]`
    const filter = Object.hasOwn(FAST_FILTERS, node.name.value as string)
      ? `(f = ${lookup}) === ${stock} ? own.fastFilters[${name}] : f`
      : `f = ${lookup}`
    this._emit(`(lineno = ${node.lineno}, colno = ${node.colno}, runtime.filter(${filter}, `)
    this._emit(`f === ${stock}, ${name}, context, `)
    this._compileAggregate(node.args, frame, '[', ']))')
  }

  compileIs(node: AstNode, frame: Frame): void {
    const { left, right } = node as unknown as { left: AstNode; right: AstNode }
    const name = right.name?.value ?? right.value
    this._emit(`runtime.test(env.getTest(${JSON.stringify(name)}), context, [`)
    this.compile(left, frame)
    this._emit(', ')
    // A list of expressions, not of statements.
    if (right.args) this._compileChildren(right.args, frame)
    this._emit('])')
  }

  compileConcat(node: AstNode, frame: Frame): void {
    this.compileJoined(node, frame, ' + "" + ', true)
  }

  compileAdd(node: AstNode, frame: Frame): void {
    this.compileJoined(node, frame, ' + ')
  }

  /**
   * Compiles an expression whose `~` and `+` refuse an operand that is undefined or null: in a key
   * or a tag, it would become the text "undefined", and everything without a value would share it.
   *
   * @param where JavaScript that gives what is put together, and where: `title, place`
   */
  protected compileWhole(node: AstNode, frame: Frame, where: string): void {
    const outer = this.whole
    this.whole = where
    this._compileExpression(node, frame)
    this.whole = outer
  }

  /** @param asText it makes a text of each operand */
  private compileJoined(node: AstNode, frame: Frame, operator: string, asText = false): void {
    const { left, right } = node as unknown as { left: AstNode; right: AstNode }
    this.compileOperand(left, frame, asText)
    this._emit(operator)
    this.compileOperand(right, frame, asText)
  }

  private compileOperand(node: AstNode, frame: Frame, asText: boolean): void {
    const joins = node.typename === 'Concat' || node.typename === 'Add'
    if (joins || isValue(node)) return this.compile(node, frame)
    if (asText) this._emit('runtime.joined(')
    this.compileKnownOperand(node, frame)
    if (asText) this._emit(')')
  }

  private compileKnownOperand(node: AstNode, frame: Frame): void {
    const { whole } = this
    if (whole === undefined) return this.compile(node, frame)
    this._emit('runtime.operand(')
    this.compile(node, frame)
    this._emit(`, ${JSON.stringify(expressionText(node))}, ${whole})`)
  }

  /** The JavaScript variable of a name, where the compiler knows one. */
  protected variable(frame: Frame, name: string): string | undefined {
    return (frame.lookup(name) as string | undefined) || undefined
  }

  /** The loop that a `loop` here belongs to, where it runs in this very function. */
  protected loopOf(frame: Frame): LoopVariables | null | undefined {
    for (let scope: Frame | undefined = frame; scope; scope = scope.parent) {
      const loop = this.loops.get(scope)
      if (loop !== undefined) return loop
    }
    return undefined
  }

  private loopValue(node: AstNode, frame: Frame): string | undefined {
    if (this.assignsLoop || !isLoopMember(node) || this.variable(frame, 'loop')) return undefined
    const loop = this.loopOf(frame)
    return loop ? LOOP_VALUES[node.val.value as string]?.(loop.i, loop.length) : undefined
  }
}

/** `loop.index` and its like, as they are written. */
export function isLoopMember(node: AstNode): boolean {
  return (
    node.typename === 'LookupVal' &&
    node.target.typename === 'Symbol' &&
    node.target.value === 'loop' &&
    node.val.typename === 'Literal' &&
    Object.hasOwn(LOOP_VALUES, node.val.value as string)
  )
}

/** A literal other than `none`. */
function isValue({ typename, value }: AstNode): boolean {
  return typename === 'Literal' && value !== null
}
