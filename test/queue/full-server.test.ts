import { expect, test } from 'vitest'
import { describeRedis } from '../helpers/redis-server.ts'
import { useQueues } from './queues.ts'

describeRedis('a server that becomes full in the middle of work', () => {
  const { queue, server } = useQueues()

  test('refuses calls, has all that was accepted done, and takes calls again when it has room', async () => {
    const { admin } = server()
    const work = queue()
    const runs = new Map<number, number>()
    const task = work.task('task', { retries: 3, backoff: { delay: 5 } }, async (n: number) => {
      runs.set(n, (runs.get(n) ?? 0) + 1)
      if (runs.size === 100) await admin.config('SET', 'maxmemory', '1')
      await new Promise((resolve) => setImmediate(resolve))
      // A failure needs room for its next attempt.
      if (n % 10 === 0 && runs.get(n) === 1) throw new Error('again')
      return n
    })
    const calls = Array.from({ length: 500 }, (_, n) => [n] as [number])
    const handles = [
      ...(await task.addMany(calls.slice(0, 300))),
      ...(await task.with({ order: 'o' }).addMany(calls.slice(300, 400))),
      ...(await task.with({ delay: 20 }).addMany(calls.slice(400))),
    ]
    const results = Promise.all(handles.map((handle) => handle.result({ timeout: '5m' })))
    work.worker({ concurrency: 10 })
    await expect.poll(async () => (await admin.config('GET', 'maxmemory'))[1]).toBe('1')
    const refused = {
      code: 'ERR_ONETRIP_QUEUE',
      message: expect.stringContaining('is full: raise maxmemory'),
    }
    await expect(task(500)).rejects.toMatchObject(refused)
    await expect.poll(() => runs.size).toBe(500)
    await expect.poll(async () => (await work.info()).waiting.total).toBe(0)
    await admin.config('SET', 'maxmemory', '0')
    expect(await results).toEqual(calls.map(([n]) => n))
    expect(await (await task(501)).result()).toBe(501)
    expect((await work.info()).dead).toBe(0)
    for (const [n, count] of runs) expect([n, count]).toEqual([n, n % 10 === 0 ? 2 : 1])
  })
})
