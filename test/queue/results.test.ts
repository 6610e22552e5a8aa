import type { TaskContext } from 'onetrip/queue'
import { expect, test } from 'vitest'
import { deferred } from '../helpers/deferred.ts'
import { describeRedis } from '../helpers/redis-server.ts'
import { useQueues } from './queues.ts'

describeRedis('a result', () => {
  const { queue, server } = useQueues()

  test('can be awaited before and after the end, twice, and by another process', async () => {
    const work = queue()
    const gate = deferred<string>()
    const wait = work.task('wait', () => gate.promise)
    const worker = work.worker()
    const handle = await wait()
    const other = queue().handle<string>(handle.id)
    const before = [handle.result(), handle.result(), other.result(), other.result()]
    await expect.poll(() => worker.running).toBe(1)
    gate.resolve('done')
    expect(await Promise.all(before)).toEqual(['done', 'done', 'done', 'done'])
    expect(await handle.result()).toBe('done')
    expect(await work.handle(handle.id).result()).toBe('done')
    expect(await queue().handle(handle.id).result()).toBe('done')
    expect(await handle.state()).toBe('completed')
    // A task that ends between its addition and the first wait.
    const second = await wait()
    await expect.poll(() => second.state()).toBe('completed')
    expect(await second.result()).toBe('done')
  })

  test('of an id that the queue knows nothing of is an error, not a wait without an end', async () => {
    const work = queue()
    const gate = deferred<string>()
    const kept = work.task('kept', () => gate.promise)
    const dropped = work.task('dropped', { result: false }, (n: number) => n)
    const [first, second] = [await kept(), await dropped(1)]
    const unknown = { code: 'ERR_ONETRIP_TASK_UNKNOWN' }
    await expect(work.handle('nobody').result()).rejects.toMatchObject(unknown)
    // Both wait: nothing works on the queue.
    const waiting = [first, second].map(({ id }) => queue().handle(id).result({ timeout: '5m' }))
    // It is told at once if it asks only after the worker has dropped its task.
    waiting[1]?.catch(() => {})
    work.worker()
    gate.resolve('done')
    expect(await waiting[0]).toBe('done')
    await expect.poll(() => second.state()).toBe('unknown')
    await expect(queue().handle(second.id).result()).rejects.toMatchObject(unknown)
  })

  test('is waited for by ten thousand handles over two connections', async () => {
    const work = queue()
    const echo = work.task('echo', (n: number) => n)
    const first = await echo(0)
    work.worker({ concurrency: 100 })
    await first.result()
    const handles = await echo.addMany(Array.from({ length: 10_000 }, (_, n) => [n] as [number]))
    const results = Promise.all(handles.map((handle) => handle.result()))
    expect(await results).toEqual(Array.from({ length: 10_000 }, (_, n) => n))
    const clients = String(await server().admin.client('LIST'))
      .trim()
      .split('\n')
    // The test's own, one for calls, one that reads results, one that the worker blocks on.
    expect(clients.length).toBeLessThanOrEqual(4)
  })

  test('expires after its ttl', async () => {
    const work = queue({ resultTtl: '1h' })
    const echo = work.task('echo', (n: number) => n)
    work.worker()
    const handle = await echo(1)
    await handle.result()
    const [key = ''] = await server().admin.keys('onetrip:{work}:results:*')
    const left = await server().admin.pttl(key)
    // Results of a quarter of the time share one hash.
    expect(left).toBeGreaterThan(3_600_000 - 1)
    expect(left).toBeLessThanOrEqual(3_600_000 * 1.25)
  })

  test('is not kept beyond maxResults, and reaches those who wait all the same', async () => {
    const work = queue({ maxResults: 0 })
    const echo = work.task('echo', (n: number) => n)
    const handle = await echo(1)
    const waits = handle.result()
    work.worker()
    expect(await waits).toBe(1)
    expect(await server().admin.keys('onetrip:{work}:results*')).toEqual([])
  })

  test('ends its wait by a timeout or a signal; the task goes on', async () => {
    const work = queue()
    const echo = work.task('echo', (n: number) => n)
    const handle = await echo(1)
    await expect(handle.result({ timeout: 10 })).rejects.toMatchObject({
      code: 'ERR_ONETRIP_TASK_TIMEOUT',
      message: expect.stringContaining('was not there within 10 ms'),
    })
    const stop = new AbortController()
    const waits = handle.result({ signal: stop.signal })
    stop.abort(new Error('left'))
    await expect(waits).rejects.toThrow('left')
    await expect(handle.result({ signal: stop.signal })).rejects.toThrow('left')
    work.worker()
    expect(await handle.result()).toBe(1)
  })

  test('of a task with result: false is not stored', async () => {
    const work = queue()
    let ran = 0
    const quiet = work.task('quiet', { result: false }, () => ++ran)
    work.worker()
    const handle = await quiet()
    await expect(handle.result()).rejects.toThrow('is defined with result: false')
    await expect.poll(() => ran).toBe(1)
    expect(await server().admin.keys('onetrip:{work}:results*')).toEqual([])
  })

  test('ends its wait when the queue closes', async () => {
    const work = queue()
    const echo = work.task('echo', (n: number) => n)
    const waits = (await echo(1)).result()
    const ended = expect(waits).rejects.toMatchObject({ code: 'ERR_ONETRIP_CLOSED' })
    await work.close()
    await ended
  })

  test('comes though the stream of answers was lost', async () => {
    const work = queue()
    const echo = work.task('echo', (n: number) => n)
    const handle = await echo(1)
    const waits = handle.result()
    await expect.poll(() => server().admin.keys('*:answers:*')).toHaveLength(1)
    const running = queue()
    const gate = deferred()
    running.task('echo', async (n: number) => {
      await gate.promise
      return n
    })
    const worker = running.worker()
    await expect.poll(() => worker.running).toBe(1)
    await server().admin.del(await server().admin.keys('*:answers:*'))
    gate.resolve()
    expect(await waits).toBe(1)
  })

  test('shows the progress that the handler reports', async () => {
    const work = queue()
    const gate = deferred()
    const long = work.task('long', async function (this: TaskContext) {
      this.progress({ done: 1, of: 2 })
      await gate.promise
    })
    const seen: unknown[] = []
    work.on('progress', ({ value }) => seen.push(value))
    work.worker()
    const handle = await long()
    await expect.poll(() => handle.progress()).toEqual({ done: 1, of: 2 })
    expect(seen).toEqual([{ done: 1, of: 2 }])
    gate.resolve()
    await handle.result()
    expect(await handle.progress()).toBeUndefined()
  })
})

describeRedis('cancel()', () => {
  const { queue } = useQueues()

  test('keeps a task that waits, or is delayed, from running', async () => {
    const work = queue()
    const seen: number[] = []
    const note = work.task('note', (n: number) => {
      seen.push(n)
    })
    const [first, second] = await note.addMany([[1], [2]])
    const later = await note.with({ delay: '1h' })(3)
    expect(await first?.cancel()).toBe(true)
    expect(await later.cancel()).toBe(true)
    expect(await first?.state()).toBe('cancelled')
    expect(await first?.cancel()).toBe(false)
    await expect(later.result()).rejects.toMatchObject({ code: 'ERR_ONETRIP_TASK_CANCELLED' })
    work.worker()
    await second?.result()
    expect(await second?.cancel()).toBe(false)
    expect(await work.handle('unknown').cancel()).toBe(false)
    expect(seen).toEqual([2])
  })

  test('aborts the signal of a task that runs, and one that a worker holds', async () => {
    const work = queue()
    const began: string[] = []
    const wait = work.task('wait', function (this: TaskContext) {
      began.push(this.id)
      return new Promise((_, reject) =>
        this.signal.addEventListener('abort', () => reject(this.signal.reason)),
      )
    })
    const worker = work.worker({ concurrency: 1 })
    const [running, held] = await wait.addMany([[], []])
    await expect.poll(() => worker.running).toBe(1)
    expect(await held?.cancel()).toBe(true)
    expect(await running?.cancel()).toBe(true)
    await expect(running?.result()).rejects.toMatchObject({ code: 'ERR_ONETRIP_TASK_CANCELLED' })
    await expect(held?.result()).rejects.toMatchObject({ code: 'ERR_ONETRIP_TASK_CANCELLED' })
    expect(began).toEqual([running?.id])
  })

  test('of a task that returns nevertheless leaves its result', async () => {
    const work = queue()
    const wait = work.task('wait', function (this: TaskContext) {
      return new Promise((resolve) => this.signal.addEventListener('abort', () => resolve('finished')))
    })
    const worker = work.worker()
    const handle = await wait()
    await expect.poll(() => worker.running).toBe(1)
    expect(await handle.cancel()).toBe(true)
    expect(await handle.result()).toBe('finished')
    expect(await handle.state()).toBe('completed')
  })
})
