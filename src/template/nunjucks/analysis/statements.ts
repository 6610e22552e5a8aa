import type { Rules } from '../../template-engine.ts'
import { freeNames, loopNames, walk } from '../names.ts'
import type { AstNode, Environment } from '../nunjucks.ts'
import type { Use } from './coverage.ts'
import { Expressions } from './expressions.ts'
import { assume, outcomeOf } from './facts.ts'
import { ITEM, NOTHING, onward, Scope, type Step, union, type Value, valueFrom } from './origins.ts'
import { Reads } from './reads.ts'

/** Statements that print, set and choose. Of a branch both sides are read. */
export abstract class Statements extends Expressions {
  readonly reads = new Reads()
  protected readonly rules: Rules
  /** The name of the template that is being read. */
  protected template = ''
  protected scope = new Scope()
  /** The names at the top of the page, which blocks and macros see. */
  protected top = this.scope
  /** Conditions around: what is set under one tells of it. */
  #conditions: Value[] = []
  #conditional = 0

  constructor(env: Environment, rules: Rules) {
    super(env)
    this.rules = rules
  }

  abstract statement(node: AstNode): void

  protected inTemplate(name: string, read: () => void): void {
    const around = this.template
    this.template = name
    read()
    this.template = around
  }

  protected inScope<T>(scope: Scope, read: () => T): T {
    const around = this.scope
    this.scope = scope
    const result = read()
    this.scope = around
    return result
  }

  protected override note(node: AstNode, value: Value, use?: Use): void {
    this.reads.note(node, value, this.template, use)
  }

  /** Reads with a condition as known to hold, or not to. */
  protected assuming(condition: AstNode, outcome: boolean, read: () => void): void {
    const around = this.facts
    this.facts = assume(around, condition, outcome, this.pathIn)
    read()
    this.facts = around
  }

  /** What is captured is read: a filter block, for one. */
  protected override captured(node: AstNode): Value {
    return valueFrom(this.reads.collect(() => this.statement(node.body)))
  }

  protected output(node: AstNode): void {
    if (node.typename === 'TemplateData') return
    const { perRequest } = this.rules
    const names = perRequest.length > 0 ? [...freeNames(node).keys()] : []
    const isHole = names.some((name) => perRequest.includes(name) && !this.scope.lookup(name))
    if (!isHole) {
      this.consume(node)
      return
    }
    // What templates set around it is given to the hole, and kept in the entry.
    for (const name of names) {
      const given = this.scope.lookup(name)
      if (given) this.note(node, given)
    }
    this.reads.inHole(() => this.consume(node))
  }

  protected set(node: AstNode): void {
    const names = node.targets.map((target) => target.value as string)
    const given = node.value
      ? this.evaluate(node.value as AstNode)
      : valueFrom(this.reads.collect(() => this.statement(node.body)))
    const step = { what: `{% set ${names.join(', ')} %}`, template: this.template, line: node.lineno + 1 }
    const value = onward(union([given, ...this.#conditions]), step)
    for (const name of names) {
      const before = this.#conditional > 0 ? this.scope.lookup(name) : undefined
      this.scope.assign(name, before ? union([value, before]) : value)
    }
  }

  /** Conditions around what is being read. */
  protected get conditions(): readonly Value[] {
    return this.#conditions
  }

  protected under(conditions: readonly Value[], read: () => void): void {
    const around = this.#conditions
    this.#conditions = [...around, ...conditions]
    this.#conditional++
    read()
    this.#conditional--
    this.#conditions = around
  }

  protected if(node: AstNode): void {
    const known = outcomeOf(this.facts, node.cond, this.pathIn)
    const condition = known === undefined ? this.test(node.cond) : NOTHING
    this.under([condition], () => {
      if (known !== false) this.assuming(node.cond, true, () => this.statement(node.body))
      const { else_ } = node
      if (else_ && known !== true) this.assuming(node.cond, false, () => this.statement(else_))
    })
  }

  protected switch(node: AstNode): void {
    const value = this.consume(node.expr)
    this.under([value], () => {
      for (const { cond, body } of node.cases) {
        this.consume(cond)
        this.statement(body)
      }
      if (node.default) this.statement(node.default)
    })
  }

  /**
   * What each turn of a loop sets tells how many there were: a counter in the next turn, and any name behind the loop.
   * @param isOver whether the loop is
   */
  #countTurns({ body }: AstNode, list: Value, isOver = false): void {
    if (list.origins.length === 0) return
    const turns = valueFrom(list.origins.map(({ path, way }) => ({ path: [...path, 'length'], way })))
    walk(body, (node) => {
      if (node.typename !== 'Set' || !node.value) return true
      const reads = freeNames(node.value as AstNode)
      for (const { value } of node.targets) {
        const before = this.scope.lookup(value as string)
        if (before && (isOver || reads.has(value as string)))
          this.scope.assign(value as string, union([before, turns]))
      }
      return true
    })
  }

  protected for(node: AstNode): void {
    const list = this.evaluate(node.arr)
    this.note(node.arr, list, 'listed')
    const names = loopNames(node)
    const step = {
      what: `the loop variable ${names.join(', ')}`,
      template: this.template,
      line: node.lineno + 1,
    }
    const item = onward(
      valueFrom(list.origins.map(({ path, way }) => ({ path: [...path, ITEM], way }))),
      step,
    )
    const scope = new Scope(this.scope)
    for (const name of names) scope.set(name, { ...item })
    scope.set('loop', loopOf(list, step))
    this.inScope(scope, () =>
      this.under([], () => {
        this.statement(node.body)
        this.#countTurns(node, list)
        // What one turn has set the next one reads.
        if (sets(node.body)) this.statement(node.body)
      }),
    )
    this.#countTurns(node, list, true)
    if (node.else_) {
      const otherwise = node.else_
      this.under([list], () => this.statement(otherwise))
    }
  }
}

/** `loop` in a loop over a list: all of it tells of the list. */
function loopOf(list: Value, step: Step): Value {
  const members = new Map(
    LOOP_MEMBERS.map((name) => {
      const origins = list.origins.map(({ path, way }) => ({ path: [...path, 'length'], way }))
      return [name, onward(valueFrom(origins), { ...step, what: `loop.${name}` })] as const
    }),
  )
  return { origins: [], members }
}

const LOOP_MEMBERS = ['index', 'index0', 'revindex', 'revindex0', 'first', 'last', 'length']

function sets(tree: AstNode): boolean {
  let found = false
  walk(tree, ({ typename }) => {
    found ||= typename === 'Set'
    return !found
  })
  return found
}
