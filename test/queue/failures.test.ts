import type { QueueEvent, TaskContext } from 'onetrip/queue'
import { expect, test } from 'vitest'
import { describeRedis } from '../helpers/redis-server.ts'
import { useQueues } from './queues.ts'

describeRedis('a task that fails', () => {
  const { queue, server, client } = useQueues()
  const soon = { delay: 1, jitter: 0 }

  test('is tried again, and its result is that of the attempt that succeeds', async () => {
    const work = queue()
    const flaky = work.task('flaky', { retries: 2, backoff: soon }, function (this: TaskContext) {
      if (this.attempt < 3) throw new Error(`attempt ${this.attempt}`)
      return this.attempt
    })
    work.worker()
    expect(await (await flaky()).result()).toBe(3)
    expect((await work.info()).dead).toBe(0)
  })

  test('fails for its caller with the message and the stack of the handler, after its retries', async () => {
    const work = queue()
    const attempts: number[] = []
    const events: QueueEvent['type'][] = []
    work.on(({ type }) => events.push(type))
    const bad = work.task('bad', { retries: 1, backoff: soon }, function badHandler(this: TaskContext) {
      attempts.push(this.attempt)
      throw Object.assign(new RangeError('no such film'), { code: 'E_FILM' })
    })
    work.worker()
    const handle = await bad()
    const error = await handle.result().catch((reason) => reason)
    expect(error).toMatchObject({ name: 'TaskFailedError', code: 'ERR_ONETRIP_TASK_FAILED' })
    expect(error.message).toContain('no such film')
    expect(error.cause).toMatchObject({ name: 'RangeError', message: 'no such film', code: 'E_FILM' })
    expect(error.cause.stack).toContain('badHandler')
    expect(attempts).toEqual([1, 2])
    expect(events).toEqual(['added', 'started', 'failed', 'retried', 'started', 'failed', 'dead'])
    expect(await handle.state()).toBe('failed')
  })

  test('may throw what is not an Error', async () => {
    const work = queue()
    const bad = work.task('bad', { retries: 0 }, () => Promise.reject('a string'))
    work.worker()
    await expect((await bad()).result()).rejects.toThrow('a string')
  })

  test('is a dead letter, which can be listed, retried and deleted', async () => {
    const work = queue()
    let broken = true
    const bad = work.task('bad', { retries: 0 }, (n: number) => {
      if (broken) throw new Error(`broken ${n}`)
      return n
    })
    work.worker()
    const handles = await bad.addMany([[0], [1], [2]])
    await Promise.all(handles.map((handle) => handle.result().catch(() => {})))
    const letters = await work.dead.list()
    expect(letters).toHaveLength(3)
    const letter = letters.find(({ id }) => id === handles[1]?.id)
    expect(letter).toMatchObject({ name: 'bad', args: [1], failures: 0, priority: 'normal' })
    expect(letter?.error).toMatchObject({ name: 'Error', message: 'broken 1' })
    const [first, ...others] = letters
    expect((await work.dead.list({ before: first?.id })).map(({ id }) => id)).toEqual(
      others.map(({ id }) => id),
    )

    broken = false
    const [retried, deleted, left] = handles.map(({ id }) => id) as [string, string, string]
    expect(await work.dead.retry(retried)).toBe(1)
    expect(await work.dead.retry(retried)).toBe(0)
    expect(await work.handle(retried).result()).toBe(0)
    expect(await work.dead.delete([deleted, 'unknown'])).toBe(1)
    expect((await work.dead.list()).map(({ id }) => id)).toEqual([left])
    expect(await work.dead.retryAll()).toBe(1)
    expect(await work.handle(left).result()).toBe(2)
    expect((await work.info()).dead).toBe(0)
  })

  test('pushes out the oldest dead letter where there are too many', async () => {
    const work = queue({ maxDead: 2 })
    const bad = work.task('bad', { retries: 0 }, (n: number) => Promise.reject(new Error(String(n))))
    work.worker({ concurrency: 1 })
    for (const n of [1, 2, 3]) await (await bad(n)).result().catch(() => {})
    expect((await work.dead.list()).map(({ error }) => error.message).sort()).toEqual(['2', '3'])
  })

  test('fails at its timeout, though its handler never ends, and its signal says why', async () => {
    const work = queue()
    let signal: AbortSignal | undefined
    const endless = work.task('endless', { retries: 0, timeout: 20 }, function (this: TaskContext) {
      signal = this.signal
      return new Promise(() => {})
    })
    const worker = work.worker({ concurrency: 1 })
    const error = (await (await endless()).result().catch((reason) => reason)) as Error
    expect(error.cause).toMatchObject({ name: 'TaskTimeoutError', code: 'ERR_ONETRIP_TASK_TIMEOUT' })
    expect(signal?.reason).toMatchObject({ code: 'ERR_ONETRIP_TASK_TIMEOUT' })
    await expect.poll(() => worker.running).toBe(0)
  })

  test('goes to the dead letters if its result cannot be sent, and is not tried again', async () => {
    const work = queue()
    let runs = 0
    const bad = work.task('bad', () => {
      runs++
      return { when: new Date(0) } as unknown
    })
    work.worker()
    await expect((await bad()).result()).rejects.toThrow('result.when is a Date')
    expect(runs).toBe(1)
  })

  test('with an unknown name goes to the dead letters and stops nothing', async () => {
    const adding = queue()
    const unknown = adding.task<[], void>('unknown')
    const known = adding.task<[], string>('known')
    const running = queue()
    running.task('known', () => 'done')
    running.worker()
    const lost = await unknown()
    expect(await (await known()).result()).toBe('done')
    await expect(lost.result()).rejects.toThrow('has no task "unknown". It has: "known".')
    expect(await adding.dead.list()).toMatchObject([
      { id: lost.id, name: 'unknown', error: { name: 'TaskUnknownError' } },
    ])
  })

  test.each([
    ['other fields', ['some', 'thing']],
    ['no arguments', ['h', '["x-1","known"]']],
    ['a header that is not JSON', ['h', '["x', 'a', '[]']],
    ['a header of another form', ['h', '{"id":1}', 'a', '[]']],
    ['arguments that are not JSON', ['h', '["x-1","known"]', 'a', '[1']],
    ['arguments that are not an array', ['h', '["x-1","known"]', 'a', '{}']],
    ['line ends', ['h', '["x-1",\n"known"]', 'a', '[]']],
    ['bytes that are not UTF-8', ['h', Buffer.from([0xff, 0x5b]), 'a', Buffer.from([0xfe])]],
  ])('that is garbage, an entry with %s, goes to the dead letters and stops nothing', async (_, fields) => {
    const work = queue()
    const known = work.task('known', () => 'done')
    const errors: unknown[] = []
    work.on('error', ({ error }) => errors.push(error))
    work.worker()
    await (await known()).result()
    // By a blocking read, and by a step.
    await client().xadd('onetrip:{work}:normal', '*', ...fields)
    await expect.poll(async () => (await work.info()).dead).toBe(1)
    await client()
      .multi()
      .xadd('onetrip:{work}:high', '*', ...fields)
      .xadd('onetrip:{work}:normal', '*', ...fields)
      .exec()
    expect(await (await known()).result()).toBe('done')
    await expect.poll(async () => (await work.dead.list()).length).toBeGreaterThanOrEqual(1)
    await expect.poll(async () => (await work.info()).waiting.total).toBe(0)
    await expect.poll(async () => server().admin.xlen('onetrip:{work}:normal')).toBe(0)
    expect(await work.dead.retryAll()).toBeLessThanOrEqual(1)
    expect(errors).toEqual([])
  })

  test('leaves nothing behind once it is done', async () => {
    const work = queue({ maxResults: 0 })
    const bad = work.task('bad', { retries: 1, backoff: soon }, (n: number) =>
      Promise.reject(new Error(String(n))),
    )
    const good = work.task('good', (n: number) => n)
    work.worker()
    const handles = await bad.addMany([[1], [2]])
    const more = await good.with({ unique: 'u', order: 'o', priority: 'high' }).addMany([[3]])
    await Promise.allSettled([...handles, ...more].map((handle) => handle.result()))
    await work.dead.delete((await work.dead.list()).map(({ id }) => id))
    await work.close()
    const keys = await server().admin.keys('*')
    const sizes = await Promise.all(keys.map((key) => server().admin.type(key)))
    expect(keys.filter((_, n) => sizes[n] !== 'stream').sort()).toEqual(
      keys.filter((key) => /:(client|counts)/.test(key)).sort(),
    )
    for (const key of keys.filter((_, n) => sizes[n] === 'stream'))
      expect([key, await server().admin.xlen(key)]).toEqual([
        key,
        key.includes(':answers:') ? expect.any(Number) : 0,
      ])
  })
})
