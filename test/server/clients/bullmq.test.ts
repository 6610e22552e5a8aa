import { once } from 'node:events'
import type { Readable } from 'node:stream'
import {
  FlowProducer,
  type Job,
  Queue,
  QueueEvents,
  UnrecoverableError,
  Worker,
  type WorkerOptions,
} from 'bullmq'
import { Redis } from 'ioredis'
import { startServer } from 'onetrip/server'
import { expect, onTestFinished, test } from 'vitest'
import { startProgram } from '../../helpers/child-process.ts'

interface Closable {
  close(): Promise<unknown>
  on(event: 'error', fn: (error: Error) => void): unknown
}

/** Starts a server and returns what opens queues on it. All of it is closed after the test. */
async function start() {
  const server = await startServer()
  const errors: Error[] = []
  const open: Closable[] = []
  const connections: Redis[] = []
  onTestFinished(async () => {
    await Promise.all(open.map((one) => one.close()))
    for (const redis of connections) redis.disconnect()
    await server.close()
    expect(errors).toEqual([])
  })
  const connection = () => {
    const redis = new Redis(server.url, { maxRetriesPerRequest: null })
    connections.push(redis)
    return redis
  }
  function opened<T extends Closable>(one: T): T {
    one.on('error', (error) => errors.push(error))
    open.push(one)
    return one
  }
  return {
    server,
    redis: connection(),
    queue: (name = 'mails') => opened(new Queue(name, { connection: connection() })),
    events: (name = 'mails') => opened(new QueueEvents(name, { connection: connection() })),
    flow: () => opened(new FlowProducer({ connection: connection() })),
    worker: (
      process: (job: Job<Record<string, unknown>>) => Promise<unknown>,
      options: Partial<WorkerOptions> = {},
      name = 'mails',
    ) => opened(new Worker<Record<string, unknown>>(name, process, { ...options, connection: connection() })),
  }
}

test('workers do jobs, and their results are waited for', async () => {
  const { queue, events, worker } = await start()
  const mails = queue()
  const done = events()
  await done.waitUntilReady()
  // Each job that is waited for listens.
  mails.setMaxListeners(0)
  const progress: unknown[] = []
  done.on('progress', ({ data }) => progress.push(data))
  worker(
    async (job) => {
      await job.updateProgress(50)
      await job.log('half of it')
      return { sent: job.data.to }
    },
    { concurrency: 5 },
  )
  const job = await mails.add('welcome', { to: 'ada' })
  expect(await job.waitUntilFinished(done)).toEqual({ sent: 'ada' })
  await expect.poll(() => progress).toEqual([50])
  expect((await mails.getJobLogs(job.id as string)).logs).toEqual(['half of it'])
  const jobs = await mails.addBulk(Array.from({ length: 200 }, (_, n) => ({ name: 'news', data: { to: n } })))
  const results = await Promise.all(jobs.map((one) => one.waitUntilFinished(done)))
  expect(results).toEqual(Array.from({ length: 200 }, (_, n) => ({ sent: n })))
  expect(await mails.getJobCounts()).toMatchObject({ completed: 201, waiting: 0, active: 0, failed: 0 })
})

test('jobs run in the order of their priorities', async () => {
  const { queue, worker } = await start()
  const mails = queue()
  for (const [name, priority] of [
    ['last', 10],
    ['second', 2],
    ['third', 2],
    ['first', 1],
  ] as const)
    await mails.add(name, {}, { priority })
  await mails.add('before all', {})
  const order: string[] = []
  worker(async ({ name }) => {
    order.push(name)
  })
  await expect.poll(() => order).toEqual(['before all', 'first', 'second', 'third', 'last'])
})

test('delayed jobs wait for their time', async () => {
  const { queue, worker } = await start()
  const mails = queue()
  const done: string[] = []
  worker(async ({ name }) => {
    done.push(name)
  })
  const later = await mails.add('later', {}, { delay: 3_600_000 })
  await mails.add('soon', {}, { delay: 5 })
  await expect.poll(() => done).toEqual(['soon'])
  expect(await later.getState()).toBe('delayed')
  await later.changeDelay(1)
  await expect.poll(() => done).toEqual(['soon', 'later'])
})

test('failed jobs are tried again, unless they cannot be', async () => {
  const { queue, worker } = await start()
  const mails = queue()
  worker(async ({ name, attemptsMade }) => {
    if (name === 'hopeless') throw new UnrecoverableError('no such address')
    if (attemptsMade < 2) throw new Error('try again')
    return attemptsMade
  })
  const retried = await mails.add('retried', {}, { attempts: 3, backoff: { type: 'fixed', delay: 1 } })
  const hopeless = await mails.add('hopeless', {}, { attempts: 3 })
  await expect.poll(() => retried.getState()).toBe('completed')
  await expect.poll(() => hopeless.getState()).toBe('failed')
  const [failed] = await mails.getFailed()
  expect(failed).toMatchObject({ name: 'hopeless', failedReason: 'no such address', attemptsMade: 1 })
  await mails.retryJobs({ state: 'failed' })
  await expect
    .poll(() => mails.getJobCounts('failed', 'waiting', 'active'))
    .toMatchObject({ failed: 1, waiting: 0 })
})

test('a flow runs the children before their parent', async () => {
  const { flow, events, worker } = await start()
  const done = events('albums')
  await done.waitUntilReady()
  worker(async ({ data }) => data.page, {}, 'pages')
  worker(async (job) => Object.values(await job.getChildrenValues()).sort(), {}, 'albums')
  const { job } = await flow().add({
    name: 'album',
    queueName: 'albums',
    children: [1, 2, 3].map((page) => ({ name: 'page', queueName: 'pages', data: { page } })),
  })
  expect(await job.waitUntilFinished(done)).toEqual([1, 2, 3])
})

test('a scheduler adds jobs again and again', async () => {
  const { queue, worker } = await start()
  const mails = queue()
  let runs = 0
  worker(async () => {
    runs++
  })
  await mails.upsertJobScheduler('digest', { every: 20 }, { name: 'digest', data: {} })
  await expect.poll(() => runs).toBeGreaterThan(2)
  expect(await mails.getJobSchedulers()).toHaveLength(1)
  expect(await mails.removeJobScheduler('digest')).toBe(true)
})

test('pauses, limits the rate, deduplicates, and removes', async () => {
  const { queue, worker } = await start()
  const mails = queue()
  await mails.pause()
  const first = await mails.add('once', {}, { deduplication: { id: 'same' } })
  const second = await mails.add('once', {}, { deduplication: { id: 'same' } })
  expect(second.id).toBe(first.id)
  for (let n = 0; n < 5; n++) await mails.add('limited', { n })
  const done: unknown[] = []
  worker(
    async ({ data }) => {
      done.push(data.n)
    },
    { limiter: { max: 2, duration: 20 } },
  )
  expect(await mails.isPaused()).toBe(true)
  expect(await mails.getWaitingCount()).toBe(6)
  await mails.resume()
  await expect.poll(() => done.length).toBe(6)
  expect((await mails.clean(0, 100, 'completed')).length).toBe(6)
  await mails.add('left', {})
  await mails.drain()
  await mails.obliterate({ force: true })
  expect(await mails.getJobCounts()).toMatchObject({ completed: 0, waiting: 0 })
})

test('does no more jobs in a time than the limit of the rate', async () => {
  const { queue, worker } = await start()
  const mails = queue()
  await mails.addBulk(Array.from({ length: 6 }, (_, n) => ({ name: 'limited', data: { n } })))
  const done: unknown[] = []
  worker(async ({ data }) => done.push(data.n), { limiter: { max: 2, duration: 3_600_000 }, concurrency: 3 })
  await expect.poll(() => mails.getRateLimitTtl(2)).toBeGreaterThan(3_500_000)
  await expect
    .poll(() => mails.getJobCounts('completed', 'waiting', 'active'))
    .toEqual({
      completed: 2,
      waiting: 4,
      active: 0,
    })
  expect(done).toEqual([0, 1])
})

/** A worker that begins a job, says so, and never ends it. Its lock lasts for 100 ms. */
const STUCK = `
  const { Worker } = require('bullmq')
  const begin = () => {
    console.log('begun')
    return new Promise(() => {})
  }
  new Worker('mails', begin, { connection: { url: process.argv[1] }, lockDuration: 100, skipStalledCheck: true })
`

test('the job of a process that is killed is noticed, and done by another worker', async () => {
  const { server, queue, events, worker } = await start()
  const mails = queue()
  const told = events()
  await told.waitUntilReady()
  const stalled: string[] = []
  told.on('stalled', ({ jobId }) => stalled.push(jobId))
  const job = await mails.add('welcome', {})
  const child = startProgram(process.execPath, ['-e', STUCK, server.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const ends = ended.then(() => Promise.reject(new Error('the worker has ended')))
  await Promise.race([once(child.stdout as Readable, 'data'), ends])
  expect(await job.getState()).toBe('active')
  child.kill('SIGKILL')
  await ends.catch(() => {})
  worker(async () => 'done', { stalledInterval: 20 })
  expect(await job.waitUntilFinished(told)).toBe('done')
  await expect.poll(() => stalled).toEqual([job.id])
})

test('a job whose worker is gone is done by another one', async () => {
  const { queue, worker, redis } = await start()
  const mails = queue()
  const job = await mails.add('welcome', {})
  let begun = 0
  const stuck = worker(
    () => {
      begun++
      return new Promise(() => {})
    },
    { skipLockRenewal: true, skipStalledCheck: true, lockDuration: 3_600_000 },
  )
  await expect.poll(() => begun).toBe(1)
  await stuck.close(true)
  // Its lock ends.
  expect(await redis.del(`bull:mails:${job.id}:lock`)).toBe(1)
  worker(async () => 'done', { stalledInterval: 10 })
  await expect.poll(() => job.getState()).toBe('completed')
})
