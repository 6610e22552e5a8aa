import { Redis } from 'ioredis'
import { TaskQueue } from 'onetrip/queue'
import { expect, test } from 'vitest'
import { type Clock, processClock } from '../../src/clock.ts'
import { describeRedis } from '../helpers/redis-server.ts'
import { useQueues } from './queues.ts'

/** A clock whose intervals are short: what a process does from time to time, it does often. */
const hurried: Clock = {
  ...processClock,
  setInterval: (fn, ms) => processClock.setInterval(fn, ms / 300),
}

describeRedis('waiting for results of many queues', () => {
  const { server, client } = useQueues()

  /** Connections to the server that block, or did. */
  async function readers(): Promise<number> {
    const list = String(await server().admin.client('LIST'))
    return list.match(/ cmd=xread /g)?.length ?? 0
  }

  test('that have the same client takes one connection, whichever of them closes', async () => {
    const redis = client()
    const queues = Array.from({ length: 8 }, (_, n) => new TaskQueue(`q${n}`, { redis }))
    const tasks = queues.map((queue) => queue.task<[], string>('name'))
    const handles = await Promise.all(tasks.map((task) => task()))
    const waits = handles.map((handle) => handle.result())
    // Each of them is read, not only the first.
    await expect.poll(() => server().admin.keys('*:answers:*')).toHaveLength(8)
    await expect.poll(readers).toBe(1)

    const workers = queues.map(({ name }) => {
      const queue = new TaskQueue(name, { redis: server().url })
      queue.task('name', () => name)
      return queue
    })
    for (const queue of workers.slice(0, 4)) queue.worker()
    expect(await Promise.all(waits.slice(0, 4))).toEqual(['q0', 'q1', 'q2', 'q3'])
    expect(await readers()).toBe(1)

    // The connection was opened by the first one, and is closed with it.
    await queues[0]?.close()
    for (const queue of workers.slice(4)) queue.worker()
    expect(await Promise.all(waits.slice(4))).toEqual(['q4', 'q5', 'q6', 'q7'])
    await expect.poll(readers).toBe(1)
    const last = waits.map((_, n) => n).slice(1)
    const again = await Promise.all(last.map(async (n) => (await tasks[n]?.())?.result()))
    expect(again).toEqual(last.map((n) => `q${n}`))
    await Promise.all([...queues, ...workers].map((queue) => queue.close()))
    await expect.poll(readers).toBe(0)
    expect(redis.status).toBe('ready')
  })

  test('of clients with a prefix for all keys, too', async () => {
    const redis = new Redis(server().url, { keyPrefix: 'app:' })
    const queues = Array.from({ length: 2 }, (_, n) => new TaskQueue(`q${n}`, { redis }))
    const tasks = queues.map((queue) => queue.task('name', () => queue.name))
    for (const queue of queues) queue.worker()
    for (let turn = 0; turn < 3; turn++)
      expect(await Promise.all(tasks.map(async (task) => (await task()).result()))).toEqual(['q0', 'q1'])
    await Promise.all(queues.map((queue) => queue.close()))
    redis.disconnect()
  })
})

describeRedis('a wait for a result that will not come', () => {
  const { queue, server } = useQueues()
  const unknown = { code: 'ERR_ONETRIP_TASK_UNKNOWN' }

  test('is refused at once where the task is known to store none', async () => {
    const work = queue()
    const quiet = work.task('quiet', { result: false }, () => {})
    const order = quiet.with({ order: 'o' })
    const handles = [await quiet(), await quiet.with({ delay: '1h' })(), await order(), await order()]
    for (const { id } of handles)
      await expect(work.handle(id).result()).rejects.toThrow('is defined with result: false')
  })

  test('ends after the task, where only its worker knows that it stores none', async () => {
    const work = new TaskQueue('work', { redis: server().url }, hurried)
    const task = work.task<[], void>('task')
    const waits = [(await task()).result(), (await task()).result({ timeout: '5m' })]
    const other = queue()
    other.task('task', { result: false }, () => {})
    other.worker()
    for (const wait of waits) await expect(wait).rejects.toMatchObject(unknown)
    await work.close()
  })

  test('goes on while the task is anywhere in the queue', async () => {
    const work = new TaskQueue('work', { redis: server().url }, hurried)
    const task = work.task<[], string>('task')
    const ordered = task.with({ order: 'o' })
    const [later, ...handles] = [
      await task.with({ delay: '1h' })(),
      await task(),
      await ordered(),
      await ordered(),
    ]
    const waits = [later, ...handles].map((handle) => handle.result())
    for (const wait of waits) wait.catch(() => {})
    await server().resetStats()
    // Each look takes two calls.
    await expect.poll(async () => (await server().commandStats()).evalsha ?? 0).toBeGreaterThan(20)
    const other = queue()
    other.task('task', () => 'done')
    other.worker()
    await server().admin.zadd('onetrip:{work}:later', 1, later.id)
    expect(await Promise.all(waits)).toEqual(['done', 'done', 'done', 'done'])
    await work.close()
  })

  test('goes on while thousands of tasks wait, of which it may be one', async () => {
    const work = new TaskQueue('work', { redis: server().url }, hurried)
    const task = work.task<[], string>('task')
    const handles = await task.addMany(Array.from({ length: 2_500 }, () => []))
    const wait = (handles.at(-1) as (typeof handles)[0]).result()
    wait.catch(() => {})
    await server().resetStats()
    await expect.poll(async () => (await server().commandStats()).evalsha ?? 0).toBeGreaterThan(10)
    const other = queue()
    other.task('task', () => 'done')
    other.worker({ concurrency: 100 })
    expect(await wait).toBe('done')
    await work.close()
  })

  test('ends for a task that Redis has lost', async () => {
    const work = new TaskQueue('work', { redis: server().url }, hurried)
    const task = work.task<[], string>('task')
    const wait = (await task()).result()
    await server().admin.flushall()
    await expect(wait).rejects.toMatchObject(unknown)
    await work.close()
  })

  test('of a dead letter whose result has expired is its error', async () => {
    const work = queue({ maxResults: 0 })
    const bad = work.task('bad', { retries: 0 }, () => Promise.reject(new TypeError('no such address')))
    const worker = work.worker()
    const handle = await bad()
    await expect.poll(async () => (await work.info()).dead).toBe(1)
    await worker.close()
    expect(await work.handle(handle.id).state()).toBe('failed')
    await expect(queue().handle(handle.id).result()).rejects.toMatchObject({
      code: 'ERR_ONETRIP_TASK_FAILED',
      cause: { name: 'TypeError', message: 'no such address' },
    })
  })
})
