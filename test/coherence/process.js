/**
 * One process of a site with a first tier: invalidates, and reads what a page shows, as fast as it
 * may. What the pages are made of stands in Redis, written past all faults. Arguments: the way of
 * the cache, the way of the data, milliseconds, how many pages it shows from memory at least, the
 * lag, a seed, the method of coherence.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import nunjucks from 'nunjucks'
import { nunjucksEngine } from '../../dist/engines/nunjucks/index.js'
import { FragmentCache, lazy } from '../../dist/index.js'
import { memoryStore } from '../../dist/stores/memory/index.js'
import { redisStore } from '../../dist/stores/redis/index.js'
import { tieredStore } from '../../dist/stores/tiered/index.js'

const [port, truthPort, duration, least, lag, seed] = process.argv.slice(2, 8).map(Number)
const coherence = process.argv[8]
const KEYS = 12

class Loader extends nunjucks.Loader {
  getSource(name) {
    const src = '{% cache "shown", key, tags=["t:" ~ key] %}{{ version }}{% endcache %}'
    return name === 'page' ? { src, path: name, noCache: false } : null
  }
}

const truth = new Redis({ port: truthPort, host: '127.0.0.1' })
const store = tieredStore({
  first: memoryStore(),
  second: redisStore({ url: `redis://127.0.0.1:${port}`, log: coherence === 'stream' }),
  coherence,
  coherenceLag: lag,
})
const engine = nunjucksEngine({ environment: new nunjucks.Environment(new Loader()) })
const cache = new FragmentCache({ store, engine, ttl: '1m', limits: { invalidateTimeout: 500 } })

/** Of all processes of the machine. */
const now = () => Number(process.hrtime.bigint()) / 1e6
let state = seed
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}

/**
 * Records sent at the end: `[key, version, resolved at]` of an invalidation, and `[key, version,
 * begun at, trips]` of a read.
 */
const invalidations = []
const reads = []
const until = now() + duration
let fromMemory = 0
const goesOn = () => now() < until || fromMemory < least

async function invalidate() {
  const key = Math.floor(random() * KEYS)
  const version = await truth.incr(`truth:${key}`)
  try {
    await cache.invalidate(`t:${key}`)
    invalidations.push([key, version, now()])
  } catch {
    // It has not resolved: nobody was promised anything.
  }
}

async function read() {
  const key = Math.floor(random() * KEYS)
  const begun = now()
  const { body, trips } = await cache.render('page', {
    key,
    version: lazy(async () => (await truth.get(`truth:${key}`)) ?? 0),
  })
  if (trips === 0) fromMemory++
  reads.push([key, Number(body.toString()), begun, trips])
}

async function readers() {
  while (goesOn()) {
    await read()
    await new Promise(setImmediate)
    // What is sent at the end is to fit into memory.
    if (random() < 0.05 || duration > 20_000) await sleep(1)
  }
}

async function writer() {
  while (goesOn()) {
    await sleep(random() * 60)
    await invalidate()
  }
}

await Promise.all([readers(), readers(), writer()])
await cache.close()
truth.disconnect()
process.send({ invalidations, reads }, () => process.disconnect())
