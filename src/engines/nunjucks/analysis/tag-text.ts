import type { AstNode, Environment } from '../nunjucks.ts'
import { expressionText } from '../syntax/expression-text.ts'

/** The delimiters of tags and of values, as an environment has them. */
export interface Syntax {
  readonly tag: (text: string) => string
  readonly value: (text: string) => string
}

export function syntaxOf({ opts }: Environment): Syntax {
  const { blockStart = '{%', blockEnd = '%}', variableStart = '{{', variableEnd = '}}' } = opts.tags ?? {}
  return {
    tag: (text) => `${blockStart} ${text} ${blockEnd}`,
    value: (text) => `${variableStart} ${text} ${variableEnd}`,
  }
}

/** Changes to propose for a cache tag. */
export interface TagChange {
  /** New source texts of parts, by the present ones. */
  readonly replaced?: ReadonlyMap<string, string>
  readonly part?: string | undefined
  readonly option?: string
}

/** Returns the source of a cache tag with changes. Its name, parts and options keep their order. */
export function cacheTagText(args: AstNode, { replaced, part, option }: TagChange, syntax: Syntax): string {
  const texts = (ofOptions: boolean) =>
    args.children.filter(({ typename }) => (typename === 'KeywordArgs') === ofOptions).map(expressionText)
  const parts = texts(false).map((text) => replaced?.get(text) ?? text)
  const all = [...parts, ...(part ? [part] : []), ...texts(true), ...(option ? [option] : [])]
  return syntax.tag(`cache ${all.join(', ')}`)
}

/** Returns the source of a nocache tag with one more argument. */
export function nocacheTagText(args: AstNode, name: string, syntax: Syntax): string {
  return syntax.tag(`nocache ${[...args.children.map(expressionText), `${name}=${name}`].join(', ')}`)
}
