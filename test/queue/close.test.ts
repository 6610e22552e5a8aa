import type { TaskContext, TaskQueue } from 'onetrip/queue'
import { expect, test } from 'vitest'
import { deferred } from '../helpers/deferred.ts'
import { describeRedis } from '../helpers/redis-server.ts'
import { useQueues } from './queues.ts'

const CLOSED = { code: 'ERR_ONETRIP_CLOSED' }

/** The queue in the middle of something, and what must end when it closes. */
type Start = (queue: TaskQueue) => Promise<unknown> | Promise<Promise<unknown>[]>

/** The task of these tests; one that waits ends when its signal aborts. */
function taskOf(queue: TaskQueue) {
  return queue.task('task', { result: true }, function (this: TaskContext, kind: string) {
    if (kind !== 'waits') return kind
    return new Promise((_, reject) => this.signal.addEventListener('abort', () => reject(this.signal.reason)))
  })
}

describeRedis('close(), twice and at the same time', () => {
  const { queue, server } = useQueues()

  const starts: [string, Start][] = [
    ['a call', async (work) => [taskOf(work)('a')]],
    [
      'many calls',
      async (work) => [taskOf(work).addMany(Array.from({ length: 5_000 }, () => ['a'] as [string]))],
    ],
    ['a wait for a result', async (work) => [(await taskOf(work)('a')).result()]],
    [
      'a wait of the same turn as its call',
      async (work) => [taskOf(work)('a').then((handle) => handle.result())],
    ],
    ['a wait for a task of an id', async (work) => [work.handle('nobody').result()]],
    [
      'the start of a worker',
      async (work) => {
        taskOf(work)
        work.worker()
        return []
      },
    ],
    [
      'a handler that ends when it is aborted',
      async (work) => {
        const task = taskOf(work)
        const worker = work.worker({ shutdownTimeout: '50ms' })
        await task('waits')
        await expect.poll(() => worker.running).toBe(1)
        return []
      },
    ],
    [
      'a handler that never ends',
      async (work) => {
        const task = work.task('endless', () => new Promise(() => {}))
        const worker = work.worker({ shutdownTimeout: '50ms' })
        await task()
        await expect.poll(() => worker.running).toBe(1)
        return []
      },
    ],
    [
      'a read that blocks',
      async (work) => {
        taskOf(work)
        work.worker()
        await expect.poll(async () => String(await server().admin.client('LIST'))).toContain('cmd=xreadgroup')
        return []
      },
    ],
    [
      'the definition of a schedule',
      async (work) => {
        work.worker()
        return [taskOf(work).schedule('often', { every: '1s' }, 'a')]
      },
    ],
    [
      'runs of a schedule',
      async (work) => {
        const task = taskOf(work)
        work.worker()
        await task.schedule('often', { every: '1s' }, 'a')
        await expect.poll(async () => (await work.schedules())[0]?.last).toBeDefined()
        return []
      },
    ],
    [
      'info(), pause(), state(), cancel() and the dead letters',
      async (work) => [
        work.info(),
        work.pause(),
        work.handle('a').state(),
        work.handle('a').cancel(),
        work.dead.list(),
        work.dead.retryAll(),
        work.schedules(),
      ],
    ],
    [
      'a close of its worker',
      async (work) => {
        taskOf(work)
        return [work.worker().close()]
      },
    ],
  ]

  test.each(starts)('during %s', async (_, start) => {
    const work = queue()
    const begun = ((await start(work)) as Promise<unknown>[]).map((one) =>
      one.then(
        () => undefined,
        (error: unknown) => error,
      ),
    )
    await Promise.all([work.close(), work.close(), ...[...work.core.workers].map((worker) => worker.close())])
    for (const error of await Promise.all(begun)) if (error !== undefined) expect(error).toMatchObject(CLOSED)
    // Nothing is left but the test's own connection, nor a worker.
    await expect
      .poll(async () =>
        String(await server().admin.client('LIST'))
          .trim()
          .split('\n'),
      )
      .toHaveLength(1)
    expect(await server().admin.exists('onetrip:{work}:workers')).toBe(0)
    for (const call of [work.info(), work.pause(), work.schedules(), work.handle('a').result()])
      await expect(call).rejects.toMatchObject(CLOSED)
    expect(() => work.worker()).toThrow(/after close/)
    await work.close()
  })

  test('what was accepted before it is there after it', async () => {
    const work = queue()
    const task = taskOf(work)
    const calls = Array.from({ length: 3_000 }, (_, n) => [String(n)] as [string])
    const added = task.addMany(calls)
    await work.close()
    expect(await added).toHaveLength(3_000)
    const other = queue()
    expect((await other.info()).waiting.total).toBe(3_000)
  })

  test('a handler that closes its own queue is given up after the time for shutting down', async () => {
    const work = queue()
    const closed = deferred()
    const task = work.task('task', async () => {
      await work.close()
      closed.resolve()
    })
    work.worker({ shutdownTimeout: '50ms' })
    await task()
    await closed.promise
    // It was given back: another worker runs it.
    expect((await queue().info()).waiting.total).toBe(1)
  })

  test('while Redis does not answer ends after the time limit of a call', async () => {
    const work = queue({ timeout: '200ms' })
    const task = taskOf(work)
    const worker = work.worker({ shutdownTimeout: '50ms' })
    await task('waits')
    await expect.poll(() => worker.running).toBe(1)
    server().pause()
    const adding = task('a').catch((error: unknown) => error)
    await Promise.all([work.close(), work.close(), worker.close()])
    server().resume()
    expect(await adding).toMatchObject({ code: expect.stringMatching(/QUEUE|CLOSED/) })
  })
})
