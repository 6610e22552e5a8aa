import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { Clock, Timer } from '../../clock.ts'
import { ClosedError, OptionError } from '../../errors.ts'
import type { Duration } from '../../options/duration.ts'
import { toTimer } from '../../options/duration.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import { Lease } from '../lease/lease.ts'
import {
  type ResolvedWorkerOptions,
  resolveWorkerOptions,
  type WorkerOptions,
} from '../options/worker-options.ts'
import type { QueueCore } from '../queue-core.ts'
import { BlockingReader } from './blocking-reader.ts'
import { MARK_AFTER, QueueRunner } from './queue-runner.ts'

/** Interval at which a worker whose tasks run long asks for cancellations, in ms. */
const PULSE = 1_000

/** A queue whose tasks a worker runs: a {@link TaskQueue}. */
export interface WorkerQueue {
  /** Name of the queue. */
  readonly name: string
  /** @internal */
  readonly core: QueueCore
}

/** Options of `worker.close()`. */
export interface CloseOptions {
  /**
   * Longest wait for tasks that run.
   *
   * @defaultValue the worker's `shutdownTimeout`
   */
  readonly timeout?: Duration | undefined
}

/**
 * Runs the tasks of one or several queues. It begins at once, and goes on until `close()`.
 *
 * Queues that have the same client share its connections: the worker has one that blocks, and uses
 * the client for the rest. In a Redis Cluster it has one that blocks for each queue.
 */
export class Worker {
  /** Names this worker in `queue.info()`. */
  readonly workerId = `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`
  readonly #options: ResolvedWorkerOptions
  readonly #clock: Clock
  readonly #runners: readonly QueueRunner[]
  readonly #readers: readonly BlockingReader[]
  readonly #leases: readonly Lease[]
  readonly #schedulers: readonly { close(): Promise<void> }[]
  #running = 0
  #turn = 0
  #pumping = false
  #closing: Promise<void> | undefined
  #idle: (() => void) | undefined
  #markTimer: Timer | undefined
  readonly #pulse: Timer

  /** @throws OptionError, ClosedError */
  constructor(queues: WorkerQueue | readonly WorkerQueue[], options: WorkerOptions = {}) {
    this.#options = resolveWorkerOptions(options)
    const cores = coresOf(queues)
    this.#clock = cores[0].clock
    this.#runners = cores.map((core) => new QueueRunner(core, this))
    this.#readers = groupsOf(this.#runners).map(
      (runners) => new BlockingReader(runners[0].core.client.blocking(), runners, this),
    )
    const { lease, maxBlock } = this.#options
    this.#leases = this.#runners.map((runner) => new Lease(runner, this.workerId, lease, maxBlock))
    this.#pulse = this.#clock.setInterval(() => this.#askForNews(), PULSE).unref()
    this.#schedulers = cores.map((core) => core.schedules.startScheduler())
    for (const core of cores) core.workers.add(this)
    this.#leases.forEach((lease, n) => {
      void lease.start().then(() => this.#runners[n]?.schedule())
    })
  }

  /** Most tasks that run at a time. */
  get concurrency(): number {
    return this.#options.concurrency
  }

  /** Tasks that run. */
  get running(): number {
    return this.#running
  }

  /** @internal */
  get free(): number {
    return this.#options.concurrency - this.#running
  }

  /** True after `close()` was called. */
  get closing(): boolean {
    return this.#closing !== undefined
  }

  /** @internal */
  get idle(): boolean {
    return this.free > 0 && this.#runners.every(({ held }) => held === 0)
  }

  /** @internal */
  release(): void {
    this.#running--
    if (this.#running === 0) this.#idle?.()
    this.pump()
  }

  /** @internal */
  pump(): void {
    // A handler that does not wait ends while this loop runs.
    if (this.#pumping) return
    this.#pumping = true
    while (this.free > 0 && !this.closing) {
      const runner = this.#nextRunner()
      if (!runner) break
      this.#running++
      runner.begin()
    }
    this.#pumping = false
    if (this.#running > 0) this.#markTimer ??= this.#clock.setTimeout(() => this.#mark(), MARK_AFTER).unref()
    for (const runner of this.#runners) runner.schedule()
    for (const reader of this.#readers) reader.start()
  }

  /**
   * Ends the worker. It reads no more tasks, gives back those that have not begun, and waits for
   * those that run. After the timeout their signals abort, and they are given back too. A second
   * call waits for the first.
   *
   * @throws OptionError, DurationError
   */
  async close(options: CloseOptions = {}): Promise<void> {
    const timeout = readTimeout(options) ?? this.#options.shutdownTimeout
    this.#closing ??= Promise.resolve().then(() => this.#close(timeout))
    await this.#closing
  }

  async #close(timeout: number): Promise<void> {
    this.#clock.clearInterval(this.#pulse)
    for (const reader of this.#readers) reader.close()
    const scheduled = Promise.all(this.#schedulers.map((scheduler) => scheduler.close()))
    for (const runner of this.#runners) runner.returnHeld()
    await this.#within(timeout, this.#ended())
    this.#clock.clearTimeout(this.#markTimer)
    for (const runner of this.#runners) runner.abandon(new ClosedError('The worker'))
    await Promise.all([scheduled, ...this.#leases.map((lease, n) => this.#leave(lease, this.#runners[n]))])
  }

  async #leave(lease: Lease, runner: QueueRunner | undefined): Promise<void> {
    if (!runner) return
    const { timeout } = runner.core.options
    await this.#within(timeout, runner.settled())
    runner.stop()
    // A read that the server has not ended yet would take what is given back, until the lease ends.
    await this.#within(timeout, Promise.all(this.#readers.map((reader) => reader.ended())))
    await lease.leave()
    runner.core.workers.delete(this)
  }

  /** Resolves when no task runs. */
  #ended(): Promise<void> {
    if (this.#running === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#idle = resolve
    })
  }

  #within(ms: number, work: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(resolve, ms)
      void work.then(() => {
        this.#clock.clearTimeout(timer)
        resolve()
      })
    })
  }

  /** Returns a queue that has a task to begin: each in turn. */
  #nextRunner(): QueueRunner | undefined {
    for (let n = 0; n < this.#runners.length; n++) {
      const runner = this.#runners[(this.#turn + n) % this.#runners.length]
      if (!runner || runner.held === 0) continue
      this.#turn = (this.#turn + n + 1) % this.#runners.length
      return runner
    }
    return undefined
  }

  #mark(): void {
    this.#markTimer = undefined
    for (const runner of this.#runners) runner.mark()
    if (this.#running > 0 && !this.closing)
      this.#markTimer = this.#clock.setTimeout(() => this.#mark(), MARK_AFTER).unref()
  }

  /** A worker that is full does not block, so nothing wakes it. */
  #askForNews(): void {
    for (const runner of this.#runners) if (runner.running > 0) runner.step()
  }
}

function readTimeout(options: unknown): number | undefined {
  if (!isPlainObject(options))
    throw new OptionError(`close() takes options such as { timeout: '10s' }, not ${show(options)}.`)
  refuseUnknownOptions('close()', options, ['timeout'])
  return options.timeout === undefined ? undefined : toTimer(options.timeout, 'The option timeout')
}

function coresOf(queues: WorkerQueue | readonly WorkerQueue[]): [QueueCore, ...QueueCore[]] {
  const list: readonly unknown[] = Array.isArray(queues) ? queues : [queues]
  const cores = list.map((queue) => {
    const core = (queue as { core?: QueueCore } | null | undefined)?.core
    if (!core) throw new OptionError(`A worker takes a TaskQueue or an array of them, not ${show(queue)}.`)
    core.checkOpen()
    return core
  })
  const [first, ...others] = cores
  if (!first) throw new OptionError('A worker needs at least one queue.')
  const twice = cores.find((core, n) => cores.findIndex(({ key }) => key === core.key) !== n)
  if (twice) throw new OptionError(`The worker was given the queue "${twice.name}" twice.`)
  return [first, ...others]
}

/** Groups queues that one connection can block for: they have one server, and the same client. */
function groupsOf(runners: readonly QueueRunner[]): [QueueRunner, ...QueueRunner[]][] {
  const groups: [QueueRunner, ...QueueRunner[]][] = []
  for (const runner of runners) {
    const { client, options } = runner.core
    const group = client.isCluster
      ? undefined
      : groups.find(([first]) => first.core.options.redis === options.redis)
    if (group) group.push(runner)
    else groups.push([runner])
  }
  return groups
}
