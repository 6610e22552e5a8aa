/**
 * Measures the toolkit beside raw ioredis and the packages that people use, on the same Redis:
 * interleaved rounds, medians of the rounds' ratios. `npm run bench:toolkit`
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { readComparisonOptions } from './harness/comparison-options.js'
import { describeMachine, machineText } from './harness/machine.js'
import { Progress } from './harness/progress.js'
import { startRedis } from './harness/redis.js'
import { GROUPS } from './toolkit/groups.js'
import { Measure } from './toolkit/measure.js'
import { caseTable, memoryTable } from './toolkit/report.js'

const HELP = `The toolkit beside raw ioredis and other packages, on the same Redis.

  npm run bench:toolkit                everything: some minutes
  npm run bench:toolkit -- --quick     that all of it runs: no figures to trust

  --rounds N      measured rounds of each case (7)
  --only NAMES    only these groups: ${Object.keys(GROUPS).join(', ')}
  --json          the result as JSON instead of tables
  --help          this

A full run writes bench/results/toolkit.json.
`
const RESULTS = new URL('results/', import.meta.url)

const options = readOptions(process.argv.slice(2))
if (options.help) console.log(HELP)
else await bench()

async function bench() {
  const redis = await startRedis('noeviction')
  try {
    /** @type {object[]} */
    const groups = []
    for (const [database, name] of options.names.entries())
      groups.push(await measureGroup(name, redis.urlOf(database)))
    const result = {
      date: new Date().toISOString().slice(0, 10),
      machine: describeMachine(redis.version),
      rounds: options.rounds,
      groups,
    }
    if (options.complete) {
      mkdirSync(RESULTS, { recursive: true })
      writeFileSync(new URL('toolkit.json', RESULTS), `${JSON.stringify(result, null, 1)}\n`)
    }
    print(result)
  } finally {
    await redis.stop()
  }
}

async function measureGroup(name, url) {
  const group = await GROUPS[name](url)
  const measure = await Measure.open(url, options)
  const progress = new Progress(group.cases.length * options.rounds)
  try {
    const cases = await measure.cases(group.cases, (title) => progress.step(name, title))
    const memory = await measure.memory(group.memory ?? [])
    progress.end()
    return { name, cases, memory }
  } finally {
    measure.close()
    await group.close()
  }
}

function print(result) {
  if (options.json) {
    console.log(JSON.stringify(result))
    return
  }
  console.log(machineText(result.machine))
  for (const { name, cases, memory } of result.groups) {
    console.log(`\n${name}\n${caseTable(cases)}`)
    if (memory.length > 0) console.log(memoryTable(memory))
  }
  if (options.quick) console.log('\nToo short for figures: --quick shows that everything runs.')
}

function readOptions(args) {
  const options = readComparisonOptions(args, { choices: Object.keys(GROUPS), rounds: 7 })
  return { ...options, milliseconds: options.quick ? 10 : 200 }
}
