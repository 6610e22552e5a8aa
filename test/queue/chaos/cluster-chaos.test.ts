import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Cluster } from 'ioredis'
import { type QueueInfo, TaskQueue } from 'onetrip/queue'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startModule } from '../../helpers/child-process.ts'
import { type RedisCluster, startRedisCluster } from '../../helpers/redis-cluster.ts'
import { describeRedis, type RedisServer, startRedis } from '../../helpers/redis-server.ts'
import { replicated, thirdOf } from '../replication.ts'

/** `ONETRIP_CHAOS_CLUSTER_SECONDS=600` takes ten minutes. */
const SECONDS = Number(process.env.ONETRIP_CHAOS_CLUSTER_SECONDS ?? 8)
const PROCESSES = 3
const LEASE_MS = 2_000
const KILL_EVERY_MS = 400
const FAIL_OVER_EVERY_MS = 2_000
const CHUNK = 10
/** One in each third of the slots. */
const QUEUES = ['orders', 'images', 'reviews']

/** A queue, and the numbers of its tasks. */
interface Load {
  readonly name: string
  readonly queue: TaskQueue
  readonly accepted: Set<number>
  /** Accepted after the last look at the replica, before its primary was killed. */
  readonly atRisk: Set<number>
}

describeRedis('a Redis Cluster whose nodes are killed, with workers that are killed', () => {
  let cluster: RedisCluster
  /** Counts what was done, out of reach of all faults. */
  let truth: RedisServer
  let redis: Cluster
  const workers = new Set<ChildProcess>()

  beforeAll(async () => {
    ;[cluster, truth] = await Promise.all([startRedisCluster(), startRedis()])
    redis = new Cluster([...cluster.addresses])
  })
  afterAll(async () => {
    for (const child of workers) child.kill('SIGKILL')
    redis.disconnect()
    await Promise.all([cluster.stop(), truth.stop()])
  })

  function startWorker(): void {
    const ports = cluster.nodes.map(({ port }) => port).join()
    const module = new URL('./worker.js', import.meta.url)
    const child = startModule(module, [QUEUES.join(), ports, String(truth.port), String(LEASE_MS)])
    workers.add(child)
    child.once('exit', () => workers.delete(child))
  }

  it(`for ${SECONDS} s: every task that was replicated is done`, async () => {
    expect(new Set(QUEUES.map(thirdOf)).size).toBe(QUEUES.length)
    const loads = QUEUES.map((name): Load => {
      const queue = new TaskQueue(name, { redis, lease: LEASE_MS })
      queue.on('error', () => {})
      return { name, queue, accepted: new Set(), atRisk: new Set() }
    })
    const until = performance.now() + SECONDS * 1_000
    let isOver = false
    let kills = 0
    let failovers = 0

    const add = async ({ queue, accepted }: Load) => {
      const count = queue.task<[n: number], void>('count', { result: false })
      for (let n = 0; performance.now() < until; n += CHUNK) {
        const calls = Array.from({ length: CHUNK }, (_, i) => [n + i] as [number])
        // A call that fails is made again: at least once.
        while (!(await count.addMany(calls).catch(() => undefined)));
        for (const [call] of calls) accepted.add(call)
        await sleep(30)
      }
    }
    const killWorkers = async () => {
      while (!isOver) {
        await sleep(KILL_EVERY_MS)
        const [victim] = [...workers].toSorted(() => Math.random() - 0.5)
        if (!victim || isOver) continue
        kills++
        victim.kill('SIGKILL')
        await once(victim, 'exit')
        startWorker()
      }
    }
    const killNodes = async () => {
      while (performance.now() < until) {
        await sleep(FAIL_OVER_EVERY_MS)
        const { name, accepted, atRisk } = loads[failovers++ % loads.length] as Load
        const safe = new Set(accepted)
        await replicated(cluster, name)
        const killed = await cluster.killPrimary(thirdOf(name))
        await cluster.whole()
        for (const n of accepted) if (!safe.has(n)) atRisk.add(n)
        await killed.restart()
        await replicated(cluster, name)
      }
    }

    for (let n = 0; n < PROCESSES; n++) startWorker()
    const faults = killWorkers()
    await Promise.all([...loads.map(add), killNodes()])
    isOver = true
    await faults

    const results: string[] = []
    for (const { name, queue, accepted, atRisk } of loads) {
      // What dead workers held may still be run again; then nothing is left.
      await expect.poll(async () => leftOf(await queue.info())).toBe(0)
      expect((await queue.info()).dead).toBe(0)
      const done = await truth.admin.hgetall(`${name}:done`)
      const lost = [...accepted].filter((n) => done[n] === undefined)
      expect(lost.filter((n) => !atRisk.has(n))).toEqual([])
      const twice = Object.values(done).filter((times) => Number(times) > 1).length
      results.push(
        `${name}: ${accepted.size} accepted, ${twice} done more than once, ` +
          `${atRisk.size} added around a failover, of which ${lost.length} were lost`,
      )
    }
    for (const child of workers) child.send('close')
    await expect.poll(() => workers.size).toBe(0)
    await Promise.all(loads.map(({ queue }) => queue.close()))
    expect(failovers).toBeGreaterThan(0)
    console.log(`${failovers} failovers, ${kills} workers killed. ${results.join('. ')}.`)
  })
})

/** Returns how many tasks wait, or are held by workers, dead ones too. */
function leftOf({ waiting, delayed, workers }: QueueInfo): number {
  return waiting.total + delayed + workers.reduce((sum, { held }) => sum + held, 0)
}
