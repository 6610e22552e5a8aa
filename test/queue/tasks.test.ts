import type { TaskContext } from 'onetrip/queue'
import { expect, test } from 'vitest'
import { describeRedis } from '../helpers/redis-server.ts'
import { useQueues } from './queues.ts'

describeRedis('a task', () => {
  const { queue } = useQueues()

  test('runs on a worker, and its result reaches the caller', async () => {
    const work = queue()
    const add = work.task('add', (a: number, b: number) => a + b)
    work.worker()
    const handle = await add(1, 2)
    expect(await handle.result()).toBe(3)
  })

  test('runs in another process than the one that added it', async () => {
    const adding = queue()
    const add = adding.task<[number, number], number>('add')
    const running = queue()
    running.task('add', async (a: number, b: number) => a + b)
    const handle = await add(20, 22)
    running.worker()
    expect(await handle.result()).toBe(42)
    expect(await running.handle(handle.id).result()).toBe(42)
  })

  test('has null and undefined as results', async () => {
    const work = queue()
    const nothing = work.task('nothing', () => undefined)
    const none = work.task('none', () => null)
    work.worker()
    expect(await (await nothing()).result()).toBeUndefined()
    expect(await (await none()).result()).toBeNull()
  })

  test('knows its id, its name and its attempt', async () => {
    const work = queue()
    const tell = work.task('tell', function (this: TaskContext) {
      return [this.id, this.name, this.attempt]
    })
    work.worker()
    const handle = await tell()
    expect(await handle.result()).toEqual([handle.id, 'tell', 1])
  })

  test('many are added by few calls, and run in their order', async () => {
    const work = queue()
    const seen: number[] = []
    const note = work.task('note', (n: number) => {
      seen.push(n)
    })
    const handles = await note.addMany(Array.from({ length: 1200 }, (_, n) => [n] as [number]))
    work.worker({ concurrency: 1 })
    await Promise.all(handles.map((handle) => handle.result()))
    expect(seen).toEqual(Array.from({ length: 1200 }, (_, n) => n))
  })
})
