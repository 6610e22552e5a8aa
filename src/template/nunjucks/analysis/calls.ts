import { expressionText } from '../expression-text.ts'
import type { AstNode } from '../nunjucks.ts'
import { type Callable, NOTHING, onward, Scope, union, type Value, valueFrom } from './origins.ts'
import { Statements } from './statements.ts'

/** Macros, what a `{% call %}` encloses, and blocks: each is read where it is called, with the names that it sees. */
export abstract class Calls extends Statements {
  /** Blocks by name, that of the outermost child first. */
  readonly #blocks = new Map<string, Callable[]>()
  /** Templates, macros and blocks that are being read: what goes round is read once. */
  protected readonly open = new Set<object>()
  readonly #called = new Set<AstNode>()
  /** By macro and argument, the constants that it was called with, and the conditions of each. */
  readonly #constants = new Map<AstNode, Map<string, Map<string, readonly Value[]>>>()

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
    if (this.open.has(node)) return union([...args, ...named.values()])
    const inner = new Scope(scope)
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
        const written = writtenArgument(at, n, name) ?? value
        const given =
          args[n++] ?? named.get(name) ?? (value ? this.inScope(inner, () => this.evaluate(value)) : NOTHING)
        const known = isConstant(given) ? this.#chosen(node, name, written) : given
        inner.set(name, onward(known, step(name)))
      }
    }
    inner.set('caller', named.get('caller') ?? NOTHING)
    const origins = this.reads.collect(() => this.readCallable({ node, scope: inner, template }, inner))
    return valueFrom(origins)
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

  /** Which of several constants a macro is given tells of the conditions that its calls stand under. */
  #chosen(macro: AstNode, name: string, written: AstNode | undefined): Value {
    const args = this.#constants.get(macro) ?? new Map<string, Map<string, readonly Value[]>>()
    this.#constants.set(macro, args)
    const constants = args.get(name) ?? new Map<string, readonly Value[]>()
    args.set(name, constants)
    const text = written ? expressionText(written) : ''
    constants.set(text, [...(constants.get(text) ?? []), ...this.conditions])
    return constants.size > 1 ? union([...constants.values()].flat()) : NOTHING
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
    if (first) this.readCallable(first, new Scope(this.top))
    this.#blocks.get(node.name.value as string)?.pop()
  }

  /** `super()`: the block around the one that is being read. */
  protected override super(): Value {
    for (const list of this.#blocks.values()) {
      const at = list.findLastIndex(({ node }) => this.open.has(node))
      const next = at === -1 ? undefined : list[at + 1]
      if (next) {
        return valueFrom(this.reads.collect(() => this.readCallable(next, new Scope(this.top))))
      }
    }
    return NOTHING
  }
}

/** The expression that a call gives for an argument, by its place or its name. */
function writtenArgument(call: AstNode, n: number, name: string): AstNode | undefined {
  if (call.typename !== 'FunCall') return undefined
  const { children } = call.args
  const positional = children[n]
  if (positional && positional.typename !== 'KeywordArgs') return positional
  const pairs = children.flatMap((child) => (child.typename === 'KeywordArgs' ? child.children : []))
  return pairs.find(({ key }) => key.value === name)?.value as AstNode | undefined
}

function isConstant({ origins, callables, members }: Value): boolean {
  return origins.length === 0 && !callables && !members
}
