import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

/**
 * Folder of templates, styles and scripts. The package has its sources beside its build, so the
 * path is the same from src/dashboard/ as from dist/dashboard/.
 */
const FOLDER = new URL('../../src/dashboard/', import.meta.url)
const require = createRequire(import.meta.url)

/** Folder of the templates. */
export const VIEWS = fileURLToPath(new URL('views', FOLDER))

/** A file that pages of the live page load. */
export interface Asset {
  readonly type: string
  readonly body: Buffer
  readonly gzip: Buffer
}

const JS = 'text/javascript; charset=utf-8'
const CSS = 'text/css; charset=utf-8'

const FILES: Record<string, readonly [path: () => string, type: string]> = {
  'dashboard.css': [() => own('dashboard.css'), CSS],
  'dashboard.js': [() => own('dashboard.js'), JS],
  'charts.js': [() => own('charts.js'), JS],
  'live.js': [() => own('live.js'), JS],
  'icon.svg': [() => own('icon.svg'), 'image/svg+xml'],
  'uplot.js': [() => require.resolve('uplot/dist/uPlot.iife.min.js'), JS],
  'uplot.css': [() => require.resolve('uplot/dist/uPlot.min.css'), CSS],
  'idiomorph.js': [() => require.resolve('idiomorph/dist/idiomorph.min.js'), JS],
}

function own(name: string): string {
  return fileURLToPath(new URL(`assets/${name}`, FOLDER))
}

/** The files of the live page, read once, when the first page is asked for. */
export class Assets {
  readonly #files = new Map<string, Asset>()
  /** Hash of all files: scripts import each other by relative names, so they have one in common. */
  readonly #version: string

  constructor() {
    const hash = createHash('sha256')
    for (const [name, [path, type]] of Object.entries(FILES)) {
      const body = readFileSync(path())
      hash.update(body)
      this.#files.set(name, { type, body, gzip: gzipSync(body) })
    }
    this.#version = hash.digest('base64url').slice(0, 16)
  }

  /** Returns the address of a file, relative to the pages. */
  href(name: string): string {
    if (!this.#files.has(name)) throw new Error(`The live page has no file ${name}`)
    return `assets/${this.#version}/${name}`
  }

  /** Returns the file of an address `version/name`; undefined if there is none. */
  find(path: string): { readonly asset: Asset; readonly isCurrent: boolean } | undefined {
    const [version, name = '', ...rest] = path.split('/')
    const asset = rest.length === 0 ? this.#files.get(name) : undefined
    return asset && { asset, isCurrent: version === this.#version }
  }
}
