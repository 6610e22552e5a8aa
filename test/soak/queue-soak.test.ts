import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Redis } from 'ioredis'
import { TaskQueue } from 'onetrip/queue'
import { expect, it } from 'vitest'
import { type FaultProxy, startFaultProxy } from '../helpers/fault-proxy.ts'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'

const MINUTES = Number(process.env.ONETRIP_SOAK_MINUTES ?? 0.3)
const MEGABYTE = 1024 * 1024
const LEASE_MS = 2_000

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Counts a task once, however often it runs: its id and the sum are noted in one transaction. */
const COUNT_ONCE = `
if redis.call('SADD', 'counted', ARGV[1]) == 1 then redis.call('INCR', 'sum') end
return 1`

describeRedis(`a soak of ${MINUTES} min: tasks, while Redis is killed and restarted with AOF`, () => {
  it(
    'every task that was accepted is counted once, nothing is left, and memory does not grow',
    async () => {
      // With everysec, Redis replies before it has written to the file while the disk is slow.
      const server = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always'])
      const proxy = await startFaultProxy(server.port)
      const truth = new Redis({ port: server.port, host: '127.0.0.1', maxRetriesPerRequest: 1 })
      truth.on('error', () => {})
      const queue = new TaskQueue('soak', { redis: `redis://127.0.0.1:${proxy.port}`, lease: LEASE_MS })
      queue.on('error', () => {})
      const count = queue.task(
        'count',
        { retries: Infinity, backoff: { delay: 100, max: '1s' }, result: false },
        async function (pause: number) {
          await sleep(pause)
          await truth.eval(COUNT_ONCE, 0, this.id)
        },
      )
      const workers = [queue.worker({ concurrency: 8 }), queue.worker({ concurrency: 8 })]
      const until = performance.now() + MINUTES * 60_000
      const accepted = new Set<string>()
      let uncertain = 0
      const heaps: number[] = []

      const add = async () => {
        while (performance.now() < until) {
          const size = 1 + Math.floor(Math.random() * 10)
          const calls = Array.from({ length: size }, () => [Math.floor(Math.random() * 20)] as [number])
          await count.addMany(calls).then(
            (handles) => {
              for (const { id } of handles) accepted.add(id)
            },
            () => {
              uncertain += size
            },
          )
          await sleep(20)
        }
      }
      const watch = async () => {
        while (performance.now() < until) {
          collect()
          heaps.push(process.memoryUsage().heapUsed)
          await sleep(Math.min(5_000, (MINUTES * 60_000) / 12))
        }
      }
      const faults = breakThings(server, proxy, until)
      await Promise.all([add(), watch(), faults])

      await expect.poll(async () => leftOf(queue)).toBe(0)
      for (const worker of workers) await worker.close()
      const { dead } = await queue.info()
      const ids = new Set(await server.admin.smembers('counted'))
      const sum = Number(await server.admin.get('sum'))
      await queue.close()
      truth.disconnect()
      await proxy.close()
      await server.stop()

      console.log(
        `${accepted.size} tasks accepted, ${uncertain} of unknown outcome, ${sum} counted; Redis was killed ${(await faults).kills} times`,
      )
      expect([...accepted].filter((id) => !ids.has(id))).toEqual([])
      expect(sum).toBe(ids.size)
      expect(sum).toBeLessThanOrEqual(accepted.size + uncertain)
      expect(dead).toBe(0)
      expect((await faults).kills).toBeGreaterThan(0)
      // The set of ids above is the only thing that grows: about 100 bytes for each.
      const [warm, end] = [heaps[Math.floor(heaps.length / 3)], heaps.at(-1)] as [number, number]
      expect(end - warm).toBeLessThan(20 * MEGABYTE + accepted.size * 200)
    },
    MINUTES * 60_000 + 600_000,
  )
})

async function leftOf(queue: TaskQueue): Promise<number> {
  const { waiting, delayed, workers } = await queue.info()
  return waiting.total + delayed + workers.reduce((sum, { held }) => sum + held, 0)
}

/** One fault after another, with quiet between them. */
async function breakThings(
  server: RedisServer,
  proxy: FaultProxy,
  until: number,
): Promise<{ kills: number }> {
  let kills = 0
  for (let n = 0; performance.now() < until; n++) {
    await sleep(500 + Math.random() * 1_500)
    const kind = n % 4
    if (kind === 0) {
      await server.restart()
      kills++
    } else if (kind === 1) {
      proxy.reset()
    } else if (kind === 2) {
      proxy.set({ reply: (reply) => ({ thenReset: reply.subarray(0, reply.length / 2) }) })
      await sleep(200)
      proxy.set()
    } else {
      server.pause()
      await sleep(500)
      server.resume()
    }
  }
  proxy.set()
  return { kills }
}
