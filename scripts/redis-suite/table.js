import { readFileSync, writeFileSync } from 'node:fs'
import { withGeneratedPart } from '../generated-part.js'
import { exceptionOf } from './exceptions.js'

const RESULTS = new URL('results.json', import.meta.url)
const PAGE = new URL('../../docs/server.md', import.meta.url)
const BEGIN = '<!-- npm run test:redis-suite -- PATH --write-table writes from here -->'

/**
 * @typedef {object} FileResult
 * @property {string} file
 * @property {number} redis tests that passed on redis-server
 * @property {number} ours those of them that passed on onetrip/server
 * @property {string[]} failed the others
 */

/**
 * Keeps the results of files, beside those of files that were run before, and writes the table of
 * docs/server.md from all.
 *
 * @param {readonly FileResult[]} rows
 * @param {readonly string[]} order of the files
 */
export function writeTable(rows, order) {
  const all = new Map(
    [...readResults(), ...rows].map(({ file, redis, ours, failed }) => [file, { file, redis, ours, failed }]),
  )
  const results = order.flatMap((file) => all.get(file) ?? [])
  writeFileSync(RESULTS, `${JSON.stringify(results, undefined, 2)}\n`)
  writeFileSync(PAGE, withSuiteTable(readFileSync(PAGE, 'utf8')))
}

/**
 * Returns the text of docs/server.md with the table of the results that are kept.
 *
 * @param {string} page
 */
export function withSuiteTable(page) {
  return withGeneratedPart(page, BEGIN, tableOf(readResults()))
}

/** @returns {FileResult[]} */
function readResults() {
  return JSON.parse(readFileSync(RESULTS, 'utf8'))
}

/** @param {readonly FileResult[]} results */
function tableOf(results) {
  const rows = results.map(
    ({ file, redis, ours }) => `| ${file} | ${redis} | ${ours} | ${percentage(ours, redis)} |`,
  )
  const reasons = results.flatMap(({ file, failed }) =>
    reasonsOf(file, failed).map((reason) => `- ${file}: ${reason}`),
  )
  return [
    '| file | passed on Redis 7.0.15 | of these here | part |',
    '| --- | --: | --: | --: |',
    ...rows,
    '',
    'Tests that do not pass here:',
    '',
    ...reasons,
  ].join('\n')
}

/**
 * Returns the reasons why tests fail, each with its tests.
 *
 * @param {string} file
 * @param {readonly string[]} failed
 */
function reasonsOf(file, failed) {
  /** @type {Map<string, Set<string>>} */
  const tests = new Map()
  for (const test of failed) {
    const exception = exceptionOf(file, test)
    const reason = exception?.reason ?? 'without a reason'
    tests.set(reason, (tests.get(reason) ?? new Set()).add(`"${exception?.test ?? test}"`))
  }
  return [...tests].map(([reason, names]) => `${[...names].join(', ')}: ${reason}`)
}

/** @param {number} part @param {number} whole */
export function percentage(part, whole) {
  return `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`
}
