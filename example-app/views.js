/** The views' engine: nunjucks with the few filters that the templates use. */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import nunjucks from 'nunjucks'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { assetPath, posterPath } from './assets.js'
import { shelfLabel, shelfPath } from './films/shelves.js'
import { translate } from './languages/language.js'

/** @type {Intl.NumberFormatOptions} */
const MONEY = { style: 'currency', currency: 'USD', notation: 'compact', maximumSignificantDigits: 3 }

/** The formats of numbers and dates, by language. */
const FORMATS = Object.fromEntries(
  [
    ['en', 'en-US', 'en-GB'],
    ['de', 'de-DE', 'de-DE'],
  ].map(([locale, numbers, dates]) => [
    locale,
    {
      number: new Intl.NumberFormat(numbers),
      money: new Intl.NumberFormat(numbers, MONEY),
      fixed: new Intl.NumberFormat(numbers, { minimumFractionDigits: 1, maximumFractionDigits: 1 }),
      date: new Intl.DateTimeFormat(dates, { dateStyle: 'long', timeZone: 'UTC' }),
    },
  ]),
)

const FILTERS = {
  asset: assetPath,
  poster: posterPath,
  shelfPath: (value, shelf) => shelfPath(shelf, value),
  shelfLabel: (value, shelf, locale) => translate(shelfLabel(shelf, value, locale), locale),
  number: (value, locale) => FORMATS[locale].number.format(value),
  money: (value, locale) => FORMATS[locale].money.format(value),
  fixed: (value, locale) => FORMATS[locale].fixed.format(value),
  date: (value, locale) => FORMATS[locale].date.format(new Date(value)),
  t: translate,
  stars: (count) => '★'.repeat(count) + '☆'.repeat(5 - count),
  largest: (rows, property) => Math.max(...rows.map((row) => row[property])),
}

/**
 * @param {{ cache?: boolean }} [options] `cache: false` renders every fragment each time
 */
export function createEngine({ cache = true } = {}) {
  const views = new nunjucks.FileSystemLoader(fileURLToPath(new URL('views', import.meta.url)))
  const environment = new nunjucks.Environment(views, {
    autoescape: true,
    trimBlocks: true,
    lstripBlocks: true,
  })
  for (const [name, filter] of Object.entries(FILTERS)) environment.addFilter(name, filter)
  return nunjucksEngine({ environment, cache, version: filtersVersion() })
}

/** Fragments hold what filters made: with other filters, or other posters, they are out of date. */
function filtersVersion() {
  const hash = createHash('sha256')
  for (const file of [
    'views.js',
    'films/shelves.js',
    'films/slug.js',
    'languages/de.js',
    'languages/language.js',
  ]) {
    hash.update(readFileSync(new URL(file, import.meta.url)))
  }
  return hash.update(posterPath(1)).digest('base64url').slice(0, 12)
}
