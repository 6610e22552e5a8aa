import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { type QueueInfo, TaskQueue } from 'onetrip/queue'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startModule } from '../../helpers/child-process.ts'
import { type FaultProxy, startFaultProxy } from '../../helpers/fault-proxy.ts'
import { describeRedis, type RedisServer, startRedis } from '../../helpers/redis-server.ts'

/** `npm run soak:queue` has 20,000. */
const TASKS = Number(process.env.ONETRIP_CHAOS_TASKS ?? 2_000)
const PROCESSES = 4
const LEASE_MS = 2_000
const KILL_EVERY_MS = 200
const CUT_EVERY_MS = 700
const CHUNK = 100

/** A worker process. `works` once it has done a task: before, there is nothing to lose. */
interface Worker {
  readonly child: ChildProcess
  works: boolean
}

/** An attempt of a task. */
interface Attempt {
  readonly pid: number
  /** Nanoseconds on a clock that all processes of the machine share. */
  readonly at: bigint
}

describeRedis('workers that are killed with -9', () => {
  let server: RedisServer
  let proxy: FaultProxy
  const workers = new Set<Worker>()
  /** When each process was killed, in nanoseconds. */
  const killedAt = new Map<number, bigint>()

  beforeAll(async () => {
    server = await startRedis()
    proxy = await startFaultProxy(server.port)
  })
  afterAll(async () => {
    await Promise.all([...workers].map(kill))
    await proxy.close()
    await server.stop()
  })

  function startWorker(queue: string, port: number): Worker {
    const module = new URL('./worker.js', import.meta.url)
    const child = startModule(module, [queue, String(port), String(server.port), String(LEASE_MS)])
    const worker: Worker = { child, works: false }
    workers.add(worker)
    child.on('message', () => {
      worker.works = true
    })
    child.once('exit', () => workers.delete(worker))
    return worker
  }

  async function kill({ child }: Worker): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    killedAt.set(child.pid as number, process.hrtime.bigint())
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  /** Ends the workers after their tasks. */
  async function closeWorkers(): Promise<void> {
    for (const { child } of workers) child.send('close')
    await expect.poll(() => workers.size).toBe(0)
  }

  /** Adds tasks through the bad network. A call that fails is made again: at least once. */
  async function addTasks(queue: TaskQueue, tasks: number): Promise<void> {
    const count = queue.task<[n: number], void>('count', { result: false })
    for (let n = 0; n < tasks; n += CHUNK) {
      const calls = Array.from({ length: Math.min(CHUNK, tasks - n) }, (_, i) => [n + i] as [number])
      while (!(await count.addMany(calls).catch(() => undefined)));
    }
  }

  /** Milliseconds from the death of a worker until each task that it had begun began again. */
  async function waitsAfterDeath(queue: string): Promise<number[]> {
    const begun = await server.admin.xrange(`${queue}:begun`, '-', '+')
    const attempts = new Map<string, Attempt[]>()
    for (const [, [, id = '', , pid, , at = '0']] of begun)
      attempts.set(id, [...(attempts.get(id) ?? []), { pid: Number(pid), at: BigInt(at) }])
    const waits: number[] = []
    for (const all of attempts.values()) {
      for (const [i, { at }] of all.entries()) {
        const killed = killedAt.get(all[i - 1]?.pid ?? 0)
        if (killed !== undefined && at > killed) waits.push(Number(at - killed) / 1e6)
      }
    }
    return waits.sort((one, other) => one - other)
  }

  it('the tasks of one that was killed are run by another one after its lease', async () => {
    const queue = new TaskQueue('one', { redis: server.url, lease: LEASE_MS })
    const [dying] = [startWorker('one', server.port), startWorker('one', server.port)]
    await addTasks(queue, 1_000)
    await expect.poll(() => dying.works).toBe(true)
    await kill(dying)
    await expect.poll(() => server.admin.hlen('one:done')).toBe(1_000)
    await closeWorkers()
    await queue.close()
    const waits = await waitsAfterDeath('one')
    // Not asserted: how long it takes is a matter of the machine's speed as well.
    console.log(`${waits.length} tasks of the dead worker began again after ${summaryOf(waits)}.`)
  })

  it(`${TASKS} tasks, ${PROCESSES} processes, one killed every ${KILL_EVERY_MS} ms, connections cut: all are done`, async () => {
    const queue = new TaskQueue('chaos', { redis: `redis://127.0.0.1:${proxy.port}`, lease: LEASE_MS })
    queue.on('error', () => {})
    let isOver = false
    let kills = 0
    const killWorkers = async () => {
      while (!isOver) {
        await sleep(KILL_EVERY_MS)
        const working = [...workers].filter(({ works }) => works)
        const victim = working[Math.floor(Math.random() * working.length)]
        if (!victim || isOver) continue
        kills++
        await kill(victim)
        startWorker('chaos', proxy.port)
      }
    }
    const cutConnections = async () => {
      while (!isOver) {
        await sleep(CUT_EVERY_MS)
        proxy.reset()
      }
    }

    for (let n = 0; n < PROCESSES; n++) startWorker('chaos', proxy.port)
    const faults = [killWorkers(), cutConnections()]
    const begun = performance.now()
    await addTasks(queue, TASKS)
    await expect.poll(() => server.admin.hlen('chaos:done')).toBe(TASKS)
    const seconds = (performance.now() - begun) / 1_000
    isOver = true
    await Promise.all(faults)

    // What dead workers held may still be run again; then nothing is left.
    await expect.poll(async () => leftOf(await queue.info())).toBe(0)
    expect((await queue.info()).dead).toBe(0)
    await closeWorkers()
    await queue.close()

    const counts = Object.values(await server.admin.hgetall('chaos:done')).map(Number)
    expect(counts).toHaveLength(TASKS)
    expect(Math.min(...counts)).toBe(1)
    expect(kills).toBeGreaterThan(0)
    const twice = counts.filter((count) => count > 1).length
    const waits = await waitsAfterDeath('chaos')
    console.log(
      `${TASKS} tasks in ${seconds.toFixed(0)} s, ${kills} workers killed: none lost, ${twice} done more than once. ` +
        `${waits.length} began again after ${summaryOf(waits)}, further deaths included.`,
    )
  })
})

function summaryOf(waits: readonly number[]): string {
  const [middle = Number.NaN, longest = Number.NaN] = [waits[waits.length >> 1], waits.at(-1)]
  return `${Math.round(middle)} ms (median), ${Math.round(longest)} ms at most, with a lease of ${LEASE_MS} ms`
}

/** Returns how many tasks wait, or are held by workers, dead ones too. */
function leftOf({ waiting, delayed, workers }: QueueInfo): number {
  return waiting.total + delayed + workers.reduce((sum, { held }) => sum + held, 0)
}
