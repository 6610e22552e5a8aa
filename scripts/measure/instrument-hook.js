import { register } from 'node:module'
import { fileURLToPath } from 'node:url'
import { instrument } from './instrument.js'

/** @type {string} where the files to instrument are, as a URL that ends with a slash */
let folder

/** Starts the hook below. @param {string} url */
export function instrumentModulesOf(url) {
  register(import.meta.url, { data: url })
}

/** A hook of Node's module loader. @param {string} url */
export function initialize(url) {
  folder = url
}

/** A hook of Node's module loader. @type {import('node:module').LoadHook} */
export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context)
  if (!url.startsWith(folder) || loaded.format !== 'module') return loaded
  const file = fileURLToPath(url).slice(fileURLToPath(folder).length)
  return { ...loaded, source: instrument(String(loaded.source), file) }
}
