import { type AstNode, type Frame, nunjucks, transform } from '../nunjucks.ts'
import { type CacheTag, readArguments } from '../syntax/cache-tag.ts'
import { expressionText } from '../syntax/expression-text.ts'
import { callsSuper, readNames, readsAnyName, rootOf, walk } from '../syntax/names.ts'
import { BODY_WAITS, CACHE_EXTENSION, TagProblem } from '../syntax/tag-checks.ts'
import { type CompiledPlace, placeOf } from './compiled-place.ts'
import { ForeignTags } from './foreign-tags.ts'
import { isRepeatable } from './key-again.ts'

/** The names that the body of a tag may read. */
export interface BodyNames {
  /** All that stand in it. */
  readonly all: readonly string[]
  /** Those that it may look up in a frame; null: any. */
  readonly picked: readonly string[] | null
  /** The names of the JavaScript variables that it is handed; '' for one that has none. */
  readonly variables: readonly string[]
  readonly callsSuper: boolean
}

/**
 * The cache tag.
 *
 * A body becomes a function of its own beside the root and the blocks. It is handed the JavaScript
 * variables that it reads *by value*, as they are at the tag, and a copy of the frame; so it can
 * run at any later time.
 */
export class Tags extends ForeignTags {
  /** The bodies that were compiled, in the order of their tags. */
  protected readonly bodies: string[] = []
  readonly places: CompiledPlace[] = []
  /** A macro that a hole makes again holds tags that were compiled before: each has one place. */
  protected readonly placeOf = new Map<AstNode, number>()
  /** The names of each body. */
  readonly bodyNames: BodyNames[] = []
  /** Lifting changes a tree, and a loop over pairs compiles its body twice. */
  private readonly liftedBodies = new Map<AstNode, AstNode>()
  asyncFilters: string[] = []
  /** Says whether a name's value belongs to one visitor. */
  isPerVisitor: (name: string) => boolean = () => false
  /** Properties that tell an object from others. */
  identities: ReadonlySet<string> = new Set()
  /** The block that is being compiled: its name is what `super()` in a body refers to. */
  protected block: AstNode | null = null
  /**
   * The bodies that are being compiled, the innermost last: the scope each begins in, and the outer
   * variables it has read, each with the name that it stands for.
   */
  private readonly around: { scope: Frame; reads: Map<string, string> }[] = []

  /** A tag whose body runs later, if at all: the page is told, and leaves a hole. */
  compileCache(node: AstNode, frame: Frame): void {
    const hole = this._tmpid()
    const tag = this.emitTag(node, node.args, this.lifted(node.body), frame)
    this._emitLine(`try { var ${hole} = runtime.hole(${tag});`)
    this._emitLine(
      `${this.buffer}_l = runtime.splice(${this.buffer}_l, ${this.buffer}, ${hole}); ${this.buffer} = "";`,
    )
    this._emitLine('} catch (e) { runtime.cut(e); }')
  }

  compileCallExtension(node: AstNode, frame: Frame, async = false): void {
    if (node.extName === CACHE_EXTENSION) this.emitInline(node, frame)
    else this.emitForeign(node, frame, async)
  }

  compileCallExtensionAsync(node: AstNode, frame: Frame): void {
    this.compileCallExtension(node, frame, true)
  }

  /** A tag without caching: the body runs at its place, in a scope of its own. */
  private emitInline(node: AstNode, frame: Frame): void {
    this.refuseWaiting(node)
    const [tag, output] = [this._tmpid(), this._tmpid()]
    const args = this.emitTag(node, node.args, node.contentArgs[0] as AstNode, frame)
    this._emit(`var ${tag}; `)
    this.emitGuarded(tag, () => this._emit(`[${args}]`))
    this._emitLine(`runtime.inlineBody(${tag}, ${this.cannotWait > 0}, ${this._makeCallback(output)}`)
    this.emitAppend(output)
    this._addScopeLevel()
  }

  /**
   * nunjucks does not lift an asynchronous filter out of a set block: it would be called without a
   * callback.
   */
  private refuseWaiting(node: AstNode): void {
    if (this.cannotWait === 0) return
    walk(node.contentArgs[0] as AstNode, ({ typename, name }) => {
      if (typename !== 'Filter' || !this.asyncFilters.includes(name.value as string)) return true
      const at = node.args.children[0] ?? node
      throw new TagProblem(at, BODY_WAITS)
    })
  }

  /** The arguments of `runtime.hole`: body, variables, scope, and what the tag says. */
  private emitTag(node: AstNode, args: AstNode, body: AstNode, frame: Frame): string {
    const tag = readArguments(args, node)
    const index = this.bodies.length
    // nunjucks rebuilds the nodes of extensions, and forgets where they stood.
    const at = args.children[0] ?? node
    const place = this.placeOf.get(node) ?? this.places.push(placeOf(tag, at.lineno + 1)) - 1
    this.placeOf.set(node, place)
    this.bodies.push('')
    const reads = new Map<string, string>()
    this.bodies[index] = this.aside(() => this.emitTagBody(`c_${index}`, at, body, frame, reads))
    const code = (expression: AstNode) => this.aside(() => this._compileExpression(expression, frame))
    const whole = (expression: AstNode, what: string) =>
      this.aside(() => this.compileWhole(expression, frame, `${JSON.stringify(what)}, own.places[${place}]`))
    const [aPart, aTag] = [`key of the fragment "${tag.name}"`, `tags= of the fragment "${tag.name}"`]
    // A static body is handed the names it may look up; one that runs another template, all of
    // them.
    const all = [...readNames(body)]
    const picked = readsAnyName(body) ? null : all.filter((name) => !this.variable(frame, name))
    const names = { all, picked, variables: [...reads.values()], callsSuper: callsSuper(body) }
    const again = tag.parts.map((part) => this.mayReadAgain(part, picked, frame))
    if (again.includes(true)) {
      this.bodies[index] += this.aside(() => this.emitKeyAgain(index, place, tag, again, frame, reads))
    }
    const variables = [...reads.keys()]
    const says = [
      `own.places[${place}]`,
      JSON.stringify(tag.name),
      `[${tag.parts.map((part) => this.keyPart(part, whole(part, aPart))).join(', ')}]`,
      ...[tag.ttl, tag.stale, tag.until, tag.allowEmpty].map((node) => (node ? code(node) : 'undefined')),
      tag.condition ? code(tag.condition) : 'true',
      tag.tags ? this.givenTags(tag.tags, whole(tag.tags, aTag), aTag, place) : 'undefined',
      tag.vary ? code(tag.vary) : 'undefined',
      tag.bubble ? code(tag.bubble) : 'true',
      `${JSON.stringify(this.perVisitorParts(tag.parts, frame))}`,
    ]
    const bodyNames = `own.bodies[${this.bodyNames.push(names) - 1}]`
    return `c_${index}, [${variables.join(', ')}], context, frame, ${bodyNames}, new own.Tag(${says.join(', ')})`
  }

  /**
   * Returns true if a part may be evaluated again when the body has run. Names that a body does not
   * look up are not kept for it: a part that reads one is taken as it was.
   */
  private mayReadAgain(part: AstNode, picked: readonly string[] | null, frame: Frame): boolean {
    if (part.typename === 'Literal' || !isRepeatable(part)) return false
    return [...readNames(part)].every(
      (name) => this.variable(frame, name) || (picked?.includes(name) ?? true),
    )
  }

  /**
   * A function that evaluates the parts of a key once more, when the body has run: in the scope
   * that the tag saw. The others are taken as they were: what calls a program's code, for one.
   */
  private emitKeyAgain(
    index: number,
    place: number,
    { name, parts }: CacheTag,
    again: readonly boolean[],
    frame: Frame,
    reads: Map<string, string>,
  ): void {
    const scope = frame.push()
    this.around.push({ scope, reads })
    const where = `${JSON.stringify(`key of the fragment "${name}"`)}, own.places[${place}]`
    const values = parts.map((part, n) => {
      if (!again[n]) return `parts[${n}]`
      return this.keyPart(
        part,
        this.aside(() => this.compileWhole(part, scope, where)),
      )
    })
    this.around.pop()
    this._emitLine(`function k_${index}(env, context, frame, runtime, vars, parts) {`)
    this._emitLine(`var lineno = 0, colno = 0, again = runtime.again; ${this.scratch}`)
    ;[...reads.keys()].forEach((variable, n) => {
      this._emitLine(`var ${variable} = vars[${n}];`)
    })
    this._emitLine(`return [${values.join(', ')}];`)
    this._emitLine('}')
    this._emitLine(`c_${index}.keyAgain = k_${index};`)
  }

  /** The parts that are read from what belongs to one visitor. */
  protected perVisitorParts(parts: readonly AstNode[], frame: Frame): number[] | undefined {
    const found = parts.flatMap((part, n) => {
      const root = rootOf(part)
      return root !== undefined && this.isPerVisitor(root) && !this.variable(frame, root) ? [n] : []
    })
    return found.length > 0 ? found : undefined
  }

  /** Where `tags=` is given, it gives something: what is left out is another thing. */
  private givenTags(tags: AstNode, code: string, what: string, place: number): string {
    if (tags.typename === 'Array' || tags.typename === 'Literal') return code
    const text = JSON.stringify(expressionText(tags))
    return `runtime.operand(${code}, ${text}, ${JSON.stringify(what)}, own.places[${place}])`
  }

  /** Compiles a part of a key, and notes if it identifies the object that it is read from. */
  protected keyPart(part: AstNode, code: string): string {
    const { typename, val } = part
    if (typename !== 'Symbol' && typename !== 'LookupVal') return code
    const identity = typename === 'Symbol' || this.identities.has(val.value as string)
    return `runtime.keyPart((runtime.startKey(${identity}), ${code}))`
  }

  private emitTagBody(
    name: string,
    node: AstNode,
    body: AstNode,
    frame: Frame,
    reads: Map<string, string>,
  ): void {
    const scope = frame.push()
    this.around.push({ scope, reads })
    const { inBlock } = this
    this.inBlock = true
    const code = this.aside(() => {
      this.buffer = 'output'
      this._scopeClosers = ''
      this.compile(body, scope)
      this._emitLine(`cb(null, ${this.bufferText()});`)
      this._closeScopeLevels()
    })
    this.inBlock = inBlock
    this.around.pop()
    this._emitFuncBegin(node, name)
    ;[...reads.keys()].forEach((variable, n) => {
      this._emitLine(`var ${variable} = vars[${n}];`)
    })
    this._emit(code)
    this._emitFuncEnd(true)
  }

  /**
   * A name that is known outside of a body is a variable that the body has to be handed, through
   * those around it.
   */
  protected override variable(frame: Frame, name: string): string | undefined {
    const id = super.variable(frame, name)
    if (id) this.handIn((scope) => definedWithin(frame, scope, name), [id, name])
    return id
  }

  protected override loopOf(frame: Frame) {
    const loop = super.loopOf(frame)
    if (loop) this.handIn((scope) => this.loopWithin(frame, scope), [loop.i, ''], [loop.length, ''])
    return loop
  }

  private handIn(isWithin: (scope: Frame) => boolean, ...variables: [id: string, name: string][]): void {
    for (const { scope, reads } of this.around.toReversed()) {
      if (isWithin(scope)) return
      for (const [id, name] of variables) reads.set(id, name)
    }
  }

  private loopWithin(frame: Frame, outermost: Frame): boolean {
    for (let scope: Frame | undefined = frame; scope; scope = scope.parent) {
      if (this.loops.get(scope)) return true
      if (scope === outermost) return false
    }
    return true
  }

  /**
   * The body as a tree of its own: its async filters and its `super()` are lifted into it, not out
   * of it.
   */
  protected lifted(body: AstNode): AstNode {
    const known = this.liftedBodies.get(body)
    if (known) return known
    const lifted = this.lift(body)
    this.liftedBodies.set(body, lifted)
    return lifted
  }

  private lift(body: AstNode): AstNode {
    const { Block, Root } = nunjucks.nodes
    if (!this.block) return transform(body, this.asyncFilters)
    const block = new Block(body.lineno, body.colno, this.block.name, body)
    const tree = transform(new Root(body.lineno, body.colno, [block]), this.asyncFilters)
    return (tree.children[0] as AstNode).body
  }
}

function definedWithin(frame: Frame, outermost: Frame, name: string): boolean {
  for (let scope: Frame | undefined = frame; scope; scope = scope.parent) {
    if (scope.variables[name] !== undefined) return true
    if (scope === outermost) return false
  }
  // A macro's scope has no parent: what it knows is its own.
  return true
}
