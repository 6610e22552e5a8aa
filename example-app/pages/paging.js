export const FILMS_PER_PAGE = 24

/**
 * Reads a page's number; 0 for what is not a number: there is no such page.
 * @param {unknown} text as the address has it; left out: 1
 */
export function readPageNumber(text = '1') {
  return /^[1-9]\d{0,5}$/.test(String(text)) ? Number(text) : 0
}

/**
 * Returns links to the first and the last page, and to those near this one; a gap is `null`.
 * @param {(page: number) => string} pathOf
 * @param {number} number
 * @param {number} pages
 */
export function paging(pathOf, number, pages) {
  const at = (page) => ({ page, path: pathOf(page) })
  const shown = [1, number - 1, number, number + 1, pages].filter((page) => page >= 1 && page <= pages)
  const links = [...new Set(shown)].flatMap((page, i, all) =>
    i > 0 && page - all[i - 1] > 1 ? [null, at(page)] : [at(page)],
  )
  return {
    number,
    pages,
    links,
    previous: number > 1 ? at(number - 1).path : null,
    next: number < pages ? at(number + 1).path : null,
  }
}
