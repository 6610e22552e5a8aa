import type { DataPolicy } from '../../data-policy.ts'
import type { AstNode, Environment } from '../nunjucks.ts'
import { changesLists } from '../runtime/journal.ts'
import { freeNames, loopNames, walk } from '../syntax/names.ts'
import type { Choice } from './contexts.ts'
import type { Use } from './coverage.ts'
import { Expressions } from './expressions.ts'
import { type Facts, NO_FACTS } from './facts.ts'
import { itemOf, loopOf, positionIn, turnsOf } from './loops.ts'
import { chosenBy, type Origin, onward, union, type Value } from './origins.ts'
import { Reads } from './reads.ts'
import { type SavedNames, Scope } from './scope.ts'

/** Statements that print, set and choose. Of a branch both sides are read. */
export abstract class Statements extends Expressions {
  readonly reads = new Reads()
  protected readonly dataPolicy: DataPolicy
  /** The name of the template that is being read. */
  protected template = ''
  protected scope = new Scope()
  /** The names at the top of the page, which blocks and macros see. */
  protected top = this.scope
  /** The branches around what is being read, through all calls and includes. */
  protected choices: readonly Choice[] = []

  constructor(env: Environment, dataPolicy: DataPolicy) {
    super(env)
    this.dataPolicy = dataPolicy
  }

  abstract statement(node: AstNode): void

  /** Reads another piece of template. Conditions around the place that runs it are no conditions of that piece. */
  protected inTemplate(name: string, read: () => void): void {
    const { template, facts } = this
    Object.assign(this, { template: name, facts: NO_FACTS })
    read()
    Object.assign(this, { template, facts })
  }

  protected inScope<T>(scope: Scope, read: () => T): T {
    const around = this.scope
    this.scope = scope
    const result = read()
    this.scope = around
    return result
  }

  protected override note(
    node: AstNode,
    value: Value,
    use?: Use,
    isDecided?: (facts: Facts) => boolean,
  ): void {
    this.reads.note(node, value, this.template, use, isDecided)
  }

  protected override branch<T>(
    condition: AstNode,
    outcome: boolean,
    telling: readonly Origin[],
    read: () => T,
  ): T {
    const assume = (known: Facts) => known.assume(condition, outcome, this.keyOf)
    const around = this.facts
    this.facts = assume(around)
    let result: T | undefined
    this.reads.withFacts(assume, () => {
      result = this.chosen(condition, outcome ? 0 : 1, telling, read)
    })
    this.facts = around
    return result as T
  }

  /** Reads one of the ways that a value chooses. */
  protected chosen<T>(by: AstNode, branch: number, origins: readonly Origin[], read: () => T): T {
    const around = this.choices
    this.choices = [...around, { by, branch, origins, template: this.template }]
    const result = read()
    this.choices = around
    return result
  }

  /** Reads ways of which one is taken. A name that they set differently tells of what has chosen. */
  protected oneOf(telling: readonly Origin[], ways: readonly (() => void)[]): void {
    const before = this.scope.save()
    const ends = ways.map((way) => {
      Scope.restore(before)
      way()
      return this.scope.save()
    })
    Scope.restore(before)
    this.#merge(before, ends, telling)
  }

  #merge(before: SavedNames, ends: readonly SavedNames[], telling: readonly Origin[]): void {
    for (const scope of before.keys()) {
      const names = new Set(ends.flatMap((end) => [...(end.get(scope)?.keys() ?? [])]))
      for (const name of names) {
        const values = ends.map((end) => end.get(scope)?.get(name))
        if (values.every((value) => value === values[0])) scope.set(name, values[0] as Value)
        else scope.set(name, chosenBy(union(values.map((value) => value ?? this.unset(name))), telling))
      }
    }
  }

  /** What is captured is read: a filter block, for one. */
  protected override captured(node: AstNode): Value {
    const text = this.reads.collect(() => this.statement(node.body))
    return { ...text, constants: [`${this.template} ${node.lineno} ${node.colno}`] }
  }

  protected output(node: AstNode): void {
    if (node.typename === 'TemplateData') return
    const { perRequest } = this.dataPolicy
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
    const given = node.value ? this.evaluate(node.value as AstNode) : this.captured(node)
    const step = { what: `{% set ${names.join(', ')} %}`, template: this.template, line: node.lineno + 1 }
    const value = onward(given, step)
    for (const name of names) this.scope.assign(name, value)
  }

  protected if(node: AstNode): void {
    const { cond, body, else_ } = node
    const known = this.facts.outcomeOf(cond, this.keyOf)
    if (known !== undefined) {
      const taken = known ? body : else_
      if (taken) this.statement(taken)
      return
    }
    const telling = this.test(cond)
    this.oneOf(telling, [
      () => this.branch(cond, true, telling, () => this.statement(body)),
      () => this.branch(cond, false, telling, () => else_ && this.statement(else_)),
    ])
  }

  protected switch(node: AstNode): void {
    const tested = [this.consume(node.expr), ...node.cases.map(({ cond }) => this.consume(cond))]
    const telling = tested.flatMap(({ origins }) => origins)
    const bodies = [...node.cases.map(({ body }) => body), node.default]
    this.oneOf(
      telling,
      bodies.map((body, n) => () => {
        if (body) this.chosen(node, n, telling, () => this.statement(body))
      }),
    )
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
    const item = onward(itemOf(list, names.length), step)
    const scope = new Scope(this.scope)
    for (const name of names) scope.set(name, { ...item })
    scope.set('loop', loopOf(list, step))
    const turns = turnsOf(list)
    this.oneOf(turns, [
      () => this.chosen(node, 0, turns, () => this.inScope(scope, () => this.#turns(node, list))),
      () => this.chosen(node, 1, turns, () => node.else_ && this.statement(node.else_)),
    ])
  }

  /** What one turn has set the next one reads, and it tells how many there were. */
  #turns({ body }: AstNode, list: Value): void {
    if (!sets(body)) return this.statement(body)
    this.oneOf(positionIn(list), [() => {}, () => this.statement(body)])
    this.statement(body)
  }
}

function sets(tree: AstNode): boolean {
  let found = false
  walk(tree, ({ typename, val }) => {
    found ||= typename === 'Set' || (typename === 'LookupVal' && changesLists(val.value))
    return !found
  })
  return found
}
