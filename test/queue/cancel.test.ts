import type { TaskContext } from 'onetrip/queue'
import { expect, test } from 'vitest'
import { describeRedis } from '../helpers/redis-server.ts'
import { useQueues } from './queues.ts'

/** More than one call of `cancel()` or `state()` looks through. */
const MANY = 2_500

describeRedis('a task behind thousands of others', () => {
  const { queue, server } = useQueues()

  test('is found by cancel() and state(), and one that is not there is not', async () => {
    const work = queue()
    const task = work.task<[number], void>('task', { result: false })
    const calls = Array.from({ length: MANY }, (_, n) => [n] as [number])
    const low = await task.with({ priority: 'low' }).addMany(calls)
    const normal = await task.addMany(calls)
    const [last] = [normal.at(-1) as (typeof normal)[0], low.at(-1)]
    expect(await last.state()).toBe('waiting')
    expect(await work.handle('unknown').state()).toBe('unknown')
    expect(await work.handle('unknown').cancel()).toBe(false)
    expect(await last.cancel()).toBe(true)
    expect(await last.cancel()).toBe(false)
    expect(await last.state()).toBe('cancelled')
    expect((await work.info()).waiting.total).toBe(2 * MANY - 1)
    // None is kept in mind: they are taken out.
    await Promise.all(normal.slice(-100, -1).map((handle) => handle.cancel()))
    expect(await server().admin.exists('onetrip:{work}:cancelled')).toBe(0)
    expect((await work.info()).waiting.total).toBe(2 * MANY - 100)
  })

  test('is found though its arguments are large, by calls that look at few', async () => {
    const work = queue()
    const task = work.task<[string], void>('task', { result: false })
    const handles = await task.addMany(Array.from({ length: 350 }, () => ['x'.repeat(20_000)] as [string]))
    expect(await handles.at(-1)?.state()).toBe('waiting')
    await server().resetStats()
    expect(await handles.at(-1)?.cancel()).toBe(true)
    const { evalsha = 0, eval: first = 0 } = await server().commandStats()
    expect(evalsha + first).toBeGreaterThan(3)
  })
})

describeRedis('a task that waits for one of the same order key', () => {
  const { queue, server } = useQueues()

  test('is found by state() and cancel(), and one that is not there is not', async () => {
    const work = queue()
    const seen: number[] = []
    const step = work.task('step', (n: number) => {
      seen.push(n)
    })
    const handles = await step.with({ order: 'o', unique: 'u' }).addMany([[0]])
    handles.push(...(await step.with({ order: 'o' }).addMany([[1], [2], [3]])))
    expect(await handles[2]?.state()).toBe('waiting')
    expect(await work.handle('unknown').state()).toBe('unknown')
    expect(await work.handle('unknown').cancel()).toBe(false)
    expect(await handles[2]?.cancel()).toBe(true)
    expect(await handles[2]?.state()).toBe('cancelled')
    expect((await work.info()).ordered).toBe(2)
    // The first of them, too: the next one has its turn.
    expect(await handles[0]?.cancel()).toBe(true)
    work.worker()
    await handles[3]?.result()
    expect(seen).toEqual([1, 3])
    expect(await server().admin.keys('*order*')).toEqual([])
  })
})

describeRedis('ordered tasks of a server that evicts', () => {
  const { queue, server } = useQueues()

  test('that have lost one of them go on with the next', async () => {
    const work = queue()
    const seen: number[] = []
    const step = work.task('step', (n: number) => {
      seen.push(n)
    })
    const handles = await step.with({ order: 'o' }).addMany([[0], [1], [2]])
    await server().admin.hdel('onetrip:{work}:order-data', handles[1]?.id ?? '')
    work.worker()
    await handles[2]?.result()
    expect(seen).toEqual([0, 2])
  })
})

describeRedis('what is kept of a cancellation', () => {
  const { queue, server } = useQueues()
  const KEY = 'onetrip:{work}:cancelled'

  test('goes when the task ends, also if its handler returns nevertheless', async () => {
    const work = queue()
    const wait = work.task('wait', { result: false }, function (this: TaskContext) {
      return new Promise((resolve) => this.signal.addEventListener('abort', resolve))
    })
    const worker = work.worker()
    const handles = await wait.addMany([[], [], []])
    await expect.poll(() => worker.running).toBe(3)
    await Promise.all(handles.map((handle) => handle.cancel()))
    await worker.close()
    expect(await server().admin.exists(KEY)).toBe(0)
  })

  test('expires, where no worker ever sees it', async () => {
    const work = queue()
    const task = work.task<[], void>('task')
    const handle = await task()
    const { admin } = server()
    await admin.xgroup('CREATE', 'onetrip:{work}:normal', 'workers', '0')
    await admin.xreadgroup('GROUP', 'workers', 'gone', 'STREAMS', 'onetrip:{work}:normal', '>')
    await admin.zadd(KEY, 1, 'older than a week')
    expect(await handle.cancel()).toBe(true)
    expect(await admin.zrange(KEY, '0', '-1')).toEqual([handle.id])
    expect(await admin.pttl(KEY)).toBeGreaterThan(6 * 24 * 3_600_000)
    // When it is given back, it does not run.
    work.task('other', () => {})
    await admin.zadd('onetrip:{work}:workers', 1, 'gone')
    work.worker()
    await expect(handle.result()).rejects.toMatchObject({ code: 'ERR_ONETRIP_TASK_CANCELLED' })
    expect(await admin.exists(KEY)).toBe(0)
  })

  test('does not cancel a dead letter that is retried', async () => {
    const work = queue()
    let runs = 0
    const task = work.task('task', { retries: 0 }, () => {
      if (++runs === 1) throw new Error('no')
      return runs
    })
    work.worker()
    const handle = await task()
    await expect(handle.result()).rejects.toThrow('no')
    // As if it had been cancelled between its failure and the step that says so.
    await server().admin.zadd(KEY, 1, handle.id)
    await work.dead.retry(handle.id)
    expect(await work.handle(handle.id).result()).toBe(2)
  })
})

describeRedis('marks that a late step has left', () => {
  const { queue, server } = useQueues()

  test('go with the worker', async () => {
    const work = queue()
    const worker = work.worker()
    await expect.poll(async () => (await work.info()).workers.length).toBe(1)
    const { admin } = server()
    await admin.hset('onetrip:{work}:running', 'a', `${worker.workerId} 1 1`, 'b', 'other 1 1')
    await worker.close()
    expect(await admin.hgetall('onetrip:{work}:running')).toEqual({ b: 'other 1 1' })
  })
})
