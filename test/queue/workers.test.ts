import { type TaskContext, Worker } from 'onetrip/queue'
import { expect, test } from 'vitest'
import { deferred } from '../helpers/deferred.ts'
import { describeRedis } from '../helpers/redis-server.ts'
import { useQueues } from './queues.ts'

describeRedis('a worker', () => {
  const { queue, server, client } = useQueues()

  test('runs at most as many tasks at a time as its concurrency', async () => {
    const work = queue()
    let together = 0
    let most = 0
    const task = work.task('task', async () => {
      most = Math.max(most, ++together)
      await new Promise((resolve) => setImmediate(resolve))
      together--
    })
    const handles = await task.addMany(Array.from({ length: 100 }, () => []))
    work.worker({ concurrency: 7 })
    await Promise.all(handles.map((handle) => handle.result()))
    expect(most).toBe(7)
  })

  test('of many queues has one connection that blocks, and uses their client', async () => {
    const redis = client()
    const names = Array.from({ length: 20 }, (_, n) => `q${n}`)
    const queues = names.map((name) => queue({ redis }, name))
    const tasks = queues.map((one) =>
      one.task('name', function (this: TaskContext) {
        return one.name
      }),
    )
    new Worker(queues, { concurrency: 4 })
    const handles = await Promise.all(tasks.map((task) => task.with({ delay: 1 })()))
    await expect
      .poll(async () => Promise.all(handles.map((handle) => handle.state())))
      .toEqual(names.map(() => 'completed'))
    const clients = String(await server().admin.client('LIST'))
      .trim()
      .split('\n')
    expect(clients).toHaveLength(3)
  })

  test('gives back what has not begun when it closes, and waits for what runs', async () => {
    const work = queue()
    const gate = deferred<string>()
    const wait = work.task('wait', () => gate.promise)
    const worker = work.worker({ concurrency: 1 })
    const handles = await wait.addMany([[], [], []])
    await expect.poll(() => worker.running).toBe(1)
    const closed = worker.close()
    const second = worker.close()
    await expect.poll(async () => (await work.info()).waiting.total).toBe(2)
    gate.resolve('done')
    await Promise.all([closed, second])
    expect(await handles[0]?.result()).toBe('done')
    expect(await work.info()).toMatchObject({ waiting: { total: 2 }, workers: [] })
    work.worker()
    expect(await Promise.all(handles.map((handle) => handle.result()))).toEqual(['done', 'done', 'done'])
  })

  test('gives back a task that does not end in time, which is not an attempt that failed', async () => {
    const work = queue()
    const attempts: number[] = []
    let reason: unknown
    const wait = work.task('wait', function (this: TaskContext) {
      attempts.push(this.attempt)
      if (attempts.length === 2) return Promise.resolve('done')
      this.signal.addEventListener('abort', () => {
        reason = this.signal.reason
      })
      return new Promise<string>(() => {})
    })
    const worker = work.worker()
    const handle = await wait()
    await expect.poll(() => attempts).toEqual([1])
    await worker.close({ timeout: 1 })
    expect(reason).toMatchObject({ code: 'ERR_ONETRIP_CLOSED' })
    expect(await work.info()).toMatchObject({ waiting: { total: 1, returned: 1 }, workers: [] })
    work.worker()
    expect(await handle.result()).toBe('done')
    expect(attempts).toEqual([1, 1])
  })

  test('closes at once beside others, and with its queue', async () => {
    const work = queue()
    const task = work.task('task', () => 'done')
    const workers = Array.from({ length: 5 }, () => work.worker())
    const handles = await task.addMany(Array.from({ length: 500 }, () => []))
    await Promise.all(workers.slice(1).map((worker) => worker.close()))
    await Promise.all(handles.map((handle) => handle.result()))
    await work.close()
    expect(workers.every((worker) => worker.closing)).toBe(true)
    await expect(task()).rejects.toMatchObject({ code: 'ERR_ONETRIP_CLOSED' })
    expect(() => work.worker()).toThrow('was used after close()')
  })

  test('begins no tasks of a queue that is paused, on any worker, until it goes on', async () => {
    const work = queue()
    const ran: number[] = []
    const note = work.task('note', (n: number) => {
      ran.push(n)
    })
    work.worker()
    await (await note(0)).result()
    const other = queue()
    await other.pause()
    expect((await work.info()).paused).toBe(true)
    await expect.poll(() => server().admin.xlen('onetrip:{work}:wake')).toBe(0)
    const handle = await note(1)
    await note.with({ delay: 1 })(2)
    await expect(handle.result({ timeout: 200 })).rejects.toMatchObject({ code: 'ERR_ONETRIP_TASK_TIMEOUT' })
    expect(ran).toEqual([0])
    await other.resume()
    await handle.result()
    await expect.poll(() => ran.toSorted()).toEqual([0, 1, 2])
  })

  test('begins as many tasks as the rate limit of the queue allows, which all workers share', async () => {
    const work = queue({ rateLimit: { max: 1, per: '1h', burst: 2 } })
    const other = queue()
    const ran: number[] = []
    const [task] = [work, other].map((one) => one.task('task', (n: number) => ran.push(n)))
    work.worker()
    await expect.poll(async () => (await work.info()).rateLimit).toEqual({ interval: 3_600_000, burst: 2 })
    other.worker()
    await task?.addMany(Array.from({ length: 5 }, (_, n) => [n] as [number]))
    await expect.poll(() => ran).toEqual([0, 1])
    expect((await work.info()).waiting.total).toBe(3)
    // As when two hours have passed. What is added has a worker look again.
    await server().admin.hdel('onetrip:{work}', 'tat')
    await task?.(5)
    await expect.poll(() => ran).toEqual([0, 1, 2, 3])
    expect((await work.info()).waiting.total).toBe(2)
  })

  test('goes on by itself when the rate limit lets the next task begin', async () => {
    const work = queue({ rateLimit: { max: 7000 } })
    const task = work.task('task', (n: number) => n)
    const handles = await task.addMany(Array.from({ length: 300 }, (_, n) => [n] as [number]))
    work.worker()
    expect(await Promise.all(handles.map((handle) => handle.result()))).toEqual(handles.map((_, n) => n))
    const unlimited = queue({ rateLimit: false })
    unlimited.worker()
    await expect.poll(async () => (await work.info()).rateLimit).toBeUndefined()
  })

  test('goes on after FLUSHALL and SCRIPT FLUSH', async () => {
    const work = queue()
    const echo = work.task('echo', (n: number) => n)
    work.worker()
    await (await echo(1)).result()
    await server().admin.flushall()
    await server().admin.script('FLUSH')
    expect(await (await echo(2)).result()).toBe(2)
    await server().admin.flushall()
    expect(await (await echo(3)).result()).toBe(3)
  })

  test('loses nothing when its connections are cut again and again', async () => {
    const work = queue()
    const ran = new Set<number>()
    const note = work.task('note', async (n: number) => {
      await new Promise((resolve) => setImmediate(resolve))
      ran.add(n)
      return n
    })
    work.worker({ concurrency: 8 })
    const results: Promise<number>[] = []
    for (let round = 0; round < 20; round++) {
      const calls = note.addMany(Array.from({ length: 100 }, (_, n) => [round * 100 + n] as [number]))
      await server().admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
      for (const handle of await calls) results.push(handle.result())
    }
    expect(await Promise.all(results)).toEqual(Array.from({ length: 2000 }, (_, n) => n))
    expect(ran.size).toBe(2000)
    await expect.poll(async () => (await work.info()).waiting.total).toBe(0)
    expect(await server().admin.xlen('onetrip:{work}:normal')).toBe(0)
  })
})

describeRedis('a server that is full', () => {
  const { queue, server } = useQueues(['--maxmemory-policy', 'noeviction'])

  test('refuses what is added with a clear error, and lets workers end what waits', async () => {
    const work = queue()
    const echo = work.task('echo', (text: string) => text.length)
    const handles = await echo.addMany(Array.from({ length: 500 }, () => ['x'.repeat(1000)]))
    const waits = Promise.all(handles.map((handle) => handle.result()))
    await expect.poll(() => server().admin.keys('*:answers:*')).toHaveLength(1)
    await server().admin.config('SET', 'maxmemory', '100kb')
    await expect(echo('more')).rejects.toMatchObject({
      code: 'ERR_ONETRIP_QUEUE',
      message: expect.stringContaining('is full: raise maxmemory'),
    })
    const running = queue()
    running.task('echo', (text: string) => text.length)
    await server().admin.config('SET', 'maxmemory', '0')
    running.worker({ concurrency: 1 })
    await handles[0]?.result()
    await server().admin.config('SET', 'maxmemory', '100kb')
    expect((await waits).every((length) => length === 1000)).toBe(true)
    await server().admin.config('SET', 'maxmemory', '0')
    expect(await (await echo('again')).result()).toBe(5)
  })
})

describeRedis('a worker of ten thousand tasks at a time', () => {
  const { queue, server } = useQueues()

  test('ends all that finished during an outage by one step', async () => {
    const work = queue({ timeout: '60s' })
    const gate = deferred()
    const task = work.task('task', async (n: number) => {
      await gate.promise
      return n
    })
    const handles = await task.addMany(Array.from({ length: 10_000 }, (_, n) => [n] as [number]))
    const worker = work.worker({ concurrency: 10_000 })
    await expect.poll(() => worker.running).toBe(10_000)
    server().pause()
    gate.resolve()
    await expect.poll(() => worker.running).toBe(0)
    server().resume()
    expect(await Promise.all(handles.map((handle) => handle.result()))).toEqual(handles.map((_, n) => n))
    await expect.poll(() => server().admin.xlen('onetrip:{work}:normal')).toBe(0)
  })
})
