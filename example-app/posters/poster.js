/**
 * A poster for every film, drawn from its title, genre and year: the same film always gets the same
 * one. A picture in the upper part, the title below it, in the flat style of the 1960s.
 */

import { seededRandom } from '../seeded-random.js'
import { MOTIFS, motifOf } from './motifs.js'
import { palettesOf } from './palettes.js'
import { fitLine, fitTitle } from './type.js'

const WIDTH = 300
const HEIGHT = 450
const MARGIN = 20

/**
 * @param {import('../films/normalise.js').Film} film
 * @returns {string} an SVG document, 2 to 4 KB
 */
export function drawPoster(film) {
  const random = seededRandom(`${film.title} ${film.year}`)
  const palette = random.pick(palettesOf(film.genre))
  const picture = MOTIFS[motifOf(film)](random, palette)

  const title = fitTitle(film.title, WIDTH - 2 * MARGIN, 104)
  const credits = [film.director, film.year].filter(Boolean).join('  ·  ')
  const top = 306 + title.size
  const lines = title.lines.map(
    (line, i) => `<text x="${MARGIN}" y="${round(top + i * title.size * 1.02)}">${escapeXml(line)}</text>`,
  )

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}">
<rect width="${WIDTH}" height="${HEIGHT}" fill="${palette.ground}"/>
<svg width="${WIDTH}" height="290" viewBox="0 0 300 290">${picture}</svg>
<g font-family="Futura,'Avenir Next','Helvetica Neue',Arial,sans-serif" fill="${palette.ink}">
<g font-weight="800" font-size="${title.size}" letter-spacing="-.3">${lines.join('')}</g>
<text x="${MARGIN}" y="${HEIGHT - 18}" font-size="11" font-weight="600" opacity=".85">${escapeXml(fitLine(credits, WIDTH - 2 * MARGIN, 11))}</text>
</g>
</svg>
`
}

function round(value) {
  return Math.round(value * 10) / 10
}

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escapeXml(text) {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character])
}
