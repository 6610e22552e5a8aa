import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startModule } from '../helpers/child-process.ts'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { type StoppableProxy, startStoppableProxy } from './stoppable-proxy.ts'

const PROCESSES = 4
const LAG = 1_000
/** How many pages without a trip each process shows at least, however long that takes it. */
const FROM_MEMORY = 300
const SECONDS = Number(process.env.ONETRIP_COHERENCE_SECONDS ?? 20)

type Invalidation = [key: number, version: number, resolvedAt: number]
type Read = [key: number, version: number, begunAt: number, trips: number]
interface Log {
  readonly invalidations: readonly Invalidation[]
  readonly reads: readonly Read[]
}

describeRedis(`the first tier of ${PROCESSES} processes, for ${SECONDS} s`, () => {
  let server: RedisServer
  let proxies: StoppableProxy[]
  beforeAll(async () => {
    server = await startRedis()
    proxies = await Promise.all(Array.from({ length: PROCESSES }, () => startStoppableProxy(server.port)))
  })
  afterAll(async () => {
    await Promise.all(proxies.map((proxy) => proxy.close()))
    await server.stop()
  })

  it.each(['tracking', 'stream'])(
    'by %s shows nothing older than its own last invalidation, nor than others’ before the lag; connections are cut and stopped',
    {
      timeout: SECONDS * 1_000 + 600_000,
    },
    async (coherence) => {
      const before = struckOf(proxies)
      let over = false
      const faults = Promise.all(proxies.map((proxy, n) => disturb(proxy, n + 1, () => over)))
      const logs = await Promise.all(proxies.map(({ port }, n) => run(port, server.port, n + 1, coherence)))
      over = true
      await faults

      let fromMemory = 0
      let count = 0
      const lags: number[] = []
      for (const [process, { reads, invalidations: own }] of logs.entries()) {
        const others = logs.flatMap(({ invalidations }, n) => (n === process ? [] : invalidations))
        const [ownByKey, othersByKey] = [byKey(own), byKey(others)]
        for (const [key, version, begunAt, trips] of reads) {
          count++
          if (trips === 0) fromMemory++
          // At once in the process that called it.
          const newest = (ownByKey.get(key) ?? NONE).newestBefore(begunAt)
          // A million calls of expect() are a minute.
          if (version < newest) expect(version).toBeGreaterThanOrEqual(newest)
          const lag = begunAt - (othersByKey.get(key) ?? NONE).firstMissing(version)
          if (!(lag > 0)) continue
          lags.push(lag)
          if (lag > LAG) expect(lag).toBeLessThanOrEqual(LAG)
        }
      }
      lags.sort((a, b) => a - b)
      const at = (part: number) => (lags[Math.floor(lags.length * part)] ?? 0).toFixed(1)
      console.log(
        `${coherence}: ${count} pages, ${fromMemory} without a trip, ${logs.flatMap(({ invalidations }) => invalidations).length} invalidations, ` +
          `${struckOf(proxies) - before} faults; ${lags.length} pages showed what another process had invalidated: ` +
          `median ${at(0.5)} ms before, p99 ${at(0.99)}, worst ${(lags.at(-1) ?? 0).toFixed(1)} (lag allowed: ${LAG})`,
      )
      // Each process goes on until it has shown so many.
      expect(fromMemory).toBeGreaterThanOrEqual(PROCESSES * FROM_MEMORY)
    },
  )
})

function struckOf(proxies: readonly StoppableProxy[]): number {
  return proxies.reduce((sum, proxy) => sum + proxy.struck, 0)
}

/** Cuts and stops the connections of one process now and then. */
async function disturb(proxy: StoppableProxy, seed: number, isOver: () => boolean): Promise<void> {
  let state = seed * 7919
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  while (!isOver()) {
    await sleep(500 + random() * 1_500)
    const fault = random()
    if (fault < 0.4) {
      proxy.cut()
      continue
    }
    // Open, and silent, for less than the lag or for more.
    proxy.stop()
    await sleep(50 + random() * 2_000)
    if (fault < 0.7) proxy.cut()
    proxy.go()
  }
}

function run(port: number, truthPort: number, seed: number, coherence: string): Promise<Log> {
  const args = [port, truthPort, SECONDS * 1_000, FROM_MEMORY, LAG, seed, coherence].map(String)
  const child = startModule(new URL('process.js', import.meta.url), args)
  return new Promise((resolve, reject) => {
    child.once('message', (log) => resolve(log as Log))
    child.once('exit', (code) => reject(new Error(`a process ended (${code})`)))
  })
}

/** The invalidations of one key. A long run has many, and each page is looked up in them. */
class History {
  readonly #versions: readonly number[]
  /** For each version the earliest end of it and of all newer ones. */
  readonly #earliest: readonly number[]
  readonly #times: readonly number[]
  /** For each end the newest version until then. */
  readonly #newest: readonly number[]

  constructor(invalidations: readonly Invalidation[]) {
    const byVersion = invalidations.toSorted(([, a], [, b]) => a - b)
    this.#versions = byVersion.map(([, version]) => version)
    const ends = byVersion.map(([, , at]) => at)
    this.#earliest = running(ends.toReversed(), Math.min).toReversed()
    const byTime = invalidations.toSorted(([, , a], [, , b]) => a - b)
    this.#times = byTime.map(([, , at]) => at)
    const versions = byTime.map(([, version]) => version)
    this.#newest = running(versions, Math.max)
  }

  /** When the first of those had resolved that a page which shows this version lacks. */
  firstMissing(version: number): number {
    return this.#earliest[countUpTo(this.#versions, version)] ?? Number.POSITIVE_INFINITY
  }

  /** The newest version whose invalidation had resolved. */
  newestBefore(time: number): number {
    return this.#newest[countUpTo(this.#times, time) - 1] ?? 0
  }
}

const NONE = new History([])

function byKey(invalidations: readonly Invalidation[]): Map<number, History> {
  const map = new Map<number, Invalidation[]>()
  for (const one of invalidations) {
    const known = map.get(one[0])
    if (known) known.push(one)
    else map.set(one[0], [one])
  }
  return new Map([...map].map(([key, of]) => [key, new History(of)]))
}

function running(numbers: readonly number[], join: (a: number, b: number) => number): number[] {
  let sum = numbers[0] ?? 0
  return numbers.map((number) => {
    sum = join(sum, number)
    return sum
  })
}

/** How many of the sorted numbers are at most this. */
function countUpTo(numbers: readonly number[], most: number): number {
  let [low, high] = [0, numbers.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((numbers[middle] as number) <= most) low = middle + 1
    else high = middle
  }
  return low
}
