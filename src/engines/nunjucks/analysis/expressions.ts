import type { AstNode, Environment } from '../nunjucks.ts'
import { changesLists } from '../runtime/journal.ts'
import { expressionText } from '../syntax/expression-text.ts'
import { childrenOf } from '../syntax/names.ts'
import { type Facts, keyOfExpression } from './facts.ts'
import {
  type Callable,
  chosenBy,
  collection,
  dataAt,
  ITEM,
  LENGTH,
  madeOf,
  memberOf,
  NOTHING,
  type Origin,
  pathOf,
  tellingOf,
  union,
  type Value,
} from './origins.ts'
import type { Position } from './position.ts'

interface Operands {
  readonly left: AstNode
  readonly right: AstNode
}

/** Reads the pieces of templates that expressions run. */
export interface CallReader {
  /** Reads a call of a macro. Returns its output. */
  macro(callable: Callable, args: readonly Value[], named: ReadonlyMap<string, Value>, at: AstNode): Value
  /** Reads the block that `super()` calls. */
  super(): Value
  /** Returns the body of a `{% call %}` as a value. */
  caller(node: AstNode): Value
  /** Reads a body whose output is a value, such as that of a filter block. */
  captured(node: AstNode): Value
}

/** Evaluates expressions: finds out where the value of each comes from. */
export class Expressions {
  readonly #env: Environment
  readonly #at: Position
  readonly #calls: CallReader

  constructor(env: Environment, at: Position, calls: CallReader) {
    this.#env = env
    this.#at = at
    this.#calls = calls
  }

  /** Evaluates an expression that is read here. */
  consume(node: AstNode): Value {
    const value = this.evaluate(node)
    this.#at.note(node, value)
    return value
  }

  /**
   * Evaluates a condition. Of a single value, only whether it is truthy counts as read.
   *
   * @returns the origins that the outcome depends on
   */
  test(node: AstNode): readonly Origin[] {
    const { typename } = node
    const { left, right } = node as unknown as Operands
    if (typename === 'Not') return this.test(node.target)
    if (typename === 'Group' && node.children.length === 1) return this.test(node.children[0] as AstNode)
    if (typename === 'And' || typename === 'Or') return [...this.test(left), ...this.test(right)]
    const value = this.evaluate(node)
    const isDecided = (facts: Facts) => facts.outcomeOf(node, this.keyOf) !== undefined
    this.#at.note(node, value, value.exact ? 'tested' : 'shown', isDecided)
    return tellingOf(value)
  }

  /** Returns a text that is equal for expressions that read the same of the page's data. */
  readonly keyOf = (node: AstNode): string | undefined =>
    keyOfExpression(node, (name) => {
      const { origins, exact } = this.evaluate(name)
      const [origin] = origins
      // Facts about one item of a list do not hold for another.
      return exact && origin && !origin.path.includes(ITEM) ? pathOf(origin) : undefined
    })

  evaluate(node: AstNode): Value {
    const { left, right } = node as unknown as Operands
    switch (node.typename) {
      case 'Literal':
      case 'TemplateData':
        return { origins: [], constants: [expressionText(node)] }
      case 'Symbol':
        return this.#symbol(node)
      case 'LookupVal':
        return this.#member(node)
      case 'FunCall':
        return this.#call(node)
      case 'Filter':
      case 'FilterAsync':
        return this.#filter(node)
      case 'Is': {
        const tested = this.evaluate(left)
        return madeOf(right.typename === 'FunCall' ? [tested, ...this.#arguments(right.args).all] : [tested])
      }
      case 'Group':
        // The value is that of the last expression, as in JavaScript.
        return node.children.map((child) => this.evaluate(child)).at(-1) ?? NOTHING
      case 'Array':
        return collection(new Map(node.children.map((item, n) => [String(n), this.evaluate(item)])))
      case 'Dict':
        return this.#dictionary(node)
      case 'Pair':
        return this.evaluate(node.value as AstNode)
      case 'InlineIf':
        return this.#inlineIf(node)
      case 'Or':
        return this.#at.facts.outcomeOf(left, this.keyOf) === false
          ? this.evaluate(right)
          : union([this.evaluate(left), this.evaluate(right)])
      case 'And':
        return union([this.evaluate(left), this.evaluate(right)])
      case 'Capture':
        return this.#calls.captured(node)
      case 'Caller':
        return this.#calls.caller(node)
      default:
        return madeOf(childrenOf(node).map((child) => this.evaluate(child)))
    }
  }

  /** Reads a branch of a condition. @param telling origins that the outcome depends on */
  branch<T>(condition: AstNode, outcome: boolean, telling: readonly Origin[], read: () => T): T {
    const at = this.#at
    const assume = (known: Facts) => known.assume(condition, outcome, this.keyOf)
    const around = at.facts
    at.facts = assume(around)
    let result: T | undefined
    at.reads.withFacts(assume, () => {
      result = at.chosen(condition, outcome ? 0 : 1, telling, read)
    })
    at.facts = around
    return result as T
  }

  /** Reads a body whose output is a value. */
  captured(node: AstNode): Value {
    return this.#calls.captured(node)
  }

  #inlineIf({ cond, body, else_ }: AstNode): Value {
    const known = this.#at.facts.outcomeOf(cond, this.keyOf)
    if (known !== undefined) {
      const taken = known ? body : else_
      return taken ? this.evaluate(taken) : NOTHING
    }
    const telling = this.test(cond)
    const branches = [
      this.branch(cond, true, telling, () => this.evaluate(body)),
      else_ ? this.branch(cond, false, telling, () => this.evaluate(else_)) : NOTHING,
    ]
    return chosenBy(union(branches), telling)
  }

  #dictionary(node: AstNode): Value {
    const members = new Map<string, Value>()
    const computed: Value[] = []
    for (const { key, value } of node.children) {
      const given = this.evaluate(value as AstNode)
      if (key.typename === 'Literal' || key.typename === 'Symbol') members.set(String(key.value), given)
      else computed.push(this.evaluate(key), given)
    }
    const known = collection(members)
    return computed.length === 0 ? known : madeOf([known, ...computed])
  }

  #symbol(node: AstNode): Value {
    const name = node.value as string
    return this.#at.scope.lookup(name) ?? this.unset(name)
  }

  /** Returns the value of a name that no template sets. */
  unset(name: string): Value {
    return this.#at.scope.seesData && !(name in this.#env.globals) ? dataAt([name]) : NOTHING
  }

  #member({ target, val }: AstNode): Value {
    const object = this.evaluate(target)
    if (val.typename === 'Literal') return memberOf(object, String(val.value))
    return chosenBy(memberOf(object, ITEM), this.evaluate(val).origins)
  }

  #filter(node: AstNode): Value {
    const { all } = this.#arguments(node.args)
    const [input = NOTHING, ...rest] = all
    // `messages | length` is `messages.length`.
    if (node.name.value === LENGTH && rest.length === 0 && input.exact) return memberOf(input, LENGTH)
    return madeOf(all)
  }

  #call(node: AstNode): Value {
    const { name } = node
    if (name.typename === 'Symbol' && name.value === 'super') return this.#calls.super()
    const fn = this.evaluate(name)
    const { values, named, all } = this.#arguments(node.args)
    if (fn.callables) {
      const results = fn.callables.map((callable) => this.#calls.macro(callable, values, named, node))
      // The result depends on what has chosen the macro.
      return madeOf([{ origins: fn.origins }, ...results])
    }
    // The function is unknown, and may call the bodies that it is given.
    for (const { callables = [] } of named.values())
      for (const callable of callables) this.#calls.macro(callable, [], new Map(), node)
    this.#change(name, all)
    const call = `(${node.args.children.map(expressionText).join(', ')})`
    const result = memberOf(fn, call)
    return all.every(({ origins }) => origins.length === 0) ? result : madeOf([result, ...all])
  }

  /** Updates a value that a method such as `rows.push(item)` changes. */
  #change({ typename, target, val }: AstNode, given: readonly Value[]): void {
    if (typename !== 'LookupVal' || target.typename !== 'Symbol' || !changesLists(val.value)) return
    const list = this.#at.scope.lookup(target.value as string)
    if (list) this.#at.scope.assign(target.value as string, madeOf([list, ...given]))
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
