import { childrenOf } from '../names.ts'
import type { AstNode, Environment } from '../nunjucks.ts'
import { printed } from './coverage.ts'
import { type Callable, ITEM, memberOf, NOTHING, type Scope, union, type Value } from './origins.ts'

/** Expressions: where the value of each comes from. */
export abstract class Expressions {
  readonly #env: Environment

  constructor(env: Environment) {
    this.#env = env
  }

  protected abstract scope: Scope
  /** Something is read: printed, tested, given to a filter. */
  protected abstract note(node: AstNode, value: Value): void
  protected abstract callMacro(
    callable: Callable,
    args: readonly Value[],
    named: ReadonlyMap<string, Value>,
    at: AstNode,
  ): Value
  protected abstract super(): Value
  protected abstract callerOf(node: AstNode): Value
  protected abstract captured(node: AstNode): Value

  /** Evaluates an expression that is read here. */
  consume(node: AstNode): Value {
    const value = this.evaluate(node)
    this.note(node, value)
    return value
  }

  evaluate(node: AstNode): Value {
    switch (node.typename) {
      case 'Literal':
      case 'TemplateData':
        return NOTHING
      case 'Symbol':
        return this.#symbol(node)
      case 'LookupVal':
        return this.#member(node)
      case 'FunCall':
        return this.#call(node)
      case 'Filter':
      case 'FilterAsync':
        return union(this.#arguments(node.args).all)
      case 'Is': {
        const { left, right } = node as unknown as { left: AstNode; right: AstNode }
        const tested = this.evaluate(left)
        return right.typename === 'FunCall' ? union([tested, ...this.#arguments(right.args).all]) : tested
      }
      case 'Pair':
        return this.evaluate(node.value as AstNode)
      case 'InlineIf': {
        const condition = this.consume(node.cond)
        const branches = [node.body, ...(node.else_ ? [node.else_] : [])].map((one) => this.evaluate(one))
        return union([condition, ...branches])
      }
      case 'Capture':
        return this.captured(node)
      case 'Caller':
        return this.callerOf(node)
      default:
        return union(childrenOf(node).map((child) => this.evaluate(child)))
    }
  }

  #symbol(node: AstNode): Value {
    const name = node.value as string
    const known = this.scope.lookup(name)
    if (known) return known
    if (!this.scope.seesData || name in this.#env.globals) return NOTHING
    return { origins: [{ path: [name], way: [] }] }
  }

  #member({ target, val }: AstNode): Value {
    const object = this.evaluate(target)
    if (val.typename === 'Literal') return memberOf(object, String(val.value))
    const name = this.evaluate(val)
    return union([memberOf(object, ITEM), name])
  }

  #call(node: AstNode): Value {
    const { name } = node
    if (name.typename === 'Symbol' && name.value === 'super') return this.super()
    const fn = this.evaluate(name)
    const { values, named, all } = this.#arguments(node.args)
    if (fn.callable) return this.callMacro(fn.callable, values, named, node)
    // What a call encloses, where nothing is known of what is called.
    for (const { callable } of named.values()) if (callable) this.callMacro(callable, [], new Map(), node)
    const call = `(${node.args.children.map(printed).join(', ')})`
    return union([memberOf(fn, call), ...all])
  }

  #arguments(list: AstNode): { values: Value[]; named: ReadonlyMap<string, Value>; all: Value[] } {
    const values: Value[] = []
    const named = new Map<string, Value>()
    for (const arg of list.children) {
      if (arg.typename === 'KeywordArgs') {
        for (const pair of arg.children) {
          named.set(pair.key.value as string, this.evaluate(pair.value as AstNode))
        }
      } else {
        values.push(this.evaluate(arg))
      }
    }
    return { values, named, all: [...values, ...named.values()] }
  }
}
