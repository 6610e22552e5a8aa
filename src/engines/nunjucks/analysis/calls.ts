import type { AstNode } from '../nunjucks.ts'
import { type Callable, madeOf, NOTHING, onward, type Value } from './origins.ts'
import { Scope } from './scope.ts'
import { Statements } from './statements.ts'

/** Macros, what a `{% call %}` encloses, and blocks: each is read where it is called, with the names that it sees. */
export abstract class Calls extends Statements {
  /** Blocks by name, that of the outermost child first. */
  readonly #blocks = new Map<string, Callable[]>()
  /** Templates, macros and blocks that are being read: what goes round is read once. */
  protected readonly open = new Set<object>()
  readonly #called = new Set<AstNode>()

  /** A macro, by what it puts out. */
  protected override callMacro(
    callable: Callable,
    args: readonly Value[],
    named: ReadonlyMap<string, Value>,
    at: AstNode,
  ): Value {
    const { node, scope, template } = callable
    this.#called.add(node)
    if (node.typename === 'Caller' && this.reads.fragment !== callable.madeIn) this.calledInside(callable, at)
    this.reads.trace(`call ${template} ${node.lineno} ${node.colno}`)
    if (this.open.has(node)) return madeOf([...args, ...named.values()])
    const inner = new Scope(scope, { isolated: true })
    const title = node.typename === 'Caller' ? '{% call %}' : `the macro ${node.name.value as string}`
    const step = (name: string) => ({
      what: `the argument "${name}" of ${title}`,
      template: this.template,
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
          args[n++] ?? named.get(name) ?? (value ? this.inScope(inner, () => this.evaluate(value)) : NOTHING)
        inner.set(name, onward(given, step(name)))
      }
    }
    inner.set('caller', named.get('caller') ?? NOTHING)
    const text = this.reads.collect(() => this.readCallable({ node, scope: inner, template }, inner))
    return textOf(node, template, text, [...args, ...named.values()])
  }

  /** What a `{% call %}` encloses is called inside a fragment that does not enclose the `{% call %}`. */
  protected abstract calledInside(caller: Callable, at: AstNode): void

  /** Macros that nobody has called are read all the same: somebody may call them, with whatever arguments. */
  protected readUncalled(): void {
    for (const { callables = [] } of [...this.top.names.values()]) {
      for (const callable of callables)
        if (!this.#called.has(callable.node)) this.callMacro(callable, [], new Map(), callable.node)
    }
  }

  protected override callerOf(node: AstNode): Value {
    const { scope, template } = this
    return { origins: [], callables: [{ node, scope, template, madeIn: this.reads.fragment }] }
  }

  protected readCallable({ node, template }: Callable, scope: Scope): void {
    if (this.open.has(node)) return
    this.open.add(node)
    this.inTemplate(template, () => this.inScope(scope, () => this.statement(node.body)))
    this.open.delete(node)
  }

  protected addBlock(node: AstNode): void {
    const name = node.name.value as string
    const list = this.#blocks.get(name) ?? []
    list.push({ node, scope: this.top, template: this.template })
    this.#blocks.set(name, list)
  }

  protected block(node: AstNode): void {
    this.addBlock(node)
    const [first] = this.#blocks.get(node.name.value as string) ?? []
    if (first) this.readCallable(first, new Scope(this.top, { isolated: true }))
    this.#blocks.get(node.name.value as string)?.pop()
  }

  /** `super()`: the block around the one that is being read. */
  protected override super(): Value {
    for (const list of this.#blocks.values()) {
      const at = list.findLastIndex(({ node }) => this.open.has(node))
      const next = at === -1 ? undefined : list[at + 1]
      if (next) {
        const read = () => this.readCallable(next, new Scope(this.top, { isolated: true }))
        return textOf(next.node, next.template, this.reads.collect(read), [])
      }
    }
    return NOTHING
  }
}

/** What a piece of template puts out: its own text, what it reads, and what it is given. */
function textOf({ lineno, colno }: AstNode, template: string, text: Value, given: readonly Value[]): Value {
  const constants = given.flatMap((value) => value.constants ?? [])
  return { ...text, constants: [`${template} ${lineno} ${colno}`, ...constants] }
}
