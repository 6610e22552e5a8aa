import { readFileSync } from 'node:fs'
import type { PageTrace } from '../../core/trace/page-trace.ts'
import { SCRIPT_HREF } from './requested-view.ts'

/**
 * Folder of the script and its styles. The package has its sources beside its build, so the path is
 * the same from src/http/overlay/ as from dist/http/overlay/.
 */
const FOLDER = new URL('../../../src/http/overlay/', import.meta.url)

let script: Buffer | undefined

/** Returns the script of the overlay: its two files as one module, with their styles. */
export function overlayScript(): Buffer {
  script ??= Buffer.from(
    `globalThis.ONETRIP_OVERLAY_STYLES = ${JSON.stringify(read('overlay.css'))}\n` +
      [read('regions.js'), read('overlay.js')].map(withoutModules).join('\n'),
  )
  return script
}

function read(name: string): string {
  return readFileSync(new URL(name, FOLDER), 'utf8')
}

/** Only one file has an address: `?onetrip=overlay.js`. */
function withoutModules(text: string): string {
  return text.replace(/^import .*$/gm, '').replace(/^export /gm, '')
}

/**
 * Returns the two elements of the overlay for the head of a page: its data, which is no script to a
 * Content-Security-Policy, and a script of the page's own origin.
 * @param nonce of the policy; undefined if it asks for none
 */
export function overlayHead({ fragments, trips }: PageTrace, nonce: string | undefined): string {
  const data = JSON.stringify({ fragments, trips }).replace(/[<>&\u2028\u2029]/g, escapeInJson)
  const attribute = nonce === undefined ? '' : ` nonce="${nonce.replace(/["&<>]/g, '')}"`
  return (
    `<script type="application/json" data-onetrip-overlay="">${data}</script>` +
    `<script type="module" src="${SCRIPT_HREF}"${attribute}></script>`
  )
}

/** Nothing in the data may end the element, also where the page is XHTML. */
function escapeInJson(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
