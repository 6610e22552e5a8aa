import type { TaskContext } from 'onetrip/queue'
import { expect, test } from 'vitest'
import { describeRedis } from '../helpers/redis-server.ts'
import { useQueues } from './queues.ts'

const TASKS = 10_000
/** Each of them is used for a fifth of the tasks. */
const KINDS = 5
const DEAD = 100

describeRedis(`what is kept in Redis after ${TASKS} tasks`, () => {
  const { queue, server } = useQueues()

  /** Keys, with how many members each has. */
  async function sizes(): Promise<Record<string, number>> {
    const { admin } = server()
    const all: Record<string, number> = {}
    for (const key of (await admin.keys('*')).sort()) {
      const type = await admin.type(key)
      const command = { hash: 'HLEN', zset: 'ZCARD', stream: 'XLEN', list: 'LLEN' }[type]
      all[key.replace(/^onetrip:\{work\}/, '').replace(/:(client|answers):.*/, ':$1')] =
        command === undefined ? 1 : Number(await admin.call(command, key))
    }
    return all
  }

  test('delayed, unique, ordered, failed and cancelled ones: a fixed number of keys, and no task', async () => {
    const work = queue({ maxDead: DEAD, maxResults: 1_000 })
    const task = work.task(
      'task',
      { retries: 1, backoff: { delay: 1 } },
      function (this: TaskContext, n: number) {
        this.progress(n)
        if (n % KINDS === 3) throw new Error('no')
      },
    )
    const numbers = Array.from({ length: TASKS / KINDS }, (_, n) => n * KINDS)
    const adding = numbers.flatMap((n) => [
      task.with({ delay: 5 })(n),
      task.with({ unique: `u${n}` })(n + 1),
      task.with({ order: `o${n % 500}` })(n + 2),
      task.with({ order: `p${n % 70}`, unique: `v${n}` })(n + 3),
      task
        .with({ delay: '1h' })(n + 4)
        .then(async (handle) => {
          expect(await handle.cancel()).toBe(true)
          return handle
        }),
    ])
    const worker = work.worker({ concurrency: 50 })
    await Promise.all(adding)
    const left = async () => {
      const { waiting, delayed, ordered, workers } = await work.info()
      return waiting.total + delayed + ordered + workers.reduce((sum, { held }) => sum + held, 0)
    }
    await expect.poll(left).toBe(0)
    await worker.close()
    const { ':results': hashes = 0, ...kept } = await sizes()
    const results = Object.keys(kept).filter((key) => key.startsWith(':results:'))
    expect(results.length).toBe(hashes)
    for (const key of results) {
      expect(kept[key]).toBeLessThanOrEqual(1_000 / 4)
      delete kept[key]
    }
    const { ':counts': counts, ':client': clients, ':returned': _, ...others } = kept
    expect(counts).toBeLessThanOrEqual(3 * 7)
    expect(clients).toBe(1)
    expect(others).toEqual({
      ':dead': DEAD,
      ':dead-data': DEAD,
      ':high': 0,
      ':low': 0,
      ':normal': 0,
      ':wake': 0,
    })
  })
})
