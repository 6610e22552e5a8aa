import { expressionText } from '../expression-text.ts'
import { childrenOf } from '../names.ts'
import type { AstNode, Environment } from '../nunjucks.ts'
import type { Use } from './coverage.ts'
import { type Facts, NO_FACTS, outcomeOf } from './facts.ts'
import { type Callable, ITEM, memberOf, NOTHING, pathOf, type Scope, union, type Value } from './origins.ts'

/** Expressions: where the value of each comes from. */
export abstract class Expressions {
  readonly #env: Environment

  constructor(env: Environment) {
    this.#env = env
  }

  protected abstract scope: Scope
  /** What the conditions around say. */
  protected facts: Facts = NO_FACTS
  /** Something is read: printed, tested, given to a filter. */
  protected abstract note(node: AstNode, value: Value, use?: Use): void
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

  /** Evaluates a condition: of a single value no more is read than whether it is truthy. */
  protected test(node: AstNode): Value {
    const { typename } = node
    const { left, right } = node as unknown as { left: AstNode; right: AstNode }
    if (typename === 'Not') return this.test(node.target)
    if (typename === 'Group' && node.children.length === 1) return this.test(node.children[0] as AstNode)
    if (typename === 'And' || typename === 'Or') return union([this.test(left), this.test(right)])
    if (typename !== 'Symbol' && typename !== 'LookupVal') return this.consume(node)
    const value = this.evaluate(node)
    this.note(node, value, 'tested')
    return value
  }

  /** The path that an expression reads, and nothing else. */
  protected readonly pathIn = (node: AstNode): string | undefined => {
    if (node.typename !== 'Symbol' && node.typename !== 'LookupVal') return undefined
    const { origins, callables, members } = this.evaluate(node)
    const [origin] = origins
    const isOne = origin && origins.length === 1 && !callables && !members
    // What is known of one item of a list is not known of another.
    return isOne && !origin.path.includes(ITEM) ? pathOf(origin) : undefined
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
      case 'Dict':
        return this.#dictionary(node)
      case 'Pair':
        return this.evaluate(node.value as AstNode)
      case 'InlineIf': {
        const known = outcomeOf(this.facts, node.cond, this.pathIn)
        const condition = known === undefined ? this.test(node.cond) : NOTHING
        const branches = [known === false ? null : node.body, known === true ? null : node.else_]
        return union([condition, ...branches.flatMap((one) => (one ? this.evaluate(one) : []))])
      }
      case 'Capture':
        return this.captured(node)
      case 'Caller':
        return this.callerOf(node)
      default:
        return union(childrenOf(node).map((child) => this.evaluate(child)))
    }
  }

  #dictionary(node: AstNode): Value {
    const members = new Map<string, Value>()
    for (const { key, value } of node.children) {
      if (key.typename === 'Literal' || key.typename === 'Symbol')
        members.set(String(key.value), this.evaluate(value as AstNode))
      else this.evaluate(key)
    }
    const { origins, callables } = union(node.children.map((pair) => this.evaluate(pair)))
    return { origins, ...(callables && { callables }), members }
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
    if (fn.callables) {
      // Which macro it is tells of what has chosen it.
      const results = fn.callables.map((callable) => this.callMacro(callable, values, named, node))
      return union([{ origins: fn.origins }, ...results])
    }
    // What a call encloses, where nothing is known of what is called.
    for (const { callables = [] } of named.values())
      for (const callable of callables) this.callMacro(callable, [], new Map(), node)
    const call = `(${node.args.children.map(expressionText).join(', ')})`
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
