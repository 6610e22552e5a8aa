import type { DataPolicy } from '../../data-policy.ts'
import type { FragmentAt } from '../../fragment-read.ts'
import type { AstNode, Environment, Template } from '../nunjucks.ts'
import { type CacheTag, optionsOf, readArguments } from '../syntax/cache-tag.ts'
import { readFragmentTag } from '../syntax/fragment-tag.ts'
import { childrenOf, freeNames, namedValues, walk } from '../syntax/names.ts'
import { Calls } from './calls.ts'
import { Readings } from './contexts.ts'
import { Coverage } from './coverage.ts'
import type { DefinedTag } from './defined-tags.ts'
import { Expressions } from './expressions.ts'
import type { Finding } from './finding.ts'
import { Includes } from './includes.ts'
import { type Callable, dataAt, type Value } from './origins.ts'
import { Position } from './position.ts'
import type { OpenFragment, Reads } from './reads.ts'
import { Scope } from './scope.ts'
import { Statements } from './statements.ts'
import { nocacheTagText, type Syntax, syntaxOf } from './tag-text.ts'
import { type Parsed, ParsedTemplates } from './templates.ts'

/** Called for a cache tag, with its arguments and its node. */
type OnTag = (at: FragmentAt, tag: CacheTag, node: AstNode) => void

/**
 * Analyses a template, and all that it runs, without data: finds what each fragment may read, by
 * the paths on which values get there. It is an abstract interpretation in one pass. Of a branch it
 * takes both sides.
 */
export class Analyser {
  /** Findings beside the reads of fragments. */
  readonly findings: Finding[] = []
  /** The tags of defined fragments, each once. */
  readonly definedTags = new Map<AstNode, DefinedTag>()
  readonly #at = new Position()
  readonly #templates: ParsedTemplates
  readonly #calls = new Calls(this.#at, this, (caller, at) => this.#noteCalledInside(caller, at))
  readonly #expressions: Expressions
  readonly #statements: Statements
  readonly #includes: Includes
  readonly #readings = new Readings()
  readonly #syntax: Syntax
  readonly #dataPolicy: DataPolicy
  readonly #onTag: OnTag

  /** @param onTag called for each cache tag, once for each way in which it is reached */
  constructor(env: Environment, dataPolicy: DataPolicy, onTag: OnTag = () => {}) {
    const statement = (node: AstNode) => this.statement(node)
    this.#templates = new ParsedTemplates(env)
    this.#expressions = new Expressions(env, this.#at, this.#calls)
    this.#statements = new Statements(this.#at, this.#expressions, dataPolicy, statement)
    this.#includes = new Includes(this.#at, this.#templates, this, (node) => this.#noteDynamic(node))
    this.#syntax = syntaxOf(env)
    this.#dataPolicy = dataPolicy
    this.#onTag = onTag
  }

  /** The reads of the page's data. */
  get reads(): Reads {
    return this.#at.reads
  }

  /** The templates that were analysed. */
  get sources(): ParsedTemplates['sources'] {
    return this.#templates.sources
  }

  /** Analyses a page. A template that does not exist, or does not parse, is skipped. */
  readPage(name: string): void {
    this.#readParsed(this.#templates.find(name, null))
  }

  /** Analyses a template that is loaded already, and may have no name. */
  readTemplate(template: Template): void {
    this.#readParsed(this.#templates.parse(template))
  }

  /**
   * Analyses a template that is a fragment by itself: all that it reads of its data is a read of
   * that fragment.
   */
  readWhole(name: string, fragment: string): void {
    const parsed = this.#templates.find(name, null)
    if (!parsed) return
    const at: FragmentAt = { name: fragment, template: name, line: 1 }
    const { facts, scope } = this.#at
    const coverage = new Coverage([], this.#dataPolicy)
    this.reads.within({ at, tag: parsed.root, scope, coverage, facts, trace: [] }, () =>
      this.#readRoot(parsed),
    )
  }

  #readParsed(parsed: Parsed | undefined): void {
    if (!parsed) return
    this.#readRoot(parsed)
    this.#at.inTemplate(parsed.name, () => this.#calls.readUncalled())
    this.#readings.compare(this.reads)
  }

  /** Reads a template and its parents, which share one context. */
  #readRoot(parsed: Parsed): void {
    if (this.#at.open.has(parsed.root)) return
    this.#at.open.add(parsed.root)
    this.#at.inTemplate(parsed.name, () => {
      const parent = parsed.root.children.find(({ typename }) => typename === 'Extends')
      for (const node of parsed.root.children) {
        if (parent && node.typename === 'Block') this.#calls.addBlock(node)
        else if (node !== parent) this.statement(node)
      }
      for (const name of parent ? this.#includes.namesOf(parent.template) : []) {
        const found = this.#templates.find(name, parsed.name)
        if (found) this.#readRoot(found)
      }
    })
    this.#at.open.delete(parsed.root)
  }

  evaluate(node: AstNode): Value {
    return this.#expressions.evaluate(node)
  }

  /** Evaluates an expression that is read here. */
  consume(node: AstNode): Value {
    return this.#expressions.consume(node)
  }

  statement(node: AstNode): void {
    switch (node.typename) {
      case 'Output':
        for (const child of node.children) this.#statements.output(child)
        return
      case 'TemplateData':
        return
      case 'Set':
        return this.#statements.set(node)
      case 'If':
      case 'IfAsync':
        return this.#statements.if(node)
      case 'For':
      case 'AsyncEach':
      case 'AsyncAll':
        return this.#statements.for(node)
      case 'Switch':
        return this.#statements.switch(node)
      case 'Macro':
        return this.#at.scope.set(node.name.value as string, {
          origins: [],
          callables: [{ node, scope: this.#at.top, template: this.#at.template }],
        })
      case 'Import':
      case 'FromImport':
        return this.#includes.import(node)
      case 'Include':
        return this.#includes.include(node)
      case 'Block':
        return this.#calls.block(node)
      case 'Cache':
        return this.#cache(node)
      case 'NoCache':
        return this.#nocache(node)
      case 'Fragment':
        return this.#fragment(node)
      case 'CallExtension':
      case 'CallExtensionAsync':
        if (node.args) this.consume(node.args)
        for (const content of node.contentArgs) if (content) this.statement(content)
        return
      default:
        for (const child of childrenOf(node)) this.statement(child)
    }
  }

  #noteDynamic(node: AstNode): void {
    const { fragment } = this.reads
    if (!fragment) return
    this.findings.push({
      kind: 'dynamic include',
      template: this.#at.template,
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
    const coverage = new Coverage(literalNames(tag.vary), this.#dataPolicy)
    const parts = tag.parts.map((part) => {
      coverage.add(part, (one) => this.evaluate(one))
      // To a fragment around this one, the values of its key are reads.
      return this.consume(part)
    })
    for (const option of optionsOf(tag)) this.consume(option)
    for (const name of literalNames(tag.vary)) this.#at.note(node, dataAt([name]))
    const at: FragmentAt = { name: tag.name, template: this.#at.template, line: node.lineno + 1 }
    this.#onTag(at, tag, node)
    // Where the condition does not hold, the fragment is not stored.
    const facts = tag.condition
      ? this.#at.facts.assume(tag.condition, true, this.#expressions.keyOf)
      : this.#at.facts
    const fragment: OpenFragment = { at, tag: node.args, scope: this.#at.scope, coverage, facts, trace: [] }
    this.reads.within(fragment, () =>
      this.#at.inScope(new Scope(this.#at.scope, { isolated: true }), () => this.statement(node.body)),
    )
    if (!facts.impossible) this.#readings.add(fragment, parts, this.#at.choices)
  }

  /** Its template sees nothing of this one but the values of its parameters. */
  #fragment(node: AstNode): void {
    const { name, params } = readFragmentTag(node.args, node)
    const at: FragmentAt = { name, template: this.#at.template, line: node.lineno + 1 }
    this.definedTags.set(node, { at, params: Object.keys(params) })
    for (const value of Object.values(params)) this.reads.noteParameter(at, this.consume(value))
  }

  #nocache(node: AstNode): void {
    const scope = new Scope<Value>()
    const given = namedValues(node.args)
    for (const [name, value] of Object.entries(given)) {
      // The value is stored in the entry.
      scope.set(name, this.consume(value))
    }
    for (const name of freeNames(node.body).keys()) {
      const value = this.#at.scope.lookup(name)
      if (!value) continue
      if (value.callables || value.members) scope.set(name, value)
      else if (!Object.hasOwn(given, name)) this.#noteBound(node, name)
    }
    this.reads.inHole(() => this.#at.inScope(scope, () => this.statement(node.body)))
  }

  #noteBound(node: AstNode, name: string): void {
    this.findings.push({
      kind: 'hole',
      template: this.#at.template,
      line: node.lineno + 1,
      variable: name,
      message:
        `A {% nocache %} reads "${name}", which code around it sets: on a hit that does not run. ` +
        `Pass it by name: ${nocacheTagText(node.args, name, this.#syntax)}.`,
    })
  }

  #noteCalledInside({ node, template }: Callable, at: AstNode): void {
    const { fragment } = this.reads
    if (!fragment) return
    this.findings.push({
      kind: 'caller',
      template: this.#at.template,
      line: at.lineno + 1,
      fragment,
      message:
        `The fragment "${fragment.name}" (${fragment.template}, line ${fragment.line}) calls what a {% call %} around it encloses ` +
        `(${template}, line ${node.lineno + 1}), which may differ each time: that is an error when it runs. Put the cache tag inside ` +
        'the {% call %}.',
    })
  }
}

/** Returns the names in `vary=["locale"]`. */
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
