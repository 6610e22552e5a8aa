import { type Token, tokensOf } from './tokens.ts'

/** A query as a tree. `and` and `or` have at least two parts. */
export type QueryNode =
  | { readonly kind: 'word'; readonly text: string; readonly prefix: boolean }
  | { readonly kind: 'phrase'; readonly text: string }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly QueryNode[] }
  | { readonly kind: 'not'; readonly part: QueryNode }

/** Number of words, phrases and signs of a query that are read. */
const MAX_TOKENS = 128
/** Depth to which parentheses are nested. Deeper ones are left out, but not what is in them. */
const MAX_DEPTH = 16
/** Length of a query that is read, in code units. */
const MAX_LENGTH = 10_000

/**
 * Parses the query of a visitor; undefined if it has no words. Words that follow each other are
 * joined by AND, which binds closer than OR; NOT and a minus before a word bind closest.
 *
 * Nothing is an error. An operator that lacks an operand is left out, as are parentheses and quotes
 * that lack their other half. If nothing but operators is there, they are words.
 */
export function parseQuery(query: string): QueryNode | undefined {
  const read = query.slice(0, MAX_LENGTH)
  const tokens = tokensOf(read).slice(0, MAX_TOKENS)
  const node = new Parser(tokens).parse()
  if (node || tokens.every(({ kind }) => kind !== 'and' && kind !== 'or' && kind !== 'not')) return node
  const words = read.match(/\p{L}+/gu) ?? []
  return join(
    'and',
    words.slice(0, MAX_TOKENS).map((text) => ({ kind: 'word', text, prefix: false })),
  )
}

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  parse(): QueryNode | undefined {
    const parts: QueryNode[] = []
    while (this.#at < this.#tokens.length) {
      const part = this.#or(0)
      if (part) parts.push(part)
      // What stopped it is a parenthesis that closes nothing.
      this.#at++
    }
    return join('and', parts)
  }

  #or(depth: number): QueryNode | undefined {
    const parts: QueryNode[] = []
    for (;;) {
      const part = this.#and(depth)
      if (part) parts.push(part)
      if (!this.#take('or')) return join('or', parts)
    }
  }

  #and(depth: number): QueryNode | undefined {
    const parts: QueryNode[] = []
    for (;;) {
      const kind = this.#tokens[this.#at]?.kind
      if (kind === undefined || kind === 'or' || kind === ')') return join('and', parts)
      if (this.#take('and')) continue
      const part = this.#unary(depth)
      if (part) parts.push(part)
    }
  }

  #unary(depth: number): QueryNode | undefined {
    let negated = false
    while (this.#take('not')) negated = !negated
    const part = this.#operand(depth)
    return part && negated ? { kind: 'not', part } : part
  }

  #operand(depth: number): QueryNode | undefined {
    const token = this.#tokens[this.#at]
    if (token?.kind === 'word' || token?.kind === 'phrase') {
      this.#at++
      return token
    }
    if (!this.#take('(')) return undefined
    if (depth >= MAX_DEPTH) {
      while (this.#take('('));
      return this.#operand(depth)
    }
    const inner = this.#or(depth + 1)
    this.#take(')')
    return inner
  }

  #take(kind: Token['kind']): boolean {
    if (this.#tokens[this.#at]?.kind !== kind) return false
    this.#at++
    return true
  }
}

/** Returns one part as it is, and flattens parts of the same kind. */
function join(kind: 'and' | 'or', parts: readonly QueryNode[]): QueryNode | undefined {
  if (parts.length <= 1) return parts[0]
  return { kind, parts: parts.flatMap((part) => (part.kind === kind ? part.parts : [part])) }
}
