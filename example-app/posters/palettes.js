/**
 * Four colours a poster. `ink` is read on `ground`; `main` and `accent` are the picture's.
 * @typedef {{ ground: string, ink: string, main: string, accent: string }} Palette
 */

/** @returns {Palette} */
const palette = (ground, ink, main, accent) => ({ ground, ink, main, accent })

const NIGHT = palette('#14213d', '#f6efe0', '#fca311', '#e5e5e5')
const CRIMSON = palette('#7d1128', '#fbe9d7', '#f0a202', '#f18805')
const PAPER = palette('#f3e9d2', '#1f2430', '#d1495b', '#2e4057')
const TEAL = palette('#0b3c49', '#f3f0e4', '#e8871e', '#5fb49c')
const BLACK = palette('#121212', '#f5f1e8', '#e63946', '#8d99ae')
const MUSTARD = palette('#e9b44c', '#1c1c24', '#9b2915', '#f7ecd3')
const FOREST = palette('#1d3b2a', '#f4ecd8', '#d9a441', '#6a994e')
const CORAL = palette('#f2705a', '#23152b', '#fbe3c8', '#3d2645')
const LILAC = palette('#3a2e5c', '#f6eefb', '#ee8fb2', '#8f7fd4')
const SKY = palette('#cfe3ea', '#17303f', '#ef6f4c', '#2d6a8a')
const SAND = palette('#dcb98a', '#33180f', '#a63c1e', '#f6e2bd')
const PINK = palette('#f6c7c7', '#3a1430', '#d6336c', '#fff3e4')
const SLATE = palette('#2b303a', '#eef0f2', '#92dce5', '#d64933')
const OLIVE = palette('#545e3b', '#f6f1de', '#e3b23c', '#26301b')

const BY_GENRE = {
  Action: [BLACK, CRIMSON, MUSTARD, SLATE],
  Adventure: [TEAL, FOREST, SKY, SAND],
  Comedy: [MUSTARD, SKY, CORAL, PAPER],
  'Romantic Comedy': [PINK, CORAL, LILAC, PAPER],
  Drama: [NIGHT, PAPER, TEAL, CRIMSON, SAND],
  Horror: [BLACK, CRIMSON, FOREST],
  'Thriller/Suspense': [CORAL, SLATE, NIGHT, BLACK, MUSTARD],
  Musical: [LILAC, PINK, NIGHT],
  'Concert/Performance': [LILAC, BLACK],
  Western: [SAND, CRIMSON, OLIVE],
  Documentary: [PAPER, SLATE, OLIVE],
  'Black Comedy': [PAPER, BLACK, OLIVE],
}
const ANY = [SLATE, OLIVE, SKY, PAPER, NIGHT, LILAC]

/**
 * @param {string | null} genre
 * @returns {Palette[]}
 */
export function palettesOf(genre) {
  return BY_GENRE[genre ?? ''] ?? ANY
}
