/**
 * The shop's template on stock nunjucks: the page that every contender has to serve, and what it is
 * made of.
 */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import nunjucks from 'nunjucks'
import { pages, shop } from './products.js'

export const SHOP = fileURLToPath(new URL('.', import.meta.url))
export const TEMPLATE = 'page.njk'

/** A cache tag, with the white space before it, which the tag's `-` removes. */
const CACHE_TAG = /\s*\{%- (?:end)?cache\b.*?%\}/g
const CUT = '\0'

const source = readFileSync(new URL(TEMPLATE, import.meta.url), 'utf8')

/** The template without its cache tags, compiled. */
export const plainTemplate = compile(source.replace(CACHE_TAG, ''))

const cutTemplate = compile(source.replace(CACHE_TAG, CUT))

function compile(text) {
  return new nunjucks.Template(text, new nunjucks.Environment(null, { autoescape: true }), TEMPLATE, true)
}

/** @param {number} number of the page */
export function renderPlain(number) {
  return plainTemplate.render({ shop: shop(), page: pages[number] })
}

/**
 * A page in pieces, as a program that joins it by hand has them: what stands around its 24
 * fragments, and these.
 */
export function piecesOf(number) {
  const pieces = cutTemplate.render({ shop: shop(), page: pages[number] }).split(CUT)
  const fragments = pieces.filter((_, at) => at % 2 === 1)
  const around = pieces.filter((piece, at) => at % 2 === 0 && piece !== '')
  if (around.length !== 2) throw new Error('the template has text between its fragments')
  return { head: around[0], fragments, foot: around[1] }
}
