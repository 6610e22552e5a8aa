import { type AstNode, type Frame, nunjucks } from '../nunjucks.ts'
import { readFragmentTag } from '../syntax/fragment-tag.ts'
import { freeNames, namedValues } from '../syntax/names.ts'
import { holeAround, needsOf, type TopDefinitions } from '../syntax/nocache-tag.ts'
import { TagProblem } from '../syntax/tag-checks.ts'
import { Tags } from './tags.ts'

/** Facts of a `{% nocache %}` that compiled code needs. */
export interface CompiledHole {
  /** Counted from 1. */
  readonly line: number
  /** The names that it reads of the page's data, which nothing around it may have set. */
  readonly names: readonly string[]
}

/**
 * `{% nocache %}`. Its body becomes a function of its own that nothing is handed but what the tag
 * names: on a hit none of the code around it has run. It makes the macros and imports at the top of
 * the template again.
 */
export class Holes extends Tags {
  readonly holes: CompiledHole[] = []
  /** Names whose values are printed for each request: what prints one is a hole by itself. */
  perRequest: ReadonlySet<string> = new Set()
  protected readonly holeFunctions: string[] = []
  protected topDefinitions: TopDefinitions = new Map()
  /**
   * A macro that is made again in a hole may hold holes, itself this one: each is compiled once.
   */
  private readonly numbers = new Map<AstNode, number>()

  compileNoCache(node: AstNode, frame: Frame): void {
    const number = this.numberOf(node)
    this.emitHole(node, number, () => {
      const values = Object.entries(namedValues(node.args)).map(
        ([name, value]) =>
          `${JSON.stringify(name)}: ${this.aside(() => this._compileExpression(value, frame))}`,
      )
      this._emit(`{ ${values.join(', ')} }`)
    })
  }

  /** Prints an expression; one that reads a value of one request becomes a hole by itself. */
  protected override emitValue(output: AstNode, node: AstNode, frame: Frame): void {
    if (!this.perRequestIn(node, frame)) return super.emitValue(output, node, frame)
    const hole = holeAround(node)
    const number = this.numberOf(hole)
    this.emitHole(hole, number, () => {
      const known = (this.holes[number]?.names ?? []).flatMap((name) => {
        const id = this.variable(frame, name)
        const key = JSON.stringify(name)
        return id ? [`${key}: runtime.read(${id}, ${key})`] : []
      })
      this._emit(`runtime.setAround(own.holes[${number}], { ${known.join(', ')} }, context, frame)`)
    })
  }

  /**
   * nunjucks takes asynchronous filters out of what is printed, so that this would no longer be in
   * the hole.
   */
  override compileFilterAsync(node: AstNode, frame: Frame): void {
    const name = this.perRequestIn(node.args, frame)
    if (name !== undefined) {
      throw new TagProblem(
        node,
        `The asynchronous filter "${node.name.value}" is given "${name}", which differs for each request: put both into ` +
          'a {% nocache %}',
      )
    }
    super.compileFilterAsync(node, frame)
  }

  /** Gathers the output of a `{% head %}`, and hands it over to the page. */
  compileHead(node: AstNode, frame: Frame): void {
    const cuts = this._tmpid()
    this._emitLine(`var ${cuts} = runtime.cuts;`)
    const buffer = this._pushBuffer()
    this.atOnce(() => this.compile(this.lifted(node.body), frame))
    this._emitLine(`runtime.addToHead(${this.form.list(buffer)}, ${buffer}, ${cuts});`)
    this.buffer = this.bufferStack.pop() ?? null
  }

  /** A tag whose fragment is defined elsewhere: it says its name and its parameters. */
  compileFragment(node: AstNode, frame: Frame): void {
    const { name, params } = readFragmentTag(node.args, node)
    const unplaced = { line: node.lineno + 1, parts: [], tags: [] }
    const number = this.placeOf.get(node) ?? this.places.push(unplaced) - 1
    this.placeOf.set(node, number)
    const place = `own.places[${number}]`
    const given = Object.entries(params).map(([param, value]) => {
      const where = `${JSON.stringify(`parameter "${param}" of the fragment "${name}"`)}, ${place}`
      const code = this.aside(() => this.compileWhole(value, frame, where))
      return `${JSON.stringify(param)}: ${this.keyPart(value, code)}`
    })
    const names = Object.keys(params)
    const perVisitor = this.perVisitorParts(Object.values(params), frame)?.map((n) => names[n])
    const hole = this._tmpid()
    this._emit(`try { var ${hole} = runtime.defined(${place}, ${JSON.stringify(name)}, `)
    this._emitLine(`{ ${given.join(', ')} }, ${JSON.stringify(perVisitor)});`)
    this.emitAppend(hole)
    this._emitLine('} catch (e) { runtime.cut(e); }')
  }

  private perRequestIn(node: AstNode, frame: Frame): string | undefined {
    if (this.perRequest.size === 0) return undefined
    return [...freeNames(node).keys()].find(
      (name) => this.perRequest.has(name) && !this.variable(frame, name),
    )
  }

  private emitHole(node: AstNode, number: number, emitValues: () => void): void {
    const [values, output] = [this._tmpid(), this._tmpid()]
    this._emit(`var ${values}; `)
    this.emitGuarded(values, emitValues)
    this.emitLineOf(node)
    this._emitLine(
      `runtime.nocache(own.holes[${number}], h_${number}, ${values}, context, frame, ${this.cannotWait > 0}, ${this._makeCallback(output)}`,
    )
    this.emitAppend(output)
    this._addScopeLevel()
  }

  private numberOf(node: AstNode): number {
    const known = this.numbers.get(node)
    if (known !== undefined) return known
    const number = this.holes.length
    this.numbers.set(node, number)
    const { definitions, names } = needsOf(node, this.topDefinitions)
    this.holes.push({ line: node.lineno + 1, names })
    this.holeFunctions.push('')
    this.holeFunctions[number] = this.aside(() => this.emitFunction(`h_${number}`, node, definitions))
    return number
  }

  private emitFunction(name: string, node: AstNode, definitions: readonly AstNode[]): void {
    const { block, inBlock, cannotWait, perRequest } = this
    Object.assign(this, { block: null, inBlock: true, cannotWait: 0 })
    const frame = new nunjucks.runtime.Frame()
    this._emitFuncBegin(node, name)
    for (const definition of definitions) this.compile(definition, frame)
    // What prints by itself is no hole in its hole.
    this.perRequest = new Set()
    this.compile(this.lifted(node.body), frame)
    this._emitFuncEnd()
    Object.assign(this, { block, inBlock, cannotWait, perRequest })
  }
}
