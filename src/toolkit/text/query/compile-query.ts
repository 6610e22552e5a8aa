import { soundsOf } from '../document-entry.ts'
import { facetToken } from '../facets.ts'
import { type StemmedWord, stemmedWords } from '../terms.ts'
import type { TextAnalysis } from '../text-analysis.ts'
import { parseQuery, type QueryNode } from './parse-query.ts'

/** A query as the script takes it. */
export type SearchNode =
  | {
      readonly kind: 'terms'
      /** Tokens, any of which is there, and how much each counts. */
      readonly tokens: readonly (readonly [token: string, weight: number])[]
      /** Begin of folded words that count, too. */
      readonly prefix?: string
      /** Does not count for the score. */
      readonly filter?: true
    }
  | {
      readonly kind: 'phrase'
      /** Each with its distance to the first. */
      readonly words: readonly (readonly [token: string, distance: number])[]
    }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly SearchNode[] }
  | { readonly kind: 'not'; readonly part: SearchNode }
  | { readonly kind: 'all' }

/** How much a word counts that only sounds alike, beside 1 for the word itself. */
const SOUND_WEIGHT = 0.4

const NOTHING: SearchNode = { kind: 'or', parts: [] }

/**
 * Compiles the query of a visitor. One that is blank finds all documents, one without words none.
 *
 * @param filters for each facet, values of which a document must have one
 */
export function compileQuery(
  query: string,
  analysis: TextAnalysis,
  filters: readonly (readonly [facet: string, values: readonly string[]])[] = [],
): SearchNode {
  const parsed = parseQuery(query)
  const found = (parsed && compile(parsed, analysis)) ?? (query.trim() === '' ? undefined : NOTHING)
  const parts: SearchNode[] = filters.map(([facet, values]) => ({
    kind: 'terms',
    tokens: values.map((value) => [facetToken(facet, value), 1]),
    filter: true,
  }))
  if (found) parts.unshift(found)
  return joined('and', parts) ?? { kind: 'all' }
}

function compile(node: QueryNode, analysis: TextAnalysis): SearchNode | undefined {
  switch (node.kind) {
    case 'word':
      return compileWord(node.text, node.prefix, analysis)
    case 'phrase':
      return compilePhrase(node.text, analysis)
    case 'not': {
      const part = compile(node.part, analysis)
      return part && { kind: 'not', part }
    }
    case 'and':
      return joined('and', compileAll(withoutStopWords(node.parts, analysis), analysis))
    case 'or':
      return joined('or', compileAll(node.parts, analysis))
  }
}

function compileAll(nodes: readonly QueryNode[], analysis: TextAnalysis): SearchNode[] {
  return nodes.map((node) => compile(node, analysis)).filter((node) => node !== undefined)
}

function joined(kind: 'and' | 'or', parts: readonly SearchNode[]): SearchNode | undefined {
  return parts.length > 1 ? { kind, parts } : parts[0]
}

/** Leaves out stop words, unless nothing else is wanted. */
function withoutStopWords(nodes: readonly QueryNode[], analysis: TextAnalysis): readonly QueryNode[] {
  const isStopWord = (node: QueryNode) =>
    node.kind === 'word' &&
    !node.prefix &&
    stemmedWords(node.text, analysis).every(({ word }) => analysis.stopWords.has(word))
  const others = nodes.filter((node) => !isStopWord(node))
  return others.some(({ kind }) => kind !== 'not') ? others : nodes
}

/** The text of a word may be several: `foo-bar`. A prefix is the last of them. */
function compileWord(text: string, prefix: boolean, analysis: TextAnalysis): SearchNode | undefined {
  const words = stemmedWords(text, analysis)
  const last = words.length - 1
  return joined(
    'and',
    words.map((word, n) => (prefix && n === last ? begins(word) : sounds(word, analysis))),
  )
}

function begins({ word, term }: StemmedWord): SearchNode {
  return { kind: 'terms', tokens: [[`w:${term}`, 1]], prefix: word }
}

function sounds({ word, term }: StemmedWord, { metaphone }: TextAnalysis): SearchNode {
  const codes = metaphone ? soundsOf(word) : []
  return {
    kind: 'terms',
    tokens: [[`w:${term}`, 1], ...codes.map((code): [string, number] => [`m:${code}`, SOUND_WEIGHT])],
  }
}

function compilePhrase(text: string, analysis: TextAnalysis): SearchNode | undefined {
  const words = stemmedWords(text, analysis)
  const [first] = words
  if (!first) return undefined
  if (words.length === 1) return { kind: 'terms', tokens: [[`w:${first.term}`, 1]] }
  return {
    kind: 'phrase',
    words: words.map(({ term, position }) => [`w:${term}`, position - first.position]),
  }
}
