import { MADE_EXTENSION } from '../environment/made-templates.ts'
import { type AstNode, type Environment, nunjucks } from '../nunjucks.ts'
import { cacheTag } from './cache-tag.ts'
import { CACHE_EXTENSION } from './tag-checks.ts'

/**
 * Parses a template, without nunjucks' transformations.
 *
 * @param leaf makes cache tags leaves; see {@link cacheTag}
 */
export function parseTemplate(source: string, env: Environment, leaf: boolean): AstNode {
  const extensions = env.extensionsList.map((extension) =>
    extension.__name === CACHE_EXTENSION ? cacheTag(leaf, env.asyncFilters) : extension,
  )
  const text = env.extensionsList.reduce(
    (result, { preprocess, __name }) =>
      preprocess && __name !== MADE_EXTENSION ? preprocess(result) : result,
    source,
  )
  return nunjucks.parser.parse(text, extensions, env.opts)
}
