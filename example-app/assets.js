/**
 * Style sheet, script, icon and posters. Their addresses name their contents' version, so a browser
 * may keep them for a year and never ask again.
 */

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { drawPoster } from './posters/poster.js'

/** @typedef {{ type: string, body: Buffer }} Asset */

export const ASSET_HEADERS = { 'cache-control': 'public, max-age=31536000, immutable' }

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
}

/**
 * All files of `public/`, read once: what is not among them is not served, whatever the address
 * says.
 */
const FILES = new Map(
  filesIn('public/').map(({ name, body }) => [
    name,
    { type: TYPES[extname(name)], body, version: versionOf(body) },
  ]),
)
/** Changes whenever the code that draws them does. */
const POSTERS_VERSION = versionOf(...filesIn('posters/').map(({ body }) => body))

/**
 * The address of a file in `public/`.
 * @param {string} name
 */
export function assetPath(name) {
  return `/public/${name}?v=${FILES.get(name)?.version}`
}

/** @param {number} filmId */
export function posterPath(filmId) {
  return `/poster/${filmId}.svg?v=${POSTERS_VERSION}`
}

/**
 * @param {string} name
 * @returns {Asset | undefined}
 */
export function findAsset(name) {
  return FILES.get(name)
}

/**
 * @param {import('./films/normalise.js').Film} film
 * @returns {Asset}
 */
export function posterOf(film) {
  return { type: TYPES['.svg'], body: Buffer.from(drawPoster(film)) }
}

function filesIn(folder) {
  const root = new URL(folder, import.meta.url)
  return readdirSync(root)
    .sort()
    .map((name) => ({ name, body: readFileSync(new URL(name, root)) }))
}

function versionOf(...parts) {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('base64url').slice(0, 10)
}
