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

/** What a cache tag is proposed to say beside what it says. */
export interface TagChange {
  /** Parts that are written otherwise, by how they are written now. */
  readonly replaced?: ReadonlyMap<string, string>
  readonly part?: string | undefined
  readonly option?: string
}

/**
 * Returns a cache tag as it is written, changed: its name, parts and options stay, in their order.
 */
export function cacheTagText(args: AstNode, { replaced, part, option }: TagChange, syntax: Syntax): string {
  const texts = (ofOptions: boolean) =>
    args.children.filter(({ typename }) => (typename === 'KeywordArgs') === ofOptions).map(expressionText)
  const parts = texts(false).map((text) => replaced?.get(text) ?? text)
  const all = [...parts, ...(part ? [part] : []), ...texts(true), ...(option ? [option] : [])]
  return syntax.tag(`cache ${all.join(', ')}`)
}

/** Returns a nocache tag that is given a name beside what it is given. */
export function nocacheTagText(args: AstNode, name: string, syntax: Syntax): string {
  return syntax.tag(`nocache ${[...args.children.map(expressionText), `${name}=${name}`].join(', ')}`)
}
