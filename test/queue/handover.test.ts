import type { TaskContext } from 'onetrip/queue'
import { expect, test } from 'vitest'
import { describeRedis } from '../helpers/redis-server.ts'
import { useQueues } from './queues.ts'

/** Longest wait for a result: far more than a task needs. */
const LONG = { timeout: '20s' } as const

describeRedis('a worker whose task was given to another one', () => {
  const { queue, server } = useQueues()

  test('fails late: no result and no dead letter say so, and the other one goes on', async () => {
    const { admin } = server()
    const work = queue({ lease: '1h' })
    let began = false
    let fail: (error: Error) => void = () => {}
    const run = work.task('run', { retries: 0 }, () => {
      began = true
      return new Promise<string>((_, reject) => {
        fail = reject
      })
    })
    const worker = work.worker()
    const handle = await run()
    await expect.poll(() => began).toBe(true)
    // What another worker does when the lease has ended, and it takes the task.
    const stream = 'onetrip:{work}:normal'
    const [entry] = await admin.xrange(stream, '-', '+')
    if (!entry) throw new Error('the task is gone')
    await admin.xack(stream, 'workers', entry[0])
    fail(new Error('too late'))
    await worker.close()
    expect(await admin.keys('onetrip:{work}:results*')).toEqual([])
    expect(await admin.hlen('onetrip:{work}:dead-data')).toBe(0)
    expect(await handle.state()).not.toBe('failed')
  })
})

describeRedis('a delayed task', () => {
  const { queue, server } = useQueues()

  test('runs though no worker that lives was woken for it', async () => {
    const work = queue({ lease: 2_000 })
    const run = work.task('run', () => 'done')
    work.worker()
    await (await run()).result(LONG)
    const handle = await run.with({ delay: '1h' })()
    await expect.poll(() => server().admin.xlen('onetrip:{work}:wake')).toBe(0)
    await server().admin.zadd('onetrip:{work}:later', 1, handle.id)
    expect(await handle.result(LONG)).toBe('done')
  })
})

describeRedis('marks of running tasks', () => {
  const { queue, server } = useQueues()

  test('do not stay when a task reports its progress and ends at once', async () => {
    const work = queue()
    const quick = work.task('quick', function (this: TaskContext, n: number) {
      this.progress(n)
    })
    work.worker({ concurrency: 4 })
    const handles = await quick.addMany(Array.from({ length: 50 }, (_, n): [number] => [n]))
    await Promise.all(handles.map((handle) => handle.result(LONG)))
    expect(await server().admin.hlen('onetrip:{work}:running')).toBe(0)
    expect(await server().admin.hlen('onetrip:{work}:progress')).toBe(0)
  })

  test('that a full server refuses do not keep tasks from ending', async () => {
    const { admin } = server()
    const work = queue()
    const run = work.task('run', async function (this: TaskContext) {
      await admin.config('SET', 'maxmemory', '1')
      this.progress('half')
      // The step with the marks is sent between these two, and answered.
      await work.info()
      await work.info()
      return 'done'
    })
    work.worker()
    const handle = await run()
    expect(await handle.result(LONG).finally(() => admin.config('SET', 'maxmemory', '0'))).toBe('done')
  })
})

describeRedis('the id of a task', () => {
  const { queue, server, client } = useQueues()

  test('that a visitor forged does not become a task of a worker', async () => {
    const work = queue()
    const forged = 'x\n31-0\n["y-1","run"]\n[]'
    for (const id of [forged, 'a b', '', 'x'.repeat(301)])
      expect(() => work.handle(id)).toThrow('must be a string of 1 to 300 characters')
  })

  test('may have a slash: its unique key is free after its worker died', async () => {
    const admin = client()
    const work = queue()
    work.task('run', () => 'done')
    const header = '["daily/x@1","run",{"u":"a/b","o":"c/d"}]'
    await admin.set('onetrip:{work}:unique:a/b', 'daily/x@1')
    await admin.hset('onetrip:{work}:order', 'c/d', 'daily/x@1')
    await admin.xadd('onetrip:{work}:normal', '*', 'h', header, 'a', '[]')
    await admin.xgroup('CREATE', 'onetrip:{work}:normal', 'workers', '0')
    await admin.xreadgroup('GROUP', 'workers', 'dead', 'STREAMS', 'onetrip:{work}:normal', '>')
    await admin.zadd('onetrip:{work}:workers', 1, 'dead')
    work.worker()
    expect(await work.handle('daily/x@1').result(LONG)).toBe('done')
    expect(await admin.exists('onetrip:{work}:unique:a/b', 'onetrip:{work}:order')).toBe(0)
    expect(await server().admin.hlen('onetrip:{work}:running')).toBe(0)
  })
})

describeRedis('a call that is repeated after a lost answer', () => {
  const { queue, server } = useQueues()

  test('returns the task that has its unique key, as the first time', async () => {
    const work = queue()
    const run = work.task<[], string>('run')
    const unique = run.with({ unique: 'one' })
    const first = await unique()
    expect((await unique()).id).toBe(first.id)
    const [key = ''] = await server().admin.keys('onetrip:{work}:client:*')
    expect(await server().admin.get(key)).toBe(`2 [0,"${first.id}"]`)
  })

  test('of result() twice in the same turn needs no second message', async () => {
    const work = queue()
    const run = work.task('run', (n: number) => n)
    work.worker()
    await (await run(0)).result(LONG)
    const handle = await run(1)
    const other = await run(2)
    await other.result(LONG)
    await expect.poll(() => handle.state()).toBe('completed')
    const both = [handle.result({ timeout: '5s' }), handle.result({ timeout: '5s' })]
    expect(await Promise.all(both)).toEqual([1, 1])
  })
})
