import type { AstNode } from '../nunjucks.ts'
import { importedNames, walk } from '../syntax/names.ts'
import { chosenBy, NOTHING, type Origin, union, type Value } from './origins.ts'
import type { Position } from './position.ts'
import { Scope } from './scope.ts'
import type { Parsed, ParsedTemplates } from './templates.ts'

/** Reads templates where others include or import them. */
export class Includes {
  readonly #at: Position
  readonly #templates: ParsedTemplates
  readonly #reader: { consume(node: AstNode): Value; statement(node: AstNode): void }
  readonly #onDynamic: (node: AstNode) => void

  /** @param onDynamic reports a name of a template that is only known at run time */
  constructor(
    at: Position,
    templates: ParsedTemplates,
    reader: { consume(node: AstNode): Value; statement(node: AstNode): void },
    onDynamic: (node: AstNode) => void,
  ) {
    this.#at = at
    this.#templates = templates
    this.#reader = reader
    this.#onDynamic = onDynamic
  }

  import(node: AstNode): void {
    const { template, names } = this.#exportsOf(node)
    if (node.typename === 'Import') {
      this.#at.scope.set(node.target.value as string, { origins: template, members: names })
      return
    }
    const aliases = importedNames(node)
    node.names.children.forEach((child, n) => {
      const name = (child.typename === 'Pair' ? child.key : child).value as string
      this.#at.scope.set(aliases[n] as string, chosenBy(names.get(name) ?? { ...NOTHING }, template))
    })
  }

  /**
   * Returns what the templates export that an import may mean, and the origins that the choice
   * depends on.
   */
  #exportsOf(node: AstNode): { template: readonly Origin[]; names: ReadonlyMap<string, Value> } {
    const { origins } = this.#reader.consume(node.template)
    const { top } = this.#at
    const exported: ReadonlyMap<string, Value>[] = []
    this.#readEach(node, (parsed) => {
      const scope = new Scope<Value>(node.withContext ? this.#at.scope : undefined, {
        isolated: true,
        seesData: Boolean(node.withContext),
      })
      this.#at.top = scope
      this.#at.inScope(scope, () => this.#reader.statement(parsed.root))
      exported.push(scope.names)
    })
    this.#at.top = top
    const names = new Set(exported.flatMap((one) => [...one.keys()]))
    const members = [...names].map(
      (name) => [name, chosenBy(union(exported.flatMap((one) => one.get(name) ?? [])), origins)] as const,
    )
    return { template: origins, names: new Map(members) }
  }

  include(node: AstNode): void {
    const { origins } = this.#reader.consume(node.template)
    let way = 0
    this.#readEach(node, (parsed) =>
      this.#at.chosen(node, way++, origins, () =>
        this.#at.inScope(new Scope(this.#at.scope, { isolated: true }), () =>
          this.#reader.statement(parsed.root),
        ),
      ),
    )
  }

  /** Reads the templates that an include or an import may mean. */
  #readEach(node: AstNode, read: (parsed: Parsed) => void): void {
    for (const name of this.namesOf(node.template)) {
      const parsed = this.#templates.find(name, this.#at.template)
      if (!parsed || this.#at.open.has(parsed.root)) continue
      this.#at.open.add(parsed.root)
      this.#at.inTemplate(parsed.name, () => read(parsed))
      this.#at.open.delete(parsed.root)
    }
  }

  /** Returns the texts that an expression may give; none for a text that is computed. */
  namesOf(node: AstNode): string[] {
    const names: string[] = []
    let computed = false
    walk(node, ({ typename, value }, parent) => {
      if (typename === 'Literal' && typeof value === 'string' && parent?.typename !== 'Compare')
        names.push(value)
      if (!['Literal', 'InlineIf', 'Array', 'Or'].includes(typename)) computed = true
      return !computed && typename !== 'Compare'
    })
    const static_ = names.length > 0 && !computed
    if (!static_) this.#onDynamic(node)
    return static_ || node.typename === 'InlineIf' ? names : []
  }
}
