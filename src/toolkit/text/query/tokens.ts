/** A piece of a query. */
export type Token =
  | { readonly kind: 'word'; readonly text: string; readonly prefix: boolean }
  | { readonly kind: 'phrase'; readonly text: string }
  | { readonly kind: '(' | ')' | 'and' | 'or' | 'not' }

/** Quotes of all languages are one. */
const QUOTES = /[“”„‟«»]/g
/**
 * A phrase; a sign of its own; a minus before a word, a phrase or a parenthesis; or text up to one
 * of them. A quote that is not closed is a space.
 */
const TOKEN = /"([^"]*)"|([()&|])|(?<![^\s("&|])(-)(?=[^\s-])|[^\s"()&|]+/g

const KEYWORDS: Readonly<Record<string, 'and' | 'or' | 'not'>> = {
  AND: 'and',
  OR: 'or',
  NOT: 'not',
  '&': 'and',
  '|': 'or',
}
const WORD = /[\p{L}\p{N}]/u

/** Splits a query. Signs that are neither words nor operators are left out. */
export function tokensOf(query: string): Token[] {
  const tokens: Token[] = []
  for (const [token, phrase, , minus] of query.replace(QUOTES, '"').matchAll(TOKEN)) {
    if (phrase !== undefined) tokens.push({ kind: 'phrase', text: phrase })
    else if (token === '(' || token === ')') tokens.push({ kind: token })
    else if (minus) tokens.push({ kind: 'not' })
    else if (Object.hasOwn(KEYWORDS, token)) tokens.push({ kind: KEYWORDS[token] as 'and' | 'or' | 'not' })
    else if (WORD.test(token)) tokens.push(wordOf(token))
  }
  return tokens
}

function wordOf(token: string): Token {
  return { kind: 'word', text: token, prefix: /[\p{L}\p{N}\p{M}]\*+$/u.test(token) }
}
