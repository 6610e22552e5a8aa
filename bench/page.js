/**
 * Measures a page beside the least that it can cost, and beside the alternatives.
 * `npm run bench`
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { writeCharts } from './harness/charts.js'
import { machineText } from './harness/machine.js'
import { HELP, readOptions } from './harness/options.js'
import { profile } from './harness/profile.js'
import { resultOf } from './harness/result.js'
import { run } from './harness/run.js'
import { onStage } from './harness/stage.js'
import { LEGEND, settingTable, targetsTable } from './harness/table.js'

const RESULTS = new URL('results/', import.meta.url)

try {
  const options = readOptions(process.argv.slice(2))
  if (options.help) console.log(HELP)
  else if (options.profiled) console.log(await onStage((stage) => profile(stage, options, RESULTS)))
  else await bench(options)
} catch (thrown) {
  const error = /** @type {Error} */ (thrown)
  console.error(`\n${error.cause ? error.stack : error.message}`)
  process.exitCode = 1
}

async function bench(options) {
  const result = resultOf(await onStage((stage) => run(stage, options)))
  if (options.complete) {
    mkdirSync(RESULTS, { recursive: true })
    writeFileSync(new URL('latest.json', RESULTS), `${JSON.stringify(result, null, 1)}\n`)
    writeCharts(result, RESULTS)
  }
  if (options.json) console.log(JSON.stringify(result))
  else print(result, options)
}

function print({ settings, targets, machine }, { quick }) {
  console.log(`${machineText(machine)}\n`)
  for (const setting of settings) console.log(`${settingTable(setting)}\n`)
  console.log(`${LEGEND}\n`)
  if (quick)
    console.log('Too short for figures: --quick shows that everything runs, and that every page is right.')
  else if (targets.length > 0) console.log(targetsTable(targets))
}
