/**
 * Compares evictions by how much they keep of what is read again: a Zipf trace over 100,000 keys,
 * with and without a crawler that reads thousands of keys once, through caches that are bounded to
 * a part of all bytes. `npm run bench:eviction`
 */

import { SieveCache } from '@neophi/sieve-cache'
import { LRUCache } from 'lru-cache'
import { newCache } from 'transitory'
import { Entries } from '../dist/stores/memory/entries.js'
import { seededRandom } from './harness/random.js'
import { table } from './harness/table.js'

const KEYS = 100_000
const READS = 1_000_000
/** After how many reads the crawler comes, and how many keys it reads. */
const CRAWL_EVERY = 50_000
const CRAWLED = 20_000
const SKEW = 0.9
/** Bytes that an entry takes beside its value, in each cache. */
const OVERHEAD = 450
const SOME_BYTES = Buffer.alloc(8_001)
/** The caches' sizes, as parts of all bytes. */
const PARTS = [0.05, 0.1]

const random = seededRandom(1)
const sizes = Float64Array.from({ length: KEYS }, () => Math.floor(500 + random() ** 3 * 7_500))
const total = sizes.reduce((sum, size) => sum + size + OVERHEAD, 0)

/** @typedef {{ size: number }} Value */

/**
 * Bounded by bytes, each in its own way. `value.size` is the size.
 * @type {Record<string, (bytes: number) =>
 *   { get(key: string): unknown, set(key: string, value: Value): void }>}
 */
const CACHES = {
  'lru-cache (LRU)': (bytes) => {
    /** @type {LRUCache<string, Value>} */
    const cache = new LRUCache({ maxSize: bytes, sizeCalculation: ({ size }) => size + OVERHEAD })
    return { get: (key) => cache.get(key), set: (key, value) => cache.set(key, value) }
  },
  // With real bytes, which it copies; it counts by itself what it takes beside them.
  'memoryStore (ring, then LRU)': (bytes) => {
    const entries = new Entries(bytes)
    return {
      get: (key) => entries.get(key, 0),
      set: (key, { size }) => entries.set(key, [SOME_BYTES.subarray(0, size)], Infinity, 0),
    }
  },
  // It counts entries: as many as fit in the mean.
  '@neophi/sieve-cache (SIEVE)': (bytes) => {
    const cache = new SieveCache(Math.floor(bytes / (total / KEYS)))
    return { get: (key) => cache.get(key), set: (key, value) => cache.set(key, value) }
  },
  'transitory (W-TinyLFU)': (bytes) => {
    const cache = newCache()
      .maxSize(bytes)
      .withWeigher((_key, { size }) => size + OVERHEAD)
      .build()
    return { get: (key) => cache.getIfPresent(key) ?? undefined, set: (key, value) => cache.set(key, value) }
  },
}

const rows = []
for (const crawled of [false, true]) {
  const trace = traceOf(crawled)
  for (const part of PARTS) {
    for (const [name, make] of Object.entries(CACHES)) {
      const { hits, counted, nanoseconds } = run(make(Math.floor(total * part)), trace)
      rows.push([
        name,
        crawled ? 'with a crawler' : 'visitors only',
        `${part * 100} %`,
        `${((100 * hits) / counted).toFixed(1)} %`,
        nanoseconds.toFixed(0),
      ])
    }
  }
}
console.log(table([['', 'trace', 'of all bytes', 'hits of visitors', 'ns a read'], ...rows]))

/** Visitors' keys from 0 on; a crawler's are negative, and never come again. */
function traceOf(crawled) {
  const next = seededRandom(2)
  const cumulated = new Float64Array(KEYS)
  let sum = 0
  for (let n = 0; n < KEYS; n++) {
    sum += 1 / (n + 1) ** SKEW
    cumulated[n] = sum
  }
  const trace = []
  let crawler = 0
  for (let read = 0; read < READS; read++) {
    trace.push(rankOf(cumulated, next() * sum))
    if (crawled && read % CRAWL_EVERY === CRAWL_EVERY - 1)
      for (let n = 0; n < CRAWLED; n++) trace.push(-++crawler)
  }
  return trace
}

function rankOf(cumulated, at) {
  let [low, high] = [0, cumulated.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (cumulated[middle] < at) low = middle + 1
    else high = middle
  }
  return low
}

/** The first half fills the cache. */
function run(cache, trace) {
  let hits = 0
  let counted = 0
  const begun = process.hrtime.bigint()
  trace.forEach((number, n) => {
    const key = `key:${number}`
    const found = cache.get(key) !== undefined
    if (!found) cache.set(key, { size: number < 0 ? 2_000 : sizes[number] })
    if (n < trace.length / 2 || number < 0) return
    counted++
    if (found) hits++
  })
  return { hits, counted, nanoseconds: Number(process.hrtime.bigint() - begun) / trace.length }
}
