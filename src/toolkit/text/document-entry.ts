import { doubleMetaphone } from 'double-metaphone'
import { type Term, termsOf } from './terms.ts'
import type { TextAnalysis } from './text-analysis.ts'

/** The part of a document that is searched, as scripts take it. */
export interface DocumentEntry {
  /** Number of the words of the text, for BM25. */
  readonly length: number
  /**
   * A line feed, then a line for each token: the token, its frequency, its positions, and the words
   * that have this stem, with tabs between them. Words and tokens have letters, digits and marks.
   *
   * A token is `w:` and a term, `m:` and the code of a sound, or `x:` and the value of a facet. It
   * is the end of the key of its sorted set, too.
   */
  readonly lines: string
}

/** Largest length that is stored, beside the order of the document in one number. */
const MAX_LENGTH = 2 ** 20 - 1

/**
 * Analyses a text, for `putText` of {@link DOCUMENT_LUA}.
 *
 * @param analysis checked options, of {@link textAnalysis}
 * @param facets tokens of its facets
 */
export function documentEntry(
  text: string,
  analysis: TextAnalysis,
  facets: readonly string[] = [],
): DocumentEntry {
  const terms = termsOf(text, analysis)
  const lines = terms.map(
    ({ term, frequency, positions, words }) =>
      `w:${term}\t${frequency}\t${positions.join()}\t${words.join()}\n`,
  )
  if (analysis.metaphone)
    for (const [code, frequency] of soundsIn(terms)) lines.push(`m:${code}\t${frequency}\t\t\n`)
  for (const facet of facets) lines.push(`${facet}\t1\t\t\n`)
  const length = terms.reduce((sum, { frequency }) => sum + frequency, 0)
  return { length: Math.min(length, MAX_LENGTH), lines: `\n${lines.join('')}` }
}

/** Returns how often each sound is in a text. The words of a stem are taken as equally frequent. */
function soundsIn(terms: readonly Term[]): Map<string, number> {
  const sounds = new Map<string, number>()
  for (const { words, frequency } of terms) {
    const codes = new Set(words.flatMap(soundsOf))
    for (const code of codes) sounds.set(code, (sounds.get(code) ?? 0) + frequency)
  }
  return sounds
}

/**
 * Returns the codes of the sound of a word: the first, and a second where it may be spoken in two
 * ways. By Lawrence Philips' Double Metaphone, which reads English spelling.
 */
export function soundsOf(word: string): string[] {
  return [...new Set(doubleMetaphone(word))].filter((code) => code !== '')
}
