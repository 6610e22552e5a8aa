import { expect, test } from 'vitest'
import { describeRedis } from '../helpers/redis-server.ts'
import { useQueues } from './queues.ts'

const MEGABYTE = 1024 * 1024

describeRedis('arguments', () => {
  const { queue, server } = useQueues()

  test('of exactly maxBytes are taken, and one byte more is refused', async () => {
    const work = queue()
    const length = work.task('length', (text: string) => text.length)
    work.worker()
    // As JSON: ["..."].
    expect(await (await length('x'.repeat(MEGABYTE - 4))).result()).toBe(MEGABYTE - 4)
    expect(await (await length('é'.repeat((MEGABYTE - 4) / 2))).result()).toBe((MEGABYTE - 4) / 2)
    const refused = {
      code: 'ERR_ONETRIP_TASK_ARGUMENTS',
      message: expect.stringContaining(`have ${MEGABYTE + 1} bytes as JSON: maxBytes is ${MEGABYTE}`),
    }
    await expect(length('x'.repeat(MEGABYTE - 3))).rejects.toMatchObject(refused)
    await expect(length.addMany([['a'], ['x'.repeat(MEGABYTE - 3)]])).rejects.toMatchObject(refused)
    expect((await work.info()).waiting.total).toBe(0)
  })

  test('a hundred thousand small ones, in one call and in as many', async () => {
    const work = queue()
    const count = work.task('count', (...args: number[]) => args.length)
    work.worker({ concurrency: 100 })
    const numbers = Array.from({ length: 100_000 }, (_, n) => n)
    expect(await (await count(...numbers)).result()).toBe(100_000)
    const quiet = work.task('quiet', { result: false }, () => {})
    await quiet.addMany(numbers.map(() => []))
    await expect.poll(async () => (await work.info()).waiting.total).toBe(0)
  })

  test('large ones of many calls at once are sent by several scripts', async () => {
    const work = queue()
    const length = work.task('length', (text: string) => text.length)
    const text = 'x'.repeat(400_000)
    await server().resetStats()
    const handles = await Promise.all(Array.from({ length: 30 }, () => length(text)))
    const { evalsha = 0, eval: first = 0 } = await server().commandStats()
    expect(evalsha + first).toBeGreaterThanOrEqual(10)
    work.worker()
    expect(new Set(await Promise.all(handles.map((handle) => handle.result())))).toEqual(new Set([400_000]))
  })

  test('and results of 12 MB, where maxBytes allows them', async () => {
    const work = queue({ maxBytes: '64mb' })
    const same = work.task('same', (text: string) => text)
    work.worker()
    const text = 'x'.repeat(12 * MEGABYTE)
    expect((await (await same(text)).result()) === text).toBe(true)
  })

  test('of as many tasks as a worker reads at once', async () => {
    const work = queue()
    const length = work.task('length', (text: string) => text.length)
    const text = 'x'.repeat(MEGABYTE - 4)
    const handles = await Promise.all(Array.from({ length: 64 }, () => length(text)))
    work.worker({ concurrency: 64 })
    expect(new Set(await Promise.all(handles.map((handle) => handle.result())))).toEqual(
      new Set([MEGABYTE - 4]),
    )
  })

  test('results of maxBytes arrive, and larger ones fail their task', async () => {
    const work = queue({ maxBytes: 1_000 })
    const repeat = work.task('repeat', { retries: 0 }, (n: number) => 'x'.repeat(n))
    work.worker()
    expect(await (await repeat(998)).result()).toHaveLength(998)
    await expect((await repeat(999)).result()).rejects.toThrow('has 1001 bytes as JSON: maxBytes is 1000')
  })
})
