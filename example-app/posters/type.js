/**
 * Text that must fit its place without being measured: an SVG is drawn with whatever font the
 * visitor has. The widths here are those of a wide one (DejaVu Sans Bold); any usual font takes
 * less.
 */

const LARGEST = 42
const SMALLEST = 13

/**
 * Breaks a title into lines, in the largest size in which it fits.
 * @param {string} title
 * @param {number} width
 * @param {number} height
 * @returns {{ size: number, lines: string[] }} lines in capitals
 */
export function fitTitle(title, width, height) {
  const words = title.toUpperCase().split(' ')
  for (let size = LARGEST; size > SMALLEST; size--) {
    const lines = breakLines(words, width / size)
    if (lines !== null && lines.length * size * 1.02 <= height) return { size, lines }
  }
  const lines = breakLines(
    words.map((word) => fitLine(word, width, SMALLEST)),
    width / SMALLEST,
  )
  return { size: SMALLEST, lines: (lines ?? []).slice(0, Math.floor(height / SMALLEST)) }
}

/** Shortens a line that is too long; its end is then a '…'. */
export function fitLine(text, width, size) {
  if (widthOf(text) * size <= width) return text
  let shorter = text
  while (shorter.length > 1 && widthOf(`${shorter}…`) * size > width) shorter = shorter.slice(0, -1)
  return `${shorter.trimEnd()}…`
}

/** @returns {string[] | null} null where a single word is too long */
function breakLines(words, width) {
  const lines = []
  let line = ''
  for (const word of words) {
    if (widthOf(word) > width) return null
    const longer = line === '' ? word : `${line} ${word}`
    if (widthOf(longer) > width) {
      lines.push(line)
      line = word
    } else {
      line = longer
    }
  }
  return [...lines, line]
}

/** Returns the width of a text, in em. */
export function widthOf(text) {
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

function characterWidth(character) {
  if (/[ ijlIJ.,:;'’!|()[\]]/.test(character)) return 0.42
  if (/[mwMW…@%&]/.test(character)) return 1.1
  if (/[A-Z]/.test(character)) return 0.8
  if (/[a-z0-9$?/"+*-]/.test(character)) return 0.71
  return character < '\u0250' ? 0.85 : 1.1
}
