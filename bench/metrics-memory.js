/**
 * Measures the memory that the metrics of a site take in Redis: a stream of five minutes, and the
 * minutes, hours and days that are kept, all of them equally busy. Five minutes are counted and
 * sent as processes do it; the other minutes are copies of these, an hour is twelve times the five,
 * and a day 24 times the hour. Times, ages and sizes are spread widely, so histograms have many
 * buckets. `npm run bench:metrics-memory`
 */

import { Redis } from 'ioredis'
import { addSnapshot } from '../dist/metrics/add-snapshot.js'
import { emptyFragment, emptyRoute, emptySnapshot, fragmentLabel } from '../dist/metrics/index.js'
import { metricsKeys } from '../dist/metrics/redis/keys.js'
import { pack, packBucket } from '../dist/metrics/redis/packed.js'
import { PUSH } from '../dist/metrics/redis/scripts.js'
import { KEPT } from '../dist/metrics/redis/steps.js'
import { seededRandom } from './harness/random.js'
import { startRedis } from './harness/redis.js'
import { usedCpu, usedMemory } from './harness/redis-usage.js'
import { table } from './harness/table.js'

const SITES = [
  { fragments: 20, processes: 2, pagesPerSecond: 10 },
  { fragments: 40, processes: 4, pagesPerSecond: 200 },
  { fragments: 500, processes: 8, pagesPerSecond: 800 },
]
const FRAGMENTS_A_PAGE = 24
const MISS_RATIO = 0.05
const ROUTES = 10
const TAGS = 50
const MINUTES = 5
const LENGTH = { minute: 60_000, hour: 3_600_000, day: 86_400_000 }
const KEYS = metricsKeys('onetrip', false)

const random = seededRandom(19)
const oneOf = (count) => Math.floor(random() * count)
/** Returns a value between two bounds, evenly spread over their orders of magnitude. */
const spread = (low, high) => low * (high / low) ** random()

const redis = await startRedis('noeviction')
const client = new Redis(redis.urlOf(0))
const rows = []
for (const site of SITES) rows.push(await measure(site))
console.log(table([['', 'a delta', 'a minute', 'all keys', 'CPU of Redis, a delta'], ...rows]))
client.disconnect()
await redis.stop()

async function measure({ fragments, processes, pagesPerSecond }) {
  await client.flushall()
  let redisTime = 0
  const pushes = MINUTES * 60 * processes
  const before = await usedMemory(client)
  const names = Array.from({ length: fragments }, (_, n) =>
    fragmentLabel(`fragment-${n}`, `parts/part-${n}.njk`),
  )
  const minutes = []
  let bytes = 0
  for (let minute = 0; minute < MINUTES; minute++) {
    const sum = emptySnapshot()
    const batch = []
    for (let second = 0; second < 60; second++)
      for (let process = 0; process < processes; process++) {
        const delta = countSecond(names, pagesPerSecond / processes)
        const data = await pack(delta)
        bytes += data.length
        batch.push({ process, sequence: minute * 60 + second + 1, data })
        addSnapshot(sum, delta)
      }
    minutes.push(sum)
    const cpu = await usedCpu(client)
    for (const { process, sequence, data } of batch) await push(process, sequence, data)
    redisTime += (await usedCpu(client)) - cpu
  }
  const hour = times(minutes, LENGTH.hour / (MINUTES * LENGTH.minute))
  const day = times([hour], 24)
  const values = {
    minute: await packedAll(minutes),
    hour: await packedAll([hour]),
    day: await packedAll([day]),
  }
  for (const [step, packed] of Object.entries(values))
    for (let n = 0; n < KEPT[step] / LENGTH[step]; n++)
      await client.set(
        KEYS.bucket(/** @type {any} */ (step), n + 29_000_000),
        packed[n % packed.length],
        'PX',
        KEPT[step],
      )
  const minute = values.minute.reduce((sum, { length }) => sum + length, 0) / MINUTES
  return [
    `${fragments} fragments, ${processes} processes, ${pagesPerSecond} pages/s`,
    kilobytes(bytes / pushes),
    kilobytes(minute),
    `${(((await usedMemory(client)) - before) / 1e6) | 0} MB`,
    `${(redisTime / pushes).toFixed(0)} us`,
  ]
}

/** Counts what one process does in a second. */
function countSecond(names, pages) {
  const snapshot = emptySnapshot()
  const now = Date.now()
  Object.assign(snapshot, { from: now, to: now + 1000, pages, trips: pages })
  for (let page = 0; page < pages; page++) {
    const time = spread(500, 200_000)
    for (const [map, name] of /** @type {const} */ ([
      [snapshot.routes, `/route-${oneOf(ROUTES)}/:id`],
      [snapshot.templates, `page-${oneOf(ROUTES)}.njk`],
    ])) {
      const numbers = of(map, name, emptyRoute)
      numbers.pages++
      numbers.hits += FRAGMENTS_A_PAGE
      numbers.trips++
      numbers.time.record(time)
    }
    for (let n = 0; n < FRAGMENTS_A_PAGE; n++)
      countFragment(of(snapshot.fragments, names[oneOf(names.length)], emptyFragment))
    const { fetch } = snapshot.trip
    fetch.count++
    fetch.keys += FRAGMENTS_A_PAGE
    fetch.time.record(spread(200, 20_000))
  }
  of(snapshot.tags, `tag-${oneOf(TAGS)}`, () => ({ invalidations: 0 })).invalidations++
  return snapshot
}

function countFragment(numbers) {
  if (random() >= MISS_RATIO) {
    numbers.hits++
    numbers.bytesServed += spread(200, 20_000) | 0
    numbers.savedTime += spread(0.1, 100)
    numbers.age.record(spread(100, 3_600_000))
    return
  }
  const reason = ['absent', 'expired', 'invalidated'][oneOf(3)]
  numbers.misses[reason] = (numbers.misses[reason] ?? 0) + 1
  numbers.lostTime += spread(0.1, 100)
  numbers.writes++
  numbers.render.record(spread(100, 100_000))
  numbers.load.record(spread(100, 100_000))
  numbers.entryBytes.record(spread(200, 20_000))
}

function of(map, name, make) {
  const known = map.get(name)
  if (known) return known
  const made = make()
  map.set(name, made)
  return made
}

/** Returns the sum of snapshots, that often. */
function times(snapshots, count) {
  const sum = emptySnapshot()
  for (let n = 0; n < count; n++) for (const one of snapshots) addSnapshot(sum, one)
  return sum
}

function packedAll(snapshots) {
  return Promise.all(snapshots.map((snapshot) => packBucket({ applied: `${Date.now()}-0`, snapshot })))
}

/** Sends a delta by the script of the pusher. */
function push(process, sequence, data) {
  const about = JSON.stringify({ pid: 1000 + process, host: 'web-1', started: Date.now(), pages: 1_000_000 })
  const now = String(Date.now())
  const [most, ttl] = ['50000', String(KEPT.day)]
  const id = `web-1/${process}/0123456789abcdef`
  return client.eval(
    PUSH.text,
    2,
    ...[KEYS.deltas, KEYS.seen],
    ...[id, String(sequence), data, about, 'web-1', '0123456789abcdef', now, now, '0', most, ttl],
  )
}

function kilobytes(bytes) {
  return `${Number((bytes / 1e3).toPrecision(2))} KB`
}
