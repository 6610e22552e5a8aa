import type { FragmentAt, Rules } from '../../template-engine.ts'
import { readArguments } from '../cache-tag.ts'
import { childrenOf, freeNames, importedNames, loopNames, namedValues, walk } from '../names.ts'
import type { AstNode, Environment } from '../nunjucks.ts'
import { Coverage } from './coverage.ts'
import { Expressions } from './expressions.ts'
import type { Finding } from './finding.ts'
import { type Callable, ITEM, NOTHING, onward, Scope, union, type Value, valueOf } from './origins.ts'
import { Reads } from './reads.ts'
import { type Parsed, ParsedTemplates } from './templates.ts'

/**
 * Reads a template, and all that it runs, without data: what each fragment may read is known from the paths by which
 * values get there. It is an abstract interpretation in one pass; of a branch it takes both sides.
 */
export class Analyser extends Expressions {
  readonly reads = new Reads()
  /** What was found besides. */
  readonly findings: Finding[] = []
  readonly #templates: ParsedTemplates
  readonly #rules: Rules
  /** Where the template that is being read stands. */
  #template = ''
  #scope: Scope
  /** The names at the top of the page, which blocks and macros see. */
  #top: Scope
  /** Blocks by name, that of the outermost child first. */
  readonly #blocks = new Map<string, Callable[]>()
  /** Templates, macros and blocks that are being read: what goes round is read once. */
  readonly #open = new Set<object>()
  readonly #called = new Set<AstNode>()
  /** Conditions around: what is set under one tells of it. */
  #conditions: Value[] = []
  #conditional = 0

  constructor(env: Environment, rules: Rules) {
    super(env)
    this.#rules = rules
    this.#templates = new ParsedTemplates(env)
    this.#top = this.#scope = new Scope()
  }

  /** The templates that were read. */
  get sources(): ParsedTemplates['sources'] {
    return this.#templates.sources
  }

  /** Reads a page. @returns false where there is no such template to read */
  readPage(name: string): boolean {
    const parsed = this.#templates.find(name, null)
    if (!parsed) return false
    this.#readRoot(parsed)
    this.#inTemplate(parsed.name, () => this.#readUncalled())
    return true
  }

  protected get template(): string {
    return this.#template
  }

  protected get scope(): Scope {
    return this.#scope
  }

  /** A template and its parents: they see one context. */
  #readRoot(parsed: Parsed): void {
    if (this.#open.has(parsed.root)) return
    this.#open.add(parsed.root)
    this.#inTemplate(parsed.name, () => {
      const parent = parsed.root.children.find(({ typename }) => typename === 'Extends')
      for (const node of parsed.root.children) {
        if (parent && node.typename === 'Block') this.#addBlock(node)
        else if (node !== parent) this.statement(node)
      }
      for (const name of parent ? this.#namesOf(parent.template) : []) {
        const found = this.#templates.find(name, parsed.name)
        if (found) this.#readRoot(found)
      }
    })
    this.#open.delete(parsed.root)
  }

  /** Macros that nobody has called are read all the same: somebody may call them, with whatever arguments. */
  #readUncalled(): void {
    for (const { callable } of [...this.#top.names.values()]) {
      if (callable && !this.#called.has(callable.node)) this.callMacro(callable, [], new Map(), callable.node)
    }
  }

  #inTemplate(name: string, read: () => void): void {
    const around = this.#template
    this.#template = name
    read()
    this.#template = around
  }

  #inScope<T>(scope: Scope, read: () => T): T {
    const around = this.#scope
    this.#scope = scope
    const result = read()
    this.#scope = around
    return result
  }

  #addBlock(node: AstNode): void {
    const name = node.name.value as string
    const list = this.#blocks.get(name) ?? []
    list.push({ node, scope: this.#top, template: this.#template })
    this.#blocks.set(name, list)
  }

  statement(node: AstNode): void {
    switch (node.typename) {
      case 'Output':
        for (const child of node.children) this.#output(child)
        return
      case 'TemplateData':
        return
      case 'Set':
        return this.#set(node)
      case 'If':
      case 'IfAsync':
        return this.#if(node)
      case 'For':
      case 'AsyncEach':
      case 'AsyncAll':
        return this.#for(node)
      case 'Switch':
        return this.#switch(node)
      case 'Macro':
        return this.#scope.set(node.name.value as string, {
          origins: [],
          callable: { node, scope: this.#top, template: this.#template },
        })
      case 'Import':
      case 'FromImport':
        return this.#import(node)
      case 'Include':
        return this.#include(node)
      case 'Block':
        return this.#block(node)
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

  #output(node: AstNode): void {
    if (node.typename === 'TemplateData') return
    const { perRequest } = this.#rules
    const isHole =
      perRequest.length > 0 &&
      [...freeNames(node).keys()].some((name) => perRequest.includes(name) && !this.#scope.lookup(name))
    if (isHole) this.reads.inHole(() => this.consume(node))
    else this.consume(node)
  }

  #set(node: AstNode): void {
    const names = node.targets.map((target) => target.value as string)
    const given = node.value
      ? this.evaluate(node.value as AstNode)
      : valueOf(this.reads.collect(() => this.statement(node.body)))
    const step = { what: `{% set ${names.join(', ')} %}`, template: this.#template, line: node.lineno + 1 }
    const value = onward(union([given, ...this.#conditions]), step)
    for (const name of names) {
      const before = this.#conditional > 0 ? this.#scope.lookup(name) : undefined
      this.#scope.assign(name, before ? union([value, before]) : value)
    }
  }

  #under(conditions: readonly Value[], read: () => void): void {
    const around = this.#conditions
    this.#conditions = [...around, ...conditions]
    this.#conditional++
    read()
    this.#conditional--
    this.#conditions = around
  }

  #if(node: AstNode): void {
    const condition = this.consume(node.cond)
    this.#under([condition], () => {
      this.statement(node.body)
      if (node.else_) this.statement(node.else_)
    })
  }

  #switch(node: AstNode): void {
    const value = this.consume(node.expr)
    this.#under([value], () => {
      for (const { cond, body } of node.cases) {
        this.consume(cond)
        this.statement(body)
      }
      if (node.default) this.statement(node.default)
    })
  }

  #for(node: AstNode): void {
    const list = this.consume(node.arr)
    const names = loopNames(node)
    const step = {
      what: `the loop variable ${names.join(', ')}`,
      template: this.#template,
      line: node.lineno + 1,
    }
    const item = onward(valueOf(list.origins.map(({ path, way }) => ({ path: [...path, ITEM], way }))), step)
    const scope = new Scope(this.#scope)
    for (const name of names) scope.set(name, { ...item })
    scope.set('loop', NOTHING)
    this.#inScope(scope, () =>
      this.#under([], () => {
        this.statement(node.body)
        // What one turn has set the next one reads.
        if (sets(node.body)) this.statement(node.body)
      }),
    )
    if (node.else_) {
      const otherwise = node.else_
      this.#under([list], () => this.statement(otherwise))
    }
  }

  #import(node: AstNode): void {
    const exported = this.#exportsOf(node)
    if (node.typename === 'Import') {
      this.#scope.set(node.target.value as string, { origins: [], members: exported })
      return
    }
    const aliases = importedNames(node)
    node.names.children.forEach((child, n) => {
      const name = (child.typename === 'Pair' ? child.key : child).value as string
      this.#scope.set(aliases[n] as string, exported.get(name) ?? NOTHING)
    })
  }

  #exportsOf(node: AstNode): ReadonlyMap<string, Value> {
    this.consume(node.template)
    const scope = new Scope(node.withContext ? this.#scope : undefined, Boolean(node.withContext))
    const top = this.#top
    this.#top = scope
    this.#readEach(node, (parsed) =>
      this.#inScope(scope, () => parsed.root.children.forEach((one) => this.statement(one))),
    )
    this.#top = top
    return scope.names
  }

  #include(node: AstNode): void {
    this.consume(node.template)
    this.#readEach(node, (parsed) =>
      this.#inScope(new Scope(this.#scope), () => parsed.root.children.forEach((one) => this.statement(one))),
    )
  }

  /** Reads the templates that an include or an import may mean. */
  #readEach(node: AstNode, read: (parsed: Parsed) => void): void {
    for (const name of this.#namesOf(node.template)) {
      const parsed = this.#templates.find(name, this.#template)
      if (!parsed || this.#open.has(parsed.root)) continue
      this.#open.add(parsed.root)
      this.#inTemplate(parsed.name, () => read(parsed))
      this.#open.delete(parsed.root)
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
      template: this.#template,
      line: node.lineno + 1,
      fragment,
      message:
        `The fragment "${fragment.name}" (${fragment.template}, line ${fragment.line}) includes a template whose name is only ` +
        'known at run time, so that what it reads cannot be checked here. Name the templates that it may be: ' +
        '{% include "a.njk" if wide else "b.njk" %}.',
    })
  }

  #block(node: AstNode): void {
    this.#addBlock(node)
    const [first] = this.#blocks.get(node.name.value as string) ?? []
    if (first) this.#readCallable(first, new Scope(this.#top))
    this.#blocks.get(node.name.value as string)?.pop()
  }

  /** `super()`: the block around the one that is being read. */
  protected override super(): Value {
    for (const list of this.#blocks.values()) {
      const at = list.findLastIndex(({ node }) => this.#open.has(node))
      const next = at === -1 ? undefined : list[at + 1]
      if (next) {
        return valueOf(this.reads.collect(() => this.#readCallable(next, new Scope(this.#top))))
      }
    }
    return NOTHING
  }

  /** A macro, by what it puts out. */
  protected override callMacro(
    callable: Callable,
    args: readonly Value[],
    named: ReadonlyMap<string, Value>,
    at: AstNode,
  ): Value {
    const { node, scope, template } = callable
    this.#called.add(node)
    if (this.#open.has(node)) return union([...args, ...named.values()])
    const inner = new Scope(scope)
    const title = node.typename === 'Caller' ? '{% call %}' : `the macro ${node.name.value as string}`
    const step = (name: string) => ({
      what: `the argument "${name}" of ${title}`,
      template: this.#template,
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
          args[n++] ?? named.get(name) ?? (value ? this.#inScope(inner, () => this.evaluate(value)) : NOTHING)
        inner.set(name, onward(given, step(name)))
      }
    }
    inner.set('caller', named.get('caller') ?? NOTHING)
    const origins = this.reads.collect(() => this.#readCallable({ node, scope: inner, template }, inner))
    return valueOf(origins)
  }

  #readCallable({ node, template }: Callable, scope: Scope): void {
    if (this.#open.has(node)) return
    this.#open.add(node)
    this.#inTemplate(template, () => this.#inScope(scope, () => this.statement(node.body)))
    this.#open.delete(node)
  }

  protected override callerOf(node: AstNode): Value {
    return { origins: [], callable: { node, scope: this.#scope, template: this.#template } }
  }

  /** What is captured is read: a filter block, for one. */
  protected override captured(node: AstNode): Value {
    return valueOf(this.reads.collect(() => this.statement(node.body)))
  }

  #cache(node: AstNode): void {
    const tag = readArguments(node.args, node)
    const coverage = new Coverage(literalNames(tag.vary), this.#rules)
    for (const part of tag.parts) {
      coverage.add(part, (one) => this.evaluate(one))
      // For a fragment around this one, what its key says is read.
      this.consume(part)
    }
    for (const other of [tag.ttl, tag.condition, tag.tags, tag.vary]) if (other) this.consume(other)
    for (const name of literalNames(tag.vary))
      this.reads.note(node, { origins: [{ path: [name], way: [] }] }, this.#template)
    const at: FragmentAt = { name: tag.name, template: this.#template, line: node.lineno + 1 }
    this.met(at, tag, node)
    this.reads.within({ at, coverage }, () =>
      this.#inScope(new Scope(this.#scope), () => this.statement(node.body)),
    )
  }

  #nocache(node: AstNode): void {
    const scope = new Scope()
    for (const [name, value] of Object.entries(namedValues(node.args))) {
      // The entry keeps it.
      scope.set(name, this.consume(value))
    }
    for (const name of freeNames(node.body).keys()) {
      const value = this.#scope.lookup(name)
      if (value && (value.callable || value.members)) scope.set(name, value)
    }
    this.reads.inHole(() => this.#inScope(scope, () => this.statement(node.body)))
  }

  protected override note(node: AstNode, value: Value): void {
    this.reads.note(node, value, this.#template)
  }

  protected found(finding: Finding): void {
    this.findings.push(finding)
  }

  /** A tag was met. */
  protected met(_at: FragmentAt, _tag: ReturnType<typeof readArguments>, _node: AstNode): void {}
}

function sets(tree: AstNode): boolean {
  let found = false
  walk(tree, ({ typename }) => {
    found ||= typename === 'Set'
    return !found
  })
  return found
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
