/**
 * Measures the task queue beside BullMQ, on the same Redis: interleaved rounds, medians.
 * `npm run bench:queue`
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { readComparisonOptions } from './harness/comparison-options.js'
import { describeMachine, machineText } from './harness/machine.js'
import { Progress } from './harness/progress.js'
import { startRedis } from './harness/redis.js'
import { chartOf } from './queue/chart.js'
import { CONTENDERS } from './queue/contenders.js'
import { STEPS, Subject } from './queue/measure.js'
import { latencyTable, memoryTable, stepTable } from './queue/report.js'

const HELP = `The task queue beside BullMQ, on the same Redis: interleaved rounds, medians of the rounds.

  npm run bench:queue                  everything: some minutes
  npm run bench:queue -- --quick       that all of it runs: no figures to trust

  --rounds N      measured rounds of each step (5)
  --only NAMES    only these contenders: ${Object.keys(CONTENDERS).join(', ')}
  --json          the result as JSON instead of tables
  --help          this

A full run writes bench/results/queue.json, and queue.svg beside it.
`
const RESULTS = new URL('results/', import.meta.url)
const QUICK_SCALE = 0.05

const options = readOptions(process.argv.slice(2))
if (options.help) console.log(HELP)
else await bench()

async function bench() {
  const redis = await startRedis('noeviction')
  /** @type {Map<string, Subject>} */
  const subjects = new Map()
  try {
    for (const name of options.names) subjects.set(name, await Subject.open(name, redis, options.scale))
    const result = await measure(subjects, redis.version)
    if (options.complete) {
      mkdirSync(RESULTS, { recursive: true })
      writeFileSync(new URL('queue.json', RESULTS), `${JSON.stringify(result, null, 1)}\n`)
      writeFileSync(new URL('queue.svg', RESULTS), chartOf(result))
    }
    print(result)
  } finally {
    await Promise.all([...subjects.values()].map((subject) => subject.close()))
    await redis.stop()
  }
}

async function measure(subjects, redisVersion) {
  const progress = new Progress((options.rounds * (STEPS.length + 1) + 1) * subjects.size)
  const each = async (title, run) => {
    const figures = {}
    for (const [name, subject] of subjects) {
      progress.step(title, CONTENDERS[name].title)
      figures[name] = await run(subject)
    }
    return figures
  }
  for (const subject of subjects.values()) await subject.warmUp()
  const steps = STEPS.map(({ title }) => ({ title, rounds: /** @type {object[]} */ ([]) }))
  /** @type {object[]} */
  const latency = []
  for (let round = 0; round < options.rounds; round++) {
    for (const [n, { title, run }] of STEPS.entries()) steps[n].rounds.push(await each(title, run))
    latency.push(await each('latency', (subject) => subject.latency()))
  }
  const memory = await each('memory', (subject) => subject.memory())
  progress.end()
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: describeMachine(redisVersion),
    rounds: options.rounds,
    names: options.names,
    steps,
    latency,
    memory,
  }
}

function print(result) {
  if (options.json) {
    console.log(JSON.stringify(result))
    return
  }
  console.log(`${machineText(result.machine)}\n`)
  console.log(`${stepTable(result)}\n\n${latencyTable(result)}\n\n${memoryTable(result)}`)
  if (options.quick) console.log('\nToo short for figures: --quick shows that everything runs.')
}

function readOptions(args) {
  const options = readComparisonOptions(args, { choices: Object.keys(CONTENDERS), rounds: 5 })
  return { ...options, scale: options.quick ? QUICK_SCALE : 1 }
}
