/** Prints results.json as a table: node test/faults/table.js */
import { readFileSync } from 'node:fs'

const results = JSON.parse(readFileSync(new URL('results.json', import.meta.url), 'utf8'))
const ms = (value) => (value === null ? '' : String(value))

export const table = [
  '| fault | requests during it | wrong | failed | p50, ms | p99, ms | hits again after, ms |',
  '| --- | --: | --: | --: | --: | --: | --: |',
  ...results.map(
    ({ fault, served, wrong, failed, p50, p99, hitsAgain }) =>
      `| ${fault} | ${served} | ${wrong} | ${failed} | ${ms(p50)} | ${ms(p99)} | ${ms(hitsAgain)} |`,
  ),
].join('\n')

if (import.meta.filename === process.argv[1]) console.log(table)
