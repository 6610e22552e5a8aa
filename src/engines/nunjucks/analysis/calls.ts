import type { AstNode } from '../nunjucks.ts'
import type { CallReader } from './expressions.ts'
import { type Callable, madeOf, NOTHING, onward, type Value } from './origins.ts'
import type { Position } from './position.ts'
import { Scope } from './scope.ts'

/** Reads expressions and statements. */
export interface TemplateReader {
  evaluate(node: AstNode): Value
  statement(node: AstNode): void
}

/**
 * Reads macros, bodies of `{% call %}`, and blocks where they are called, with the names that they
 * see.
 */
export class Calls implements CallReader {
  readonly #at: Position
  readonly #reader: TemplateReader
  readonly #calledInside: (caller: Callable, at: AstNode) => void
  /** Blocks by name, the block of the outermost child first. */
  readonly #blocks = new Map<string, Callable[]>()
  readonly #called = new Set<AstNode>()

  /** @param calledInside reports that a fragment calls the body of a `{% call %}` around it */
  constructor(at: Position, reader: TemplateReader, calledInside: (caller: Callable, at: AstNode) => void) {
    this.#at = at
    this.#reader = reader
    this.#calledInside = calledInside
  }

  macro(callable: Callable, args: readonly Value[], named: ReadonlyMap<string, Value>, at: AstNode): Value {
    const { node, scope, template } = callable
    this.#called.add(node)
    if (node.typename === 'Caller' && this.#at.reads.fragment !== callable.madeIn)
      this.#calledInside(callable, at)
    this.#at.reads.trace(`call ${template} ${node.lineno} ${node.colno}`)
    if (this.#at.open.has(node)) return madeOf([...args, ...named.values()])
    const inner = new Scope(scope, { isolated: true })
    const title = node.typename === 'Caller' ? '{% call %}' : `the macro ${node.name.value as string}`
    const step = (name: string) => ({
      what: `the argument "${name}" of ${title}`,
      template: this.#at.template,
      line: at.lineno + 1,
    })
    let n = 0
    for (const arg of node.args.children) {
      const pairs =
        arg.typename === 'Symbol'
          ? [{ name: arg.value as string, value: undefined }]
          : arg.children.map((pair) => ({ name: pair.key.value as string, value: pair.value as AstNode }))
      for (const { name, value } of pairs) {
        const given =
          args[n++] ??
          named.get(name) ??
          (value ? this.#at.inScope(inner, () => this.#reader.evaluate(value)) : NOTHING)
        inner.set(name, onward(given, step(name)))
      }
    }
    inner.set('caller', named.get('caller') ?? NOTHING)
    const text = this.#at.reads.collect(() => this.#read({ node, scope: inner, template }, inner))
    return textOf(node, template, text, [...args, ...named.values()])
  }

  /** Reads macros that no template calls, as if they were called with any arguments. */
  readUncalled(): void {
    for (const { callables = [] } of [...this.#at.top.names.values()]) {
      for (const callable of callables)
        if (!this.#called.has(callable.node)) this.macro(callable, [], new Map(), callable.node)
    }
  }

  caller(node: AstNode): Value {
    const { scope, template, reads } = this.#at
    return { origins: [], callables: [{ node, scope, template, madeIn: reads.fragment }] }
  }

  #read({ node, template }: Callable, scope: Scope<Value>): void {
    if (this.#at.open.has(node)) return
    this.#at.open.add(node)
    this.#at.inTemplate(template, () => this.#at.inScope(scope, () => this.#reader.statement(node.body)))
    this.#at.open.delete(node)
  }

  addBlock(node: AstNode): void {
    const name = node.name.value as string
    const list = this.#blocks.get(name) ?? []
    list.push({ node, scope: this.#at.top, template: this.#at.template })
    this.#blocks.set(name, list)
  }

  block(node: AstNode): void {
    this.addBlock(node)
    const [first] = this.#blocks.get(node.name.value as string) ?? []
    if (first) this.#read(first, new Scope(this.#at.top, { isolated: true }))
    this.#blocks.get(node.name.value as string)?.pop()
  }

  captured(node: AstNode): Value {
    const { reads, template } = this.#at
    const text = reads.collect(() => this.#reader.statement(node.body))
    return { ...text, constants: [`${template} ${node.lineno} ${node.colno}`] }
  }

  /** Reads the block that `super()` calls from the block that is being read. */
  super(): Value {
    for (const list of this.#blocks.values()) {
      const at = list.findLastIndex(({ node }) => this.#at.open.has(node))
      const next = at === -1 ? undefined : list[at + 1]
      if (next) {
        const read = () => this.#read(next, new Scope(this.#at.top, { isolated: true }))
        return textOf(next.node, next.template, this.#at.reads.collect(read), [])
      }
    }
    return NOTHING
  }
}

/** Returns the output of a piece of template: its own text, its reads, and its arguments. */
function textOf({ lineno, colno }: AstNode, template: string, text: Value, given: readonly Value[]): Value {
  const constants = given.flatMap((value) => value.constants ?? [])
  return { ...text, constants: [`${template} ${lineno} ${colno}`, ...constants] }
}
