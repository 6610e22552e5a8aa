import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { normaliseFilm } from './normalise.js'

/**
 * All films of the data set: 3,201 of them, from the npm package `vega-datasets`.
 * @returns {import('./normalise.js').Film[]}
 */
export function readFilms() {
  const file = createRequire(import.meta.url).resolve('vega-datasets/data/movies.json')
  return JSON.parse(readFileSync(file, 'utf8')).map(normaliseFilm)
}
