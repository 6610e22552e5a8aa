import type { DataPolicy } from '../../data-policy.ts'
import type { FragmentAt } from '../../template-engine.ts'
import type { AstNode, Environment, Template } from '../nunjucks.ts'
import { optionsOf, readArguments } from '../syntax/cache-tag.ts'
import { childrenOf, freeNames, importedNames, namedValues, walk } from '../syntax/names.ts'
import { Calls } from './calls.ts'
import { Readings } from './contexts.ts'
import { Coverage } from './coverage.ts'
import type { Finding } from './finding.ts'
import { type Callable, chosenBy, dataAt, NOTHING, type Origin, union, type Value } from './origins.ts'
import type { OpenFragment } from './reads.ts'
import { Scope } from './scope.ts'
import { nocacheTagText, type Syntax, syntaxOf } from './tag-text.ts'
import { type Parsed, ParsedTemplates } from './templates.ts'

/**
 * Reads a template, and all that it runs, without data: what each fragment may read is known from the paths by which
 * values get there. It is an abstract interpretation in one pass; of a branch it takes both sides.
 */
export class Analyser extends Calls {
  /** What was found besides. */
  readonly findings: Finding[] = []
  readonly #templates: ParsedTemplates
  readonly #readings = new Readings()
  readonly #syntax: Syntax

  constructor(env: Environment, dataPolicy: DataPolicy) {
    super(env, dataPolicy)
    this.#templates = new ParsedTemplates(env)
    this.#syntax = syntaxOf(env)
  }

  /** The templates that were read. */
  get sources(): ParsedTemplates['sources'] {
    return this.#templates.sources
  }

  /** Reads a page; of one that is not there, or does not parse, nothing is read. */
  readPage(name: string): void {
    this.#readParsed(this.#templates.find(name, null))
  }

  /** The same for a template that is at hand, and may have no name. */
  readTemplate(template: Template): void {
    this.#readParsed(this.#templates.parse(template))
  }

  #readParsed(parsed: Parsed | undefined): void {
    if (!parsed) return
    this.#readRoot(parsed)
    this.inTemplate(parsed.name, () => this.readUncalled())
    this.#readings.compare(this.reads)
  }

  /** A template and its parents: they see one context. */
  #readRoot(parsed: Parsed): void {
    if (this.open.has(parsed.root)) return
    this.open.add(parsed.root)
    this.inTemplate(parsed.name, () => {
      const parent = parsed.root.children.find(({ typename }) => typename === 'Extends')
      for (const node of parsed.root.children) {
        if (parent && node.typename === 'Block') this.addBlock(node)
        else if (node !== parent) this.statement(node)
      }
      for (const name of parent ? this.#namesOf(parent.template) : []) {
        const found = this.#templates.find(name, parsed.name)
        if (found) this.#readRoot(found)
      }
    })
    this.open.delete(parsed.root)
  }

  statement(node: AstNode): void {
    switch (node.typename) {
      case 'Output':
        for (const child of node.children) this.output(child)
        return
      case 'TemplateData':
        return
      case 'Set':
        return this.set(node)
      case 'If':
      case 'IfAsync':
        return this.if(node)
      case 'For':
      case 'AsyncEach':
      case 'AsyncAll':
        return this.for(node)
      case 'Switch':
        return this.switch(node)
      case 'Macro':
        return this.scope.set(node.name.value as string, {
          origins: [],
          callables: [{ node, scope: this.top, template: this.template }],
        })
      case 'Import':
      case 'FromImport':
        return this.#import(node)
      case 'Include':
        return this.#include(node)
      case 'Block':
        return this.block(node)
      case 'Cache':
        return this.#cache(node)
      case 'NoCache':
        return this.#nocache(node)
      case 'CallExtension':
      case 'CallExtensionAsync':
        if (node.args) this.consume(node.args)
        for (const content of node.contentArgs) if (content) this.statement(content)
        return
      default:
        for (const child of childrenOf(node)) this.statement(child)
    }
  }

  #import(node: AstNode): void {
    const { template, names } = this.#exportsOf(node)
    if (node.typename === 'Import') {
      this.scope.set(node.target.value as string, { origins: template, members: names })
      return
    }
    const aliases = importedNames(node)
    node.names.children.forEach((child, n) => {
      const name = (child.typename === 'Pair' ? child.key : child).value as string
      this.scope.set(aliases[n] as string, chosenBy(names.get(name) ?? { ...NOTHING }, template))
    })
  }

  /** What the templates export that an import may mean, and what has chosen among them. */
  #exportsOf(node: AstNode): { template: readonly Origin[]; names: ReadonlyMap<string, Value> } {
    const { origins } = this.consume(node.template)
    const { top } = this
    const exported: ReadonlyMap<string, Value>[] = []
    this.#readEach(node, (parsed) => {
      const scope = new Scope(node.withContext ? this.scope : undefined, {
        isolated: true,
        seesData: Boolean(node.withContext),
      })
      this.top = scope
      this.inScope(scope, () => this.statement(parsed.root))
      exported.push(scope.names)
    })
    this.top = top
    const names = new Set(exported.flatMap((one) => [...one.keys()]))
    const members = [...names].map(
      (name) => [name, chosenBy(union(exported.flatMap((one) => one.get(name) ?? [])), origins)] as const,
    )
    return { template: origins, names: new Map(members) }
  }

  #include(node: AstNode): void {
    const { origins } = this.consume(node.template)
    let way = 0
    this.#readEach(node, (parsed) =>
      this.chosen(node, way++, origins, () =>
        this.inScope(new Scope(this.scope, { isolated: true }), () => this.statement(parsed.root)),
      ),
    )
  }

  /** Reads the templates that an include or an import may mean. */
  #readEach(node: AstNode, read: (parsed: Parsed) => void): void {
    for (const name of this.#namesOf(node.template)) {
      const parsed = this.#templates.find(name, this.template)
      if (!parsed || this.open.has(parsed.root)) continue
      this.open.add(parsed.root)
      this.inTemplate(parsed.name, () => read(parsed))
      this.open.delete(parsed.root)
    }
  }

  /** The names that an expression may give; one that is computed gives none. */
  #namesOf(node: AstNode): string[] {
    const names: string[] = []
    let computed = false
    walk(node, ({ typename, value }, parent) => {
      if (typename === 'Literal' && typeof value === 'string' && parent?.typename !== 'Compare')
        names.push(value)
      if (!['Literal', 'InlineIf', 'Array', 'Or'].includes(typename)) computed = true
      return !computed && typename !== 'Compare'
    })
    const static_ = names.length > 0 && !computed
    if (!static_) this.#noteDynamic(node)
    return static_ || node.typename === 'InlineIf' ? names : []
  }

  #noteDynamic(node: AstNode): void {
    const { fragment } = this.reads
    if (!fragment) return
    this.found({
      kind: 'dynamic include',
      template: this.template,
      line: node.lineno + 1,
      fragment,
      message:
        `The fragment "${fragment.name}" (${fragment.template}, line ${fragment.line}) includes a template whose name is only ` +
        'known at run time, so that what it reads cannot be checked here. Name the templates that it may be: ' +
        '{% include "a.njk" if wide else "b.njk" %}.',
    })
  }

  #cache(node: AstNode): void {
    const tag = readArguments(node.args, node)
    const coverage = new Coverage(literalNames(tag.vary), this.dataPolicy)
    const parts = tag.parts.map((part) => {
      coverage.add(part, (one) => this.evaluate(one))
      // For a fragment around this one, what its key says is read.
      return this.consume(part)
    })
    for (const option of optionsOf(tag)) this.consume(option)
    for (const name of literalNames(tag.vary)) this.note(node, dataAt([name]))
    const at: FragmentAt = { name: tag.name, template: this.template, line: node.lineno + 1 }
    this.met(at, tag, node)
    // Where its condition does not hold the body is shown to this visitor alone, and never stored.
    const facts = tag.condition ? this.facts.assume(tag.condition, true, this.keyOf) : this.facts
    const fragment: OpenFragment = { at, tag: node.args, scope: this.scope, coverage, facts, trace: [] }
    this.reads.within(fragment, () =>
      this.inScope(new Scope(this.scope, { isolated: true }), () => this.statement(node.body)),
    )
    if (!facts.impossible) this.#readings.add(fragment, parts, this.choices)
  }

  #nocache(node: AstNode): void {
    const scope = new Scope()
    const given = namedValues(node.args)
    for (const [name, value] of Object.entries(given)) {
      // The entry keeps it.
      scope.set(name, this.consume(value))
    }
    for (const name of freeNames(node.body).keys()) {
      const value = this.scope.lookup(name)
      if (!value) continue
      if (value.callables || value.members) scope.set(name, value)
      else if (!Object.hasOwn(given, name)) this.#noteBound(node, name)
    }
    this.reads.inHole(() => this.inScope(scope, () => this.statement(node.body)))
  }

  #noteBound(node: AstNode, name: string): void {
    this.found({
      kind: 'hole',
      template: this.template,
      line: node.lineno + 1,
      variable: name,
      message:
        `A {% nocache %} reads "${name}", which code around it sets: on a hit that does not run. ` +
        `Pass it by name: ${nocacheTagText(node.args, name, this.#syntax)}.`,
    })
  }

  protected override calledInside({ node, template }: Callable, at: AstNode): void {
    const { fragment } = this.reads
    if (!fragment) return
    this.found({
      kind: 'caller',
      template: this.template,
      line: at.lineno + 1,
      fragment,
      message:
        `The fragment "${fragment.name}" (${fragment.template}, line ${fragment.line}) calls what a {% call %} around it encloses ` +
        `(${template}, line ${node.lineno + 1}), which may differ each time: that is an error when it runs. Put the cache tag inside ` +
        'the {% call %}.',
    })
  }

  protected found(finding: Finding): void {
    this.findings.push(finding)
  }

  /** A tag was met. */
  protected met(_at: FragmentAt, _tag: ReturnType<typeof readArguments>, _node: AstNode): void {}
}

/** The names in `vary=["locale"]`. */
function literalNames(node: AstNode | null): string[] {
  const names: string[] = []
  if (node) {
    walk(node, ({ typename, value }) => {
      if (typename === 'Literal' && typeof value === 'string') names.push(value)
      return true
    })
  }
  return names
}
