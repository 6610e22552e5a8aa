/**
 * Measures the layout of src/, and what one page makes a reader read.
 *
 *     npm run measure                    this checkout
 *     npm run measure -- DIR [DIR]       others, built, side by side
 *     npm run measure -- --calls [DIR]   the functions that one warm hit calls, in order
 *
 * How it counts:
 * - Files and lines of src/, lines that hold more than comments, and how many lines a file has.
 * - A room is a folder, see `roomOf`. An import is one statement; by type if it is erased.
 * - A cycle is a group of files that reach each other by imports.
 * - The trace is of one page with one cached fragment, until it is written back, by functions that
 *   report their calls (`instrument.js`). A stay is a run of neighbouring calls in one file;
 *   "with returns" counts also where control comes back to the caller, or goes on after an await.
 *   The core is what is neither template engine nor store. Packages are not traced.
 */

import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { cyclesIn } from './cycles.js'
import { readSources, roomOf } from './sources.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const TRACER = fileURLToPath(new URL('traced-pages.js', import.meta.url))

const { values, positionals } = parseArgs({
  options: { calls: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const folders = positionals.length > 0 ? positionals.map((folder) => resolve(folder)) : [ROOT]

if (values.calls) for (const folder of folders) console.log(trace(folder, '--calls'))
else print(folders.map((folder) => new Map([...layoutOf(folder), ...traceOf(folder)])))

/** @param {string} folder @returns {[string, number | string][]} */
function layoutOf(folder) {
  const sources = readSources(join(folder, 'src'))
  const lines = sources.map((source) => source.lines).sort((a, b) => a - b)
  const largest = sources.reduce((one, other) => (other.lines > one.lines ? other : one))
  const imports = sources.flatMap((source) => source.imports)
  const byValue = imports.filter(({ typeOnly }) => !typeOnly)
  const crossing = imports.filter(({ from, to }) => roomOf(from) !== roomOf(to))
  return [
    ['files', sources.length],
    ['lines', lines.reduce((sum, one) => sum + one, 0)],
    ['lines with code', sources.reduce((sum, { codeLines }) => sum + codeLines, 0)],
    ['lines of a file, median', quantile(lines, 0.5)],
    ['lines of a file, p90', quantile(lines, 0.9)],
    ['largest file', `${largest.lines} ${largest.file.split('/').at(-1)}`],
    ['files over 300 lines', lines.filter((one) => one > 300).length],
    ['rooms', new Set(sources.map(({ file }) => roomOf(file))).size],
    ['imports across rooms, by value', crossing.filter(({ typeOnly }) => !typeOnly).length],
    ['imports across rooms, by type', crossing.filter(({ typeOnly }) => typeOnly).length],
    ['cycles by value (files)', sizes(cyclesIn(byValue))],
    ['cycles by type (files)', sizes(cyclesIn(imports))],
  ]
}

/** @param {readonly number[]} sorted @param {number} q */
function quantile(sorted, q) {
  return /** @type {number} */ (sorted[Math.ceil(q * sorted.length) - 1])
}

/** @param {string[][]} cycles */
function sizes(cycles) {
  const files = cycles.map((cycle) => cycle.length).sort((a, b) => b - a)
  return files.length === 0 ? '0' : `${files.length} (${files.join(' ')})`
}

/** @param {string} folder @returns {[string, number | string][]} */
function traceOf(folder) {
  return JSON.parse(trace(folder)).flatMap((/** @type {any} */ { page, core, all }) => [
    [`${page}: core files`, core.files],
    [`${page}: core stays`, core.stays],
    [`${page}: core stays with returns`, core.staysWithReturns],
    [`${page}: core calls`, core.calls],
    [`${page}: files`, all.files],
    [`${page}: stays`, all.stays],
    [`${page}: stays with returns`, all.staysWithReturns],
    [`${page}: calls`, all.calls],
  ])
}

/** @param {string} folder @param {string[]} args */
function trace(folder, ...args) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [TRACER, folder, ...args], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${folder} cannot be traced; is it built?\n${stderr}`)
  return stdout.trim()
}

/** @param {Map<string, number | string>[]} columns */
function print(columns) {
  const labels = [...new Set(columns.flatMap((column) => [...column.keys()]))]
  const rows = labels.map((label) => [label, ...columns.map((column) => String(column.get(label) ?? ''))])
  const widths = [0, ...columns].map((_, n) => Math.max(...rows.map((row) => (row[n] ?? '').length)))
  for (const row of rows) {
    const cells = row.map((cell, n) =>
      n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0),
    )
    console.log(cells.join('  '))
  }
}
