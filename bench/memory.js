/**
 * Measures the memory that memoryStore takes. A million fragments go through it, in a process that
 * has served as many without a cache before: what the heap needs for that is there already.
 * `npm run bench:memory`
 */

import { memoryStore } from '../dist/stores/memory/index.js'
import { nullStore } from '../dist/stores/null/index.js'
import { table } from './harness/table.js'

const FRAGMENTS = 1_000_000
const BATCH = 24
const MAX_BYTES = 64 * 1024 * 1024
const SIZE = 2_000
const LOOK_EVERY = BATCH * 1_000

const html = Buffer.alloc(SIZE, 'a')
const begin = process.memoryUsage().rss
let before = begin
await pass(nullStore())
before = process.memoryUsage().rss
const store = memoryStore({ maxBytes: MAX_BYTES })
const cpu = process.cpuUsage()
const { rows, peak } = await pass(store)
const { user, system } = process.cpuUsage(cpu)
console.log(
  table([['fragments written', 'RSS grew by MB', 'heap MB', 'array buffers MB', 'x maxBytes'], ...rows]),
)
console.log(
  `\nAt most ${ratio(peak - before)} x maxBytes. Without a cache the same fragments had grown the process by ` +
    `${megabytes(before - begin)} MB. CPU: ${((user + system) / FRAGMENTS).toFixed(2)} us a fragment.`,
)

async function pass(store) {
  const rows = []
  let peak = 0
  for (let n = 0; n < FRAGMENTS; n += BATCH) {
    const writes = Array.from({ length: BATCH }, (_, i) => {
      return { key: `onetrip:0::4:card:n6:${n + i}`, value: Buffer.from(html), ttl: 600_000 }
    })
    await store.setMany(writes)
    // Visitors read some again.
    await store.getMany(writes.slice(0, 4).map(({ key }) => key))
    if (n % LOOK_EVERY !== 0) continue
    peak = Math.max(peak, process.memoryUsage().rss)
    if (n % (8 * LOOK_EVERY) === 0) rows.push(rowOf(n))
  }
  rows.push(rowOf(FRAGMENTS))
  return { rows, peak }
}

function rowOf(written) {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
  const grown = rss - before
  return [String(written), megabytes(grown), megabytes(heapUsed), megabytes(arrayBuffers), ratio(grown)]
}

function ratio(bytes) {
  return (bytes / MAX_BYTES).toFixed(2)
}

function megabytes(bytes) {
  return (bytes / 1024 / 1024).toFixed(1)
}
