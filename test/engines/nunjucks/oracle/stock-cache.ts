import nunjucks from 'nunjucks'

/** Stock nunjucks' `{% cache %}`, as a plain extension has it: the body runs at its place. */
// biome-ignore lint/suspicious/noExplicitAny: nunjucks' parser has no types
type Any = any

export class StockCache {
  tags = ['cache']

  parse(parser: Any, nodes: Any): Any {
    const token = parser.nextToken()
    const args = parser.parseSignature(null, true)
    parser.advanceAfterBlockEnd(token.value)
    const body = parser.parseUntilBlocks('endcache')
    parser.advanceAfterBlockEnd()
    return new nodes.CallExtension(this, 'run', args, [body])
  }

  run(...args: Any[]): Any {
    return new (nunjucks.runtime as Any).SafeString(args.at(-1)())
  }
}
