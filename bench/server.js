/**
 * Measures onetrip/server beside redis-server and js-redis-server, by redis-benchmark: interleaved
 * rounds, medians. `npm run bench:server`
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { readComparisonOptions } from './harness/comparison-options.js'
import { describeMachine, machineText } from './harness/machine.js'
import { Progress } from './harness/progress.js'
import { CASES } from './server/cases.js'
import { BASE, CONTENDERS } from './server/contenders.js'
import { PIPELINES, Subject } from './server/measure.js'
import { caseTable } from './server/report.js'

const HELP = `The small Redis-compatible server beside redis-server and js-redis-server.

  npm run bench:server                 everything: some minutes
  npm run bench:server -- --quick      that all of it runs: no figures to trust

  --rounds N      measured rounds of each command (5)
  --only NAMES    only these commands: ${Object.keys(CASES).join(', ')}
  --json          the result as JSON instead of tables
  --help          this

A full run writes bench/results/server.json; npm run docs:server takes the figures to docs/server.md.
It needs redis-server and redis-benchmark.
`
const RESULTS = new URL('results/', import.meta.url)

const options = readOptions(process.argv.slice(2))
if (options.help) console.log(HELP)
else await bench()

async function bench() {
  /** @type {Map<string, Subject>} */
  const subjects = new Map()
  try {
    for (const name of Object.keys(CONTENDERS)) subjects.set(name, await Subject.open(name, options.keys))
    const cases = await measureAll(subjects)
    const result = {
      date: new Date().toISOString().slice(0, 10),
      machine: describeMachine(subjects.get(BASE)?.version),
      rounds: options.rounds,
      names: [...subjects.keys()],
      startedIn: Object.fromEntries([...subjects].map(([name, subject]) => [name, subject.startedIn])),
      cases,
    }
    if (options.complete) {
      mkdirSync(RESULTS, { recursive: true })
      writeFileSync(new URL('server.json', RESULTS), `${JSON.stringify(result, null, 1)}\n`)
    }
    print(result)
  } finally {
    await Promise.all([...subjects.values()].map((subject) => subject.close()))
  }
}

async function measureAll(subjects) {
  const progress = new Progress((options.rounds + 1) * options.names.length * PIPELINES.length)
  const cases = []
  for (const pipeline of PIPELINES)
    for (const name of options.names) {
      const { title } = CASES[name]
      const able = [...subjects].filter(([, subject]) => subject.can(name))
      progress.step(title, 'warming up')
      for (const [, subject] of able) await subject.warmUp(name, pipeline, options.milliseconds)
      const rounds = []
      for (let round = 0; round < options.rounds; round++) {
        progress.step(title, `round ${round + 1}`)
        const figures = {}
        for (const [contender, subject] of able) figures[contender] = await subject.measure(name, pipeline)
        rounds.push(figures)
      }
      cases.push({ title, pipeline, rounds })
    }
  progress.end()
  return cases
}

function print(result) {
  if (options.json) {
    console.log(JSON.stringify(result))
    return
  }
  console.log(`${machineText(result.machine)}\n\n${caseTable(result)}`)
  for (const [name, ms] of Object.entries(result.startedIn))
    if (ms !== undefined)
      console.log(`\n${CONTENDERS[name].title} listens ${ms.toFixed(1)} ms after it is started.`)
  if (options.quick) console.log('\nToo short for figures: --quick shows that everything runs.')
}

function readOptions(args) {
  const options = readComparisonOptions(args, { choices: Object.keys(CASES), rounds: 5 })
  // A ZADD of js-redis-server takes as long as the sorted set is large.
  return options.quick
    ? { ...options, milliseconds: 50, keys: 200 }
    : { ...options, milliseconds: 1_000, keys: 10_000 }
}
