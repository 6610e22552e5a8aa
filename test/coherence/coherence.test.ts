import { fork } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { type StoppableProxy, startStoppableProxy } from './stoppable-proxy.ts'

const PROCESSES = 4
const LAG = 1_000
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

  it('shows nothing older than its own last invalidation, nor than others’ before the lag; connections are cut and stopped', {
    timeout: SECONDS * 1_000 + 60_000,
  }, async () => {
    let over = false
    const faults = Promise.all(proxies.map((proxy, n) => disturb(proxy, n + 1, () => over)))
    const logs = await Promise.all(proxies.map(({ port }, n) => run(port, server.port, n + 1)))
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
        expect(version).toBeGreaterThanOrEqual(newest(ownByKey.get(key), begunAt))
        const old = newerThan(othersByKey.get(key) ?? [], version).filter(([, , at]) => at < begunAt)
        if (old.length === 0) continue
        const lag = begunAt - Math.min(...old.map(([, , at]) => at))
        lags.push(lag)
        expect(lag).toBeLessThanOrEqual(LAG)
      }
    }
    lags.sort((a, b) => a - b)
    const at = (part: number) => (lags[Math.floor(lags.length * part)] ?? 0).toFixed(1)
    const struck = proxies.reduce((sum, proxy) => sum + proxy.struck, 0)
    console.log(
      `${count} pages, ${fromMemory} without a trip, ${logs.flatMap(({ invalidations }) => invalidations).length} invalidations, ` +
        `${struck} faults; ${lags.length} pages showed what another process had invalidated: ` +
        `median ${at(0.5)} ms before, p99 ${at(0.99)}, worst ${(lags.at(-1) ?? 0).toFixed(1)} (lag allowed: ${LAG})`,
    )
    expect(count).toBeGreaterThan(1_000)
    expect(fromMemory).toBeGreaterThan(count / 20)
  })
})

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

function run(port: number, truthPort: number, seed: number): Promise<Log> {
  const args = [port, truthPort, SECONDS * 1_000, LAG, seed].map(String)
  const child = fork(join(import.meta.dirname, 'process.js'), args, { execArgv: [] })
  return new Promise((resolve, reject) => {
    child.once('message', (log) => resolve(log as Log))
    child.once('exit', (code) => reject(new Error(`a process ended (${code})`)))
  })
}

/** Those of each key, in the order of their versions. */
function byKey(invalidations: readonly Invalidation[]): Map<number, Invalidation[]> {
  const map = new Map<number, Invalidation[]>()
  for (const one of invalidations) {
    const known = map.get(one[0])
    if (known) known.push(one)
    else map.set(one[0], [one])
  }
  for (const of of map.values()) of.sort(([, a], [, b]) => a - b)
  return map
}

/** Those of a higher version: a page that is not old has none, or a few. */
function newerThan(invalidations: readonly Invalidation[], version: number): readonly Invalidation[] {
  const oldest = invalidations.findLastIndex(([, one]) => one <= version)
  return invalidations.slice(oldest + 1)
}

/** The newest version whose invalidation had resolved. */
function newest(invalidations: readonly Invalidation[] = [], before: number): number {
  return invalidations.findLast(([, , at]) => at < before)?.[1] ?? 0
}
