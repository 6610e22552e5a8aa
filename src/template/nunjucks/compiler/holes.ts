import { namedValues } from '../names.ts'
import { needsOf, type TopDefinitions } from '../nocache-tag.ts'
import { type AstNode, type Frame, nunjucks } from '../nunjucks.ts'
import { Tags } from './tags.ts'

/** What compiled code is told of a `{% nocache %}`. */
export interface CompiledHole {
  /** Counted from 1. */
  readonly line: number
  /** The names that it reads of the page's data, which nothing around it may have set. */
  readonly names: readonly string[]
}

/**
 * `{% nocache %}`. Its body becomes a function of its own that nothing is handed but what the tag names: on a hit
 * none of the code around it has run. It makes the macros and imports at the top of the template again.
 */
export class Holes extends Tags {
  readonly holes: CompiledHole[] = []
  protected readonly holeFunctions: string[] = []
  protected topDefinitions: TopDefinitions = new Map()
  /** A macro that is made again in a hole may hold holes, itself this one: each is compiled once. */
  private readonly numbers = new Map<AstNode, number>()

  compileNoCache(node: AstNode, frame: Frame): void {
    const number = this.numberOf(node)
    const [values, output] = [this._tmpid(), this._tmpid()]
    this._emit(`var ${values}; `)
    this.emitGuarded(values, () => {
      const pairs = Object.entries(namedValues(node.args)).map(
        ([name, value]) =>
          `${JSON.stringify(name)}: ${this.aside(() => this._compileExpression(value, frame))}`,
      )
      this._emit(`{ ${pairs.join(', ')} }`)
    })
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
    this.holeFunctions[number] = this.aside(() => this.emitHole(`h_${number}`, node, definitions))
    return number
  }

  private emitHole(name: string, node: AstNode, definitions: readonly AstNode[]): void {
    const { block, inBlock, cannotWait } = this
    Object.assign(this, { block: null, inBlock: true, cannotWait: 0 })
    const frame = new nunjucks.runtime.Frame()
    this._emitFuncBegin(node, name)
    for (const definition of definitions) this.compile(definition, frame)
    this.compile(this.lifted(node.body), frame)
    this._emitFuncEnd()
    Object.assign(this, { block, inBlock, cannotWait })
  }
}
