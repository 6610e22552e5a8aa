import type { DataPolicy } from '../../data-policy.ts'
import type { AstNode } from '../nunjucks.ts'
import { changesLists } from '../runtime/journal.ts'
import { freeNames, loopNames, walk } from '../syntax/names.ts'
import type { Expressions } from './expressions.ts'
import { itemOf, loopOf, positionIn, turnsOf } from './loops.ts'
import { chosenBy, type Origin, onward, union, type Value } from './origins.ts'
import type { Position } from './position.ts'
import { type SavedNames, Scope } from './scope.ts'

/** Reads statements that print, set and choose. Of a branch both sides are read. */
export class Statements {
  readonly #at: Position
  readonly #expressions: Expressions
  readonly #dataPolicy: DataPolicy
  /** Reads the statements of a body. */
  readonly #read: (node: AstNode) => void

  constructor(at: Position, expressions: Expressions, dataPolicy: DataPolicy, read: (node: AstNode) => void) {
    this.#at = at
    this.#expressions = expressions
    this.#dataPolicy = dataPolicy
    this.#read = read
  }

  /**
   * Reads branches of which one is taken. A name that they set differently depends on what chose.
   */
  #oneOf(telling: readonly Origin[], ways: readonly (() => void)[]): void {
    const before = this.#at.scope.save()
    const ends = ways.map((way) => {
      Scope.restore(before)
      way()
      return this.#at.scope.save()
    })
    Scope.restore(before)
    this.#merge(before, ends, telling)
  }

  #merge(before: SavedNames<Value>, ends: readonly SavedNames<Value>[], telling: readonly Origin[]): void {
    for (const scope of before.keys()) {
      const names = new Set(ends.flatMap((end) => [...(end.get(scope)?.keys() ?? [])]))
      for (const name of names) {
        const values = ends.map((end) => end.get(scope)?.get(name))
        if (values.every((value) => value === values[0])) scope.set(name, values[0] as Value)
        else
          scope.set(
            name,
            chosenBy(union(values.map((value) => value ?? this.#expressions.unset(name))), telling),
          )
      }
    }
  }

  output(node: AstNode): void {
    if (node.typename === 'TemplateData') return
    const { perRequest } = this.#dataPolicy
    const names = perRequest.length > 0 ? [...freeNames(node).keys()] : []
    const isHole = names.some((name) => perRequest.includes(name) && !this.#at.scope.lookup(name))
    if (!isHole) {
      this.#expressions.consume(node)
      return
    }
    // Values that templates set around it are passed to the hole, and stored in the entry.
    for (const name of names) {
      const given = this.#at.scope.lookup(name)
      if (given) this.#at.note(node, given)
    }
    this.#at.reads.inHole(() => this.#expressions.consume(node))
  }

  set(node: AstNode): void {
    const names = node.targets.map((target) => target.value as string)
    const given = node.value
      ? this.#expressions.evaluate(node.value as AstNode)
      : this.#expressions.captured(node)
    const step = { what: `{% set ${names.join(', ')} %}`, template: this.#at.template, line: node.lineno + 1 }
    const value = onward(given, step)
    for (const name of names) this.#at.scope.assign(name, value)
  }

  if(node: AstNode): void {
    const { cond, body, else_ } = node
    const known = this.#at.facts.outcomeOf(cond, this.#expressions.keyOf)
    if (known !== undefined) {
      const taken = known ? body : else_
      if (taken) this.#read(taken)
      return
    }
    const telling = this.#expressions.test(cond)
    this.#oneOf(telling, [
      () => this.#expressions.branch(cond, true, telling, () => this.#read(body)),
      () => this.#expressions.branch(cond, false, telling, () => else_ && this.#read(else_)),
    ])
  }

  switch(node: AstNode): void {
    const tested = [
      this.#expressions.consume(node.expr),
      ...node.cases.map(({ cond }) => this.#expressions.consume(cond)),
    ]
    const telling = tested.flatMap(({ origins }) => origins)
    const bodies = [...node.cases.map(({ body }) => body), node.default]
    this.#oneOf(
      telling,
      bodies.map((body, n) => () => {
        if (body) this.#at.chosen(node, n, telling, () => this.#read(body))
      }),
    )
  }

  for(node: AstNode): void {
    const list = this.#expressions.evaluate(node.arr)
    this.#at.note(node.arr, list, 'listed')
    const names = loopNames(node)
    const step = {
      what: `the loop variable ${names.join(', ')}`,
      template: this.#at.template,
      line: node.lineno + 1,
    }
    const item = onward(itemOf(list, names.length), step)
    const scope = new Scope(this.#at.scope)
    for (const name of names) scope.set(name, { ...item })
    scope.set('loop', loopOf(list, step))
    const turns = turnsOf(list)
    this.#oneOf(turns, [
      () => this.#at.chosen(node, 0, turns, () => this.#at.inScope(scope, () => this.#turns(node, list))),
      () => this.#at.chosen(node, 1, turns, () => node.else_ && this.#read(node.else_)),
    ])
  }

  /**
   * Reads the body twice: what one turn sets the next one reads, and it depends on the position.
   */
  #turns({ body }: AstNode, list: Value): void {
    if (!sets(body)) return this.#read(body)
    this.#oneOf(positionIn(list), [() => {}, () => this.#read(body)])
    this.#read(body)
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
