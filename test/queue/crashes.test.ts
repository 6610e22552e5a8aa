import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { TaskContext, WorkerOptions } from 'onetrip/queue'
import { afterEach, expect, test } from 'vitest'
import { startModule } from '../helpers/child-process.ts'
import { describeRedis } from '../helpers/redis-server.ts'
import { useQueues } from './queues.ts'

interface Process {
  readonly child: ChildProcess
  /** Messages that it has sent. */
  readonly said: unknown[]
}

describeRedis('a worker that dies', () => {
  const { queue, server } = useQueues()

  const children: ChildProcess[] = []

  // Before the server is emptied, so that none of them takes tasks of the next test.
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
  })

  function spawnWorker(worker: WorkerOptions): Process {
    const said: unknown[] = []
    const child = startModule(new URL('worker-process.js', import.meta.url), [
      server().url,
      JSON.stringify(worker),
    ])
    children.push(child)
    child.on('message', (message) => said.push(message))
    return { child, said }
  }

  async function startWorker(worker: WorkerOptions): Promise<Process> {
    const started = spawnWorker(worker)
    await expect.poll(() => started.said).toContain('ready')
    return started
  }

  /** Ends the leases of all workers, as time does. */
  async function endLeases(): Promise<void> {
    const { admin } = server()
    for (const worker of await admin.zrange('onetrip:{work}:workers', '0', '-1'))
      await admin.zadd('onetrip:{work}:workers', 1, worker)
  }

  test('has its tasks run by another one after its lease, those that it held as well', async () => {
    const work = queue()
    const ids: string[] = []
    const wait = work.task('wait', function (this: TaskContext) {
      ids.push(`${this.id} ${this.attempt}`)
      return 'done'
    })
    const { child, said } = await startWorker({ concurrency: 1 })
    const handles = await wait.addMany([[], [], []])
    await expect.poll(() => said.length).toBe(2)
    await expect.poll(async () => (await work.info()).workers[0]).toMatchObject({ running: 1, held: 2 })
    expect(await handles[0]?.state()).toBe('running')
    const recovered: unknown[] = []
    work.on('recovered', ({ tasks, workers }) => recovered.push([tasks, workers.length]))
    child.kill('SIGKILL')
    await once(child, 'exit')
    await endLeases()
    work.worker({ concurrency: 1 })
    expect(await Promise.all(handles.map((handle) => handle.result()))).toEqual(['done', 'done', 'done'])
    // A crash counts as an attempt for the task that had begun, and only for that one.
    const [first, ...others] = handles.map(({ id }) => id)
    expect(ids.sort()).toEqual([`${first} 2`, ...others.map((id) => `${id} 1`)].sort())
    await expect.poll(() => recovered).toEqual([[expect.any(Number), 1]])
    expect(await server().admin.hlen('onetrip:{work}:running')).toBe(0)
    await expect.poll(async () => (await work.info()).workers.length).toBe(1)
  })

  test('again and again, in the same task, has that task become a dead letter, and no other', async () => {
    const work = queue({ maxCrashes: 2 })
    const die = work.task<[], void>('die')
    const echo = work.task<[string], string>('echo')
    const fatal = await die()
    const handles = await echo.addMany([['a'], ['b']])
    let deaths = 0
    for (let ended = false; !ended; ) {
      const { child } = spawnWorker({ concurrency: 1 })
      const exited = once(child, 'exit')
      ended = await Promise.race([
        exited.then(() => false),
        fatal.result().then(
          () => true,
          () => true,
        ),
      ])
      if (!ended) deaths++
      else child.send('close')
      await exited
      await endLeases()
    }
    // At the first death nothing told that it had begun; from then on it was marked before.
    expect(deaths).toBe(4)
    // The last one may have given back what it had not begun.
    const other = queue()
    other.task('echo', (value: string) => value)
    other.worker()
    await expect(fatal.result()).rejects.toThrow('3 workers died while they ran the task die')
    expect(await Promise.all(handles.map((handle) => handle.result()))).toEqual(['a', 'b'])
    expect(await work.dead.list()).toMatchObject([
      { id: fatal.id, error: { name: 'TaskCrashedError' }, crashes: 3 },
    ])
  })

  test('keeps its tasks while its event loop is blocked for longer than its lease', async () => {
    // Long enough for a busy machine to run the heartbeat's thread in time.
    const lease = 10_000
    const work = queue({ lease })
    const block = work.task<[number], string>('block')
    const { said } = await startWorker({ concurrency: 1, lease })
    const events: string[] = []
    work.on(({ type }) => events.push(type))
    const handle = await block(2.5 * lease)
    await expect.poll(() => said).toContainEqual({ began: 'block' })
    work.worker({ lease })
    expect(await handle.result()).toBe('unblocked')
    expect(said).toHaveLength(2)
    expect(events).toEqual(['added'])
  })

  test('of a process that is blocked for longer than maxBlock loses its tasks', async () => {
    const work = queue({ lease: 500 })
    const block = work.task('block', (_: number) => 'elsewhere')
    const { said } = await startWorker({ concurrency: 1, lease: 500, maxBlock: 1 })
    const handle = await block(600_000)
    await expect.poll(() => said).toContainEqual({ began: 'block' })
    work.worker({ lease: 500 })
    expect(await handle.result()).toBe('elsewhere')
  })

  test('only for a while, as one that was stopped, gives up what others have by now', async () => {
    const work = queue({ lease: 2_000 })
    const wait = work.task('wait', () => 'elsewhere')
    const { child, said } = await startWorker({ concurrency: 1, lease: 2_000 })
    const handles = await wait.addMany([[], []])
    await expect.poll(() => said.length).toBe(2)
    await expect.poll(async () => (await work.info()).workers[0]).toMatchObject({ running: 1, held: 2 })
    child.kill('SIGSTOP')
    await endLeases()
    const worker = work.worker({ lease: 2_000 })
    expect(await Promise.all(handles.map((handle) => handle.result()))).toEqual(['elsewhere', 'elsewhere'])
    await worker.close()
    child.kill('SIGCONT')
    // Its handler is aborted, and what it then does changes nothing; it takes new tasks.
    const next = await wait()
    await expect.poll(() => said).toContainEqual({ began: next.id, attempt: 1 })
    expect(said).toHaveLength(3)
    expect(await handles[0]?.result()).toBe('elsewhere')
    expect((await work.info()).dead).toBe(0)
  })

  test('leaves nothing to nobody: entries of a consumer without a lease are given back too', async () => {
    const work = queue({ lease: 500 })
    const echo = work.task('echo', (value: string) => value)
    const handle = await echo('a')
    await server().admin.xgroup('CREATE', 'onetrip:{work}:normal', 'workers', '0')
    await server().admin.xreadgroup('GROUP', 'workers', 'unknown', 'STREAMS', 'onetrip:{work}:normal', '>')
    work.worker()
    expect(await handle.result()).toBe('a')
  })
})
