import type { TaskContext } from 'onetrip/queue'
import { expect, test } from 'vitest'
import { deferred } from '../helpers/deferred.ts'
import { describeRedis } from '../helpers/redis-server.ts'
import { useQueues } from './queues.ts'

describeRedis('options of calls', () => {
  const { queue, server } = useQueues()

  test('delay a task, which begins no sooner by the clock of the server', async () => {
    const work = queue()
    const soon = work.task('soon', () => 'done')
    work.worker()
    const handle = await soon.with({ delay: 100_000 })()
    expect(await handle.state()).toBe('delayed')
    const [, due] = await server().admin.zrange('onetrip:{work}:later', '0', '0', 'WITHSCORES')
    const [seconds] = await server().admin.time()
    expect(Number(due) - Number(seconds) * 1000).toBeGreaterThan(90_000)
    // A worker that waits is told of a time before the one that it knows.
    expect(await (await soon.with({ delay: 5 })()).result()).toBe('done')
    expect(await (await soon.with({ at: new Date(0) })()).result()).toBe('done')
    expect(await (await soon.with({ at: Number(seconds) * 1000 + 1_000 })()).result()).toBe('done')
    expect(await handle.state()).toBe('delayed')
  })

  test('put a task before those of a lower priority', async () => {
    const work = queue()
    const seen: string[] = []
    const note = work.task('note', (what: string) => {
      seen.push(what)
    })
    const [low] = await note.with({ priority: 'low' }).addMany([['low'], ['low']])
    await note.addMany([['normal'], ['normal']])
    await note.with({ priority: 'high' }).addMany([['high'], ['high']])
    work.worker({ concurrency: 1 })
    await low?.result()
    await expect.poll(() => seen).toEqual(['high', 'high', 'normal', 'normal', 'low', 'low'])
  })

  test('keep its priority when it is tried again', async () => {
    const work = queue()
    const bad = work.task('bad', { retries: 0, priority: 'low' }, () => Promise.reject(new Error('no')))
    const worker = work.worker()
    const handle = await bad()
    await handle.result().catch(() => {})
    await worker.close()
    expect(await work.dead.list()).toMatchObject([{ priority: 'low' }])
    await work.dead.retry(handle.id)
    expect((await work.info()).waiting).toEqual({ total: 1, returned: 0, high: 0, normal: 0, low: 1 })
  })

  test('add a task once while its unique key is taken', async () => {
    const work = queue()
    const gate = deferred<void>()
    let runs = 0
    const warm = work.task('warm', async () => {
      runs++
      await gate.promise
      return runs
    })
    const events: unknown[] = []
    work.on('added', ({ id, duplicate }) => events.push([id, duplicate]))
    const once = warm.with({ unique: 'film:7' })
    const [first, second] = await Promise.all([once(), once()])
    const other = await queue().handle(first.id)
    expect(second.id).toBe(first.id)
    expect(events).toEqual([
      [first.id, undefined],
      [first.id, true],
    ])
    work.worker()
    await expect.poll(() => runs).toBe(1)
    expect((await once()).id).toBe(first.id)
    gate.resolve()
    expect(await Promise.all([first.result(), second.result(), other.result()])).toEqual([1, 1, 1])
    const again = await once()
    expect(again.id).not.toBe(first.id)
    expect(await again.result()).toBe(2)
  })

  test('keep a unique key for its ttl, after the task has ended too', async () => {
    const work = queue()
    const warm = work.task('warm', () => 'warm')
    work.worker()
    const once = warm.with({ unique: { key: 'k', ttl: '1h' } })
    const first = await once()
    await first.result()
    expect((await once()).id).toBe(first.id)
    expect(await server().admin.pttl('onetrip:{work}:unique:k')).toBeGreaterThan(3_000_000)
    await server().admin.pexpire('onetrip:{work}:unique:k', 0)
    expect((await once()).id).not.toBe(first.id)
  })

  test('free a unique key when the task goes to the dead letters, or is cancelled', async () => {
    const work = queue()
    const bad = work.task('bad', { retries: 0 }, () => Promise.reject(new Error('no')))
    const once = bad.with({ unique: 'k' })
    const waiting = await once()
    expect(await waiting.cancel()).toBe(true)
    const second = await once()
    expect(second.id).not.toBe(waiting.id)
    work.worker()
    await second.result().catch(() => {})
    const third = await once()
    expect(third.id).not.toBe(second.id)
    await third.result().catch(() => {})
    // Both may run again, one after the other has freed the key or not.
    expect(await work.dead.retryAll()).toBe(2)
    await expect.poll(async () => (await work.info()).dead).toBe(2)
    expect(await server().admin.exists('onetrip:{work}:unique:k')).toBe(0)
  })

  test('run tasks of one order key one after the other, others beside them', async () => {
    const work = queue()
    const log: string[] = []
    let together = 0
    const step = work.task(
      'step',
      { retries: 2, backoff: { delay: 1 } },
      async function (this: TaskContext, key: string, n: number) {
        together++
        log.push(`${key}${n}`)
        expect(together).toBeLessThanOrEqual(2)
        await new Promise((resolve) => setImmediate(resolve))
        together--
        // The next of its key waits for its retries as well.
        if (n === 1 && this.attempt < 3) throw new Error('again')
      },
    )
    const a = step.with({ order: 'a' })
    const b = step.with({ order: 'b' })
    const handles = await Promise.all(Array.from({ length: 5 }, (_, n) => [a('a', n), b('b', n)]).flat())
    expect((await work.info()).ordered).toBe(8)
    work.worker({ concurrency: 8 })
    queue().task('step', async () => {})
    await Promise.all(handles.map((handle) => handle.result()))
    expect(log.filter((one) => one.startsWith('a'))).toEqual(['a0', 'a1', 'a1', 'a1', 'a2', 'a3', 'a4'])
    expect(log.filter((one) => one.startsWith('b'))).toEqual(['b0', 'b1', 'b1', 'b1', 'b2', 'b3', 'b4'])
    expect(await server().admin.keys('*:order*')).toEqual([])
  })

  test('go on with the next of an order key when one is cancelled or fails for good', async () => {
    const work = queue()
    const seen: number[] = []
    const step = work.task('step', { retries: 0 }, (n: number) => {
      seen.push(n)
      if (n === 0) throw new Error('no')
    })
    const handles = await step.with({ order: 'o' }).addMany([[0], [1], [2], [3]])
    expect(await handles[1]?.cancel()).toBe(true)
    work.worker()
    await handles[3]?.result()
    await expect(handles[1]?.result()).rejects.toThrow('was cancelled')
    expect(seen).toEqual([0, 2, 3])
  })

  test('replace those of the task, and add up', async () => {
    const work = queue()
    const bad = work.task('bad', { retries: 5, timeout: '1h' }, function (this: TaskContext) {
      return new Promise((_, reject) =>
        this.signal.addEventListener('abort', () => reject(this.signal.reason)),
      )
    })
    work.worker()
    const call = bad.with({ retries: 0 }).with({ timeout: 5 })
    await expect((await call()).result()).rejects.toThrow('took longer than 5 ms')
    expect(call.name).toBe('bad')
  })

  test('of a later with() replace a delay by a time', async () => {
    const work = queue()
    const task = work.task('task', () => 'done')
    work.worker()
    expect(await (await task.with({ delay: '1h' }).with({ at: 0 })()).result()).toBe('done')
    expect(await (await task.with({ delay: '1h' }).with({ priority: 'high' })()).state()).toBe('delayed')
  })
})

describeRedis('calls of one turn', () => {
  const { queue, server } = useQueues()

  test('go out together, those of addMany as well, in their order', async () => {
    const work = queue()
    const task = work.task('task', (n: number) => n)
    await task(0)
    await server().resetStats()
    const single = Array.from({ length: 499 }, (_, n) => task(n))
    const many = task.addMany(Array.from({ length: 700 }, (_, n) => [499 + n] as [number]))
    const handles = [...(await Promise.all(single)), ...(await many)]
    const { evalsha = 0 } = await server().commandStats()
    expect(evalsha).toBeLessThanOrEqual(4)
    work.worker()
    expect(await Promise.all(handles.map((handle) => handle.result()))).toEqual(handles.map((_, n) => n))
  })
})
