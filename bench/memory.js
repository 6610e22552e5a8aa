/** What does memoryStore take of the memory? A million fragments go through it. `npm run bench:memory` */

import { memoryStore } from '../dist/stores/memory.js'
import { table } from './harness/table.js'

const FRAGMENTS = 1_000_000
const BATCH = 24
const MAX_BYTES = 64 * 1024 * 1024
const SIZE = 2_000

globalThis.gc?.()
const before = process.memoryUsage()
const store = memoryStore({ maxBytes: MAX_BYTES })
const rows = []
// The same bytes each time: what it costs to make them is not the store's.
const value = Buffer.alloc(SIZE, 1)
for (let n = 0; n < FRAGMENTS; n += BATCH) {
  const writes = Array.from({ length: BATCH }, (_, i) => {
    return { key: `onetrip:0::4:card:n6:${n + i}`, value, ttl: 600_000 }
  })
  await store.setMany(writes)
  // Visitors read some again.
  await store.getMany(writes.slice(0, 4).map(({ key }) => key))
  if (n % (BATCH * 8_000) === 0) rows.push(rowOf(n))
}
rows.push(rowOf(FRAGMENTS))
console.log(
  table([['fragments written', 'RSS grew by MB', 'heap MB', 'array buffers MB', 'x maxBytes'], ...rows]),
)

function rowOf(written) {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
  const grown = rss - before.rss
  return [
    String(written),
    megabytes(grown),
    megabytes(heapUsed),
    megabytes(arrayBuffers),
    (grown / MAX_BYTES).toFixed(2),
  ]
}

function megabytes(bytes) {
  return (bytes / 1024 / 1024).toFixed(1)
}
