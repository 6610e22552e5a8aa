import { expect, test } from 'vitest'
import { QueueRunner } from '../../../src/queue/worker/queue-runner.ts'
import type { RunnerHost } from '../../../src/queue/worker/runner-host.ts'
import { deferred } from '../../helpers/deferred.ts'
import { describeRedis } from '../../helpers/redis-server.ts'
import { useQueues } from '../queues.ts'

/** A worker that begins nothing by itself. */
const host = (): RunnerHost => ({
  workerId: 'test',
  concurrency: 1,
  free: 1,
  closing: false,
  release: () => {},
  pump: () => {},
})

describeRedis('a step that asks for all entries of its worker', () => {
  const { queue } = useQueues()

  test('does not begin a task again that has ended before the answer', async () => {
    const work = queue()
    const gate = deferred<string>()
    const task = work.task('task', () => gate.promise)
    const handle = await task()
    const runner = new QueueRunner(work.core, host())
    await runner.prepare()
    runner.step()
    await expect.poll(() => runner.held).toBe(1)
    runner.begin()
    // The answer has the entry, which is acknowledged by the next step.
    runner.reconcile()
    gate.resolve('done')
    await handle.result()
    await runner.settled()
    expect(runner.held).toBe(0)
    runner.stop()
  })

  test('does not begin a task that was cancelled or given back before the answer', async () => {
    const work = queue()
    const task = work.task<[], void>('task')
    const handle = await task()
    const runner = new QueueRunner(work.core, host())
    await runner.prepare()
    runner.step()
    await expect.poll(() => runner.held).toBe(1)
    runner.reconcile()
    runner.returnHeld()
    await runner.settled()
    // It was read again from the stream of returned tasks, once.
    await expect.poll(async () => (await work.info()).waiting.total).toBe(0)
    expect(runner.held).toBe(1)
    expect(await handle.cancel()).toBe(true)
    runner.reconcile()
    runner.step()
    await expect(handle.result()).rejects.toMatchObject({ code: 'ERR_ONETRIP_TASK_CANCELLED' })
    await runner.settled()
    expect(runner.held).toBe(0)
    runner.stop()
  })
})
