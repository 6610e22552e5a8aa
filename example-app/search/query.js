/** A visitor's search, as an address has it. */

/** Characters: the field takes no more, and of a longer address no more is read. */
export const LONGEST_QUERY = 100

/** More words than that tell nothing more, and each is looked up. */
const MOST_TERMS = 8

/**
 * Reads a query: one line of text, whatever is sent.
 * @param {unknown} value
 */
export function readQuery(value) {
  if (typeof value !== 'string') return ''
  const line = value.normalize('NFC').replace(/[\p{Cc}\p{Cs}\s]+/gu, ' ')
  return [...line.trim()].slice(0, LONGEST_QUERY).join('').trim()
}

/**
 * Returns the words and, of what stands in quotes, the phrases. Other signs separate words and mean
 * nothing: visitors write titles, and "Mission: Impossible" or "(500) Days" are no expressions.
 * @param {string} text
 * @returns {string[]} lower case, each with at least one letter or digit
 */
export function termsOf(text) {
  return [
    ...text
      .normalize('NFKC')
      .toLowerCase()
      .matchAll(/"([^"]*)"?|[^\s"]+/g),
  ]
    .map(([word, phrase]) => wordsOf(phrase ?? word).join(' '))
    .filter((term) => term !== '')
    .slice(0, MOST_TERMS)
}

/**
 * Returns the query that has these terms: the same for all that mean the same.
 * @param {string[]} terms
 */
export function queryOf(terms) {
  return terms.map((term) => (term.includes(' ') ? `"${term}"` : term)).join(' ')
}

/**
 * @param {string} text
 * @returns {string[]}
 */
export function wordsOf(text) {
  return text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
}
