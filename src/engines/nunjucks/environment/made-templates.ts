import {
  type AstNode,
  type Context,
  type Environment,
  type Extension,
  nunjucks,
  type Parser,
  type RenderCallback,
  type Template,
} from '../nunjucks.ts'

/** The name of the extension that {@link madeTemplates} returns. */
export const MADE_EXTENSION = 'OnetripTemplates'

const TAG = 'onetrip_made'

/**
 * Begins the code that nunjucks compiles. A template's root function is called as a method of the
 * template.
 */
const HAND_OVER =
  `var onetrip = env.getExtension("${MADE_EXTENSION}"); ` +
  'if(onetrip && onetrip.isMade(this)) { return onetrip.render(this, context, cb); }\n'

/**
 * Renders a template that nunjucks has compiled itself. Throws, or calls back: as a root function
 * does.
 */
export type RenderMade = (template: Template, context: Context, callback: RenderCallback) => void

/**
 * Returns an extension that takes over the templates which a program makes itself, with
 * `new nunjucks.Template` or `nunjucks.compile`. The environment does not see them before nunjucks'
 * own compiler compiles them for it; that compiler calls the extension's `preprocess`, which puts a
 * tag in front of the source. The tag's code hands the template over, so that the rest of nunjucks'
 * code does not run. Precompiled code with it runs as any other.
 */
export function madeTemplates(env: Environment, render: RenderMade): Extension & Record<string, unknown> {
  const { blockStart = '{%', blockEnd = '%}', commentStart = '{#', commentEnd = '#}' } = env.opts.tags ?? {}
  // The comment keeps `trimBlocks` from removing a line break that is the template's own.
  const tag = `${blockStart} ${TAG} ${blockEnd}${commentStart} ${commentEnd}`
  return {
    tags: [TAG],
    preprocess: (source: string) => tag + source,
    parse(parser: Parser): AstNode {
      parser.nextToken()
      parser.advanceAfterBlockEnd(TAG)
      // Errors name the column in the template as it was written.
      parser.tokens.colno -= tag.length
      return new nunjucks.nodes.Literal(0, 0, { toString: () => HAND_OVER })
    },
    isMade: (caller: unknown) => caller instanceof nunjucks.Template && caller.tmplStr !== undefined,
    render,
  }
}
