import type { DataPolicy } from '../../data-policy.ts'
import { isPerVisitor } from '../../data-policy.ts'
import { filtersAreStock } from '../environment/stock-code.ts'
import { membersAreStock } from '../environment/stock-members.ts'
import { type AstNode, type Environment, nunjucks, transform } from '../nunjucks.ts'
import { walk } from '../syntax/names.ts'
import { checkHoles, topDefinitions } from '../syntax/nocache-tag.ts'
import { parseTemplate } from '../syntax/parse.ts'
import { CACHE_EXTENSION, checkCounters, checkUseOutside } from '../syntax/tag-checks.ts'
import type { CompiledPlace } from './compiled-place.ts'
import { type CompiledHole, Holes } from './holes.ts'
import { isLibrary } from './library.ts'
import { ONCE_FORM } from './output-form.ts'
import type { BodyNames } from './tags.ts'

/** The kinds of code that a template is compiled to. */
export interface CodeWay {
  /** Without caching: bodies run at their places. */
  readonly inline: boolean
  /** Runs of it are never cut, and leave no holes: it is inline, too. */
  readonly once: boolean
  readonly dataPolicy: DataPolicy
}

/** A compiled template as JavaScript, and what its cache tags need beside it. */
export interface CompiledSource {
  /** The body of a function that is called with `own`, and answers the root and the blocks. */
  code: string
  /** Each cache tag, as far as messages show it. */
  places: readonly CompiledPlace[]
  /** The names of each body, in the order of their tags. */
  bodies: readonly BodyNames[]
  holes: readonly CompiledHole[]
  /** It only defines macros. */
  isLibrary: boolean
}

/**
 * Compiles a template for pages (`inline: false`: a cache tag leaves a hole, its body may run later
 * or never) or for rendering in one go (`inline: true`: a body runs at its place).
 */
export function compileTemplate(
  source: string,
  env: Environment,
  path: string | null,
  { inline, once, dataPolicy }: CodeWay,
): CompiledSource {
  const parsed = parseTemplate(source, env, !inline)
  const isTag = ({ typename, extName }: AstNode) =>
    typename === 'Cache' || typename === 'NoCache' || extName === CACHE_EXTENSION
  checkUseOutside(parsed, isTag)
  checkCounters(parsed, isTag)
  checkHoles(parsed)
  const compiler = new PageCompiler(path, env.opts.throwOnUndefined)
  if (once) compiler.form = ONCE_FORM
  compiler.asyncFilters = env.asyncFilters
  compiler.perRequest = new Set(dataPolicy.perRequest)
  compiler.isPerVisitor = (name) => isPerVisitor(name, dataPolicy)
  compiler.identities = new Set(dataPolicy.identities)
  compiler.inlineMembers = membersAreStock()
  compiler.inlineFilters = filtersAreStock(env)
  const isOnlyMacros = isLibrary(parsed)
  compiler.compile(transform(parsed, env.asyncFilters))
  const { places, bodyNames, holes } = compiler
  return { code: compiler.getCode(), places, bodies: bodyNames, holes, isLibrary: isOnlyMacros }
}

/** The root of the compiler: the functions that a template consists of. */
class PageCompiler extends Holes {
  compileRoot(node: AstNode): void {
    this.assignsLoop = assigns(node, 'loop')
    this.topDefinitions = topDefinitions(node)
    const frame = new nunjucks.runtime.Frame()
    this._emitFuncBegin(node, 'root')
    this._emitLine('var parentTemplate = null;')
    this._compileChildren(node, frame)
    this._emitLine('if(parentTemplate) { runtime.rootOf(parentTemplate)(env, context, frame, runtime, cb); }')
    this._emitLine(`else { cb(null, ${this.bufferText()}); }`)
    this._emitFuncEnd(true)
    this.inBlock = true
    const blocks = node.findAll(nunjucks.nodes.Block)
    const names = blocks.map((block) => block.name.value as string)
    const twice = names.find((name, n) => names.indexOf(name) !== n)
    if (twice !== undefined) throw new Error(`Block "${twice}" defined more than once.`)
    for (const block of blocks) this.compileBlockFunction(block, `b_${block.name.value}`)
    for (const body of [...this.bodies, ...this.holeFunctions]) this._emit(body)
    this.emitMemberPlaces()
    const holes = this.holes.map((_, n) => `h_${n}`)
    this._emitLine(
      `return { ${[...names.map((name) => `b_${name}`), 'root', `holes: [${holes.join(', ')}]`].join(', ')} };`,
    )
  }

  private compileBlockFunction(block: AstNode, name: string): void {
    this._emitFuncBegin(block, name)
    this._emitLine('var frame = frame.push(true);')
    this.block = block
    this.compile(block.body, new nunjucks.runtime.Frame())
    this.block = null
    this._emitFuncEnd()
  }
}

function assigns(tree: AstNode, name: string): boolean {
  let found = false
  walk(tree, (node: AstNode) => {
    if (node.typename === 'Set') found ||= node.targets.some((target) => target.value === name)
    return !found
  })
  return found
}
