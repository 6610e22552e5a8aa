const END = '<!-- to here -->'

/**
 * Returns a page of the docs with another text between a mark and the next `<!-- to here -->`.
 *
 * @param {string} page
 * @param {string} begin the mark before the text
 * @param {string} text
 */
export function withGeneratedPart(page, begin, text) {
  const from = page.indexOf(begin)
  const to = page.indexOf(END, from)
  if (from < 0 || to < 0) throw new Error(`The page has no "${begin}" with "${END}" after it.`)
  return `${page.slice(0, from)}${begin}\n\n${text}\n\n${page.slice(to)}`
}
