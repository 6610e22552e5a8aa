import { fold } from '../words/fold.ts'
import { splitWords } from '../words/split-words.ts'
import type { TextAnalysis } from './text-analysis.ts'

/** Longest term, in code units. The rest of a longer word is left out. */
const MAX_TERM_LENGTH = 80

/** A term of a text: a word, or the stem of several. */
export interface Term {
  readonly term: string
  /** Number of its places in the text. */
  readonly frequency: number
  /** Numbers of its words in the text, counted from 0, ascending. */
  readonly positions: readonly number[]
  /** The folded words that have this stem in the text, each once. */
  readonly words: readonly string[]
}

/** A word with its stem. */
export interface StemmedWord {
  readonly term: string
  /** The folded word. */
  readonly word: string
  /** Number of the word in the text. */
  readonly position: number
}

/**
 * Returns the terms of a text, in the order in which they appear first.
 *
 * @param analysis checked options, of {@link textAnalysis}
 */
export function termsOf(text: string, analysis: TextAnalysis): Term[] {
  const terms = new Map<string, { positions: number[]; words: Set<string> }>()
  for (const { term, word, position } of stemmedWords(text, analysis)) {
    let use = terms.get(term)
    if (!use) {
      use = { positions: [], words: new Set() }
      terms.set(term, use)
    }
    use.positions.push(position)
    use.words.add(word)
  }
  return Array.from(terms, ([term, { positions, words }]) => ({
    term,
    frequency: positions.length,
    positions,
    words: [...words],
  }))
}

/** Returns the words of a text with their stems, without those that are too short. */
export function stemmedWords(text: string, { stem, minLength }: TextAnalysis): StemmedWord[] {
  const words: StemmedWord[] = []
  for (const [position, { folded, start, end }] of splitWords(text).entries()) {
    if (folded.length < minLength && [...folded].length < minLength) continue
    const word = cut(folded)
    words.push({ word, term: cut(stem(accented(text.slice(start, end), folded))) || word, position })
  }
  return words
}

/** Returns a word with its accents, if it is the only one at its place of the text. */
function accented(source: string, folded: string): string {
  const lower = source.normalize('NFKC').toLowerCase()
  return lower === folded || fold(lower) === folded ? lower : folded
}

function cut(word: string): string {
  return word.length <= MAX_TERM_LENGTH
    ? word
    : word.slice(0, MAX_TERM_LENGTH).replace(/[\ud800-\udbff]$/, '')
}
